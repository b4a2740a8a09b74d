"""Webhooks: an address that takes signed JSON."""

from collections.abc import Sequence
from http.cookiejar import DefaultCookiePolicy
from urllib.parse import urlsplit

import requests

from vwr_middleware.alarms.book import Delivery, DeliveryReport
from vwr_middleware.alarms.messages import body_of
from vwr_middleware.alarms.signatures import signature

#: Seconds for connecting, and for each part of the answer's head.
PATIENCE = (5.0, 10.0)


class Webhook:
    """One address. It is asked without following a redirect, and its status is all that is read:
    who sends a body that never ends has the event all the same."""

    def __init__(self, url: str, keys: Sequence[bytes]) -> None:
        self._url, self._keys = url, keys
        self.name = urlsplit(url).hostname or "webhook"
        self._session = requests.Session()
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))

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
            with self._session.post(
                self._url,
                data=body,
                headers=headers,
                timeout=PATIENCE,
                allow_redirects=False,
                stream=True,
            ) as answer:
                status, wished = answer.status_code, answer.headers.get("Retry-After", "")
        except (requests.RequestException, OSError, ValueError) as error:
            # What the error says may show the address, so only its kind is told.
            return self._failed(delivery, 0, type(error).__name__)
        if 200 <= status < 300:
            return DeliveryReport(delivery.id, delivery.receiver, is_done=True, status=status)
        again_in = float(wished) if wished.isascii() and wished.isdigit() else 0.0
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
            is_final=status == 410,  # by the convention: it wants no more of them
        )


def _told(status: int) -> str:
    if 300 <= status < 400:
        return f"it redirects (status {status}), which is not followed"
    return f"it answers with status {status}"
