"""What a crowd reads again and again: the serving counter, and how many wait.

Each answer is made once for as long as its number stays. A poll is found by its very path and
query, so that it costs as little as one of our own status.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from vwr_middleware.aws.answers import answered
from vwr_middleware.aws.entry_times import EntryTimes
from vwr_middleware.web.replies import Head, Ready
from vwr_middleware.worker.current_room import CurrentRoom
from vwr_middleware.worker.room_view import RoomView
from vwr_middleware.worker.store_access import StoreAccess

#: Seconds for which caches keep these numbers.
_KEPT = 1


def serving_counter(room: CurrentRoom) -> int:
    """The position up to which people may come: with the calls that are kept for those who join
    next."""
    is_empty = room.serving >= room.queue
    return room.serving + (room.snapshot.credit if is_empty else 0)


def waiting(room: CurrentRoom) -> int:
    """How many have a place and no token yet."""
    return room.waiting + max(0, room.snapshot.called)


@dataclass(slots=True)
class PublicNumber:
    """One number of a room, and its answer."""

    store_access: StoreAccess
    view: RoomView
    entry_times: EntryTimes
    number_of: Callable[[CurrentRoom], int]
    content: Callable[[int], dict[str, Any]]
    _made: tuple[int, Ready] | None = None
    _noted: CurrentRoom | None = field(default=None, repr=False)

    def glance(self) -> Ready | None:
        """The answer, if the snapshot is fresh enough. It never asks the store."""
        room = self.view.room
        if room is None or not self.store_access.keep_fresh(self.view):
            return None
        if room is not self._noted:
            self._noted = room
            self.entry_times.note(room)
        return self.answer(room)

    def answer(self, room: CurrentRoom) -> Ready:
        """The answer for a room as it stands."""
        number = self.number_of(room)
        if self._made is None or self._made[0] != number:
            reply = answered(200, self.content(number), kept_for=_KEPT)
            self._made = number, Ready(Head(reply.status, reply.headers), reply.body)
        return self._made[1]
