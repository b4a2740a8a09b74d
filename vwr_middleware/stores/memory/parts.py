"""What a room consists of, in the memory of one process: sessions, held slots, bitmaps, lists,
moved places, resume codes and identities.

line/state.py says what the methods do.
"""

from bisect import bisect_left, bisect_right, insort
from collections import OrderedDict, deque
from collections.abc import Iterable
from itertools import islice, takewhile
from typing import Any

from vwr_middleware.line.bits import KINDS
from vwr_middleware.line.messages import Ending
from vwr_middleware.line.state import Code
from vwr_middleware.line.subscriptions import Subscription


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


# The bitmaps of a room in the memory of one process. line/bits.py says what the methods do.


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


# The list of the ended and the journal of a room, in the memory of one process.
#
# line/state.py says what the methods do.


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
        self._outcomes: deque[tuple[float, str, str]] = deque()
        self._minutes: dict[tuple[int, int], bytes] = {}

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

    def add_outcomes(self, rows: Iterable[tuple[float, str, str]], last: int, most: int) -> None:
        self._outcomes.extend(rows)
        while len(self._outcomes) > most:
            self._outcomes.popleft()

    def forget_outcomes(self) -> None:
        self._outcomes.clear()

    def history(self) -> list[list[float]]:
        return [list(row) for row in self._history]

    def audit(self) -> list[list[Any]]:
        return [list(row) for row in self._audit]

    def sharers(self) -> list[tuple[str, str]]:
        return sorted(self._sharers)

    def outcomes(self) -> list[tuple[float, str, str]]:
        return list(self._outcomes)

    def add_minute(self, span: int, chunk: int, row: bytes, oldest: int) -> None:
        if (span, chunk) not in self._minutes:
            for old in [key for key in self._minutes if key[0] == span and key[1] < oldest]:
                del self._minutes[old]
        self._minutes[span, chunk] = self._minutes.get((span, chunk), b"") + row

    def minutes(self, span: int, first: int, last: int) -> list[tuple[int, bytes]]:
        kept = ((n, data) for (of, n), data in self._minutes.items() if of == span)
        return sorted(row for row in kept if first <= row[0] <= last)


# Moved places, resume codes and identities in the memory of one process.
#
# line/state.py says what the methods do.


class MemoryMoved:
    """Moved places, those written last at the end."""

    def __init__(self) -> None:
        self._rows: OrderedDict[int, tuple[int, int]] = OrderedDict()  # device, number

    def get(self, position: int) -> int | None:
        row = self._rows.get(position)
        return None if row is None else row[0]

    def put(self, position: int, device: int, number: int) -> None:
        self._rows[position] = (device, number)
        self._rows.move_to_end(position)

    def remove(self, position: int) -> None:
        self._rows.pop(position, None)

    def oldest(self, most: int) -> list[tuple[int, int]]:
        return [(position, device) for position, (device, _) in islice(self._rows.items(), most)]

    def after(self, number: int, most: int) -> list[tuple[int, int, int]]:
        found = []
        for position, (device, own) in reversed(self._rows.items()):
            if own <= number:
                break
            found.append((own, position, device))
        return found[::-1][:most]

    def has_more_than(self, most: int) -> bool:
        return len(self._rows) > most

    def clear(self) -> None:
        self._rows.clear()


class MemoryCodes:
    """Codes by their hashes, those put there last at the end; all live for the same time."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Code] = OrderedDict()
        self._of: dict[int, str] = {}

    def get(self, code: str) -> Code | None:
        return self._kept.get(code)

    def put(self, code: str, kept: Code) -> None:
        before, old = self._kept.get(code), self._of.get(kept.position)
        if before is not None and before.position != kept.position:
            self._drop(code)
        if old is not None and old != code:
            self._drop(old)
        self._kept[code] = kept
        self._of[kept.position] = code

    def prune(self, now: float) -> None:
        while self._kept:
            kept = next(iter(self._kept.values()))
            if kept.until > now:
                return
            self._drop(self._of[kept.position])

    def _drop(self, code: str) -> None:
        del self._of[self._kept.pop(code).position]

    def count(self) -> int:
        return len(self._kept)

    def clear(self) -> None:
        self._kept.clear()
        self._of.clear()


class MemorySubscriptions(dict[int, Subscription]):
    """Subscriptions by position, and the positions in order."""

    def __init__(self) -> None:
        super().__init__()
        self._order: list[int] = []

    def put(self, position: int, kept: Subscription) -> None:
        if position not in self:
            insort(self._order, position)
        self[position] = kept

    def remove(self, position: int) -> None:
        if self.pop(position, None) is not None:
            del self._order[bisect_left(self._order, position)]

    def after(self, position: int, most: int) -> list[tuple[int, Subscription]]:
        first = bisect_right(self._order, position)
        return [(each, self[each]) for each in self._order[first : first + most]]

    def clear(self) -> None:
        super().clear()
        self._order.clear()


class MemoryIdentities(dict[str, int]):
    """Positions by identity."""

    def put(self, identity: str, position: int) -> None:
        self[identity] = position

    def begin(self, generation: int) -> None:
        self.clear()
