"""The methods of a store that runs the line's steps in this process: memory and SQLite."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, TypeVar

from vwr_middleware.errors import ForeignRoom, RoomLost, WaitingRoomError
from vwr_middleware.line import moves, operate, stays, steps
from vwr_middleware.line.answers import Move, Record, Snapshot, Turn, Verdict
from vwr_middleware.line.asks import Ask, Ending, JoinKind, Seen
from vwr_middleware.line.parts import Line
from vwr_middleware.line.place import Place
from vwr_middleware.line.refresh import refresh
from vwr_middleware.line.restore import restore
from vwr_middleware.stores import board
from vwr_middleware.stores.reading import all_read
from vwr_middleware.stores.rooms import Rooms, find_or_make

T = TypeVar("T")


class LineStore(ABC):
    """A store whose steps run here, one at a time; `Store` says what each does.

    `clock` gives seconds since the epoch.
    """

    blocking = True
    patience = 0.0

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock

    @abstractmethod
    def _rooms(self) -> AbstractContextManager[Rooms]:
        """The rooms for one atomic step: all of its changes are kept, or, on an error, none."""

    def _step(self, room: str, step: Callable[[Line, float], T]) -> T:
        with self._rooms() as rooms:
            line = rooms.find(room)
            if line is None:
                raise RoomLost(room)
            return step(line, self._clock())

    async def refresh(self, asks: Sequence[Ask]) -> list[Snapshot]:
        with self._rooms() as rooms:
            now = self._clock()
            found = [_read(rooms, ask, now) for ask in asks]
        return all_read(found)

    async def join(
        self,
        room: str,
        kinds: Sequence[JoinKind],
        seen: Seen | None = None,
        identities: Sequence[str] = (),
    ) -> list[Turn]:
        return self._step(room, lambda line, now: steps.join(line, kinds, seen, now, identities))

    async def knock(
        self,
        room: str,
        place: Place,
        returns_in: float,
        hidden: bool = False,
        seen: Seen | None = None,
    ) -> Turn:
        return self._step(
            room, lambda line, now: steps.knock(line, place, returns_in, hidden, seen, now)
        )

    async def claim(
        self, room: str, place: Place, returns_in: float, seen: Seen | None = None
    ) -> Turn:
        return self._step(room, lambda line, now: steps.claim(line, place, returns_in, seen, now))

    async def renew(
        self,
        room: str,
        session: str,
        take_back: bool = False,
        seen: Seen | None = None,
        marks: Sequence[str] = (),
    ) -> Turn:
        return self._step(
            room, lambda line, now: stays.renew(line, session, take_back, marks, seen, now)
        )

    async def end(
        self, room: str, session: str, how: Ending, seen: Seen | None = None, *, who: str = ""
    ) -> bool:
        return self._step(room, lambda line, now: stays.end(line, session, how, who, seen, now))

    async def leave(self, room: str, place: Place, seen: Seen | None = None) -> Verdict:
        return self._step(room, lambda line, now: steps.leave(line, place, seen, now))

    async def keep_code(
        self, room: str, place: Place, code: str, seen: Seen | None = None
    ) -> Verdict:
        return self._step(room, lambda line, now: moves.keep_code(line, place, code, seen, now))

    async def move(
        self, room: str, codes: Sequence[str], attempt: str = "", seen: Seen | None = None
    ) -> Move:
        return self._step(room, lambda line, now: moves.move(line, codes, attempt, seen, now))

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
        return self._step(
            room,
            lambda line, now: operate.advance(line, count, present_only, keep_rest, who, key, now),
        )

    async def advance_to(self, room: str, serving: int, *, who: str = "") -> int:
        return self._step(room, lambda line, now: operate.advance_to(line, serving, who, now))

    async def change(
        self, room: str, changes: Mapping[str, Any], forget: Sequence[str] = (), *, who: str = ""
    ) -> dict[str, Any]:
        return self._step(room, lambda line, now: operate.change(line, changes, forget, who, now))

    async def reset(self, room: str, end_sessions: bool = False, *, who: str = "") -> int:
        return self._step(room, lambda line, now: operate.reset(line, end_sessions, who, now))

    async def restore(self, room: str, former: Seen, *, who: str = "") -> bool:
        return self._step(room, lambda line, now: restore(line, former, who, now))

    async def record(self, room: str) -> Record:
        return self._step(room, _record)

    async def secret(self, name: str, fresh: str) -> str:
        with self._rooms() as rooms:
            return rooms.secret(name, fresh)

    async def attempt(self, *networks: str) -> float:
        with self._rooms() as rooms:
            return board.attempt(rooms.board, networks, self._clock())

    async def forgive(self, *networks: str, one: bool = False) -> None:
        with self._rooms() as rooms:
            board.forgive(rooms.board, networks, one=one)

    async def sign_out(self, sign_in: str) -> None:
        with self._rooms() as rooms:
            board.sign_out(rooms.board, sign_in, self._clock())

    async def is_signed_out(self, sign_in: str, began: float) -> bool:
        with self._rooms() as rooms:
            return board.is_signed_out(rooms.board, sign_in, began)

    async def post(self, worker: str, text: str) -> dict[str, str]:
        with self._rooms() as rooms:
            return board.post(rooms.board, worker, text, self._clock())

    async def check(self) -> list[str]:
        return []

    async def close(self) -> None:  # noqa: B027  (a store need not have anything to let go of)
        """Close files and connections. Closing twice does no harm."""


def _read(rooms: Rooms, ask: Ask, now: float) -> Snapshot | WaitingRoomError:
    """A room, or why it could not be read: then nothing of it was changed."""
    try:
        return refresh(find_or_make(rooms, ask, now), ask, now)
    except (RoomLost, ForeignRoom) as error:
        return error


def _record(line: Line, now: float) -> Record:
    journal = line.journal
    return Record(journal.history(), journal.audit(), line.sessions.rows(), journal.sharers())
