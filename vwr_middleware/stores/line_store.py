"""The methods of a store that runs the line's steps in this process: memory and SQLite."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AbstractContextManager
from typing import Any, Concatenate, ParamSpec, TypeVar

from vwr_middleware.errors import ForeignRoom, RoomLost, WaitingRoomError
from vwr_middleware.line import operator_steps, resume_codes, session_steps, visitor_steps
from vwr_middleware.line.messages import Ask, Record, Snapshot
from vwr_middleware.line.operator_steps import restore
from vwr_middleware.line.refresh import refresh
from vwr_middleware.line.state import Line
from vwr_middleware.stores import board
from vwr_middleware.stores.reading import all_read
from vwr_middleware.stores.rooms import Rooms, find_or_make

P = ParamSpec("P")
T = TypeVar("T")


def method_of(
    step: Callable[Concatenate[Line, float, P], T],
) -> "Callable[Concatenate[LineStore, str, P], Coroutine[Any, Any, T]]":
    """The method of a store by which a step is done to the room of a name, at the store's time."""

    async def method(store: "LineStore", room: str, /, *args: P.args, **kwargs: P.kwargs) -> T:
        with store._rooms() as rooms:
            line = rooms.find(room)
            if line is None:
                raise RoomLost(room)
            return step(line, store._clock(), *args, **kwargs)

    return method


def _record(line: Line, now: float) -> Record:
    journal = line.journal
    return Record(journal.history(), journal.audit(), line.sessions.rows(), journal.sharers())


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

    async def refresh(self, asks: Sequence[Ask]) -> list[Snapshot]:
        with self._rooms() as rooms:
            now = self._clock()
            found = [_read(rooms, ask, now) for ask in asks]
        return all_read(found)

    join = method_of(visitor_steps.join)
    knock = method_of(visitor_steps.knock)
    claim = method_of(visitor_steps.claim)
    renew = method_of(session_steps.renew)
    end = method_of(session_steps.end)
    leave = method_of(visitor_steps.leave)
    keep_code = method_of(resume_codes.keep_code)
    move = method_of(resume_codes.move)
    advance = method_of(operator_steps.advance)
    advance_to = method_of(operator_steps.advance_to)
    change = method_of(operator_steps.change)
    reset = method_of(operator_steps.reset)
    restore = method_of(restore)
    record = method_of(_record)

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
