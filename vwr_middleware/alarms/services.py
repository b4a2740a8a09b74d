"""Mail, chats and the like, by the library apprise: https://appriseit.com."""

import warnings

from apprise import Apprise, AppriseAsset, NotifyBase, NotifyFormat, NotifyType

from vwr_middleware.alarms.book import Delivery, DeliveryReport
from vwr_middleware.alarms.messages import words_of
from vwr_middleware.alarms.receivers import unlogged

_TYPES = {
    "alarm.ended": NotifyType.SUCCESS,
    "alarm.acknowledged": NotifyType.INFO,
    "alarm.test": NotifyType.INFO,
}
_BY_SEVERITY = {
    "info": NotifyType.INFO,
    "warning": NotifyType.WARNING,
    "critical": NotifyType.FAILURE,
}
#: The settings alone say whom to tell, and a page to which somebody is led has taken nothing.
_ASSET = AppriseAsset(http_redirects=False)
_FAILED = "it could not be sent: the address, its secret or its network is wrong"


# All services are read once, at the start: some of them warn of Python's own modules.
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    Apprise.instantiate("json://localhost")


def is_address(url: str) -> bool:
    """Whether apprise takes it."""
    return _service(url) is not None


def _service(url: str) -> NotifyBase | None:
    with unlogged():
        found = Apprise.instantiate(url, asset=_ASSET, suppress_exceptions=True)
    return found if isinstance(found, NotifyBase) else None


class Service:
    """One address of apprise's."""

    def __init__(self, url: str) -> None:
        self._url = url
        service = _service(url)
        self.name = str(getattr(service, "service_name", "")) or "a service"

    def send(self, delivery: Delivery, site: str, wall: float) -> DeliveryReport:
        title, body = words_of(delivery.event, site)
        service = _service(self._url)  # anew each time: it may keep a connection or a sign-in
        is_sent = service is not None and service.notify(
            body=body,
            title=title,
            notify_type=_TYPES.get(
                delivery.event["type"], _BY_SEVERITY[delivery.event["severity"]]
            ),
            body_format=NotifyFormat.TEXT,
        )
        problem = "" if is_sent else f"{self.name}: {_FAILED}"
        return DeliveryReport(delivery.id, delivery.receiver, bool(is_sent), problem)
