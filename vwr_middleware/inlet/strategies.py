"""Inlet strategies: how far and how fast the serving counter may go.

A strategy is any callable of a room's snapshot and the store's time. It says what it would allow
*now*, never what it would add, so a missed or doubled evaluation does no harm. It returns an Inlet,
or a whole number (the serving counter may go up to there and no further), or None (no opinion).
Of several strategies the smallest value wins, and none can exceed `max_active`.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import floor, isfinite
from typing import Any

from vwr_middleware.line.constants import POSITIONS_MOST
from vwr_middleware.line.messages import Inlet, Snapshot
from vwr_middleware.user_functions import ask

__all__ = ["CONSTANT", "NOBODY", "Inlet", "Manual", "MaxSize", "Periodic", "Strategy", "decide"]

Strategy = Callable[[Snapshot, float], "Inlet | int | None"]

log = logging.getLogger("vwr_middleware")

#: Strategies that failed when last asked, so that each is logged once, not twice a second.
_failing: list[Strategy] = []
_FAILING_MOST = 64

#: The answer of a strategy that fails: nobody is called, and its last limits stay in force.
NOBODY = Inlet(calls=False, holds=True)


@dataclass(frozen=True, slots=True)
class MaxSize:
    """At most `max_active` sessions at once."""

    max_active: int

    def __call__(self, snapshot: Snapshot | None = None, now: float = 0.0) -> Inlet:
        """The same at any time."""
        return Inlet(limit=self.max_active)


@dataclass(frozen=True, slots=True)
class Periodic:
    """`count` people per interval, evenly paced; after a quiet time, at most `burst` at once."""

    count: float
    every: float = 60.0  # seconds
    burst: float | None = None  # 1 + three seconds' worth by default

    def __call__(self, snapshot: Snapshot | None = None, now: float = 0.0) -> Inlet:
        """The same at any time."""
        return Inlet(per_second=self.count / self.every, burst=self.burst)


@dataclass(frozen=True, slots=True)
class Manual:
    """Only the operator moves the serving counter."""

    def __call__(self, snapshot: Snapshot | None = None, now: float = 0.0) -> Inlet:
        """The same at any time."""
        return Inlet(calls=False)


#: Strategies that need not know the room.
CONSTANT = (MaxSize, Periodic, Manual)


def decide(strategies: Sequence[Strategy], snapshot: Snapshot | None, now: float) -> Inlet | None:
    """What all strategies together allow. If one fails, it is logged and nobody is called.

    None if a strategy needs the room, which is not known yet: then this worker has no say, and what
    the store keeps stays in force.
    """
    if snapshot is None and not all(isinstance(strategy, CONSTANT) for strategy in strategies):
        return None
    total = Inlet()
    for strategy in strategies:
        total = _smallest(total, _ask(strategy, snapshot, now))
    return total


def _ask(strategy: Strategy, snapshot: Snapshot | None, now: float) -> Inlet:
    try:
        answer = _checked(ask(strategy, snapshot, now))
    except Exception:
        if _is_news(strategy, failed=True):
            log.exception("an inlet strategy failed, so nobody is called: %r", strategy)
        return NOBODY
    _is_news(strategy, failed=False)
    return answer


def _is_news(strategy: Strategy, failed: bool) -> bool:
    """Whether a strategy fails now and did not before, or the other way round; it is remembered."""
    # Compared by identity: a user's callable need not be hashable or comparable.
    others = [known for known in _failing if known is not strategy]
    if failed is (len(others) < len(_failing)):
        return False
    _failing[:] = [*others, strategy][-_FAILING_MOST:] if failed else others
    return True


def _checked(answer: object) -> Inlet:
    """A strategy's answer as an Inlet, with numbers that every store can keep.

    Raises whatever converting it raises. None is an Inlet without numbers: no opinion.
    """
    if not isinstance(answer, Inlet):
        return Inlet(serving=_whole(answer))
    return Inlet(
        limit=_whole(answer.limit),
        per_second=_rate(answer.per_second),
        burst=_rate(answer.burst),
        serving=_whole(answer.serving),
        calls=bool(answer.calls),
        holds=bool(answer.holds),
    )


def _whole(value: Any) -> int | None:
    """A count, rounded down, since people write `limit=room.limit * 0.8`."""
    return None if value is None else max(0, min(POSITIONS_MOST, floor(value)))


def _rate(value: Any) -> float | None:
    if value is None:
        return None
    rate = float(value)
    if not (isfinite(rate) and rate >= 0):
        raise ValueError(f"a rate or burst must be a number of 0 or more, not {value!r}")
    return rate


def _smallest(one: Inlet, other: Inlet) -> Inlet:
    slower = one if _less(one.per_second, other.per_second) else other
    return Inlet(
        limit=_least(one.limit, other.limit),
        per_second=slower.per_second,
        burst=slower.burst,
        serving=_least(one.serving, other.serving),
        calls=one.calls and other.calls,
        holds=one.holds or other.holds,
    )


def _less(one: float | None, other: float | None) -> bool:
    return one is not None and (other is None or one <= other)


def _least(one: int | None, other: int | None) -> int | None:
    return other if one is None else one if other is None else min(one, other)
