"""The methods of a store that runs the steps of the line in this process (memory, SQLite,
PostgreSQL), and how a step finds its room there, or makes it.
"""

import secrets
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AbstractContextManager
from functools import partial
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from vwr_middleware.errors import ForeignRoom, RoomLost, RoomsUnread, WaitingRoomError
from vwr_middleware.line import notices, operator_steps, resume_codes, session_steps, visitor_steps
from vwr_middleware.line.data_loss import new_room
from vwr_middleware.line.day_log import day
from vwr_middleware.line.lane_minutes import lane_history
from vwr_middleware.line.messages import Ask, Record, Seen, Snapshot
from vwr_middleware.line.minutes import history
from vwr_middleware.line.operator_steps import restore
from vwr_middleware.line.refresh import refresh
from vwr_middleware.line.state import Line, Numbers
from vwr_middleware.stores import board
from vwr_middleware.stores.board import Board

# The rooms of a store during one step, and how a room is found there or made.


class Rooms(Protocol):
    """All rooms of a store, while nobody else can read or change them."""

    def find(self, room_name: str) -> Line | None:
        """The room of this name, if it is there."""

    def make(self, room_name: str, numbers: Numbers) -> Line:
        """Keep a new room."""

    def secret(self, name: str, fresh: str) -> str:
        """The secret kept under this name, else `fresh`, now kept."""

    @property
    def board(self) -> Board:
        """What workers share besides rooms."""


def find_or_make(rooms: Rooms, ask: Ask, now: float) -> Line:
    """The room of a refresh, made or rebuilt if it is not there.

    Raises RoomLost if the store has lost data and the ask does not bring what was lost: see
    `Ask.ended`.
    """
    line = rooms.find(ask.room_name)
    if ask.ended is None and ask.seen is not None and _has_lost(line, ask, ask.seen):
        raise RoomLost(ask.room_name)
    if line is not None:
        return line
    made = rooms.make(ask.room_name, new_room(secrets.token_hex(8), ask, now))
    if ask.seen is not None and ask.ended:
        session_steps.list_known_endings(made, ask.ended, ask.ended_after)
    return made


def _has_lost(line: Line | None, ask: Ask, seen: Seen) -> bool:
    """Whether the store has lost the room that the worker has seen, or which sessions ended."""
    if line is None:
        return True
    return seen.room_id == line.numbers.room_id and session_steps.forgot_endings(line.numbers, ask)


# What a refresh of several rooms answers where some of them cannot be read.


def all_read(found: Sequence[Snapshot | WaitingRoomError]) -> list[Snapshot]:
    """The rooms, if all were read. Raises RoomsUnread, or the error of a room that was alone."""
    rooms = [room for room in found if isinstance(room, Snapshot)]
    if len(rooms) == len(found):
        return rooms
    raise found[0] if len(found) == 1 and isinstance(found[0], Exception) else RoomsUnread(found)


# The methods of a store that runs the line's steps in this process.


P = ParamSpec("P")
T = TypeVar("T")

#: One atomic step: what it does, given the rooms and the store's time. It may be tried again, so it
#: changes nothing else.
Step = Callable[[Rooms, float], T]
#: In place of a room's name: the step is about what workers share besides rooms.
NO_ROOM = ""


def method_of(
    step: Callable[Concatenate[Line, float, P], T],
) -> "Callable[Concatenate[LineStore, str, P], Coroutine[Any, Any, T]]":
    """The method of a store by which a step is done to the room of a name, at the store's time."""

    async def method(store: "LineStore", room_name: str, /, *args: P.args, **kwargs: P.kwargs) -> T:
        def do(rooms: Rooms, now: float) -> T:
            line = rooms.find(room_name)
            if line is None:
                raise RoomLost(room_name)
            return step(line, now, *args, **kwargs)

        return await store._do(step.__name__, room_name, do)

    return method


def _record(line: Line, now: float) -> Record:
    journal = line.journal
    return Record(
        journal.history(),
        journal.audit(),
        line.sessions.rows(),
        journal.sharers(),
        journal.outcomes(),
    )


