"""Store time: it never goes back, stands still or leaps, whatever is done to the host's clock.

When the host's clock is set back, store time does not follow. It is then ahead of the clock, and
runs a little slower until the two agree again, so that sessions still end and the pace's bucket
still fills.

When the clock is set forward, that looks like an hour in which nobody came. Workers know better:
each tells what the time must be by its monotonic clock, which nobody sets. If the clock has moved
on by more than that, store time does not follow, or all sessions would be over at once. It is then
behind the clock, and runs a little faster until the two agree.

Without a worker's word, store time follows, but waits for one before a leap forward
(clock_in_doubt.py). If it is ahead, a leap forward is taken for the correction of the clock.
"""

from vwr_middleware.line.clock_in_doubt import doubt
from vwr_middleware.line.constants import CLOCK_LEAP, CLOCK_REPAID, CLOCK_TRUSTED, CLOCKS_COMPARED
from vwr_middleware.line.messages import Seen
from vwr_middleware.line.state import Numbers


def begin_at(
    numbers: Numbers, clock: float, seen: Seen | None = None, may_doubt: bool = False
) -> float:
    """The store's time for a step that begins when the host's clock shows `clock`.

    `seen` is what the worker that takes the step knows, with the time. Without it, the clock
    may be doubted if `may_doubt`.
    """
    told = seen if seen is not None and seen.read_at > 0 else None  # a worker that tells the time
    is_followed = False
    if numbers.doubted_at or (may_doubt and told is None):
        is_followed = doubt(numbers, clock, told, may_doubt)
    correction = _correction(numbers, clock, told) if told and not is_followed else 0.0
    numbers.ahead += correction
    now = clock + numbers.ahead
    passed = now - numbers.last
    _note_leap(numbers, -correction or min(0.0, passed), max(now, numbers.last))
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


def _correction(numbers: Numbers, clock: float, seen: Seen) -> float:
    """How far store time must be moved against the host's clock, by what a worker's clock says."""
    now, due = clock + numbers.ahead, max(numbers.last, seen.now)
    if now - due > CLOCK_TRUSTED:
        return due - now
    if numbers.ahead < 0:  # maybe by mistake: the machine of a worker that said so was asleep
        return max(0.0, min(due, clock) - now)
    return 0.0


def _note_leap(numbers: Numbers, leap: float, now: float) -> None:
    """Note by how much the clock has leapt: forward, or (negative) back.

    If it leaps forward and back again by as much, it is two clocks: of two workers that share a
    file, or of two servers that replace each other.
    """
    if abs(leap) <= CLOCK_TRUSTED:
        return
    is_other_way = leap * numbers.leapt < 0 and now - numbers.leapt_at < CLOCKS_COMPARED
    if is_other_way and abs(leap + numbers.leapt) < max(CLOCK_TRUSTED, abs(leap) / 10):
        numbers.clocks_apart = abs(leap)
    numbers.leapt, numbers.leapt_at = leap, now


def clocks_apart(numbers: Numbers, now: float) -> float:
    """How far the clocks are apart that have lately told the time in turns; 0: they agree."""
    return numbers.clocks_apart if now - numbers.leapt_at < CLOCKS_COMPARED else 0.0


def time_at(numbers: Numbers, clock: float) -> float:
    """The store's time, for a look at the room that changes nothing."""
    return max(clock + numbers.ahead, numbers.last)


def wall(numbers: Numbers, now: float) -> float:
    """What the host's clock shows at this store time. Opening times are wall-clock times."""
    return now - numbers.ahead
