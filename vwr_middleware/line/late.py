"""Whose turn is over, where `late="lost"`, and the time that a turn is measured in.

A turn is missed by whoever was called `claim_within` ago and never came, or was told to come in so
long ago and did not. Whoever came in time and found no slot has missed nothing, however long it
takes until one is free: the limit was lowered, the room paused, more were called than there are
slots for, or the train went through a tunnel.

Turns are measured in turn time: store time without that in which nobody could come in. It stands
still while a room is paused or closed or its limit is 0, and for all but the beginning of the time
between two steps, when either nobody asked or nobody could be answered.
"""

from vwr_middleware.line.bits import IN_TIME
from vwr_middleware.line.constants import TURN_LOG_STEP
from vwr_middleware.line.numbers import Numbers, keep, log_value
from vwr_middleware.line.parts import Line


def turn_time(numbers: Numbers, now: float) -> float:
    """What the clock of the turns shows at a store's time."""
    return now - numbers.still


def go_row(numbers: Numbers, position: int) -> list[float] | None:
    """The row of a position among those told to come."""
    return next((row for row in numbers.goes if row[0] == position), None)


def told_to_come(numbers: Numbers, position: int) -> float | None:
    """When this one was first told to come in, in turn time, if it has not come yet."""
    row = go_row(numbers, position)
    return None if row is None else abs(row[1])


def may_be_lost(numbers: Numbers) -> bool:
    """Whether a missed turn is lost in this room."""
    late: str = numbers.rules.get("late", "when_space")
    return late == "lost"


def came(line: Line, position: int) -> None:
    """Somebody who was called is there, and may have to wait for a slot."""
    if may_be_lost(line.numbers):
        line.bits.store.set_many(IN_TIME, (position,))


def must_come(line: Line, position: int) -> None:
    """A slot is free for somebody who is told so for the first time: now it is up to them."""
    if may_be_lost(line.numbers):
        line.bits.store.clear(IN_TIME, position)


def turn_is_over(line: Line, position: int, now: float) -> bool:
    """Whether the turn of a called position is lost. At its very last second it is."""
    numbers = line.numbers
    if not may_be_lost(numbers) or line.door.has(position) or line.bits.get(IN_TIME, position):
        return False
    then = turn_time(numbers, now) - float(numbers.rules["claim_within"])
    since = told_to_come(numbers, position)
    if since is not None and numbers.turn_log:
        return max(since, numbers.turn_log[0][0]) <= then
    return position <= log_value(numbers.turn_log, then)


def keep_turn_log(numbers: Numbers, now: float) -> None:
    """Note how far people are called, for as long as it matters.

    Where turns are not lost nothing is kept, so that whoever was called before an operator makes
    them so has the whole time from then on.
    """
    if not may_be_lost(numbers):
        numbers.turn_log = []
        return
    within = float(numbers.rules["claim_within"])
    row = [turn_time(numbers, now), float(numbers.serving)]
    keep(numbers.turn_log, row, max(TURN_LOG_STEP, within / 60), within)
