"""The store of one process: fast, exact, and gone with it. For tests, demos and simulations."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from heapq import heappop, heappush
from threading import Lock

from vwr_middleware.line.bits import Bits
from vwr_middleware.line.state import Line, Numbers
from vwr_middleware.stores.line_store import LocalStore, Rooms
from vwr_middleware.stores.memory.parts import (
    MemoryBits,
    MemoryCodes,
    MemoryDoor,
    MemoryEnded,
    MemoryIdentities,
    MemoryJournal,
    MemoryMoved,
    MemorySessions,
    MemorySubscriptions,
)

# The board of one process. stores/board.py says what its methods do.


class MemoryBoard:
    """Texts by kind and key, and for each kind a heap of the moments at which they were put."""

    def __init__(self) -> None:
        self._kinds: dict[str, dict[str, tuple[str, float]]] = {}
        self._heaps: dict[str, list[tuple[float, str]]] = {}

    def get(self, kind: str, key: str) -> tuple[str, float] | None:
        return self._of(kind).get(key)

    def put(self, kind: str, key: str, text: str, now: float) -> None:
        rows = self._of(kind)
        if key not in rows or rows[key][1] != now:  # else the heap has it
            heappush(self._heaps.setdefault(kind, []), (now, key))
        rows[key] = (text, now)

    def drop(self, kind: str, key: str) -> None:
        self._of(kind).pop(key, None)

    def trim(self, kind: str, most: int, before: float) -> None:
        rows, heap = self._of(kind), self._heaps.get(kind, [])
        while heap and (len(rows) > most or heap[0][0] < before):
            at, key = heappop(heap)
            if rows.get(key, ("", -1.0))[1] == at:  # else it was put again, or dropped
                del rows[key]

    def rows(self, kind: str) -> Mapping[str, str]:
        return {key: text for key, (text, _) in self._of(kind).items()}

    def _of(self, kind: str) -> dict[str, tuple[str, float]]:
        return self._kinds.setdefault(kind, {})


# The store of one process: fast, exact, and gone with it. For tests, demos and simulations.


class MemoryStore(LocalStore):
    """All rooms as plain objects behind one lock. `clock` gives seconds since the epoch."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        super().__init__(clock)
        self._lock = Lock()
        self._kept = MemoryRooms()

    @contextmanager
    def _rooms(self) -> Iterator[Rooms]:
        with self._lock:
            yield self._kept


class MemoryRooms:
    """The rooms and secrets of a process, as `Rooms` in line_store.py describes them."""

    def __init__(self) -> None:
        self._lines: dict[str, Line] = {}
        self._secrets: dict[str, str] = {}
        self.board = MemoryBoard()

    def find(self, room_name: str) -> Line | None:
        return self._lines.get(room_name)

    def make(self, room_name: str, numbers: Numbers) -> Line:
        line = self._lines[room_name] = Line(
            numbers,
            Bits(MemoryBits()),
            MemorySessions(),
            MemoryDoor(),
            MemoryEnded(),
            MemoryJournal(),
            MemoryMoved(),
            MemoryCodes(),
            MemoryIdentities(),
            MemorySubscriptions(),
        )
        return line

    def secret(self, name: str, fresh: str) -> str:
        return self._secrets.setdefault(name, fresh)
