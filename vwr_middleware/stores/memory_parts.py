"""The parts of a room in the memory of one process.

line/parts.py says what the methods do, and line/bits.py those of the bitmaps.
"""

from bisect import bisect_left, bisect_right, insort
from collections import OrderedDict, deque
from collections.abc import Iterable
from itertools import islice, takewhile
from typing import Any

from vwr_middleware.line.asks import Ending
from vwr_middleware.line.bits import KINDS


class MemoryBits:
    """Bitmaps as byte arrays that grow with the highest bit."""

    def __init__(self) -> None:
        self._maps = [bytearray() for _ in range(KINDS)]

    def read(self, kind: int, start: int, length: int) -> bytes:
        return bytes(self._maps[kind][start : start + length]).ljust(length, b"\0")

    def set_many(self, kind: int, positions: Iterable[int]) -> None:
        bits = self._maps[kind]
        for position in positions:
            index = position >> 3
            if index >= len(bits):
                bits.extend(bytes(index + 1 - len(bits)))
            bits[index] |= 128 >> (position & 7)

    def clear(self, kind: int, position: int) -> None:
        bits = self._maps[kind]
        if position >> 3 < len(bits):
            bits[position >> 3] &= ~(128 >> (position & 7))

    def erase(self, kind: int) -> None:
        self._maps[kind] = bytearray()

    def erase_all(self) -> None:
        self._maps = [bytearray() for _ in range(KINDS)]

    def wipe(self) -> None:
        """Clear all bitmaps. Those of other generations are gone already."""
        self.erase_all()


class MemoryDoor:
    """Those at the door, sorted by position."""

    def __init__(self) -> None:
        self._order: list[int] = []
        self._times: dict[int, tuple[float, float]] = {}
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
        return position in self._times

    def put(self, position: int, since: float, until: float, later: bool = False) -> None:
        self.remove(position)
        self._times[position] = (since, until)
        insort(self._order, position)
        insort(self._by_end, (until, position))
        if later:
            self._later[position] = since

    def remove(self, position: int) -> None:
        times = self._times.pop(position, None)
        if times is None:
            return
        del self._order[bisect_left(self._order, position)]
        del self._by_end[bisect_left(self._by_end, (times[1], position))]
        self._later.pop(position, None)

    def ahead(self, position: int, now: float) -> int:
        early = sum(1 for p, since in self._later.items() if p < position and since > now)
        return bisect_left(self._order, position) - early

    def coming(self, by: float) -> int:
        return len(self._order) - sum(1 for since in self._later.values() if since > by)

    def nth(self, n: int, now: float) -> int:
        if not any(since > now for since in self._later.values()):
            return self._order[n - 1] if n <= len(self._order) else 0
        held = (p for p in self._order if self._later.get(p, now) <= now)
        return next(islice(held, n - 1, None), 0)

    def positions(self) -> list[int]:
        return list(self._order)

    def clear(self) -> None:
        self._order.clear()
        self._times.clear()
        self._by_end.clear()
        self._later.clear()


class MemoryEnded:
    """The list of the ended, numbers ascending."""

    def __init__(self) -> None:
        self._rows: deque[tuple[int, str, Ending | None]] = deque()
        self._ids: set[str] = set()

    def add(self, session: str, number: int, how: Ending | None) -> None:
        self._rows.append((number, session, how))
        self._ids.add(session)

    def has(self, session: str) -> bool:
        return session in self._ids

    def after(self, number: int, most: int) -> list[tuple[int, str, Ending | None]]:
        newer = list(takewhile(lambda row: row[0] > number, reversed(self._rows)))
        return newer[::-1][:most]

    def drop(self, number: int) -> None:
        while self._rows and self._rows[0][0] <= number:
            self._ids.discard(self._rows.popleft()[1])


class MemoryJournal:
    """Bounded rows for operators."""

    def __init__(self) -> None:
        self._history: deque[list[float]] = deque()
        self._audit: deque[list[Any]] = deque()
        self._sharers: OrderedDict[tuple[str, str], None] = OrderedDict()

    def add_history(self, row: list[float], most: int) -> None:
        self._history.append(row)
        while len(self._history) > most:
            self._history.popleft()

    def add_audit(self, row: list[Any], most: int) -> None:
        self._audit.append(row)
        while len(self._audit) > most:
            self._audit.popleft()

    def add_sharers(self, sharers: Iterable[tuple[str, str]], most: int) -> None:
        for row in sharers:
            self._sharers[row] = None
            self._sharers.move_to_end(row)
        while len(self._sharers) > most:
            self._sharers.popitem(last=False)

    def history(self) -> list[list[float]]:
        return [list(row) for row in self._history]

    def audit(self) -> list[list[Any]]:
        return [list(row) for row in self._audit]

    def sharers(self) -> list[tuple[str, str]]:
        return sorted(self._sharers)
