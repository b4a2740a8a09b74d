"""Store time: it never goes back and never stands still, whatever is done to the host's clock.

A clock that is set back is not followed: from then on store time is ahead of it, and is let fall
back slowly. So sessions run out and the pace's bucket fills as ever. A clock that is set forward
cannot be told from an hour in which nobody came, and is followed, unless it was set back before:
then it is put right.
"""

from vwr_middleware.line.constants import CLOCK_LEAP, CLOCK_REPAID
from vwr_middleware.line.numbers import Numbers


def begin_at(numbers: Numbers, clock: float) -> float:
    """The store's time for a step that begins when the host's clock shows this."""
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
    """What the host's clock shows at a store's time: opening times are meant by that."""
    return now - numbers.ahead
