"""Store time: it never goes back, stands still or leaps, whatever is done to the host's clock.

When the host's clock is set back, store time does not follow. It is then ahead of the clock, and
runs a little slower until the two agree again, so that sessions still end and the pace's bucket
still fills.

When the clock is set forward, that looks like an hour in which nobody came. Workers know better:
each tells what the time must be by its monotonic clock, which nobody sets. If the clock has moved
on by more than that, store time does not follow, or all sessions would be over at once. It is then
behind the clock, and runs a little faster until the two agree.

Without a worker's word, store time follows. Only if it is ahead, a leap forward is taken for the
correction of the clock.
"""

from vwr_middleware.line.asks import Seen
from vwr_middleware.line.constants import CLOCK_LEAP, CLOCK_REPAID, CLOCK_TRUSTED
from vwr_middleware.line.numbers import Numbers


def begin_at(numbers: Numbers, clock: float, seen: Seen | None = None) -> float:
    """The store's time for a step that begins when the host's clock shows `clock`.

    `seen` is what the worker that takes the step knows, with the time.
    """
    numbers.ahead += _correction(numbers, clock, seen)
    now = clock + numbers.ahead
    passed = now - numbers.last
    if passed < 0:
        numbers.ahead -= passed
        now = numbers.last
    elif numbers.ahead > 0:
        repaid = min(numbers.ahead, max(passed * CLOCK_REPAID, passed - CLOCK_LEAP))
        numbers.ahead -= repaid
        now -= repaid
    elif numbers.ahead < 0:
        gained = min(-numbers.ahead, passed * CLOCK_REPAID)
        numbers.ahead += gained
        now += gained
    numbers.last = now
    return now


def _correction(numbers: Numbers, clock: float, seen: Seen | None) -> float:
    """How far store time must be moved against the host's clock, by what a worker's clock says."""
    if seen is None or not seen.read_at:
        return 0.0
    now, due = clock + numbers.ahead, max(numbers.last, seen.now)
    if now - due > CLOCK_TRUSTED:
        return due - now
    if numbers.ahead < 0:  # maybe by mistake: the machine of a worker that said so was asleep
        return max(0.0, min(due, clock) - now)
    return 0.0


def time_at(numbers: Numbers, clock: float) -> float:
    """The store's time, for a look at the room that changes nothing."""
    return max(clock + numbers.ahead, numbers.last)


def wall(numbers: Numbers, now: float) -> float:
    """What the host's clock shows at this store time. Opening times are wall-clock times."""
    return now - numbers.ahead
