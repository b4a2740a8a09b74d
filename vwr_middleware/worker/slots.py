"""For which called visitors a slot is probably free, by what one worker last read."""

from bisect import bisect_left
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple

from vwr_middleware.line.capacity import SHUT_STATES
from vwr_middleware.line.messages import Turn
from vwr_middleware.worker.current_room import CurrentRoom


class Refusal(NamedTuple):
    """The store let in nobody from this position on, while at most so many slots were free."""

    position: int
    free: int


_OF_ALL = Refusal(0, free=0)  # before any other: nobody comes in while no slot is free


@dataclass(slots=True)
class Slots:
    """A snapshot's free slots and its door, kept up to date until the next reading.

    The store decides; this only says for whom it is worth asking. It counts what this worker hears
    of after the reading. It also adds what the pace and the usual rate of leaving bring, since it
    does not hear of those who leave at other workers. All moments are monotonic time.
    """

    room: CurrentRoom
    since: float  # when it was read, or last corrected by an answer of the store
    left_here: int = 0  # sessions that this worker has seen end since then
    refusal: Refusal = _OF_ALL  # the latest that still holds

    def has_room_for(self, position: int, monotonic: float) -> bool:
        """Whether more slots are probably free than those at the door before this one need."""
        free, refusal = self._free(monotonic), self.refusal
        if position >= refusal.position and free <= refusal.free:
            return False
        # `admit_up_to`: only the store knows who has a hidden page, and is held no slot for now.
        return free > self._rank(position) or (free > 0 and position <= self.room.said.admit_up_to)

    def _free(self, monotonic: float) -> int:
        room, passed = self.room, max(0.0, monotonic - self.since)
        left = max(0.0, room.said.hazard * room.active * passed - self.left_here)
        if room.said.per_second is None:
            return int(room.free + left)
        if room.state in SHUT_STATES:
            return 0
        tokens = room.tokens + room.said.per_second * passed
        return int(min(room.limit - room.active + left, tokens))

    def _rank(self, position: int) -> float:
        """How many are at the door before this one."""
        door = self.room.door
        before = bisect_left(door, position)
        return before * self.room.door_size / len(door) if before else 0

    def heard(self, turn: Turn, monotonic: float) -> None:
        """Count what the store said to a knock or a claim."""
        if turn.verdict == "go":
            self._put_at_door(turn.position)
        elif turn.has_begun:
            self.let_in(turn.position)
        elif turn.verdict == "next":
            self._refused(turn.position, turn.ahead, monotonic)

    def let_in(self, position: int) -> None:
        """Count somebody whom this worker just let in."""
        room = self.room
        if room.active >= room.limit:  # so somebody has left at another worker
            self.freed()
        room.free, room.active, room.tokens = room.free - 1, room.active + 1, room.tokens - 1
        if len(room.door) == room.door_size:
            with suppress(ValueError):
                room.door.remove(position)
                room.door_size -= 1

    def freed(self) -> None:
        """Count a session that this worker just saw end."""
        self.room.free, self.room.active = self.room.free + 1, self.room.active - 1
        self.left_here += 1

    def _refused(self, position: int, ahead: int, monotonic: float) -> None:
        """The store refused a position: those `ahead` of it at the door need all free slots.

        The position is remembered, since this worker may not know all who are at the door.
        """
        room, free, before = self.room, self._free(monotonic), self.refusal
        first = min(before.position, position) if free <= before.free else position
        self.refusal = Refusal(first, min(free, ahead))
        if room.said.per_second is None:
            room.free = self.refusal.free
        else:
            passed = max(0.0, monotonic - self.since)
            room.tokens = min(room.tokens + room.said.per_second * passed, ahead)
        self.since, self.left_here = monotonic, 0
        self._put_at_door(position)

    def _put_at_door(self, position: int) -> None:
        """Note that the store put somebody at the door, if all who are there are known."""
        room = self.room
        at = bisect_left(room.door, position)
        if len(room.door) == room.door_size and position not in room.door[at : at + 1]:
            room.door.insert(at, position)
            room.door_size += 1
