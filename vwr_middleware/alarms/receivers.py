"""Who is told of alarms, by the settings.

A receiver is known to others by its mark, which tells nothing of its address, and by a plain name:
addresses hold secrets, and stand nowhere but in the settings.
"""

import hmac
import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

from vwr_middleware.alarms.book import Delivery, DeliveryReport
from vwr_middleware.alarms.signatures import signing_keys
from vwr_middleware.keys import Keys
from vwr_middleware.settings import Settings

_MARK = 12
#: These write whole addresses to their logs, which hold secrets.
_TALKATIVE = ("apprise", "urllib3.connection", "urllib3.connectionpool")

_here = threading.local()


class Receiver(Protocol):
    """Somebody who is told."""

    @property
    def name(self) -> str:
        """A plain name, without secrets."""

    def send(self, delivery: Delivery, site: str, wall: float) -> DeliveryReport:
        """Tell of an event. It may take seconds."""


Receivers = Mapping[str, Receiver]


def receivers_of(settings: Settings, keys: Keys) -> Receivers:
    """All receivers, by their marks."""
    if not settings.enabled:
        return {}
    secret = keys.for_purpose("alarm receiver")[0]
    makes: list[tuple[str, Callable[[], Receiver]]] = []
    if settings.alarm_webhooks:
        # Imported late, here and below: what it needs need not be there.
        from vwr_middleware.alarms.webhooks import Webhook

        signs = signing_keys(settings, keys)
        makes += [(url, _with(Webhook, url, signs)) for url in settings.alarm_webhooks]
    if settings.alarm_services:
        from vwr_middleware.alarms.services import Service

        makes += [(url, _with(Service, url)) for url in settings.alarm_services]
    return {
        hmac.digest(secret, url.encode(), "sha256").hex()[:_MARK]: make() for url, make in makes
    }


def _with(kind: Callable[..., Receiver], *given: Any) -> Callable[[], Receiver]:
    return lambda: kind(*given)


def names_of(receivers: Receivers) -> dict[str, str]:
    """The names of receivers by their marks; those of one name are numbered."""
    found: dict[str, str] = {}
    for mark, receiver in receivers.items():
        before = sum(other.name == receiver.name for other in receivers.values())
        number = sum(receivers[m].name == receiver.name for m in found) + 1
        found[mark] = receiver.name if before == 1 else f"{receiver.name} {number}"
    return found


# What libraries log while something is sent would show secrets.


class _Hush(logging.Filter):
    """Keeps the logs of libraries silent in threads that send alarms."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not getattr(_here, "sends", False)


_HUSH = _Hush()
for _name in _TALKATIVE:
    logging.getLogger(_name).addFilter(_HUSH)


@contextmanager
def unlogged() -> Iterator[None]:
    """While this thread sends, libraries log nothing."""
    before = getattr(_here, "sends", False)
    _here.sends = True
    try:
        yield
    finally:
        _here.sends = before
