"""Where a place stands: what somebody who comes for it may do."""

from vwr_middleware.line.answers import Verdict
from vwr_middleware.line.bits import SPENT
from vwr_middleware.line.devices import holder, lost_by
from vwr_middleware.line.late import has_missed_turn
from vwr_middleware.line.parts import Line
from vwr_middleware.line.place import Place
from vwr_middleware.line.session_ids import session_id

#: The verdicts with which a place is somebody's still.
HELD = ("waiting", "next", "entered")


def standing(line: Line, place: Place, now: float) -> Verdict:
    """Where a ticket stands; `next` means that it is called and may enter when a slot is free."""
    numbers = line.numbers
    if place.generation == numbers.generation and 0 < place.position <= numbers.queue:
        lost = lost_by(line, place)
        if lost is not None:
            return lost
    return stands(line, place.generation, place.position, now)


def stands(line: Line, generation: int, position: int, now: float) -> Verdict:
    """Where a place stands, whichever device holds it."""
    numbers = line.numbers
    if generation != numbers.generation:
        return "reset"
    if not 0 < position <= numbers.queue:
        return "unknown"
    if line.sessions.get(session_id(generation, position)) is not None:
        return "entered"
    if line.bits.get(SPENT, position):
        return "spent"
    if position > numbers.serving:
        return "waiting"
    return "missed" if has_missed_turn(line, position, now) else "next"


def known_place(line: Line, identity: str, now: float) -> Place | None:
    """The place that an identity has, as the device that holds it has it; None: it has none, or its
    session is over, its turn was lost, or it was given up."""
    position = line.identities.get(identity)
    if position is None:
        return None
    place = Place(line.numbers.generation, position, holder(line, position))
    return place if standing(line, place, now) in HELD else None
