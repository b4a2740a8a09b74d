"""How far apart those far back are to ask, while a worker has too much to do.

In a line of a million, a poll a minute from everybody is 17,000 a second. Those far back lose
nothing if theirs come less often: their turn is hours away, and nobody need know that they are
there. So a worker whose core is full tells them to ask later, the more so the further back they
are (gate/intervals.py), until it has time to spare. Whoever waits near the front never notices.

It is looked at with each reading of the rooms, so a poll pays nothing for it.
"""

import logging
from collections.abc import Callable

from vwr_middleware.line.constants import FAR_MOST, FEW_POLLS, SPACED_MOST

log = logging.getLogger("vwr_middleware")

#: Seconds between two looks at least; and after which the one before says nothing any more.
LOOK_EVERY, TOO_OLD = 0.4, 10.0
#: The part of the time that a worker works, above which polls are spaced out, and below which they
#: come closer again. The first is less than what newcomers are turned away for, since who is in
#: line goes first, but asks so seldom that it takes a minute to tell everybody.
FULL, SPARE = 0.75, 0.55
#: The weight of the latest look.
_WEIGHT = 0.1
#: Seconds from none to all of the spacing, and back: not sooner than those who asked have noticed.
_WIDENS_IN, _NARROWS_IN = 45.0, 2 * SPACED_MOST

FULL_NOW = (
    "this worker's core is full: those far back in line are told to ask up to every %.0f s, not"
    " every %.0f s, until it has time to spare"
)


class PollSpacing:
    """How much later those far back are to ask at one worker.

    `work` is the CPU time that the worker has used so far, in seconds; None: not known, and then
    nothing is spaced out. Times are monotonic.
    """

    def __init__(self, work: Callable[[], float] | None) -> None:
        self._work = work
        self.part = 0.0  # of what may be added to the interval: 0 to 1
        self._looked_at, self._worked, self._busy = float("-inf"), 0.0, 0.0

    def look(self, now: float, in_line: int) -> float:
        """See how much there is to do, with so many in the longest line. Returns the part."""
        passed = now - self._looked_at
        if self._work is None or passed < LOOK_EVERY:
            return self.part
        work = self._work()
        worked, self._worked, self._looked_at = work - self._worked, work, now
        if passed > TOO_OLD:  # nobody has asked for a while
            self._busy = 0.0
            self.part = max(0.0, self.part - min(passed / _NARROWS_IN, 1.0))
            return self.part
        # Of another thread the time may be less, or more, than has passed.
        self._busy += _WEIGHT * (min(1.0, max(0.0, worked / passed)) - self._busy)
        if self._busy > FULL and in_line > FEW_POLLS * FAR_MOST:
            if not self.part:
                log.warning(FULL_NOW, FAR_MOST + SPACED_MOST, FAR_MOST)
            self.part = min(1.0, self.part + passed / _WIDENS_IN)
        elif self._busy < SPARE:
            self.part = max(0.0, self.part - passed / _NARROWS_IN)
        return self.part
