"""Where a place stands, which device holds it, and what its visitor is answered."""

from collections.abc import Sequence

from vwr_middleware.line.bits import SPENT
from vwr_middleware.line.capacity import active
from vwr_middleware.line.constants import DEVICES_SWEPT, GIVEN_UP, LEFT_AT_ONCE, LEFT_MOST, ONCE
from vwr_middleware.line.draw_numbers import is_drawn, row_of
from vwr_middleware.line.drawn_lanes import drawn_lanes
from vwr_middleware.line.held_slots import has_missed_turn
from vwr_middleware.line.messages import Place, Turn, Verdict
from vwr_middleware.line.session_ids import session_id
from vwr_middleware.line.state import Line, Numbers

# Which device holds a place.
#
# The device that joined has the number 0, and each move gives the place to a device with the next
# number. A ticket carries its device's number. A place that has moved has a row with the number of
# the device that holds it, and tickets with a lower one are worth nothing.
#
# A place that was given up has a row too, by which workers learn of it. The store does not need the
# row: a ticket is spent before it is called only if its place was given up. So if there are very
# many rows, as of a program that joins and leaves while nobody is called, the oldest of these go.


def holder(line: Line, position: int, number: int = 0) -> int:
    """The device that holds a place, or GIVEN_UP. `number` is that of its registration, if it was
    drawn: the place may have moved, or been given up, before."""
    numbers = line.numbers
    if position > numbers.serving and line.bits.get(SPENT, position):
        return GIVEN_UP
    if not numbers.moved_last:
        return 0
    device = line.moved.get(row_of(numbers, position)) or 0
    return max(device, line.moved.get(-number) or 0) if number else device


def lost_by(line: Line, place: Place) -> Verdict | None:
    """Why the device that brings a ticket does not hold its place any more; None: it does."""
    device = holder(line, place.position, place.number)
    if device == GIVEN_UP:
        return "left"
    if place.device < device:
        return "moved"
    if place.device > device:
        # The ticket is genuine, so the store has lost the row.
        give_to(line, place.position, place.device)
    return None


def give_to(line: Line, position: int, device: int) -> None:
    """Give the place to a device, or to nobody (GIVEN_UP).

    Each call also checks the first few rows of the list, drops those of places that nobody can
    claim any more, and moves the others to the end. So the list has few rows that nobody needs.
    """
    row = row_of(line.numbers, position)
    _append(line, row, device)
    are_many = line.moved.has_more_than(LEFT_MOST)
    for other, device_of_other in line.moved.oldest(DEVICES_SWEPT):
        if other == row:
            continue
        if (are_many and device_of_other == GIVEN_UP) or _is_over(line, other):
            line.moved.remove(other)
        else:
            _append(line, other, device_of_other)


def forget_left(line: Line, known: int) -> None:
    """Make those absent again who have left since a worker read the list up to the entry `known`:
    it may just have reported polls of theirs from before."""
    for _, row, device in line.moved.after(known, LEFT_AT_ONCE):
        position = row_of(line.numbers, row)
        if device == GIVEN_UP and position > 0:  # below 0: before the draw, and of nobody here
            line.bits.forget(position)


def _append(line: Line, row: int, device: int) -> None:
    line.numbers.moved_last += 1
    line.moved.put(row, device, line.numbers.moved_last)


def _is_over(line: Line, position: int) -> bool:
    """Whether nobody can come for this place any more: it is called and spent, and not inside."""
    numbers = line.numbers
    if position <= 0:  # of somebody who has registered
        return False
    if position > numbers.serving or not line.bits.get(SPENT, position):
        return False
    return line.sessions.get(session_id(numbers.generation, position)) is None


# Where a place stands: what somebody who comes for it may do.


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
        return "drawn" if is_registered(numbers, generation, position) else "reset"
    if not 0 < position <= numbers.queue:
        return "unknown"
    if line.sessions.get(session_id(generation, position)) is not None:
        return "entered"
    if line.bits.get(SPENT, position):
        return "spent"
    if position > numbers.serving:
        return "waiting"
    return "missed" if has_missed_turn(line, position, now) else "next"


def is_registered(numbers: Numbers, generation: int, position: int) -> bool:
    """Whether this is the number of somebody who took part in the draw of this generation."""
    if not is_drawn(numbers) or generation != numbers.generation - 1:
        return False
    if numbers.draw_lanes:
        return drawn_lanes(numbers.draw_lanes).number_at(position) is not None
    return 0 < position <= numbers.drawn


def known_place(line: Line, identity: str, now: float, drawn: int = 0) -> Place | None:
    """The place that an identity has, as the device that holds it has it; None: it has none, or its
    session is over, its turn was lost, or it was given up. If it begins with ONCE, a place whose
    session is over stays its own: it gets no other.

    Of somebody who has registered, only a worker knows which place the number got: `drawn`. While
    it has not said so, the place has the number, and the generation in which that was given out.
    """
    numbers, kept = line.numbers, line.identities.get(identity)
    if kept is None:
        return None
    position, is_number = abs(kept), is_drawn(numbers) and kept > 0
    if is_number and not numbers.draw_lanes:
        is_number = position <= numbers.drawn
    if not is_number:
        place = Place(numbers.generation, position, holder(line, position))
    elif not drawn:
        before = numbers.generation - 1
        return Place(before, position) if is_registered(numbers, before, position) else None
    else:
        place = Place(numbers.generation, drawn, holder(line, drawn, position), number=position)
    held = (*HELD, "spent") if identity.startswith(ONCE) else HELD
    return place if standing(line, place, now) in held else None


def note_identity(line: Line, identity: str, position: int) -> None:
    """Note which position an identity has now. Where lanes were drawn, that may be less than the
    number of somebody who has registered: so there it is kept as a negative one."""
    line.identities.put(identity, -position if line.numbers.draw_lanes else position)


# The answer to a step, as the room stands after it.


def turn_of(
    line: Line,
    verdict: Verdict,
    position: int,
    now: float,
    events: Sequence[tuple[str, str]],
    generation: int | None = None,
    ahead: int = 0,
    device: int = 0,
    session: str = "",
) -> Turn:
    """The answer to the visitor of a position, of the present generation unless one is given.

    `session` is the name of its session, if that is known already."""
    numbers = line.numbers
    generation = numbers.generation if generation is None else generation
    expires, unconfirmed = 0.0, False
    running = None
    if verdict == "entered":
        running = line.sessions.get(session or session_id(generation, position))
    if running is not None:
        until, unconfirmed = running
        expires = until if unconfirmed else until - numbers.rules["session_grace"]
    return Turn(
        verdict,
        now,
        numbers.room_id,
        generation,
        position,
        expires,
        unconfirmed,
        ahead,
        numbers.serving,
        numbers.queue,
        tuple(events),
        active(line),
        numbers.totals["claimed"],
        device,
    )
