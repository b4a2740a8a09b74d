"""Webhooks: an address that takes signed JSON."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from vwr_middleware.alarms.book import Delivery, DeliveryReport
from vwr_middleware.alarms.messages import body_of
from vwr_middleware.alarms.signatures import signature
from vwr_middleware.web.outgoing import AWAY, OutgoingRequests

#: By the convention: whoever answers so is not told of anything any more.
GONE = 410


class Webhook:
    """One address. Who answers that it has the event has it, whatever else it says."""

    def __init__(self, url: str, keys: Sequence[bytes]) -> None:
        self._url, self._keys = url, keys
        self.name = urlsplit(url).hostname or "webhook"
        self._outgoing = OutgoingRequests()

    def send(self, delivery: Delivery, site: str, wall: float) -> DeliveryReport:
        body, timestamp = body_of(delivery.event, site), int(wall)
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "vwr-middleware",
            "webhook-id": delivery.id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signature(self._keys, delivery.id, timestamp, body),
        }
        try:
            status, again_in = self._outgoing.post(self._url, body, headers)
        except AWAY as error:
            # What the error says may show the address, so only its kind is told.
            return self._failed(delivery, 0, type(error).__name__)
        if 200 <= status < 300:
            return DeliveryReport(delivery.id, delivery.receiver, is_done=True, status=status)
        return self._failed(delivery, status, _told(status), again_in)

    def _failed(
        self, delivery: Delivery, status: int, problem: str, again_in: float = 0.0
    ) -> DeliveryReport:
        return DeliveryReport(
            delivery.id,
            delivery.receiver,
            is_done=False,
            problem=f"{self.name}: {problem}",
            status=status,
            again_in=again_in,
            is_final=status == GONE,
        )


def _told(status: int) -> str:
    if status == GONE:
        return "it answers with status 410: it wants nothing more, until it takes a test"
    if 300 <= status < 400:
        return f"it redirects (status {status}), which is not followed"
    return f"it answers with status {status}"
