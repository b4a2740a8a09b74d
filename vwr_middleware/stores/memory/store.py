"""The store of one process: fast, exact, and gone with it. For tests, demos and simulations."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock

from vwr_middleware.line.bits import Bits
from vwr_middleware.line.state import Line, Numbers
from vwr_middleware.stores.line_store import LineStore
from vwr_middleware.stores.memory.bits import MemoryBits
from vwr_middleware.stores.memory.board import MemoryBoard
from vwr_middleware.stores.memory.lists import MemoryEnded, MemoryJournal
from vwr_middleware.stores.memory.moves import MemoryCodes, MemoryIdentities, MemoryMoved
from vwr_middleware.stores.memory.parts import MemoryDoor, MemorySessions
from vwr_middleware.stores.rooms import Rooms


class MemoryStore(LineStore):
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
    """The rooms and secrets of a process, as `Rooms` in rooms.py describes them."""

    def __init__(self) -> None:
        self._lines: dict[str, Line] = {}
        self._secrets: dict[str, str] = {}
        self.board = MemoryBoard()

    def find(self, room: str) -> Line | None:
        return self._lines.get(room)

    def make(self, room: str, numbers: Numbers) -> Line:
        line = self._lines[room] = Line(
            numbers,
            Bits(MemoryBits()),
            MemorySessions(),
            MemoryDoor(),
            MemoryEnded(),
            MemoryJournal(),
            MemoryMoved(),
            MemoryCodes(),
            MemoryIdentities(),
        )
        return line

    def secret(self, name: str, fresh: str) -> str:
        return self._secrets.setdefault(name, fresh)
