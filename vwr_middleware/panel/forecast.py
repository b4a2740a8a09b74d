"""What comes next if a room goes on as in the last minutes: when the line will be empty, and when
room or line will be full.
"""

from collections.abc import Sequence
from typing import Any

from vwr_middleware.worker.current_room import CurrentRoom

#: Seconds of the past that count, of which there must be so many, and how far ahead is looked.
_PAST, _LEAST, _AHEAD = 300.0, 90.0, 6 * 3600.0
#: A count that has moved by less than this may have done so by chance.
_MOVED = 3.0

#: The columns of the history: see `Record`.
_AT, _WAITING, _INSIDE = 0, 1, 2


def forecast(history: Sequence[Sequence[float]], room: CurrentRoom) -> list[dict[str, Any]]:
    """What is to be expected, and when, the soonest first; nothing while the room is shut."""
    if room.state not in ("open", "queueing"):
        return []
    rows = [row for row in history if room.now - _PAST <= row[_AT] <= room.now]
    line, inside = _slope(rows, _WAITING), _slope(rows, _INSIDE)
    room_in_line = (room.rules.get("max_waiting") or 0) - room.waiting
    found = {
        "line_empty": _seconds_to(room.waiting, -line),
        "line_full": _seconds_to(room_in_line, line),
        "room_full": _seconds_to(room.limit - room.active, inside) if not room.waiting else None,
    }
    return [
        {"what": what, "at": round(room.now + seconds), "seconds": round(seconds)}
        for what, seconds in sorted(found.items(), key=lambda each: each[1] or 0.0)
        if seconds is not None
    ]


def _slope(rows: Sequence[Sequence[float]], column: int) -> float:
    """By how much it grows in a second, by the straight line that fits best; 0: not known."""
    if len(rows) < 3 or rows[-1][_AT] - rows[0][_AT] < _LEAST:
        return 0.0
    values = [row[column] for row in rows]
    mean_at = sum(row[_AT] for row in rows) / len(rows)
    mean = sum(values) / len(rows)
    apart = [row[_AT] - mean_at for row in rows]
    square = sum(each * each for each in apart)
    slope = sum(a * (value - mean) for a, value in zip(apart, values, strict=True)) / square
    return slope if abs(slope) * (rows[-1][_AT] - rows[0][_AT]) >= _MOVED else 0.0


def _seconds_to(count: float, per_second: float) -> float | None:
    """In how many seconds so many more have come or gone; None: not within sight."""
    if count <= 0 or per_second <= 0:
        return None
    seconds = count / per_second
    return seconds if seconds <= _AHEAD else None
