"""Whose a place is: the device that holds it, where it is not the one that joined.

A ticket says how many moves its device knows of. A place that never moved has no row; one that did
has the number of the device that holds it, and tickets with a lower number are worth nothing.
"""

from vwr_middleware.line.answers import Verdict
from vwr_middleware.line.bits import SPENT
from vwr_middleware.line.constants import GIVEN_UP
from vwr_middleware.line.parts import Line
from vwr_middleware.line.session_ids import session_id

_SWEPT = 2  # rows looked at for each that is written


def lost_by(line: Line, position: int, device: int) -> Verdict | None:
    """Why a place is this device's no more; None: it is."""
    holder = line.moved.get(position) if line.numbers.moved_last else None
    if holder == GIVEN_UP:
        return "left"
    if device < (holder or 0):
        return "moved"
    if device > (holder or 0):
        give_to(line, position, device)  # a genuine ticket says so: the store has lost it
    return None


def give_to(line: Line, position: int, device: int) -> None:
    """From now on the place is this device's, or nobody's.

    Sweeps as it goes: of the rows at the head of the list, those of places that can never be
    claimed again are dropped, and the others go to its end. So the list is about as long as there
    are places in it that somebody may still come for.
    """
    _append(line, position, device)
    for other, holder in line.moved.oldest(_SWEPT):
        if other == position:
            continue
        if _is_over(line, other):
            line.moved.remove(other)
        else:
            _append(line, other, holder)


def _append(line: Line, position: int, device: int) -> None:
    line.numbers.moved_last += 1
    line.moved.put(position, device, line.numbers.moved_last)


def _is_over(line: Line, position: int) -> bool:
    """Whether this one has entered or given up, was passed, and is not inside."""
    numbers = line.numbers
    if position > numbers.serving or not line.bits.get(SPENT, position):
        return False
    return line.sessions.get(session_id(numbers.generation, position)) is None
