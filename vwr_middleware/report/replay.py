"""A day once more with other settings: what they would have done, minute by minute.

What is known of a day is what its minutes brought: who came, who went in, whose session ended, who
gave up. So each minute says how many could have gone in by its settings, and how many of them did.
In a replay as many could as its settings allow, and the same part of them does; of people inside
and in line the same part leaves. With the settings of the day every minute is therefore that of the
day, to the last number.

It is of whole minutes, so waits of less than some minutes are not told apart. And people who wait
longer would have given up more often than they did.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from vwr_middleware.errors import Refused

SHUT = ("paused", "scheduled", "closed")
LIMITLESS = ("off", "shadow")
_ENDINGS = ("completed", "abandoned", "revoked", "expired", "lapsed")
#: What a row of a day must have.
_NEEDED = ("at", "arrivals", "entries", "inside", "limit", "mode", "left", "no_shows", *_ENDINGS)
_NO_LIMIT = float("inf")
_LATEST = 253_370_000_000  # seconds since 1970, in the year 9998


@dataclass(frozen=True, slots=True)
class Wished:
    """Other settings than the day's; None: as they were at each minute."""

    max_active: int | None = None
    per_minute: float | None = None
    is_unpaced: bool = False  # as fast as slots get free, whatever the day's pace was

    def limit(self, row: Mapping[str, Any]) -> float:
        """Sessions at once in a minute."""
        if self.max_active is not None:
            return self.max_active
        return _NO_LIMIT if row["mode"] in LIMITLESS else float(row["limit"])

    def pace(self, row: Mapping[str, Any]) -> float:
        """How many may go in within a minute."""
        if self.per_minute is not None:
            return self.per_minute
        known = row.get("per_minute")
        if known is None or self.is_unpaced or row["mode"] in LIMITLESS:
            return _NO_LIMIT
        return float(known)


@dataclass(slots=True)
class Played:
    """A day as it went: of each minute how many went in, and how many were inside and in line as
    it ended."""

    entries: list[float] = field(default_factory=list)
    inside: list[float] = field(default_factory=list)
    line: list[float] = field(default_factory=list)
    waits: list[tuple[int, float]] = field(default_factory=list)  # minutes, and how many people

    def wait(self, part: float) -> int | None:
        """The minutes that this part of those who went in did not exceed; None: nobody did."""
        rank = part * sum(people for _, people in self.waits)
        for minutes, people in sorted(self.waits):
            rank -= people
            if rank <= 1e-9 and people:
                return minutes
        return None


@dataclass(slots=True)
class _Now:
    """How many are inside and in line as a minute begins."""

    inside: float
    line: float = 0.0


def checked(rows: Sequence[Any]) -> Sequence[Mapping[str, Any]]:
    """The minutes of a day. Raises Refused if they are none, or not whole."""
    if not rows:
        raise Refused("nothing is kept of this time: nobody has asked for the room")
    for number, row in enumerate(rows, 1):
        lacking = [name for name in _NEEDED if not isinstance(row, Mapping) or name not in row]
        if lacking:
            raise Refused(f"minute {number} of the day lacks {', '.join(lacking)}: it is cut off")
        if row.get("seconds", 60) != 60:
            raise Refused("a replay needs a day in steps of one minute: ask for step=60")
        if not _is_minute(row):
            raise Refused(f"minute {number} of the day has a value that none can have")
        if number > 1 and row["at"] <= rows[number - 2]["at"]:
            raise Refused(f"minute {number} of the day is not later than the one before it")
    return rows


def _is_minute(row: Mapping[str, Any]) -> bool:
    numbers = [row[name] for name in _NEEDED if name != "mode"]
    pace = row.get("per_minute")
    are_numbers = all(
        isinstance(n, int | float) and not isinstance(n, bool) and 0 <= n < 1e12
        for n in (*numbers, 0 if pace is None else pace)
    )
    return are_numbers and row["at"] < _LATEST and isinstance(row["mode"], str)


def replay(rows: Sequence[Mapping[str, Any]], wished: Wished | None = None) -> Played:
    """The day with other settings; without any, exactly as it was."""
    wished, as_it_was = wished or Wished(), Wished()
    begun = max(0.0, float(rows[0]["inside"] - rows[0]["entries"]))
    day, new, played = _Now(begun), _Now(begun), Played()
    came, gone = list[float](), 0.0
    for row in rows:
        ended, gave_up = float(sum(row[name] for name in _ENDINGS)), row["left"] + row["no_shows"]
        could = _could(row, as_it_was, day, ended, gave_up)
        new_ended = ended * (new.inside + 1) / (day.inside + 1)
        new_gave_up = gave_up * (new.line + 1) / (day.line + 1)
        could_now = _could(row, wished, new, new_ended, new_gave_up)
        entries = float(row["entries"])
        if could_now != could:
            part = min(1.0, entries / could) if could else float(row["mode"] not in SHUT)
            entries = could_now * part
        else:
            new_ended, new_gave_up = _same(new, day, (new_ended, new_gave_up), (ended, gave_up))
        came.append(row["arrivals"] + (came[-1] if came else 0.0))
        played.waits.append((_waited(came, gone), entries))
        gone += entries + new_gave_up
        _go_on(day, row, float(row["entries"]), ended, gave_up)
        _go_on(new, row, entries, new_ended, new_gave_up)
        played.entries.append(entries)
        played.inside.append(new.inside)
        played.line.append(new.line)
    return played


def _same(
    new: _Now, day: _Now, now: tuple[float, float], then: tuple[float, float]
) -> tuple[float, float]:
    return then if new == day else now


def _could(
    row: Mapping[str, Any], wished: Wished, now: _Now, ended: float, gave_up: float
) -> float:
    """How many could go in within a minute, by the settings."""
    if row["mode"] in SHUT:
        return 0.0
    there = now.line + float(row["arrivals"]) - gave_up
    free = wished.limit(row) - now.inside + ended
    return max(0.0, min(there, free, wished.pace(row)))


def _go_on(now: _Now, row: Mapping[str, Any], entries: float, ended: float, gave_up: float) -> None:
    now.inside = max(0.0, now.inside + entries - ended)
    now.line = max(0.0, now.line + row["arrivals"] - entries - gave_up)


def _waited(came: Sequence[float], gone: float) -> int:
    """For how many minutes the next to go in has waited: the line moves in order."""
    first = len(came) - 1
    while first > 0 and came[first - 1] > gone + 1e-9:
        first -= 1
    return len(came) - 1 - first
