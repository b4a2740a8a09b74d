"""For whom of the called a slot is held at the door, and for how long."""

from math import copysign

from vwr_middleware.line.constants import (
    AT_ONCE,
    GO_HOLD,
    GOES_KEPT,
    GOES_OVERDUE,
    GOES_SPAN,
    HIDDEN_FROM,
    HIDDEN_UNTIL,
    LATENCY_CLAIM,
    LATENCY_MOST,
    LATENCY_WEIGHT,
    hold,
)
from vwr_middleware.line.late import came, go_row, must_come, told_to_come, turn_time
from vwr_middleware.line.numbers import Numbers
from vwr_middleware.line.parts import Line
from vwr_middleware.line.rule import AT, FROM, TO, knocked


def show_up(line: Line, position: int, now: float) -> None:
    """Note the first knock of a called visitor, and how long it took since the call."""
    numbers = line.numbers
    if line.door.has(position) or told_to_come(numbers, position) is not None:
        return
    for row in numbers.cohorts:
        if row[FROM] < position <= row[TO]:
            took = now - row[AT] + LATENCY_CLAIM
            numbers.latency += LATENCY_WEIGHT * (min(took, LATENCY_MOST) - numbers.latency)
            break
    knocked(line, position, now)


def _not_yet(numbers: Numbers, moment: float) -> float:
    """The moment to write into the row of a visitor whose time begins when it is next told to come.

    It lies in the future, and so far that the row is kept in any case.
    """
    return float(moment + GOES_SPAN * numbers.rules["claim_within"])


def _may_be_held_for(numbers: Numbers, row: list[float] | None, now: float) -> bool:
    """Whether a slot may be held for this visitor.

    It may for `claim_within` since the visitor was told to come; and once more if the visitor was
    silent for a while and comes back, or comes late and finds no slot. Without this limit, somebody
    who asks on and never comes would keep out everybody behind. It is remembered that the time is
    over as long as the visitor goes on asking. Such a visitor still comes in if it is the first to
    ask for a slot that is held for nobody.
    """
    if row is None:
        return True
    moment, within = turn_time(numbers, now), numbers.rules["claim_within"]
    passed = moment - abs(row[1])
    if passed >= within:
        is_back = row[1] > 0 and passed - within > HIDDEN_UNTIL
        row[1] = -_not_yet(numbers, moment) if is_back else copysign(moment - within, row[1])
        return is_back
    return True


def hold_for_claim(line: Line, position: int, now: float) -> None:
    """Hold a slot for somebody who is told to come.

    If too many are told to come at once, not all of them are remembered. Those who are not get a
    slot held too, as long as most of the remembered ones are still in time. If these are overdue,
    the others may be as well, and must not have their time again and again.
    """
    numbers = line.numbers
    moment, within = turn_time(numbers, now), numbers.rules["claim_within"]
    goes = [row for row in numbers.goes if moment - abs(row[1]) < GOES_SPAN * within]
    numbers.goes = goes
    overdue = sum(moment - abs(since) >= within for _, since in goes)
    row = go_row(numbers, position)
    may_be_held_for = _may_be_held_for(numbers, row, now)
    if row is None and len(goes) < GOES_KEPT:
        row = [float(position), _not_yet(numbers, moment)]
        goes.append(row)
    if row is not None and abs(row[1]) > moment:
        row[1] = copysign(moment, row[1])
        must_come(line, position)
    if may_be_held_for and (row is not None or overdue < GOES_OVERDUE):
        line.door.put(position, now, now + GO_HOLD)
    else:
        line.door.remove(position)


def came_or_left(line: Line, position: int) -> None:
    """Hold nothing for this position any more."""
    line.door.remove(position)
    line.numbers.goes = [row for row in line.numbers.goes if row[0] != position]


def _found_no_slot(numbers: Numbers, row: list[float], claims: bool, now: float) -> None:
    """Somebody who was told to come asks again, and no slot is free: the time at the door begins
    anew when it is next told to come.

    A visitor who asks at once gets this each time, since somebody else was faster or an answer was
    lost; a visitor who is late gets it once. Otherwise a program that claims only while no slot is
    free would have every slot held for `claim_within`. Once the time is over, only a claim brings
    it back.
    """
    moment = turn_time(numbers, now)
    passed = moment - abs(row[1])
    if passed < AT_ONCE:
        row[1] = copysign(_not_yet(numbers, moment), row[1])
    elif row[1] > 0 and (claims or passed < numbers.rules["claim_within"]):
        row[1] = -_not_yet(numbers, moment)


def put_at_door(
    line: Line, position: int, returns_in: float, hidden: bool, now: float, claims: bool = False
) -> None:
    """Hold the next slot for somebody who found none free, until the visitor should ask again."""
    numbers = line.numbers
    row = go_row(numbers, position)
    came(line, position)
    if row is not None:
        _found_no_slot(numbers, row, claims, now)
    if not _may_be_held_for(numbers, row, now):
        line.door.remove(position)
    elif hidden:
        line.door.put(position, now + HIDDEN_FROM, now + HIDDEN_UNTIL, later=True)
    else:
        line.door.put(position, now, now + hold(returns_in))
