"""How many rows a room has in the tables beside its own."""

from dataclasses import dataclass


@dataclass(slots=True)
class SqliteCounts:
    """Kept with the numbers, so that no step has to count rows or to look for rows that are not
    there.

    `sessions_next` and `door_next` tell when the first row may be over, `door_latest` from when the
    last row may be held. The first two may be too early and the last too late, which costs only a
    statement that finds nothing.
    """

    sessions: int = 0
    unconfirmed: int = 0
    sessions_next: float = 0.0
    door: int = 0
    door_next: float = 0.0
    door_latest: float = 0.0
    stale: bool = False  # bitmaps of old generations are still to be cleared away
