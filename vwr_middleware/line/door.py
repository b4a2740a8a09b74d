"""For whom of the called a slot is held at the door, and for how long.

A called visitor who asks is told to come in if more slots are free than those before it at the door
need. A slot is held while it is on its way: `hold_for_claim`. If there are not enough, the next
slot is held for it until it should ask again: `put_at_door`. Neither is done any more once its time
is over: `_may_be_held_for` says when that is, and goes.py how it is kept.
"""

from vwr_middleware.line.constants import (
    AT_ONCE,
    GO_HOLD,
    GOES_KEPT,
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
    begin_later,
    forget_go,
    forget_goes,
    go_is_second,
    go_of,
    go_since,
    new_go,
    overdue_goes,
    write_go,
)
from vwr_middleware.line.late import came, must_come, turn_time
from vwr_middleware.line.numbers import Numbers
from vwr_middleware.line.parts import Line
from vwr_middleware.line.rule import AT, FROM, TO, knocked


def held_for(returns_in: float) -> float:
    """How long a place at the door is kept for somebody told to come back in `returns_in` seconds.

    It is long enough that a lost poll does not cost the place, since the next one is in time.
    """
    return max(HOLD_LEAST, 2.5 * returns_in + 1.5)


def show_up(line: Line, position: int, now: float) -> None:
    """Note the first knock of a called visitor, and how long it took since the call."""
    numbers = line.numbers
    if line.door.has(position) or go_of(numbers, position) is not None:
        return
    for row in numbers.cohorts:
        if row[FROM] < position <= row[TO]:
            took = now - row[AT] + LATENCY_CLAIM
            numbers.latency += LATENCY_WEIGHT * (min(took, LATENCY_MOST) - numbers.latency)
            break
    knocked(line, position, now)


def _may_be_held_for(numbers: Numbers, go: Go | None, now: float) -> bool:
    """Whether a slot may be held for this visitor. If its time is over, that is noted in `go`.

    It may for `claim_within` from when the visitor was told to come. It may for as long a second
    time, if the visitor was silent for a while and comes back, or came late and found no slot.
    Without this limit, somebody who keeps asking and never comes would keep out everybody behind.
    After that, whoever asks first for a slot that is held for nobody can still come in.
    """
    if go is None:
        return True
    moment, within = turn_time(numbers, now), numbers.rules["claim_within"]
    passed = moment - go_since(go)
    if passed < within:
        return True
    is_back = not go_is_second(go) and passed - within > HIDDEN_UNTIL
    if is_back:
        begin_later(numbers, go, moment, is_second=True)
    else:
        write_go(go, moment - within, go_is_second(go))
    return is_back


def hold_for_claim(line: Line, position: int, now: float) -> None:
    """Hold a slot for somebody who is told to come.

    If very many are told to come at once, not all of them are remembered. Slots are held for the
    others too, while most of the remembered ones are in time. If these are overdue, the others may
    be as well, and must not have their time again and again.
    """
    numbers = line.numbers
    moment = turn_time(numbers, now)
    forget_goes(numbers, moment)
    overdue = overdue_goes(numbers, moment)
    go = go_of(numbers, position)
    may_be_held_for = _may_be_held_for(numbers, go, now)
    if go is None and len(numbers.goes) < GOES_KEPT:
        go = new_go(numbers, position, moment)
        numbers.goes.append(go)
    if go is not None and go_since(go) > moment:  # the visitor's time begins now
        write_go(go, moment, go_is_second(go))
        must_come(line, position)
    if may_be_held_for and (go is not None or overdue < GOES_OVERDUE):
        line.door.put(position, now, now + GO_HOLD)
    else:
        line.door.remove(position)


def came_or_left(line: Line, position: int) -> None:
    """Hold nothing for this position any more."""
    line.door.remove(position)
    forget_go(line.numbers, position)


def _found_no_slot(numbers: Numbers, go: Go, claims: bool, now: float) -> None:
    """Somebody who was told to come asks again, and no slot is free: the time at the door begins
    anew when it is next told to come.

    A visitor who asks at once gets this each time, since somebody else was faster or an answer was
    lost. A visitor who is late gets it once, and once the time is over only by a claim. Otherwise a
    program that claims only while no slot is free would have every slot held for `claim_within`.
    """
    moment = turn_time(numbers, now)
    passed, is_second = moment - go_since(go), go_is_second(go)
    if passed < AT_ONCE:
        begin_later(numbers, go, moment, is_second)
    elif not is_second and (claims or passed < numbers.rules["claim_within"]):
        begin_later(numbers, go, moment, is_second=True)


def put_at_door(
    line: Line, position: int, returns_in: float, hidden: bool, now: float, claims: bool = False
) -> None:
    """Hold the next slot for somebody who found none free, until the visitor should ask again."""
    numbers = line.numbers
    go = go_of(numbers, position)
    came(line, position)
    if go is not None:
        _found_no_slot(numbers, go, claims, now)
    if not _may_be_held_for(numbers, go, now):
        line.door.remove(position)
    elif hidden:
        line.door.put(position, now + HIDDEN_FROM, now + HIDDEN_UNTIL, later=True)
    else:
        line.door.put(position, now, now + held_for(returns_in))
