"""How many may be inside, how many are, and how fast new ones may come; and what a room measures of
how fast people leave, come, and fail to come.

A step finds out once what is in force, as it begins (`look_around`), and carries it as its moment.
"""

from collections.abc import Mapping
from math import exp, sqrt
from typing import Any

from vwr_middleware.line.clock import wall
from vwr_middleware.line.constants import (
    BURST_SECONDS,
    CLUMP_POLLS,
    COMING_SECONDS,
    GHOST_MOST,
    GHOST_PRIOR,
    NEAR_LEAST,
    NEAR_MOST,
    NO_LIMIT,
    POLL_PART,
    TAU_FLOW_SHORT,
    TAU_GHOST,
    TAU_HAZARD,
)
from vwr_middleware.line.state import Line, Moment, Numbers
from vwr_middleware.line.stock import closes

#: The modes in which anybody may be called or let in at all.
OPEN_MODES = ("auto", "queue", "off", "shadow")
#: Those of them in which a limit holds, and the line is closed when nothing is left to sell.
LET_IN = ("auto", "queue")
#: What a room is doing, in one word: `Snapshot.state`.
STATES = ("open", "queueing", "paused", "scheduled", "closed", "off")
#: The states in which nobody is called or let in.
SHUT_STATES = ("paused", "scheduled", "closed")


def look_around(line: Line, now: float) -> None:
    """Find what is in force now: as a step begins, and when it has changed settings or limits."""
    numbers = line.numbers
    mode, most = mode_by(numbers.rules, now - numbers.ahead), _limit(numbers)
    if mode in LET_IN and closes(numbers, now):
        mode = "closed"
    is_open = mode in OPEN_MODES and _gives_slots(numbers, now)
    joins = _gives_numbers(numbers, now)
    if mode == "shadow":  # neither limit nor pace holds anybody back: see shadow.py
        line.moment = Moment(now, mode, most, None, 0.0, NO_LIMIT if is_open else 0, joins)
        return
    line.moment = Moment(now, mode, most, *pace_by(numbers), most if is_open else 0, joins)


def mode_by(rules: Mapping[str, Any], now: float) -> str:
    """The mode in force by these rules, at this time of the wall clock.

    Opening times turn `auto` and `queue` into `scheduled` and `closed`. Exactly at `opens_at` the
    room is open; exactly at `closes_at` it is closed. Before `joins_from`, nobody can join yet.
    """
    mode: str = rules["mode"]
    if mode not in ("auto", "queue", "paused"):
        return mode
    closes, opens = rules.get("closes_at"), rules.get("opens_at")
    if closes is not None and now >= closes:
        return "closed"
    if opens is not None and now < opens:
        return "closed" if now < (rules.get("joins_from") or now) else "scheduled"
    return mode


def just_opened(numbers: Numbers, now: float) -> bool:
    """Whether `opens_at` has passed a moment ago."""
    opens = numbers.rules.get("opens_at")
    return opens is not None and opens <= wall(numbers, now) < opens + NEAR_MOST


def _limit(numbers: Numbers) -> int:
    """Sessions at once: the setting, or less where the strategy says so."""
    most: int = numbers.rules["max_active"]
    return most if numbers.inlet_limit is None else max(0, min(most, numbers.inlet_limit))


def _gives_slots(numbers: Numbers, now: float) -> bool:
    """Whether anybody may be called or let in, as far as the store and its clock can be trusted:
    see store_came_back.py and clock_in_doubt.py."""
    return now >= numbers.slots_from and not numbers.doubted_at


def _gives_numbers(numbers: Numbers, now: float) -> bool:
    """Whether anybody may join, as far as these can be trusted."""
    return now >= numbers.numbers_from and not numbers.doubted_at


def pace_by(numbers: Numbers) -> tuple[float | None, float]:
    """New admissions per second (None: as fast as slots free), and how many may come at once."""
    per_minute = numbers.rules.get("per_minute")
    rate = None if per_minute is None else per_minute / 60
    burst = numbers.rules.get("burst")
    if numbers.inlet_per_second is not None and (rate is None or numbers.inlet_per_second < rate):
        rate, burst = numbers.inlet_per_second, numbers.inlet_burst
    if rate is None:
        return None, 0.0
    return rate, usual_burst(rate) if burst is None else burst


def usual_burst(per_second: float) -> float:
    """How many may come at once, unless a setting says otherwise."""
    return 1 + BURST_SECONDS * per_second


def active(line: Line) -> int:
    """Running sessions. After a loss of data they include those that are believed to run."""
    numbers = line.numbers
    lost = numbers.rebuilt_active if line.moment.now < numbers.rebuilt_until else 0
    return line.sessions.count() + lost


def refill(line: Line, are_coming: bool) -> None:
    """Let the pace's bucket fill up to now.

    It holds a burst, for a quiet time. While people are on their way it holds some seconds' worth
    at least: pages ask only now and then, and what ran over meanwhile would be lost to the pace.
    """
    numbers, moment = line.numbers, line.moment
    rate = moment.per_second
    if rate is None:
        return
    passed = max(0.0, moment.now - numbers.tokens_at)
    most = on_the_way(rate, moment.burst) if are_coming else moment.burst
    numbers.tokens = min(most, numbers.tokens + rate * passed)
    numbers.tokens_at = moment.now


def on_the_way(per_second: float, burst: float) -> float:
    """How many the pace's bucket holds while people are on their way."""
    return max(burst, 1 + COMING_SECONDS * per_second)


def available(line: Line) -> int:
    """How many may enter right now; negative while more are inside than the limit allows."""
    free = line.moment.capacity - active(line)
    if line.moment.per_second is not None:
        free = min(free, int(line.numbers.tokens))
    return free


# What a room measures of itself: how fast people leave, come, and fail to come.
#
# All rates are sums that decay exponentially. `tick` brings them up to date in each step.


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


def longest_interval(ahead: float, limit: int, pace: float | None) -> float:
    """The longest poll interval near the front, in seconds, of somebody with so many ahead.

    All who are inside may leave at once, and then as many are called. So those ask often, as long
    as they are not too many for that. A pace lets nobody in at once.
    """
    if pace is not None or ahead > limit:
        return NEAR_MOST
    return clamp(limit / CLUMP_POLLS, NEAR_LEAST, NEAR_MOST)


def given_interval(numbers: Numbers, ahead: int, limit: int, pace: float | None) -> float:
    """The poll interval, in seconds, that somebody with so many ahead was given before the call.

    It must not use a rate that has only just changed, or an opening would call too many people. So
    it goes by the claims of the last minute, and not by those who left and are the reason for the
    call.
    """
    most = longest_interval(ahead, limit, pace)
    rate = numbers.flow if pace is None else pace
    if rate <= 0:
        return most
    return clamp(POLL_PART * least_ahead(ahead) / rate, NEAR_LEAST, most)


def count_claim(numbers: Numbers, now: float) -> None:
    """Count a session that begins."""
    numbers.flow += 1 / TAU_HAZARD
    numbers.flow_short += 1 / TAU_FLOW_SHORT
    numbers.totals["claimed"] += 1
    if not numbers.first_claim:
        numbers.first_claim = now


def clamp(value: float, least: float, most: float) -> float:
    return max(least, min(most, value))
