"""Store time: it never goes back and never stands still, whatever is done to the host's clock.

When the host's clock is set back, store time does not follow. It is then ahead of the clock, and
runs a little slower until the two agree again, so that sessions still end and the pace's bucket
still fills. A clock that is set forward looks like an hour in which nobody came, and store time
follows it. Only if store time is ahead, a leap forward is taken for the correction of the clock.
"""

from vwr_middleware.line.constants import CLOCK_LEAP, CLOCK_REPAID
from vwr_middleware.line.numbers import Numbers


def begin_at(numbers: Numbers, clock: float) -> float:
    """The store's time for a step that begins when the host's clock shows `clock`."""
    now = clock + numbers.ahead
    passed = now - numbers.last
    if passed < 0:
        numbers.ahead -= passed
        now = numbers.last
    elif numbers.ahead > 0:
        repaid = min(numbers.ahead, max(passed * CLOCK_REPAID, passed - CLOCK_LEAP))
        numbers.ahead -= repaid
        now -= repaid
    numbers.last = now
    return now


def time_at(numbers: Numbers, clock: float) -> float:
    """The store's time, for a look at the room that changes nothing."""
    return max(clock + numbers.ahead, numbers.last)


def wall(numbers: Numbers, now: float) -> float:
    """What the host's clock shows at this store time. Opening times are wall-clock times."""
    return now - numbers.ahead
