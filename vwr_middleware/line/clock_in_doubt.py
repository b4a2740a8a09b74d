"""Doubt in a clock that is far ahead, where whoever reads it cannot know how much time has passed.

A worker that starts, and an operator's command, tell the store no time (`Seen.read_at` is 0). If
the clock shows much more than the room's last step did, then either nobody asked for so long, or
the clock is wrong, and with its time the sessions of all who are inside would be over.

So for a moment the time is not followed, and the room gives no number and no slot, since new
sessions would be over with it. Whoever has read the room before, or has a clock that is not so far
ahead, knows better and ends the doubt by its next step. If nobody does, the time is followed.

Without sessions nobody loses anything, and the time is followed at once.
"""

from vwr_middleware.line.constants import CLOCK_LEAP, CLOCK_TRUSTED, DOUBT_MARK, SETTLING
from vwr_middleware.line.messages import Seen
from vwr_middleware.line.state import Numbers


def doubt(numbers: Numbers, clock: float, seen: Seen | None, may_begin: bool) -> bool:
    """Begin or end a doubt, as a step begins. Whether the step now follows a clock that was doubted
    before, whatever the worker tells of the time."""
    if in_doubt(numbers) and _is_denied(numbers, clock, seen):
        _note_apart(numbers, seen)
        _end_doubt(numbers)
    elif in_doubt(numbers) and clock + numbers.ahead >= numbers.doubted_at + SETTLING:
        _end_doubt(numbers)
        return True
    leap = clock + min(0.0, numbers.ahead) - numbers.last
    if may_begin and seen is None and leap > CLOCK_LEAP:
        _begin_doubt(numbers, clock)
    return False


def in_doubt(numbers: Numbers) -> bool:
    """Whether the room waits for a word on the time."""
    return numbers.doubted_at > 0


def _begin_doubt(numbers: Numbers, clock: float) -> None:
    """Go on from the last step. The moment is a little later than any reading before."""
    if not in_doubt(numbers):
        numbers.doubted_ahead = numbers.ahead
    numbers.doubted_at = numbers.last + DOUBT_MARK
    numbers.ahead = numbers.doubted_at - clock


def _end_doubt(numbers: Numbers) -> None:
    """Go on as if there had been no doubt."""
    numbers.ahead, numbers.doubted_at = numbers.doubted_ahead, 0.0


def _is_denied(numbers: Numbers, clock: float, seen: Seen | None) -> bool:
    """Whether this worker knows better, or somebody has moved the time meanwhile."""
    now = clock + numbers.ahead
    if seen is not None:
        is_other = now - max(numbers.last, seen.now) > CLOCK_TRUSTED
        if is_other or seen.read_at < numbers.doubted_at:
            return True
    return now - numbers.last < -CLOCK_TRUSTED


def _note_apart(numbers: Numbers, seen: Seen | None) -> None:
    """Note how far the doubted clock is ahead of what a worker says that has been there since."""
    if seen is None or seen.read_at >= numbers.doubted_at:
        return
    passed = max(0.0, seen.now - numbers.doubted_at)
    apart = numbers.doubted_ahead - numbers.ahead - passed
    if apart > CLOCK_TRUSTED:
        numbers.leapt, numbers.leapt_at = apart, max(numbers.last, seen.now)
        numbers.clocks_apart = apart
