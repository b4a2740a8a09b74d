"""Tickets of people who were drawn: what a number is worth since the draw.

A ticket says a number of the generation in which people registered. With the draw, that number got
a position of the next generation, and the ticket is worth it from then on, for ever: in another
tab, on another device, from a bookmark. Nothing is kept for that: the position is worked out of the
seed. Whoever is given a ticket after the draw has one that says the position, and how many were
drawn.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

from vwr_middleware.draw.permutation import number_at, place_of
from vwr_middleware.draw.seed import Seeds, with_beacon
from vwr_middleware.keys import Keys
from vwr_middleware.line.constants import DRAWN
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
        """The position that a number has got."""
        return place_of(self.seed(snapshot), snapshot.drawn, number)

    def of(self, snapshot: Snapshot, ticket: Ticket) -> Ticket:
        """What a ticket is worth in a room as it was read."""
        if snapshot.draw < DRAWN or ticket.room_id != snapshot.room_id:
            return ticket
        if not 0 < ticket.position <= snapshot.drawn:
            return ticket
        if ticket.generation == snapshot.generation:
            number = number_at(self.seed(snapshot), snapshot.drawn, ticket.position)
            return replace(ticket, number=number, drawn=snapshot.drawn)
        if ticket.generation != snapshot.generation - 1:
            return ticket
        position = self.position_of(snapshot, ticket.position)
        return replace(
            ticket,
            generation=snapshot.generation,
            position=position,
            # The wait counts from the draw: before, nobody was ahead of anybody.
            joined_at=max(ticket.joined_at, int(snapshot.drawn_at)),
            number=ticket.position,
            drawn=snapshot.drawn,
        )
