"""Who has missed a turn, where `late="lost"`, and turn time, by which that is measured.

A visitor who was called `claim_within` ago and never came has missed the turn, and so has one who
was told to come in that long ago and did not. A visitor who came in time and found no slot has
missed nothing, however long it then takes until a slot is free: the limit may have been lowered,
the room may be paused, or more people may have been called than there are slots for.

Turn time is store time without the time in which nobody could come in. It stands still while the
room is paused or closed or its limit is 0. Between two steps that lie far apart it runs for the
first ten seconds only: in the rest either nobody asked or the store did not answer.
"""

from vwr_middleware.line.bits import IN_TIME
from vwr_middleware.line.constants import TURN_LOG_STEP
from vwr_middleware.line.goes import go_of, go_since
from vwr_middleware.line.parts import Line
from vwr_middleware.line.state import Numbers, keep, log_value


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
    go = go_of(numbers, position)
    if go is not None and numbers.turn_log:  # which begins when `late` was set to "lost"
        return max(go_since(go), numbers.turn_log[0][0]) <= then
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
