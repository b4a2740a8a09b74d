"""The sessions of a room and those at its door, in the memory of one process.

line/state.py says what the methods do.
"""

from bisect import bisect_left, bisect_right, insort
from itertools import islice


class MemorySessions:
    """Sessions by id, and sorted by the moment when their slots are free."""

    def __init__(self) -> None:
        self._by_id: dict[str, tuple[float, bool]] = {}
        self._bound: dict[str, str] = {}
        self._by_time: list[tuple[float, str]] = []
        self._unconfirmed = 0

    def get(self, session: str) -> tuple[float, bool] | None:
        return self._by_id.get(session)

    def put(self, session: str, until: float, unconfirmed: bool) -> None:
        self._take(session)
        self._by_id[session] = (until, unconfirmed)
        self._unconfirmed += unconfirmed
        insort(self._by_time, (until, session))

    def bind(self, session: str, mark: str) -> None:
        self._bound[session] = mark

    def bound_to(self, session: str) -> str | None:
        return self._bound.get(session)

    def remove(self, session: str) -> bool:
        self._bound.pop(session, None)
        return self._take(session)

    def _take(self, session: str) -> bool:
        row = self._by_id.pop(session, None)
        if row is None:
            return False
        self._unconfirmed -= row[1]
        del self._by_time[bisect_left(self._by_time, (row[0], session))]
        return True

    def expire(self, now: float) -> list[tuple[str, bool]]:
        times = self._by_time
        if not times or times[0][0] > now:
            return []
        count = self.ending_by(now)
        gone = [(session, self._by_id.pop(session)[1]) for _, session in times[:count]]
        del times[:count]
        self._unconfirmed -= sum(unconfirmed for _, unconfirmed in gone)
        for session, _ in gone:
            self._bound.pop(session, None)
        return gone

    def count(self) -> int:
        return len(self._by_id)

    def count_unconfirmed(self) -> int:
        return self._unconfirmed

    def ending_by(self, until: float) -> int:
        return bisect_right(self._by_time, (until, "\x7f"))

    def clear(self) -> list[str]:
        gone = [session for _, session in self._by_time]
        self._by_id.clear()
        self._by_time.clear()
        self._bound.clear()
        self._unconfirmed = 0
        return gone

    def rows(self) -> list[tuple[str, float, bool]]:
        return [(session, until, self._by_id[session][1]) for until, session in self._by_time]


class MemoryDoor:
    """Those at the door, sorted by position."""

    def __init__(self) -> None:
        self._order: list[int] = []
        self._until: dict[int, float] = {}
        self._by_end: list[tuple[float, int]] = []
        self._later: dict[int, float] = {}  # held from a moment that had not come when put

    def prune(self, now: float, most: int) -> None:
        for _, position in self._by_end[: bisect_right(self._by_end, (now, 1 << 40))]:
            self.remove(position)
        if self.coming(now) > most:
            last = self.nth(most, now)
            for position in self._order[bisect_right(self._order, last) :]:
                self.remove(position)

    def has(self, position: int) -> bool:
        return position in self._until

    def put(self, position: int, since: float, until: float, later: bool = False) -> None:
        self.remove(position)
        self._until[position] = until
        insort(self._order, position)
        insort(self._by_end, (until, position))
        if later:
            self._later[position] = since

    def remove(self, position: int) -> None:
        until = self._until.pop(position, None)
        if until is None:
            return
        del self._order[bisect_left(self._order, position)]
        del self._by_end[bisect_left(self._by_end, (until, position))]
        self._later.pop(position, None)

    def ahead(self, position: int, now: float) -> int:
        early = sum(1 for p, since in self._later.items() if p < position and since > now)
        return bisect_left(self._order, position) - early

    def coming(self, by: float) -> int:
        return len(self._order) - sum(1 for since in self._later.values() if since > by)

    def later(self, now: float) -> list[int]:
        return [position for position, since in self._later.items() if since > now]

    def nth(self, n: int, now: float) -> int:
        if not any(since > now for since in self._later.values()):
            return self._order[n - 1] if n <= len(self._order) else 0
        held = (p for p in self._order if self._later.get(p, now) <= now)
        return next(islice(held, n - 1, None), 0)

    def positions(self) -> list[int]:
        return list(self._order)

    def clear(self) -> None:
        self._order.clear()
        self._until.clear()
        self._by_end.clear()
        self._later.clear()
