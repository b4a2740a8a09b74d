"""For whom of the called a slot is held, and for how long; who has missed a turn.

A called visitor who asks is told to come in if more slots are free than those before it at the door
need. A slot is held while it is on its way: `hold_for_claim`. If there are not enough, the next
slot is held for it until it should ask again: `put_at_door`.

Neither is done for a visitor who was told to come in and whose time is over. Otherwise somebody who
keeps asking and never comes would keep out everybody behind. Whoever is the first to ask for a slot
that is held for nobody can still come in. What becomes of a summons (what a summons is
stands below):

    its state   if the visitor is told to come in   if it asks and no slot is free
    ahead       running                             ahead
    running     running                             ahead; a second time, unless it asks at once
    over        over                                over; if it claims, ahead a second time
    back        running a second time               ahead a second time

Nobody gets a third time: in its second one, a summons stays as it is where the table gives a
second one.
"""

from typing import Literal

from vwr_middleware.line.bits import IN_TIME
from vwr_middleware.line.calling import (
    AWAY,
    CALLED_AT,
    FRESH,
    FROM,
    TO,
    close_cohorts,
    fresh_after,
    note_who_came,
)
from vwr_middleware.line.capacity import available
from vwr_middleware.line.constants import (
    AT_ONCE,
    HIDDEN_FROM,
    HIDDEN_UNTIL,
    HOLD_LEAST,
    LATENCY_CLAIM,
    LATENCY_MOST,
    LATENCY_WEIGHT,
    SUMMONS_HOLD,
    SUMMONSES_KEPT,
    SUMMONSES_OVERDUE,
    SUMMONSES_SPAN,
    TURN_LOG_STEP,
)
from vwr_middleware.line.day_log import note_knock
from vwr_middleware.line.quiet_hours import is_quiet
from vwr_middleware.line.state import Line, Numbers, keep, log_value

# Who was told to come in (the verdict `go`) and has not come: a row each, called a summons.
#
# Slots are held for such a visitor for `claim_within`, in turn time: that is its time. It
# may have a second one, but no third. A summons is in one of four states, and the table above
# says what leads from one to another:
#
#     ahead    its time begins when the visitor is next told to come in
#     running  its time has begun
#     over     its time is over
#     back     its first time is over, and since then the visitor was silent for longer than a
#              hidden page is
#
# A summons is kept as two numbers, which only this file reads and writes: the position, and
# the moment at which its time begins, negative for the second time. While its time is ahead, the
# moment lies so far ahead that the summons is not forgotten before. Whenever the visitor asks
# after its time is over, the moment is set to `claim_within` before then, so that it is the
# silence alone that brings it back.


Summons = list[float]
SummonsState = Literal["ahead", "running", "over", "back"]


def summons_of(numbers: Numbers, position: int) -> Summons | None:
    """The summons of a position; None if it was not told to come in, or has come or left
    since.
    """
    return next((summons for summons in numbers.goes if summons[0] == position), None)


def new_summons(numbers: Numbers, position: int, turn_at: float) -> Summons | None:
    """A summons whose time is ahead; None if there are too many to remember another."""
    if len(numbers.goes) >= SUMMONSES_KEPT:
        return None
    summons = [float(position), 0.0]
    start_later(numbers, summons, turn_at, is_second=False)
    numbers.goes.append(summons)
    return summons


def summoned_at(summons: Summons) -> float:
    """When the visitor's time begins."""
    return abs(summons[1])


def is_second_time(summons: Summons) -> bool:
    return summons[1] < 0


def summons_state(numbers: Numbers, summons: Summons, turn_at: float) -> SummonsState:
    passed, within = turn_at - abs(summons[1]), numbers.rules["claim_within"]
    if passed < 0:
        return "ahead"
    if passed < within:
        return "running"
    return "over" if is_second_time(summons) or passed - within <= HIDDEN_UNTIL else "back"


def start_summons(summons: Summons, turn_at: float, is_second: bool) -> None:
    """The visitor's time begins at this moment."""
    summons[1] = -turn_at if is_second else turn_at


def start_later(numbers: Numbers, summons: Summons, turn_at: float, is_second: bool) -> None:
    """The visitor's time begins when it is next told to come in."""
    start_summons(summons, turn_at + SUMMONSES_SPAN * numbers.rules["claim_within"], is_second)


