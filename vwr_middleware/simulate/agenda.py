"""What happens next: a heap of moments, and the clock that goes with it."""

from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count
from typing import Any


class Agenda:
    """Runs what is due, in order of time; what is due together, in the order of noting.

    Calling it gives the time: it is the clock of everything in the simulation.
    """

    def __init__(self, now: float) -> None:
        self.now = self.start = now
        self._due: list[tuple[float, int, Callable[[Any], None], Any]] = []
        self._numbers = count()

    def __call__(self) -> float:
        return self.now

    @property
    def passed(self) -> float:
        """Seconds since the start."""
        return self.now - self.start

    def after(self, seconds: float, action: Callable[[Any], None], what: Any = None) -> None:
        """Note something for later."""
        heappush(self._due, (self.now + seconds, next(self._numbers), action, what))

    def at(self, passed: float, action: Callable[[Any], None], what: Any = None) -> None:
        """Note something for so many seconds after the start."""
        heappush(self._due, (self.start + passed, next(self._numbers), action, what))

    def run(self, until: float) -> None:
        """Run everything up to so many seconds after the start."""
        due, end = self._due, self.start + until
        while due and due[0][0] <= end:
            self.now, _, action, what = heappop(due)
            action(what)
