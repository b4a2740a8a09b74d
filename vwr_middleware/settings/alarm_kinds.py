"""Kinds of the settings of alarms: from where on something is one, and who is told."""

import base64
import re
from collections.abc import Mapping
from importlib.util import find_spec
from reprlib import repr as shown
from urllib.parse import urlsplit

from vwr_middleware.settings.kinds import (
    Kind,
    flag,
    is_number,
    is_text,
    parse_json,
    parse_list,
    several,
)

#: Each kind of alarm with what its number may be, and in words; None: it has no number.
_NUMBERS: Mapping[str, tuple[float, float, str] | None] = {
    "line_formed": (1, 1e9, "people, from 1"),
    "nobody_enters": (10, 86_400, "seconds, from 10 to 86400"),
    "paused": (10, 30 * 86_400, "seconds, from 10"),
    "estimates_off": None,
    "nearly_full": (0.1, 1, "a part of max_waiting, from 0.1 to 1"),
    "stock_gone": None,
    "store_down": (2, 86_400, "seconds, from 2 to 86400"),
    "undelivered": None,
}
#: A kind with its number. True: the usual one. One that is off is left out.
Thresholds = tuple[tuple[str, float | bool], ...]

ALL_ON: Thresholds = tuple((name, True) for name in _NUMBERS)
#: Events of rooms that receivers of alarms may be told of, too: see alarms/kinds.py.
ROOM_EVENTS = (
    *("opening_soon", "opening_began", "opening_over", "drawn"),
    *("mode_changed", "settings_changed", "reset"),
)
_LIKE = 'must be like {"nobody_enters": 300, "line_formed": false}'
NO_PACKAGE = 'cannot be used yet: pip install "vwr-middleware[alarms]"'


def _check_alarms(value: object) -> Thresholds:
    if value is True or value is False:
        return ALL_ON if value else ()
    if isinstance(value, tuple):  # as settings keep it: what is left out is off
        given = dict.fromkeys(_NUMBERS, False) | dict(value)
    elif isinstance(value, Mapping):
        given = dict.fromkeys(_NUMBERS, True) | dict(value)
    else:
        raise ValueError(f"{_LIKE}, or false for none, not {shown(value)}")
    if unknown := [str(name) for name in given if name not in _NUMBERS]:
        raise ValueError(f"has no {unknown[0]!r}: use {', '.join(_NUMBERS)}")
    return tuple((name, _number(name, its)) for name, its in given.items() if its is not False)


def _number(name: str, value: object) -> float | bool:
    if value is True:
        return True
    bounds = _NUMBERS[name]
    if bounds is None:
        raise ValueError(f"{name} must be true or false, not {shown(value)}")
    low, high, words = bounds
    if not is_number(value) or not low <= value <= high:
        raise ValueError(f"{name} must be a number of {words}, or false, not {shown(value)}")
    return float(value)


def _check_webhook(value: object) -> str:
    """An address for webhooks. No part of it is shown: it may hold a secret."""
    expected = "must be URLs like https://ops.example/alarms"
    if not is_text(value) or not re.fullmatch(r"[!-~]{1,2000}", value):
        raise ValueError(expected)
    try:
        url = urlsplit(value)
        port = url.port
    except ValueError:
        raise ValueError(expected) from None
    if url.scheme not in ("http", "https") or not url.hostname or port == 0 or "\\" in value:
        raise ValueError(expected)
    if find_spec("requests") is None:
        raise ValueError(NO_PACKAGE)
    return value


def _check_service(value: object) -> str:
    """An address as apprise takes it. No part of it is shown: it holds secrets."""
    if not is_text(value) or "://" not in value:
        raise ValueError("must be URLs as apprise takes them, like mailto://user:password@host")
    if find_spec("apprise") is None:
        raise ValueError(NO_PACKAGE)
    from vwr_middleware.alarms.services import is_address

    if not is_address(value):
        known = "see https://appriseit.com/services/"
        raise ValueError(f"has a URL that apprise does not take ({known})")
    return value


def _check_webhook_secret(value: object) -> str:
    """A key as the Standard Webhooks have it: `whsec_` and 24 to 64 bytes in base64."""
    text = value.removeprefix("whsec_") if is_text(value) else ""
    try:
        key = base64.b64decode(text, validate=True)
    except ValueError:
        key = b""
    if not 24 <= len(key) <= 64:
        raise ValueError(
            "must be whsec_ and 24 to 64 bytes in base64: make one with python -c"
            " \"import base64, secrets; print('whsec_' +"
            ' base64.b64encode(secrets.token_bytes(32)).decode())"'
        )
    return f"whsec_{text}"


def _check_events(value: object) -> tuple[str, ...]:
    if value is True or value is False:
        return ROOM_EVENTS if value else ()
    return _event_names.check(value)


def _check_event(value: object) -> str:
    if value not in ROOM_EVENTS:
        names = ", ".join(ROOM_EVENTS)
        raise ValueError(f"must be true, or some of {names}, not {shown(value)}")
    return str(value)


def _parse_events(text: str) -> object:
    found = flag.parse(text)
    return found if isinstance(found, bool) else parse_list(text)


def _check_otel(value: object) -> bool:
    found = flag.check(value)
    if found and find_spec("opentelemetry") is None:
        raise ValueError('cannot be used yet: pip install "vwr-middleware[otel]"')
    return found


otel = Kind(_check_otel, flag.parse)
alarms = Kind(_check_alarms, parse_json)
_event_names = several(_check_event)
events = Kind(_check_events, _parse_events)
webhooks = several(_check_webhook)
services = several(_check_service)
webhook_secrets = Kind(several(_check_webhook_secret).check, parse_list)
