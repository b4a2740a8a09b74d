"""Tickets of people who were drawn: what a number is worth since the draw.

A ticket says a number of the generation in which people registered. With the draw, that number got
a position of the next generation, and the ticket is worth it from then on, for ever: in another
tab, on another device, from a bookmark. Nothing is kept for that: the position is worked out of the
seed. Whoever is given a ticket after the draw has one that says the position, and how many were
drawn: in a room with lanes, how many in the lane of that position.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

from vwr_middleware.draw.permutation import number_at, place_of
from vwr_middleware.draw.seed import Seeds, lane_seed, with_beacon
from vwr_middleware.keys import Keys
from vwr_middleware.line.constants import DRAWN
from vwr_middleware.line.drawn_lanes import drawn_lanes
from vwr_middleware.line.messages import Snapshot
from vwr_middleware.papers.tickets import Ticket


class DrawnTickets:
    """The tickets of one room, as its draws have changed their worth."""

    def __init__(self, keys: Keys, room_name: str) -> None:
        self._seeds = Seeds(keys, room_name)
        #: The seed that the order comes from, by room id, generation and what was told of it.
        self._seed: Callable[[str, int, str], bytes] = lru_cache(16)(self._find_seed)
        #: What workers say of the seed before the draw.
        self.told: Callable[[str, int], str] = lru_cache(16)(self._seeds.commitment)

    def _find_seed(self, room_id: str, generation: int, told: str) -> bytes:
        """The seed that was committed to, mixed with the beacon's value if there was one. If it was
        made by a secret that is gone, only that of the newest is left: the commitment shows it."""
        seed, _, beacon = self._open(room_id, generation, told)
        return with_beacon(seed, beacon)

    def _open(self, room_id: str, generation: int, told: str) -> tuple[bytes, str, str | None]:
        commitment, _, beacon = told.partition(":")
        seed = self._seeds.committed(room_id, generation, commitment) if commitment else None
        if seed is None:
            seed = self._seeds.seed(room_id, generation)
        value = bytes.fromhex(beacon).decode() if beacon else None
        return seed, commitment or self.told(room_id, generation), value

    def opened(self, snapshot: Snapshot) -> tuple[bytes, str, str | None]:
        """All that was secret of the draw with which the generation of this reading began: its
        seed, what was said of it before, and the beacon's value."""
        return self._open(snapshot.room_id, snapshot.generation - 1, snapshot.draw_told)

    def seed(self, snapshot: Snapshot) -> bytes:
        """The seed of the draw with which the generation of this reading began."""
        return self._seed(snapshot.room_id, snapshot.generation - 1, snapshot.draw_told)

    def position_of(self, snapshot: Snapshot, number: int) -> int:
        """The position that a number has got; 0: the number was not drawn."""
        if not snapshot.draw_lanes:
            is_drawn = 0 < number <= snapshot.drawn
            return place_of(self.seed(snapshot), snapshot.drawn, number) if is_drawn else 0
        lanes = drawn_lanes(snapshot.draw_lanes)
        found = lanes.number_at(number)
        if found is None:
            return 0
        lane, own = found
        seed = lane_seed(self.seed(snapshot), lane)
        return lanes.position_of(lane, place_of(seed, lanes.counts[lane], own))

    def number_of(self, snapshot: Snapshot, position: int) -> int:
        """The number that has got a position; 0: nobody was drawn to it."""
        if not snapshot.draw_lanes:
            is_drawn = 0 < position <= snapshot.drawn
            return number_at(self.seed(snapshot), snapshot.drawn, position) if is_drawn else 0
        lanes = drawn_lanes(snapshot.draw_lanes)
        found = lanes.place_at(position)
        if found is None:
            return 0
        lane, rank = found
        seed = lane_seed(self.seed(snapshot), lane)
        return lanes.registered_at(lane, number_at(seed, lanes.counts[lane], rank))

    @staticmethod
    def told_by(snapshot: Snapshot, position: int) -> int:
        """How many were drawn, as the ticket of a position says it."""
        if not snapshot.draw_lanes:
            return snapshot.drawn
        return drawn_lanes(snapshot.draw_lanes).count_at(position)

    def of(self, snapshot: Snapshot, ticket: Ticket) -> Ticket:
        """What a ticket is worth in a room as it was read."""
        if snapshot.draw < DRAWN or ticket.room_id != snapshot.room_id:
            return ticket
        if ticket.position > snapshot.drawn and not snapshot.draw_lanes:
            return ticket  # most of them, as nobody was drawn to it
        if ticket.generation == snapshot.generation:
            number = self.number_of(snapshot, ticket.position)
            if not number:
                return ticket
            return replace(ticket, number=number, drawn=self.told_by(snapshot, ticket.position))
        if ticket.generation != snapshot.generation - 1:
            return ticket
        position = self.position_of(snapshot, ticket.position)
        if not position:
            return ticket
        return replace(
            ticket,
            generation=snapshot.generation,
            position=position,
            # The wait counts from the draw: before, nobody was ahead of anybody.
            joined_at=max(ticket.joined_at, int(snapshot.drawn_at)),
            number=ticket.position,
            drawn=self.told_by(snapshot, position),
        )
