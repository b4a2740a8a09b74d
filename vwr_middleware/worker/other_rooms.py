"""Other rooms: those of the same name that this store does not hold, known by their genuine papers.

Either two stores serve one room, or its store has lost everything and a worker that never knew the
room was the first to ask it. In the second case an operator can bring the room back by what is
noted here: see line/operator_steps.py. Papers are tickets and access tokens.

A paper is foreign if it is of another room than the store's. It is strange, and its room a
stranger, unless the store's room was restored in the place of that room.
"""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import astuple, dataclass
from typing import Any

from vwr_middleware.line.messages import Snapshot
from vwr_middleware.worker.current_room import CurrentRoom

#: Rooms of one name that are remembered: there are hardly ever more than two.
ROOMS_MOST = 4
#: Seconds after the last of their papers for which operators are told of them.
LATELY = 600.0
_FIELDS = 8  # a later release may post more


@dataclass(slots=True)
class OtherRoom:
    """What is known of such a room, of its latest generation."""

    generation: int = 0
    ticket: int = 0  # the highest position of a ticket
    token: int = 0  # the highest of an access token: the serving counter was at least there
    papers: int = 0  # how many came
    met_at: float = 0.0  # store time when the last came
    drawn: int = 0  # how many were drawn as that generation began, as a ticket says
    draw_told: str = ""  # what the store kept of the seed, if a worker knew the room
    draw_lanes: str = ""  # the same of the lanes in which people were drawn

    def take(self, other: "OtherRoom") -> None:
        """Add what another worker, or one more paper, says."""
        if other.generation > self.generation:
            self.generation, self.ticket, self.token, self.drawn = other.generation, 0, 0, 0
            self.draw_told = self.draw_lanes = ""
        if other.generation == self.generation:
            self.ticket = max(self.ticket, other.ticket)
            self.token = max(self.token, other.token)
            if other.drawn > self.drawn or not self.draw_lanes:
                self.draw_lanes = other.draw_lanes or self.draw_lanes
            self.drawn = max(self.drawn, other.drawn)
            # The longer one also has the public value.
            self.draw_told = max(self.draw_told, other.draw_told, key=len)
        self.papers += other.papers
        self.met_at = max(self.met_at, other.met_at)


class OtherRooms(OrderedDict[str, OtherRoom]):
    """What is known of such rooms, by their ids; the last one met is at the end."""

    def note(self, room_id: str, told: OtherRoom) -> None:
        """Note what a paper of this room, or a worker, says of it."""
        self.setdefault(room_id, OtherRoom()).take(told)
        with suppress(KeyError):  # other threads note meanwhile
            self.move_to_end(room_id)
            while len(self) > ROOMS_MOST:
                self.popitem(last=False)

    def post(self) -> dict[str, tuple[Any, ...]]:
        """The same, in the form that is posted for other workers."""
        return {room_id: astuple(told) for room_id, told in list(self.items())}

    def forget(self, snapshot: Snapshot) -> None:
        """Forget the room that the store holds, and the rooms that it has replaced."""
        for room_id in (snapshot.room_id, *snapshot.replaced):
            self.pop(room_id, None)

    def besides(self, room: CurrentRoom | None) -> "OtherRooms":
        """Those that are neither the store's own room nor one that it has replaced."""
        known = {room.room_id, *room.snapshot.replaced} if room else set()
        return OtherRooms((key, told) for key, told in list(self.items()) if key not in known)

    def were_met_after(self, moment: float) -> bool:
        """Whether one of their papers came later than this, in store time."""
        return any(told.met_at > moment for told in list(self.values()))


def together(posts: Iterable[Mapping[str, Any]]) -> OtherRooms:
    """The other rooms in several workers' posts of one room, in the order of the last meeting."""
    found = [(key, OtherRoom(*told[:_FIELDS])) for post in posts for key, told in post.items()]
    union = OtherRooms()
    for key, told in sorted(found, key=lambda row: row[1].met_at):
        union.note(key, told)
    return union
