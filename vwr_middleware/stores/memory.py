"""The store of one process: fast, exact, and gone with it. For tests, demos and simulations."""

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from typing import Any

from vwr_middleware.errors import RoomLost
from vwr_middleware.line import operate, steps
from vwr_middleware.line.answers import (
    Ask,
    Ending,
    JoinKind,
    OperatorsView,
    Seen,
    Snapshot,
    Turn,
    Verdict,
)
from vwr_middleware.line.bits import Bits
from vwr_middleware.line.opening import new_room
from vwr_middleware.line.parts import Line
from vwr_middleware.line.refresh import refresh
from vwr_middleware.stores.memory_parts import (
    MemoryBits,
    MemoryDoor,
    MemoryEnded,
    MemoryJournal,
    MemorySessions,
)


class MemoryStore:
    """All rooms as plain objects behind one lock. `clock` gives seconds since the epoch."""

    blocking = True

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._lock = Lock()
        self._lines: dict[str, Line] = {}
        self._secrets: dict[str, str] = {}

    async def refresh(self, asks: Sequence[Ask]) -> list[Snapshot]:
        """Hand in what was noticed and read the rooms. Makes a room that is not there."""
        with self._lock:
            return [refresh(self._line_for(ask), ask, self._clock()) for ask in asks]

    async def join(
        self, room: str, kinds: Sequence[JoinKind], seen: Seen | None = None
    ) -> list[Turn]:
        """Several visitors arrive, in this order."""
        with self._lock:
            return steps.join(self._line(room), kinds, seen, self._clock())

    async def knock(
        self,
        room: str,
        generation: int,
        position: int,
        told: float,
        hidden: bool = False,
        seen: Seen | None = None,
    ) -> Turn:
        """A called visitor asks whether to come."""
        with self._lock:
            line = self._line(room)
            return steps.knock(line, generation, position, told, hidden, seen, self._clock())

    async def claim(
        self, room: str, generation: int, position: int, told: float, seen: Seen | None = None
    ) -> Turn:
        """Exchange a ticket whose turn has come for a session."""
        with self._lock:
            line = self._line(room)
            return steps.claim(line, generation, position, told, seen, self._clock())

    async def renew(
        self,
        room: str,
        session: str,
        expires_at: float,
        outage: bool = False,
        seen: Seen | None = None,
    ) -> Turn:
        """Confirm or prolong a session."""
        with self._lock:
            line = self._line(room)
            return steps.renew(line, session, expires_at, outage, seen, self._clock())

    async def end(self, room: str, session: str, how: Ending, seen: Seen | None = None) -> bool:
        """End a session early. False if it was not running."""
        with self._lock:
            return steps.end(self._line(room), session, how, seen, self._clock())

    async def leave(
        self, room: str, generation: int, position: int, seen: Seen | None = None
    ) -> Verdict:
        """Give a place in line up."""
        with self._lock:
            return steps.leave(self._line(room), generation, position, seen, self._clock())

    async def advance(
        self,
        room: str,
        count: int,
        *,
        present_only: bool = False,
        keep_rest: bool = False,
        who: str = "",
        key: str = "",
    ) -> int:
        """Call more by hand; returns how many positions were called."""
        with self._lock:
            line = self._line(room)
            return operate.advance(line, count, present_only, keep_rest, who, key, self._clock())

    async def advance_to(self, room: str, serving: int, *, who: str = "") -> int:
        """Set the serving counter by hand; returns where it stands."""
        with self._lock:
            return operate.advance_to(self._line(room), serving, who, self._clock())

    async def change(
        self, room: str, changes: Mapping[str, Any], forget: Sequence[str] = (), *, who: str = ""
    ) -> dict[str, Any]:
        """Override settings or go back to the configured ones; returns those in force."""
        with self._lock:
            line = self._line(room)
            operate.change(line, changes, tuple(forget), who, self._clock())
            return dict(line.numbers.rules)

    async def reset(self, room: str, end_sessions: bool = False, *, who: str = "") -> int:
        """Begin a new generation; returns its number."""
        with self._lock:
            return operate.reset(self._line(room), end_sessions, who, self._clock())

    async def view(self, room: str) -> OperatorsView:
        """What an operator reads: history, audit log, running sessions."""
        with self._lock:
            line = self._line(room)
            journal, sessions = line.journal, line.sessions
            assert isinstance(journal, MemoryJournal)
            assert isinstance(sessions, MemorySessions)
            return OperatorsView(
                history=[list(row) for row in journal.history],
                audit=[list(row) for row in journal.audit],
                sessions=sessions.rows(),
            )

    async def secret(self, name: str, fresh: str) -> str:
        """A secret that all workers share: the one kept under this name, else `fresh`, now kept."""
        with self._lock:
            return self._secrets.setdefault(name, fresh)

    async def close(self) -> None:
        """Nothing to close."""

    def _line(self, room: str) -> Line:
        try:
            return self._lines[room]
        except KeyError:
            raise RoomLost(room) from None

    def _line_for(self, ask: Ask) -> Line:
        line = self._lines.get(ask.room)
        if line is None:
            numbers = new_room(secrets.token_hex(8), ask.config, ask.seen, self._clock())
            line = Line(
                numbers,
                Bits(MemoryBits()),
                MemorySessions(),
                MemoryDoor(),
                MemoryEnded(),
                MemoryJournal(),
            )
            self._lines[ask.room] = line
        return line