def stay_over(numbers: Numbers, summons: Summons, turn_at: float) -> None:
    """The visitor asks, but its time is over."""
    start_summons(summons, turn_at - numbers.rules["claim_within"], is_second_time(summons))


def forget_old_summonses(numbers: Numbers, turn_at: float) -> None:
    """Forget those who have not asked for long."""
    span = SUMMONSES_SPAN * numbers.rules["claim_within"]
    # `summoned_at`, written out here and below for speed: there may be hundreds.
    numbers.goes = [summons for summons in numbers.goes if turn_at - abs(summons[1]) < span]


def overdue_summonses(numbers: Numbers, turn_at: float) -> int:
    """How many have had their time and have not come."""
    within = numbers.rules["claim_within"]
    return sum(turn_at - abs(since) >= within for _, since in numbers.goes)


def forget_summons(numbers: Numbers, position: int) -> None:
    """Forget the summons of somebody who came or left."""
    numbers.goes = [summons for summons in numbers.goes if summons[0] != position]


# Who has missed a turn, where `late="lost"`, and turn time, by which that is measured.
#
# A visitor who was called `claim_within` ago and never came has missed the turn, and so has one who
# was told to come in that long ago and did not. A visitor who came in time and found no slot has
# missed nothing, however long it then takes until a slot is free: the limit may have been lowered,
# the room may be paused, or more people may have been called than there are slots for.
#
# Turn time is store time without the time in which nobody could come in. It stands still while the
# room is paused or closed or its limit is 0. Between two steps that lie far apart it runs for the
# first ten seconds only: in the rest either nobody asked or the store did not answer.


def turn_time(numbers: Numbers, now: float) -> float:
    return now - numbers.still


def may_be_lost(numbers: Numbers) -> bool:
    """Whether a missed turn is lost in this room."""
    return bool(numbers.rules["late"] == "lost")


def note_in_time(line: Line, position: int) -> None:
    """Note that somebody who was called has come in time, even if no slot is free yet."""
    if may_be_lost(line.numbers):
        line.bits.store.set_many(IN_TIME, (position,))


def note_must_come(line: Line, position: int) -> None:
    """Note that somebody is told to come in: from now on the turn can be missed."""
    if may_be_lost(line.numbers):
        line.bits.store.clear(IN_TIME, position)


def has_missed_turn(line: Line, position: int, now: float) -> bool:
    """Whether a called visitor has missed the turn. At the very end of its time it has."""
    numbers = line.numbers
    if not may_be_lost(numbers) or line.door.has(position) or line.bits.get(IN_TIME, position):
        return False
    then = turn_time(numbers, now) - float(numbers.rules["claim_within"])
    summons = summons_of(numbers, position)
    if summons is not None and numbers.turn_log:  # which begins when `late` was set to "lost"
        return max(summoned_at(summons), numbers.turn_log[0][0]) <= then
    return position <= log_value(numbers.turn_log, then)


def keep_turn_log(numbers: Numbers, now: float) -> None:
    """Note how far people were called, and when, for as long as a turn lasts.

    Where missed turns are not lost, nothing is kept. If an operator then sets `late="lost"`,
    everybody who was called before has the whole time from that moment on.
    """
    if not may_be_lost(numbers):
        numbers.turn_log = []
        return
    within = float(numbers.rules["claim_within"])
    row = [turn_time(numbers, now), float(numbers.serving)]
    keep(numbers.turn_log, row, max(TURN_LOG_STEP, within / 60), within)


# Whose slots they are: of those who were called before somebody.


def needed_before(line: Line, position: int, now: float) -> int:
    """How many slots those need who were called before this position, and are here.

    They are at the door, or they are awaited: they were in line when they were called, have not
    asked since, and should within seconds. Without these, whoever asks first would be first. While
    a pace lets people in, nobody is before somebody who is awaited: its bucket keeps what is not
    used meanwhile.
    """
    free, needed = available(line), line.door.ahead(position, now)
    if needed >= free:
        return needed
    awaited = _awaited_before(line, position, now)
    if awaited and line.moment.per_second is not None:
        return max(free, needed + awaited)
    return needed + awaited


def _awaited_before(line: Line, position: int, now: float) -> int:
    """How many called before this position are awaited."""
    awaited = 0
    for row in close_cohorts(line.numbers, now):
        after, to = int(row[FROM]), min(int(row[TO]), position - 1)
        if after < to and row[FRESH] != AWAY:
            awaited += max(0, _not_come(line, after, to, now))
    return awaited


