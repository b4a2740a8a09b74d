"""For whom of the called a slot is held at the door, and for how long.

A called visitor who asks is told to come in if more slots are free than those before it at the door
need. A slot is held while it is on its way: `hold_for_claim`. If there are not enough, the next
slot is held for it until it should ask again: `put_at_door`.

Neither is done for a visitor who was told to come in and whose time is over. Otherwise somebody who
keeps asking and never comes would keep out everybody behind. Whoever is the first to ask for a slot
that is held for nobody can still come in. What becomes of a go (goes.py says what a go is):

    its state   if the visitor is told to come in   if it asks and no slot is free
    ahead       running                             ahead
    running     running                             ahead; a second time, unless it asks at once
    over        over                                over; if it claims, ahead a second time
    back        running a second time               ahead a second time

Nobody gets a third time: in its second one, a go stays as it is where the table gives a second one.
"""

from vwr_middleware.line.calling import CALLED_AT, CAME, COUNT, DUE, FROM, TO
from vwr_middleware.line.constants import (
    AT_ONCE,
    GO_HOLD,
    GOES_OVERDUE,
    HIDDEN_FROM,
    HIDDEN_UNTIL,
    HOLD_LEAST,
    LATENCY_CLAIM,
    LATENCY_MOST,
    LATENCY_WEIGHT,
)
from vwr_middleware.line.goes import (
    Go,
    GoState,
    forget_go,
    forget_goes,
    go_of,
    go_since,
    go_state,
    is_second_time,
    new_go,
    overdue_goes,
    start_go,
    start_later,
    stay_over,
)
from vwr_middleware.line.late import note_in_time, note_must_come, turn_time
from vwr_middleware.line.parts import Line
from vwr_middleware.line.state import Numbers


def held_for(returns_in: float) -> float:
    """How long a place at the door is kept for somebody told to come back in `returns_in` seconds.

    It is long enough that a lost poll does not cost the place, since the next one is in time.
    """
    return max(HOLD_LEAST, 2.5 * returns_in + 1.5)


def note_first_knock(line: Line, position: int, now: float) -> None:
    """Note that a called visitor is heard, and at the first knock how long it took since the call.
    It counts among those called together, or as a walk-in whom nobody expected any more."""
    numbers = line.numbers
    line.bits.note([position], numbers.window)
    if line.door.has(position) or go_of(numbers, position) is not None:
        return
    for row in numbers.cohorts:
        if row[FROM] < position <= row[TO]:
            took = now - row[CALLED_AT] + LATENCY_CLAIM
            numbers.latency += LATENCY_WEIGHT * (min(took, LATENCY_MOST) - numbers.latency)
            if row[DUE] <= now:
                break
            row[CAME] = min(row[COUNT], row[CAME] + 1)
            return
    numbers.walk_ins += 1 / 60


def hold_for_claim(line: Line, position: int, now: float) -> None:
    """Hold a slot for somebody who is told to come in.

    If very many are told to come at once, not all of them are remembered. Slots are held for the
    others too, while most of the remembered ones are in time. If these are overdue, the others may
    be as well, and must not have their time again and again.
    """
    numbers = line.numbers
    moment = turn_time(numbers, now)
    forget_goes(numbers, moment)
    go = go_of(numbers, position) or new_go(numbers, position, moment)
    if go is None:
        is_over = overdue_goes(numbers, moment) >= GOES_OVERDUE
    else:
        is_over = _told_to_come(line, position, go, moment) == "over"
    if is_over:
        line.door.remove(position)
    else:
        line.door.put(position, now, now + GO_HOLD)


def _told_to_come(line: Line, position: int, go: Go, moment: float) -> GoState:
    """The left column of the table above. Returns the new state."""
    state = go_state(line.numbers, go, moment)
    if state == "over":
        stay_over(line.numbers, go, moment)
        return "over"
    if state != "running":
        start_go(go, moment, state == "back" or is_second_time(go))
        note_must_come(line, position)
    return "running"


def take_from_door(line: Line, position: int) -> None:
    """Hold nothing for this position any more."""
    line.door.remove(position)
    forget_go(line.numbers, position)


def put_at_door(
    line: Line, position: int, returns_in: float, hidden: bool, now: float, claims: bool = False
) -> None:
    """Hold the next slot for somebody who found none free, until the visitor should ask again."""
    numbers = line.numbers
    note_in_time(line, position)
    go = go_of(numbers, position)
    if go is not None and _found_no_slot(numbers, go, turn_time(numbers, now), claims) == "over":
        line.door.remove(position)
    elif hidden:
        line.door.put(position, now + HIDDEN_FROM, now + HIDDEN_UNTIL, later=True)
    else:
        line.door.put(position, now, now + held_for(returns_in))


def _found_no_slot(numbers: Numbers, go: Go, moment: float, claims: bool) -> GoState:
    """The right column of the table above. Returns the new state.

    A visitor who asks at once gets the whole time again, each time: somebody else was faster, or an
    answer was lost. Later than that, a visitor gets it once. Otherwise a program that claims only
    while no slot is free would have every slot held for `claim_within`.
    """
    state, is_second = go_state(numbers, go, moment), is_second_time(go)
    if moment - go_since(go) < AT_ONCE:
        start_later(numbers, go, moment, is_second)
        return "ahead"
    if not is_second and (claims or state != "over"):
        start_later(numbers, go, moment, is_second=True)
        return "ahead"
    if state == "over":
        stay_over(numbers, go, moment)
    return state
