"""What one worker counts of its decisions, for metrics: plain numbers, without a library."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence

from vwr_middleware.web.http import Pass, Reply

WAIT_BOUNDS = (1, 5, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400)  # seconds
COST_BOUNDS = (0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1)  # s


#: The decision for somebody whom `bypass` never lets wait.
BYPASSED = Pass()


class Histogram:
    """How many values lay up to each bound."""

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)  # the last: beyond all bounds
        self.total = 0.0

    def observe(self, value: float) -> None:
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value


class Tally:
    """The decisions of one room's gate, by kind, and what those cost for which no glance was enough
    (see `Gate.glance`). Guests who are recognised are counted in worker/known_sessions.py."""

    __slots__ = ("costs", "decisions", "failed", "waits")

    def __init__(self, failed: Counter[str] | None = None) -> None:
        self.failed = Counter[str]() if failed is None else failed  # functions of the app, by name
        self.decisions: Counter[str] = Counter()
        self.costs = Histogram(COST_BOUNDS)  # seconds
        self.waits = Histogram(WAIT_BOUNDS)  # from joining to entering

    def add(self, kind: str, seconds: float) -> None:
        """One decision, and how long it took."""
        self.decisions[kind] += 1
        self.costs.observe(seconds)


def kind_of(verdict: Pass | Reply) -> str:
    """A decision in one word: the visitor's state, or how a request passed."""
    if isinstance(verdict, Pass):
        if verdict.session is None:
            return "bypassed" if verdict is BYPASSED else "passed"
        return "entered" if verdict.session.is_new else "admitted"
    return next((value for name, value in verdict.headers if name == "VWR-State"), "other")
