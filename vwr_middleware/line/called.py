"""Who of the called may still come, and who has not come.

A called position whose visitor was heard from lately may still come. Most of the others never will,
so they are no part of a room's numbers: in a long sale they would soon be most of the line.

Of those whose polls could not be heard, all may come for a while: they were called by hand from far
behind, where pages read the public status alone, or the store has lost who polled.
"""

from vwr_middleware.line.bits import SPENT
from vwr_middleware.line.constants import (
    CALLED_MOST,
    FIRST_POLL,
    HIDDEN_UNTIL,
    HORIZON_LOG_SPAN,
)
from vwr_middleware.line.parts import Line
from vwr_middleware.line.state import Numbers, log_value


def count_called(line: Line, now: float) -> int:
    """How many are called, have not entered, and may still come.

    Those who were called more than CALLED_MOST positions ago are not looked for.
    """
    numbers = line.numbers
    low, to = max(0, numbers.serving - CALLED_MOST), numbers.serving
    if numbers.spent_called >= to:
        return 0
    first, last = (min(to, max(low, edge)) for edge in _unheard(numbers, now))
    unheard = (last - first) - line.bits.count(SPENT, first, last)
    heard = _count_heard(line, low, first, now) + _count_heard(line, last, to, now)
    # Hidden pages ask so rarely that they are not heard in between.
    hidden = [p for p in line.door.later(now) if p <= first or p > last]
    silent = [p for p in hidden if p > low and not line.bits.polled(p, numbers.window)]
    return heard + unheard + len(silent)


def _count_heard(line: Line, after: int, to: int, now: float) -> int:
    numbers = line.numbers
    lately = int(log_value(numbers.queue_log, now - FIRST_POLL))
    return line.bits.heard_unspent(after, to, numbers.window, lately)


def _unheard(numbers: Numbers, now: float) -> tuple[int, int]:
    """The positions after the first and up to the second are those who could not be heard."""
    if now >= numbers.unheard_until:
        return 0, 0
    return numbers.unheard_from, numbers.unheard_to


def expect_unheard(numbers: Numbers, after: int, to: int, now: float) -> None:
    """Take all after `after`, up to `to`, for people who may come, until they have been heard."""
    if to <= after:
        return
    if now < numbers.unheard_until:
        after, to = min(after, numbers.unheard_from), max(to, numbers.unheard_to)
    numbers.unheard_from, numbers.unheard_to = after, to
    numbers.unheard_until = now + HORIZON_LOG_SPAN


def forget_who_came(numbers: Numbers, now: float) -> None:
    """Nobody who is called is a no-show: the store has lost who of them came."""
    numbers.judged = numbers.serving
    expect_unheard(numbers, 0, numbers.serving, now)


def count_no_shows(line: Line, now: float) -> None:
    """Count those whom nobody has heard from since the call, once a hidden page would have asked
    and the time to come is over. Each position is looked at once."""
    numbers = line.numbers
    within = max(float(numbers.rules["claim_within"]), HIDDEN_UNTIL)
    after = min(numbers.judged, numbers.serving)
    to = int(log_value(numbers.serving_log, now - within))
    if to > after:
        numbers.totals["no_shows"] += line.bits.silent(after, to, numbers.window)
        numbers.judged = to
