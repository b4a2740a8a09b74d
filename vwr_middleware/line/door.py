"""For whom of the called a slot is held at the door, and for how long."""

from math import copysign

from vwr_middleware.line.constants import (
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


def _may_be_held_for(line: Line, position: int, now: float) -> bool:
    """Whether a slot may be held for this visitor.

    It may for `claim_within` since the visitor was first told to come; and once more if the visitor
    was silent for a while and comes back. Without this limit, somebody who asks on and never comes
    would keep out everybody behind. It is remembered that the time is over as long as the visitor
    goes on asking.
    """
    numbers = line.numbers
    row = go_row(numbers, position)
    if row is None:
        return True
    moment, within = turn_time(numbers, now), numbers.rules["claim_within"]
    silent_for = moment - abs(row[1]) - within
    if silent_for < 0:
        return True
    if silent_for > HIDDEN_UNTIL and row[1] > 0:
        row[1] = -moment
        return True
    row[1] = copysign(moment - within, row[1])
    return False


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
    is_known = go_row(numbers, position) is not None
    if not is_known and len(goes) < GOES_KEPT:
        goes.append([float(position), moment])
        must_come(line, position)
        is_known = True
    overdue = sum(moment - abs(since) >= within for _, since in goes)
    if (is_known or overdue < GOES_OVERDUE) and _may_be_held_for(line, position, now):
        line.door.put(position, now, now + GO_HOLD)
    else:
        line.door.remove(position)


def came_or_left(line: Line, position: int) -> None:
    """Hold nothing for this position any more."""
    line.door.remove(position)
    line.numbers.goes = [row for row in line.numbers.goes if row[0] != position]


def put_at_door(line: Line, position: int, told: float, hidden: bool, now: float) -> None:
    """Hold the next slot for somebody who found none free, until the visitor should ask again."""
    came(line, position)
    if not _may_be_held_for(line, position, now):
        line.door.remove(position)
    elif hidden:
        line.door.put(position, now + HIDDEN_FROM, now + HIDDEN_UNTIL, later=True)
    else:
        line.door.put(position, now, now + hold(told))
