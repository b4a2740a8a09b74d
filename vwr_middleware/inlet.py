"""Inlet strategies: how far and how fast the serving counter may go.

A strategy is any callable of a room's snapshot and the store's time. It says what it would allow
*now*, never what it would add, so a missed or doubled evaluation does no harm. It returns an Inlet,
or a whole number (the serving counter may go up to there and no further), or None (no opinion).
Of several strategies the smallest value wins, and `max_active` is never exceeded by any.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from vwr_middleware.hooks import ask
from vwr_middleware.line.answers import Inlet, Snapshot

__all__ = ["CONSTANT", "NOBODY", "Inlet", "Manual", "MaxSize", "Periodic", "Strategy", "decide"]

Strategy = Callable[[Snapshot, float], "Inlet | int | None"]

log = logging.getLogger("vwr_middleware")

#: What holds while a strategy fails or nothing is known yet: nobody is called.
NOBODY = Inlet(calls=False)


@dataclass(frozen=True, slots=True)
class MaxSize:
    """At most so many sessions at once."""

    max_active: int

    def __call__(self, room: Snapshot | None = None, now: float = 0.0) -> Inlet:
        """The same at any time."""
        return Inlet(limit=self.max_active)


@dataclass(frozen=True, slots=True)
class Periodic:
    """So many per interval, evenly paced; a pause is not made up for beyond `burst`."""

    count: float
    every: float = 60.0  # seconds
    burst: float | None = None  # 1 + three seconds' worth by default

    def __call__(self, room: Snapshot | None = None, now: float = 0.0) -> Inlet:
        """The same at any time."""
        return Inlet(per_second=self.count / self.every, burst=self.burst)


@dataclass(frozen=True, slots=True)
class Manual:
    """Only the operator moves the serving counter."""

    def __call__(self, room: Snapshot | None = None, now: float = 0.0) -> Inlet:
        """The same at any time."""
        return Inlet(calls=False)


#: Strategies that need to know nothing of the room.
CONSTANT = (MaxSize, Periodic, Manual)


def decide(strategies: Sequence[Strategy], room: Snapshot | None, now: float) -> Inlet:
    """What all strategies together allow. One that fails is logged, and nobody is called."""
    total = Inlet()
    for strategy in strategies:
        total = _smallest(total, _ask(strategy, room, now))
    return total


def _ask(strategy: Strategy, room: Snapshot | None, now: float) -> Inlet:
    if room is None and not isinstance(strategy, CONSTANT):
        return NOBODY
    try:
        answer: Any = ask(strategy, room, now)
        if isinstance(answer, Inlet):
            return answer
        return Inlet() if answer is None else Inlet(serving=int(answer))
    except Exception:
        log.exception("an inlet strategy failed, so nobody is called: %r", strategy)
        return NOBODY


def _smallest(one: Inlet, other: Inlet) -> Inlet:
    slower = one if _less(one.per_second, other.per_second) else other
    return Inlet(
        limit=_least(one.limit, other.limit),
        per_second=slower.per_second,
        burst=slower.burst,
        serving=_least(one.serving, other.serving),
        calls=one.calls and other.calls,
    )


def _less(one: float | None, other: float | None) -> bool:
    return one is not None and (other is None or one <= other)


def _least(one: int | None, other: int | None) -> int | None:
    return other if one is None else one if other is None else min(one, other)
