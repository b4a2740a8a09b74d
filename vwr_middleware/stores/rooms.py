"""The rooms of a store during one step, and how a room is found there or made."""

import secrets
from typing import Protocol

from vwr_middleware.errors import RoomLost
from vwr_middleware.line import session_steps
from vwr_middleware.line.data_loss import new_room
from vwr_middleware.line.messages import Ask, Seen
from vwr_middleware.line.state import Line, Numbers
from vwr_middleware.stores.board import Board


class Rooms(Protocol):
    """All rooms of a store, while nobody else can read or change them."""

    def find(self, room: str) -> Line | None:
        """The room of this name, if it is there."""

    def make(self, room: str, numbers: Numbers) -> Line:
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
    line = rooms.find(ask.room)
    if ask.ended is None and ask.seen is not None and _has_lost(line, ask, ask.seen):
        raise RoomLost(ask.room)
    if line is not None:
        return line
    made = rooms.make(ask.room, new_room(secrets.token_hex(8), ask, now))
    if ask.seen is not None and ask.ended:
        session_steps.recall_ended(made, ask.ended, ask.ended_after)
    return made


def _has_lost(line: Line | None, ask: Ask, seen: Seen) -> bool:
    """Whether the store has lost the room that the worker has seen, or which sessions ended."""
    if line is None:
        return True
    return seen.room_id == line.numbers.room_id and session_steps.forgot_endings(line.numbers, ask)
