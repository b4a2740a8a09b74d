"""What a room measures of itself: how fast people leave, come, and fail to come.

All rates are sums that decay exponentially. `tick` brings them up to date in each step.
"""

from math import exp, sqrt

from vwr_middleware.line.constants import (
    GHOST_MOST,
    GHOST_PRIOR,
    NEAR_LEAST,
    NEAR_MOST,
    POLL_PART,
    TAU_FLOW_SHORT,
    TAU_GHOST,
    TAU_HAZARD,
)
from vwr_middleware.line.state import Numbers


def tick(numbers: Numbers, now: float, active: int) -> None:
    """Carry the rates on to `now`; `active` sessions have been running in between."""
    passed = now - numbers.rates_at
    numbers.rates_at = now
    if passed <= 0:
        return
    kept = exp(-passed / TAU_HAZARD)
    numbers.left_sum *= kept
    numbers.active_sum = numbers.active_sum * kept + active * TAU_HAZARD * (1 - kept)
    numbers.walk_ins *= kept
    numbers.flow *= kept
    numbers.flow_short *= exp(-passed / TAU_FLOW_SHORT)
    ghosts_kept = exp(-passed / TAU_GHOST)
    numbers.ghost_missing *= ghosts_kept
    numbers.ghost_called *= ghosts_kept


def hazard(numbers: Numbers, limit: int) -> float:
    """How many leave, per active session and second. The limit is added as a prior, so that the
    first few who leave do not count too much."""
    return numbers.left_sum / (numbers.active_sum + limit) if limit > 0 else 0.0


def ghost(numbers: Numbers) -> float:
    """Of those counted as present and called, the share that never came."""
    return min(GHOST_MOST, numbers.ghost_missing / (numbers.ghost_called + GHOST_PRIOR))


def least_ahead(ahead: float) -> float:
    """An early estimate of how many of those ahead go in first: about the 7 % quantile."""
    return max(0.0, ahead - 1.5 * sqrt(ahead)) if ahead > 0 else 0.0


def given_interval(
    numbers: Numbers, ahead: int, active: int, limit: int, pace: float | None
) -> float:
    """The poll interval, in seconds, that somebody with so many ahead was given before the call.

    It must not use a rate that has only just changed, or an opening would call too many people.
    """
    rate = pace if pace is not None else max(active * hazard(numbers, limit), numbers.flow)
    if rate <= 0:
        return NEAR_MOST
    return clamp(POLL_PART * least_ahead(ahead) / rate, NEAR_LEAST, NEAR_MOST)


def count_claim(numbers: Numbers, now: float) -> None:
    """Count a session that begins."""
    numbers.flow += 1 / TAU_HAZARD
    numbers.flow_short += 1 / TAU_FLOW_SHORT
    numbers.totals["claimed"] += 1
    if not numbers.first_claim:
        numbers.first_claim = now


def clamp(value: float, least: float, most: float) -> float:
    return max(least, min(most, value))
