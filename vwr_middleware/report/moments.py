"""Which time a report is about, and how its times are told."""

from datetime import UTC, datetime, tzinfo
from math import floor
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from vwr_middleware.errors import Refused
from vwr_middleware.line.constants import MINUTES_KEPT
from vwr_middleware.pages.languages import SOURCE
from vwr_middleware.pages.operator_language import spoken

DAY = 86400.0
#: Charts have at most so many steps, each of one of these lengths, in seconds.
STEPS_MOST = 240
STEPS = (60, 300, 600, 900, 1800, 3600, 7200, 21600, 86400)
#: Longer spans than this are read by the hour: a minute each would take too long.
MINUTES_FOR = 2 * DAY

_FIX = 'write a time as 2026-12-01T18:00, with Z or +01:00 behind it, or as "24h" or "3d" ago'
_UNITS = {"m": 60.0, "h": 3600.0, "d": DAY}


def zone_of(name: str) -> tzinfo:
    """A time zone by its name; "" is UTC."""
    if not name:
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Refused(
            f"zone: {name[:60]!r} is no time zone here: write one as Europe/Berlin"
        ) from (error)


def read_moment(name: str, text: str, now: float, zone: tzinfo = UTC) -> float:
    """A time as people and programs write it: a date, seconds since 1970, or how long ago."""
    text = text.strip()
    try:
        if text[-1:] in _UNITS and text[:-1].replace(".", "", 1).isdigit():
            return now - float(text[:-1]) * _UNITS[text[-1]]
        if text.replace(".", "", 1).isdigit() and 8 < len(text) < 24:
            return float(text)
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=zone)).timestamp()
    except (ValueError, OverflowError, OSError) as error:
        raise Refused(f"{name}: {text[:60]!r} is no time: {_FIX}") from error


def span_of(since: str, until: str, now: float, zone: tzinfo = UTC) -> tuple[float, float]:
    """From when until when a report is asked for: the last day, unless something else is said."""
    end = read_moment("until", until, now, zone) if until else now
    begin = read_moment("since", since, now, zone) if since else end - DAY
    if begin >= end:
        raise Refused("since must be earlier than until")
    if end < now - MINUTES_KEPT:
        raise Refused("until is longer ago than 30 days, and nothing of that time is kept")
    return max(begin, now - MINUTES_KEPT), min(end, now)


def step_for(seconds: float) -> int:
    """The length of a step, so that a chart of this time has not too many."""
    return next((step for step in STEPS if seconds / step <= STEPS_MOST), STEPS[-1])


def told(at: float, zone: tzinfo, pattern: str = "%d %b %Y, %H:%M") -> str:
    """A moment as the report tells it."""
    return datetime.fromtimestamp(at, zone).strftime(pattern)


def date_pattern(english: str, elsewhere: str) -> str:
    """How a date is written: with the name of the month in English, else in digits alone."""
    return english if spoken().code == SOURCE else elsewhere


def ticks(
    begin: float, end: float, zone: tzinfo, most: int = 6, day: str = "%d %b"
) -> list[tuple[float, str]]:
    """Round moments of a span of time, with their labels; `day` is how a day is written."""
    span = end - begin
    every = next((s for s in (*STEPS, 2 * 86400, 5 * 86400) if span / s <= most), 10 * 86400)
    offset = datetime.fromtimestamp(begin, zone).utcoffset()
    shift = offset.total_seconds() if offset else 0.0
    first = (floor((begin + shift) / every) + 1) * every - shift
    pattern = "%H:%M" if span <= 2 * DAY else day
    found = []
    while first < end:
        found.append((first, told(first, zone, pattern)))
        first += every
    return found