def _not_come(line: Line, after: int, to: int, now: float) -> int:
    """Of the positions after `after`, up to `to`, how many are in line and have not asked."""
    numbers, door = line.numbers, line.door
    here = line.bits.heard_unspent(after, to, numbers.window, fresh_after(numbers, now))
    if not here:
        return 0
    came = door.ahead(to + 1, now) - door.ahead(after + 1, now)
    came += sum(after < position <= to for position in door.later(now))
    told = [int(position) for position, _ in numbers.goes if after < position <= to]
    return here - came - sum(not door.has(position) for position in told)


# For whom of the called a slot is held at the door, and for how long.


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
    if line.door.has(position) or summons_of(numbers, position) is not None:
        return
    for row in numbers.cohorts:
        if row[FROM] < position <= row[TO] and row[FRESH] != AWAY:
            took = now - row[CALLED_AT] + LATENCY_CLAIM
            numbers.latency += LATENCY_WEIGHT * (min(took, LATENCY_MOST) - numbers.latency)
            break
    if not note_who_came(numbers, position, now):
        numbers.walk_ins += 1 / 60
    note_knock(line, position, now)


def hold_for_claim(line: Line, position: int, now: float) -> None:
    """Hold a slot for somebody who is told to come in.

    If very many are told to come at once, not all of them are remembered. Slots are held for the
    others too, while most of the remembered ones are in time. If these are overdue, the others may
    be as well, and must not have their time again and again.

    In quiet hours, in which turn time stands still, a slot is held once for whoever asks: somebody
    who asks all night and never comes would keep it from all others until the morning.
    """
    numbers = line.numbers
    turn_at = turn_time(numbers, now)
    forget_old_summonses(numbers, turn_at)
    summons = summons_of(numbers, position) or new_summons(numbers, position, turn_at)
    if summons is None:
        is_over, is_again = overdue_summonses(numbers, turn_at) >= SUMMONSES_OVERDUE, False
    else:
        is_again = summons_state(numbers, summons, turn_at) == "running"
        is_over = _told_to_come(line, position, summons, turn_at) == "over"
    if is_over:
        line.door.remove(position)
    elif not (is_again and is_quiet(numbers, now)):
        line.door.put(position, now, now + SUMMONS_HOLD)


def _told_to_come(line: Line, position: int, summons: Summons, turn_at: float) -> SummonsState:
    """The left column of the table above. Returns the new state."""
    state = summons_state(line.numbers, summons, turn_at)
    if state == "over":
        stay_over(line.numbers, summons, turn_at)
        return "over"
    if state != "running":
        start_summons(summons, turn_at, state == "back" or is_second_time(summons))
        note_must_come(line, position)
    return "running"


def take_from_door(line: Line, position: int) -> None:
    """Hold nothing for this position any more."""
    line.door.remove(position)
    forget_summons(line.numbers, position)


def put_at_door(
    line: Line, position: int, returns_in: float, hidden: bool, now: float, claims: bool = False
) -> None:
    """Hold the next slot for somebody who found none free, until the visitor should ask again."""
    numbers = line.numbers
    note_in_time(line, position)
    summons = summons_of(numbers, position)
    if (
        summons is not None
        and _found_no_slot(numbers, summons, turn_time(numbers, now), claims) == "over"
    ):
        line.door.remove(position)
    elif hidden:
        line.door.put(position, now + HIDDEN_FROM, now + HIDDEN_UNTIL, later=True)
    else:
        line.door.put(position, now, now + held_for(returns_in))


def _found_no_slot(
    numbers: Numbers, summons: Summons, turn_at: float, claims: bool
) -> SummonsState:
    """The right column of the table above. Returns the new state.

    A visitor who asks at once gets the whole time again, each time: somebody else was faster, or an
    answer was lost. Later than that, a visitor gets it once. Otherwise a program that claims only
    while no slot is free would have every slot held for `claim_within`.
    """
    state, is_second = summons_state(numbers, summons, turn_at), is_second_time(summons)
    if turn_at - summoned_at(summons) < AT_ONCE:
        start_later(numbers, summons, turn_at, is_second)
        return "ahead"
    if not is_second and (claims or state != "over"):
        start_later(numbers, summons, turn_at, is_second=True)
        return "ahead"
    if state == "over":
        stay_over(numbers, summons, turn_at)
    return state
