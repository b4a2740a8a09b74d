"""What a ticket is worth right now: what is behind a page's poll, its claim and its reload.

The endpoints, the gate and the simulator all use it.
"""

from typing import Literal

from vwr_middleware.gate import standing as stand
from vwr_middleware.gate.standing import LOCKED, Standing
from vwr_middleware.line.messages import Belonging, Place, Turn
from vwr_middleware.line.session_ids import session_id
from vwr_middleware.papers.tickets import Ticket
from vwr_middleware.worker.current_room import CurrentRoom
from vwr_middleware.worker.room_view import RoomView
from vwr_middleware.worker.store_access import StoreAccess

#: Seconds. A snapshot older than this is read again for somebody who may be called by now, or who
#: says so. A younger one is not, whoever asks and however often.
NEWEST_AFTER = 0.25
#: The word `you` for a verdict of the store on a ticket, where it is another word.
YOU = {"spent": "ended", "unknown": "none"}
#: Seconds between two reloads of a called visitor's page without script.
NO_SCRIPT_DOOR = 4.0

#: Which line a ticket belongs to, for a room as it was read.
LineOf = Literal[
    "here",  # the present one
    "reset",  # an earlier one: the room was reset, or was restored in place of the ticket's room
    "later",  # a later generation, which another worker knows, while our own reading failed
    "none",  # of a room that the store does not hold; or there is no ticket
]

_LINES: dict[Belonging, LineOf] = {
    "here": "here",
    "earlier": "reset",
    "later": "later",
    "replaced": "reset",
    "foreign": "none",
}


class Turns:
    """Answers those who hold a genuine ticket of the snapshot's generation.

    They raise StoreUnavailable if the store must decide and cannot be asked.
    """

    def __init__(self, store_access: StoreAccess, view: RoomView) -> None:
        self._store_access, self._view = store_access, view

    def is_behind(self, room: CurrentRoom, generation: int, position: int) -> bool:
        """Whether another worker may know more of this ticket than this one's snapshot does.

        A genuine ticket of a later generation proves it, however new the snapshot is.
        """
        if generation != room.generation:
            return generation > room.generation
        if self._view.age(self._store_access.monotonic()) < NEWEST_AFTER:
            return False
        return position > room.queue or 0 < position - room.serving <= room.limit

    async def newest_for(
        self, room: CurrentRoom, ticket: Ticket | None
    ) -> tuple[CurrentRoom, Ticket | None]:
        """The snapshot, read again if another worker may know more of this ticket; and what the
        ticket is worth by that: there may have been a draw."""
        if ticket is None or not room.is_of_room(ticket):
            return room, ticket
        if not self.is_behind(room, ticket.generation, ticket.position):
            return room, ticket
        # If the store has forgotten the position, it learns of it by `Seen`.
        self._view.note_genuine(ticket.generation, ticket.position, ticket.drawn)
        return await self.newest(room), self._view.as_drawn(ticket)

    def line_of(self, room: CurrentRoom, ticket: Ticket | None) -> LineOf:
        """Which line a ticket belongs to. One of a room that the store does not hold is noted."""
        if ticket is None:
            return "none"
        belonging = room.belonging(ticket)
        if belonging == "foreign":
            self._store_access.room_identity.meet(self._view, room, ticket)
        return _LINES[belonging]

    async def newest(self, room: CurrentRoom) -> CurrentRoom:
        """The room, read again; the old reading if the store holds another room by now, so that the
        next step raises RoomChanged."""
        newest = await self._store_access.newest(self._view)
        return newest if newest is not None and newest.room_id == room.room_id else room

    def wait(self, room: CurrentRoom, position: int) -> Standing:
        """The answer to a poll of somebody who is not called yet. It never asks the store."""
        self._view.present.note(position)
        return stand.waiting(room, position, self._store_access.now(self._view))

    async def poll(
        self, room: CurrentRoom, place: Place, at_door: bool = False, hidden: bool = False
    ) -> Standing:
        """The answer to a poll. `at_door`: the page was told that it is called."""
        view, store_access, position = self._view, self._store_access, place.position
        view.note_genuine(room.generation, position)
        lost = view.devices.lost_by(place)
        if lost:
            return Standing(lost)
        if (
            position > room.serving
            and at_door
            and view.age(store_access.monotonic()) > NEWEST_AFTER
        ):
            room = await self.newest(room)  # another worker has called it already
        if position > room.serving:
            waits = self.wait(room, position)
            if at_door and position - room.serving <= room.limit:  # the store may know better
                view.called.held_slots.note(
                    position, waits.retry_after, hidden, store_access.monotonic()
                )
            return waits
        if position in view.called.goes:
            return stand.called(room, position, "may_enter")
        standing, now = stand.called(room, position), store_access.monotonic()
        answered = self._answered(room, place, now)
        if answered is not None:
            return answered if isinstance(answered, Standing) else as_standing(room, answered)
        held_slots = view.called.held_slots
        is_known = at_door or held_slots.knows(position, now)
        if is_known and not view.called.may_ask(position, now):
            held_slots.note(position, standing.retry_after, hidden, now)
            return standing
        return as_standing(
            room, await store_access.knock(view, place, standing.retry_after, hidden)
        )

    async def claim(
        self, room: CurrentRoom, place: Place, has_go: bool = False, returns_in: float = 0.0
    ) -> Turn | Standing:
        """The answer to somebody who wants to come in: the turn by which a session runs, or where
        the visitor stands instead.

        `has_go`: the visitor was told to come, maybe by another worker, so the store is asked
        whatever the snapshot shows. `returns_in`: seconds until the visitor asks again at soonest.
        """
        view, store_access, position = self._view, self._store_access, place.position
        view.note_genuine(room.generation, position)
        lost = view.devices.lost_by(place)
        if lost:
            return Standing(lost)
        if position > room.serving:
            return self.wait(room, position)
        standing = stand.called(room, position)
        returns_in, now = max(standing.retry_after, returns_in), store_access.monotonic()
        answered = self._answered(room, place, now)
        if answered is not None:
            return answered
        may_claim = view.called.may_claim(position, has_go, now)
        if not may_claim and view.called.held_slots.knows(position, now):
            view.called.held_slots.note(position, returns_in, False, now)
            return standing
        turn = await store_access.claim(view, place, returns_in)
        return turn if turn.verdict == "entered" else as_standing(room, turn)

    def _answered(
        self, room: CurrentRoom, place: Place, monotonic: float
    ) -> Turn | Standing | None:
        """The same by the store's answer of a moment ago, if that is still good."""
        called, position = self._view.called, place.position
        turn = called.granted_claims.of(room.generation, position, monotonic, place.marks)
        if turn is not None and session_id(room.generation, position) not in self._view.ended:
            return turn
        return LOCKED if called.is_locked_out(place, monotonic) else None


def as_standing(room: CurrentRoom, turn: Turn) -> Standing:
    """The store's answer to somebody with a ticket, as a standing."""
    if turn.verdict in ("go", "entered"):
        return stand.called(room, turn.position, "may_enter")
    if turn.verdict == "waiting":
        return stand.waiting(room, turn.position, turn.now)
    if turn.verdict == "next":
        return stand.called(room, turn.position)
    return Standing(YOU.get(turn.verdict, turn.verdict))
