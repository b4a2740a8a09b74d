"""Which device holds a place, as far as one worker knows.

It learns within a second, by the store's numbered list, which places have moved to another device
or were given up. The store itself decides at every claim.
"""

from typing import Literal

from vwr_middleware.line.constants import DRAWN, GIVEN_UP, REGISTERING
from vwr_middleware.line.messages import Place, Snapshot
from vwr_middleware.papers.tickets import Ticket

#: Places that a worker remembers at most; the store knows all that may be claimed.
KNOWN_MOST = 100_000
#: Earlier generations that are remembered, since sessions go on after a reset.
FORMER_MOST = 3


class Devices(dict[int, int]):
    """The device that holds a place, by position. Places that never moved are absent."""

    def __init__(self) -> None:
        super().__init__()
        self.generation = 0
        self.number = 0  # number of the last entry that was read of the store's list
        self.former: dict[int, dict[int, int]] = {}  # the same, by earlier generation
        #: The same by number, of those who are registered for a draw, or were before it.
        self.registered: dict[int, int] = {}

    def lost_by(self, place: Place | Ticket) -> Literal["moved", "left", ""]:
        """Why the device that comes for a place does not hold it any more; "" if it does, as far as
        is known here."""
        if place.device == GIVEN_UP:  # the ticket says so itself
            return "left"
        here = place.generation == self.generation
        holder = (self if here else self.former.get(place.generation, {})).get(place.position, 0)
        if here and place.number:
            holder = max(holder, self.registered.get(place.number, 0))
        if holder <= place.device:
            return ""
        return "left" if holder == GIVEN_UP else "moved"

    def note(self, generation: int, position: int, device: int) -> None:
        """Note what the store has just said: which device holds a place from now on."""
        if generation != self.generation:
            if generation < self.generation:
                return
            self._begin(generation)
        # `pop`, so that the place goes to the end, where the latest ones are.
        self[position] = max(device, self.pop(position, 0))
        if len(self) > KNOWN_MOST:
            # Many at once: to find its first entry, a dict passes over all that were removed before
            # it, so one by one would take seconds.
            for earlier in list(self)[: KNOWN_MOST // 10 + 1]:
                self.pop(earlier, None)

    def take(self, snapshot: Snapshot) -> None:
        """Take in what a reading of the room brings."""
        is_next = snapshot.generation == self.generation + 1
        if snapshot.generation != self.generation:
            self._begin(snapshot.generation)
            if not is_next or snapshot.draw < DRAWN:
                self.registered.clear()
        registers = snapshot.draw == REGISTERING
        for position, device in snapshot.moved:
            if position < 0:  # the row of a number: see line/draw.py
                self.registered[-position] = device
            if position > 0 or registers:
                self.note(snapshot.generation, abs(position), device)
        self.number = snapshot.moved_last

    def _begin(self, generation: int) -> None:
        """The room was reset, or drawn. Sessions go on, so their devices are remembered."""
        if self:
            self.former[self.generation] = dict(self)
            for earlier in list(self.former)[:-FORMER_MOST]:
                self.former.pop(earlier, None)
        self.clear()
        self.generation = generation

    def forget(self) -> None:
        """Forget all: the store holds another room than this worker knew."""
        self.clear()
        self.former.clear()
        self.registered.clear()
        self.generation = self.number = 0
