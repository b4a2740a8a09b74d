"""Quiet hours, as they are set: from one time of the day to another, in a time zone."""

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from reprlib import repr as shown
from zoneinfo import ZoneInfo

from vwr_middleware.settings.kinds import Kind, is_text
from vwr_middleware.spoken import wrong

_WRITTEN = re.compile(r"(\d\d?:\d\d) ?- ?(\d\d?:\d\d) (\S+)")
#: Days for which quiet hours are looked through for the end of a turn.
_DAYS_MOST = 60


class QuietHours:
    """The quiet hours of each day. Raises ValueError for a text that names none."""

    def __init__(self, text: str) -> None:
        found = _WRITTEN.fullmatch(text.strip())
        if found is None:
            raise _unlike(text)
        try:
            self._begins, self._ends = _time(found[1]), _time(found[2])
        except ValueError as error:
            raise wrong("names a time that no day has: {value}", value=shown(text)) from error
        if self._begins == self._ends:
            raise wrong("must leave some of the day: {value}", value=shown(text))
        self._zone = _zone(found[3])

    def _spans(self, since: float) -> Iterator[tuple[float, float]]:
        """Those of each day, from the day before a moment on."""
        first = datetime.fromtimestamp(since, self._zone).date() - timedelta(days=1)
        for number in range(_DAYS_MOST):
            day = first + timedelta(days=number)
            last = day if self._begins < self._ends else day + timedelta(days=1)
            yield self._at(day, self._begins), self._at(last, self._ends)

    def _at(self, day: date, moment: time) -> float:
        return datetime.combine(day, moment, self._zone).timestamp()

    def latest(self, now: float) -> tuple[float, float]:
        """When the latest ones began, and when they are over, by the clock on the wall."""
        spans = self._spans(now)
        found = next(spans)
        for span in spans:
            if span[0] > now:
                break
            found = span
        return found

    def end_of(self, begins: float, seconds: float) -> float:
        """When so many seconds outside of quiet hours have passed."""
        for since, until in self._spans(begins):
            if until <= begins:
                continue
            if begins + seconds <= since:
                break
            seconds -= max(0.0, since - begins)
            begins = until
        return begins + seconds


def _time(text: str) -> time:
    hours, minutes = text.split(":")
    return time(int(hours), int(minutes))


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError) as error:  # ZoneInfoNotFoundError is a KeyError
        raise wrong(
            "names a time zone that is not known here, {value}: write one like"
            " Europe/Berlin, and where even that is not known, pip install tzdata",
            value=shown(name),
        ) from error


EXAMPLE = "22:00-08:00 Europe/Berlin"


@lru_cache(maxsize=64)
def quiet_hours_of(text: str) -> QuietHours:
    """The quiet hours that a checked text names."""
    return QuietHours(text)


def _check(value: object) -> str:
    if not is_text(value):
        raise _unlike(value)
    quiet_hours_of(value)
    return value


def _unlike(value: object) -> ValueError:
    return wrong("must be like {example}, not {value}", example=repr(EXAMPLE), value=shown(value))


quiet_hours = Kind(_check, schema={"type": "string", "description": f"like {EXAMPLE}"})