class LineStore(ABC):
    """A store whose steps run here, one at a time; `Store` says what each does."""

    blocking = True
    patience = 0.0

    async def _do(self, kind: str, room_name: str, step: Step[T]) -> T:
        """Do an atomic step to the room of this name, or, with NO_ROOM, to what is shared besides:
        all of its changes are kept, or, on an error, none. `kind` is what the method is called."""
        (done,) = await self._do_all(kind, [(room_name, step)])
        return done

    @abstractmethod
    async def _do_all(self, kind: str, steps: Sequence[tuple[str, Step[T]]]) -> list[T]:
        """The same for several steps of a kind in one trip, each to another room."""

    async def refresh(self, asks: Sequence[Ask]) -> list[Snapshot]:
        steps = [(ask.room_name, partial(_read, ask)) for ask in asks]
        return all_read(await self._do_all("refresh", steps))

    join = method_of(visitor_steps.join)
    knock = method_of(visitor_steps.knock)
    claim = method_of(visitor_steps.claim)
    renew = method_of(session_steps.renew)
    end = method_of(session_steps.end)
    leave = method_of(visitor_steps.leave)
    keep_code = method_of(resume_codes.keep_code)
    move = method_of(resume_codes.move)
    subscribe = method_of(notices.subscribe)
    notices = method_of(notices.notices)
    advance = method_of(operator_steps.advance)
    advance_to = method_of(operator_steps.advance_to)
    change = method_of(operator_steps.change)
    note_done = method_of(operator_steps.note_done)
    reset = method_of(operator_steps.reset)
    restore = method_of(restore)
    record = method_of(_record)
    history = method_of(history)
    lane_history = method_of(lane_history)
    day = method_of(day)

    async def secret(self, name: str, fresh: str) -> str:
        return await self._do("secret", NO_ROOM, lambda rooms, _: rooms.secret(name, fresh))

    async def attempt(self, *networks: str) -> float:
        return await self._do(
            "attempt", NO_ROOM, lambda rooms, now: board.attempt(rooms.board, networks, now)
        )

    async def forgive(self, *networks: str, one: bool = False) -> None:
        await self._do(
            "forgive", NO_ROOM, lambda rooms, _: board.forgive(rooms.board, networks, one=one)
        )

    async def sign_out(self, sign_in: str) -> None:
        await self._do(
            "sign_out", NO_ROOM, lambda rooms, now: board.sign_out(rooms.board, sign_in, now)
        )

    async def is_signed_out(self, sign_in: str, began: float) -> bool:
        return await self._do(
            "is_signed_out",
            NO_ROOM,
            lambda rooms, _: board.is_signed_out(rooms.board, sign_in, began),
        )

    async def use_once(
        self, what: str, until: float, by: str = "", *, strictly: bool = False
    ) -> int:
        return await self._do(
            "use_once",
            NO_ROOM,
            lambda rooms, now: board.use_once(rooms.board, what, until, now, by, strictly=strictly),
        )

    async def uses(self, what: str, by: str = "") -> int:
        return await self._do(
            "uses", NO_ROOM, lambda rooms, now: board.uses(rooms.board, what, now, by)
        )

    async def post(self, worker: str, text: str) -> dict[str, str]:
        return await self._do(
            "post", NO_ROOM, lambda rooms, now: board.post(rooms.board, worker, text, now)
        )

    async def exchange(self, name: str, text: str, version: int) -> tuple[int, str]:
        return await self._do(
            "exchange",
            NO_ROOM,
            lambda rooms, now: board.exchange(rooms.board, name, text, version, now),
        )

    async def check(self) -> list[str]:
        return []

    async def close(self) -> None:  # noqa: B027  (a store need not have anything to let go of)
        """Close files and connections. Closing twice does no harm."""


class LocalStore(LineStore):
    """One whose rooms are at hand, so that no step has to wait for an answer (memory and SQLite).

    `clock` gives seconds since the epoch.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock

    @abstractmethod
    def _rooms(self) -> AbstractContextManager[Rooms]:
        """The rooms for one atomic step: all of its changes are kept, or, on an error, none."""

    async def _do_all(self, kind: str, steps: Sequence[tuple[str, Step[T]]]) -> list[T]:
        with self._rooms() as rooms:
            now = self._clock()
            return [step(rooms, now) for _, step in steps]


def _read(ask: Ask, rooms: Rooms, now: float) -> Snapshot | WaitingRoomError:
    """A room, or why it could not be read: then nothing of it was changed."""
    try:
        return refresh(find_or_make(rooms, ask, now), ask, now)
    except (RoomLost, ForeignRoom) as error:
        return error
