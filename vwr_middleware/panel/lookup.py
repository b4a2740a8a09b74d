"""Which place an operator asks about, and what is known of it beside the room's numbers."""

from dataclasses import dataclass

from vwr_middleware.errors import Refused
from vwr_middleware.line.messages import Record
from vwr_middleware.line.session_ids import is_session_id, place_of, session_id
from vwr_middleware.panel.language import _
from vwr_middleware.panel.records import addresses_of, is_revoked
from vwr_middleware.papers.tickets import Tickets
from vwr_middleware.settings.kinds import LARGEST_COUNT
from vwr_middleware.worker.current_room import CurrentRoom
from vwr_middleware.worker.room_view import RoomView


@dataclass(frozen=True, slots=True)
class AskedPlace:
    """A place, and what its ticket tells beside it if one was given."""

    generation: int
    position: int
    joined_at: float = 0.0
    device: int | None = None

    @property
    def session(self) -> str:
        """The id that its session has, if there is one."""
        return session_id(self.generation, self.position)


@dataclass(frozen=True, slots=True)
class ItsSession:
    """What is known of the session of a place, as far as it has one."""

    until: float | None = None  # when its slot is free; None: it does not run
    unconfirmed: bool = False
    ended: str = ""  # how it ended, as far as that is known, as the store says it
    addresses: int = 1  # from which it is used


def session_of(view: RoomView, room: CurrentRoom, record: Record, asked: AskedPlace) -> ItsSession:
    """The session of a place, as this worker knows it and the store has recorded it."""
    name = asked.session
    ended = view.ended.how(name) or ("ended" if name in view.ended else "")
    if not ended and asked.generation == room.generation and is_revoked(record, name):
        ended = "revoked"  # of a place for which there is no token, only the audit log knows
    running = {key: (until, unconfirmed) for key, until, unconfirmed in record.sessions}
    until, unconfirmed = running.get(name, (None, False))
    return ItsSession(until, unconfirmed, ended, max(1, addresses_of(record)[name]))


def holder_of(view: RoomView, asked: AskedPlace) -> int:
    """The device that holds a place by now; 0 if it has not moved."""
    is_known = asked.generation == view.devices.generation
    return view.devices.get(asked.position, 0) if is_known else 0


def asked_about(
    room: CurrentRoom, tickets: Tickets | None, ticket: str, position: int
) -> AskedPlace:
    """The place of a ticket, a request id or a session, else of a position. Raises Refused."""
    asked = AskedPlace(room.generation, position)
    if is_session_id(ticket):
        generation, position = place_of(ticket)
        if generation > room.generation:
            raise Refused(
                _(
                    "there is no session {ticket}: the room is in generation {generation}",
                    ticket=ticket,
                    generation=room.generation,
                )
            )
        asked = AskedPlace(generation or room.generation, position)
    elif tickets and (place := tickets.request_ids.read(ticket, room.room_id)):
        asked = AskedPlace(*place)
    elif ticket:
        read = tickets.read(ticket) if tickets else None
        if read is None:
            raise Refused(_("this is not a ticket of this room: copy the cookie's whole value"))
        _refuse_other(room, read.room_id)
        asked = AskedPlace(read.generation, read.position, read.joined_at, read.device)
    if not 1 <= asked.position <= LARGEST_COUNT:
        raise Refused(
            _(
                "position must be a whole number from 1 to {most}",
                most=LARGEST_COUNT,
            )
        )
    return asked


def _refuse_other(room: CurrentRoom, room_id: str) -> None:
    """Raises Refused for a ticket of another room than the one that the store holds."""
    if room_id in room.snapshot.replaced:
        raise Refused(
            _(
                "this ticket is of the line that ended when the room was restored: its place"
                " is lost, and the next visit gets a new one"
            )
        )
    if room_id != room.room_id:
        raise Refused(
            _(
                "this ticket is genuine, but from another store, or from this one before it"
                " lost its data"
            )
        )
