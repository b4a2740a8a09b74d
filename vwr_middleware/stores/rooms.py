"""The rooms of a store during one step, and how a room is found there or made."""

import secrets
from typing import Protocol

from vwr_middleware.errors import RoomLost
from vwr_middleware.line import stays
from vwr_middleware.line.asks import Ask
from vwr_middleware.line.losses import new_room
from vwr_middleware.line.numbers import Numbers
from vwr_middleware.line.parts import Line
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
    """The room of a refresh, made or rebuilt if it is not there. Raises RoomLost if a rebuilt one
    would lack what the worker knows: see `Ask.ended`."""
    line = rooms.find(ask.room)
    if line is not None:
        if ask.ended is None and _fell_back(line.numbers, ask):
            raise RoomLost(ask.room)
        return line
    if ask.seen is not None and ask.ended is None:
        raise RoomLost(ask.room)
    numbers = new_room(secrets.token_hex(8), ask, now)
    made = rooms.make(ask.room, numbers)
    if ask.seen is not None and ask.ended:
        stays.recall_ended(made, ask.ended, ask.ended_after)
    return made


def _fell_back(numbers: Numbers, ask: Ask) -> bool:
    """Whether the worker knows of ended sessions that the store has lost, and must bring them."""
    is_same = ask.seen is not None and ask.seen.room_id == numbers.room_id
    return is_same and stays.forgot_endings(numbers, ask)
