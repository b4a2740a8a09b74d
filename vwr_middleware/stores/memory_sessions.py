"""The sessions of a room in the memory of one process.

line/parts.py says what the methods do.
"""

from bisect import bisect_left, bisect_right, insort


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
