"""How long a visitor may still wait: a range, or nothing while nothing is known."""

from bisect import bisect_left
from collections.abc import Iterable
from functools import lru_cache
from math import exp, log, sqrt

from vwr_middleware.line.constants import MARGIN_FIRST, NEAR_COUNT, RANGES_STEP
from vwr_middleware.line.messages import ToldRange
from vwr_middleware.worker.current_room import ROOMS_KEPT, CurrentRoom
from vwr_middleware.worker.wait_estimates import (
    Outlook,
    expected,
    outlook_of,
    people_before,
    roughly,
)

# How far the likely wait may be off: a spread is the logarithm of the factor. It is what can be
# expected, by chance and since visits change; margins say how many times as far it was off.


LEVELS = (3, 6, 12, *(25 * 2**i for i in range(16)))  # people ahead at which ranges are noted
_CHANCE = 1.3  # after a single claim, or before one; falls with the root of their number
_CHANGES = 0.18  # visits do not stay as they are
_NO_PAST = 0.4  # while the line has no past by which to measure it, or it counts no more
_WIDEST = 1.6  # in rooms so small that their speed is hardly known
_FARTHEST = 3.0  # whatever was missed: twenty times
_NARROWEST = 0.2  # of both margins together


def wait_range(room: CurrentRoom, position: int) -> tuple[int, int] | None:
    """A range in seconds that is right for four of five such visitors; None if not known yet."""
    position, outlook = roughly(room, position), outlook_of(room)
    if outlook is None:
        return None
    ahead, people = position - room.serving, people_before(room, outlook, position)
    likely, spread = expected(outlook, ahead, people), spread_of(outlook, people)
    below, above = margins_at(room, ahead, has_past=outlook.by_limit == 0)
    soonest = likely * outlook.shorter * exp(-min(_FARTHEST, below * spread))
    latest = likely * outlook.longer * exp(min(_FARTHEST, above * spread))
    return max(0, round(soonest - 2)), round(latest + 3)


def spread_of(outlook: Outlook, people: float) -> float:
    """How far the wait may be off: by chance where so few were measured, or so few people have to
    go in first, and since nothing stays as it is."""
    square = _CHANCE**2 * (1 / max(1.0, outlook.sample) + 1 / max(1.0, people)) + _CHANGES**2
    if outlook.by_limit > 0:
        square += _NO_PAST**2
    return min(_WIDEST, sqrt(square))


def margins_at(room: CurrentRoom, ahead: int, *, has_past: bool) -> tuple[float, float]:
    """How many spreads a range goes below and above the likely wait, by what was missed at the
    nearest depth (line/told_ranges.py). Without a past it narrows nothing."""
    below = above = MARGIN_FIRST
    if known := _margins(room):
        depth = log(max(1, ahead))
        _, below, above = min(known, key=lambda one: abs(one[0] - depth))
    if not has_past:
        return max(MARGIN_FIRST, below), max(MARGIN_FIRST, above)
    lacks = max(0.0, _NARROWEST - below - above) / 2
    return below + lacks, above + lacks


@lru_cache(maxsize=ROOMS_KEPT)
def _margins(room: CurrentRoom) -> list[tuple[float, float, float]]:
    """Of each depth its logarithm, and the margins, once for each reading."""
    found = room.snapshot.margins.items()
    return [(log(int(level)), below, above) for level, (below, above) in found]


def ranges_to_note(room: CurrentRoom, present: Iterable[int]) -> tuple[ToldRange, ...]:
    """Ranges to be settled, one at each level; none if some are fresh.

    `present` are those who asked just now. Beyond the horizon hardly anybody does: then whoever has
    the place stands for those who read the public status.
    """
    if room.now - room.snapshot.marks_at < RANGES_STEP:
        return ()
    heard, told = sorted(present), []
    reach = max(room.horizon, room.serving + NEAR_COUNT)
    for level in LEVELS:
        target = room.serving + level
        if target > room.queue:
            break
        position = target if target > reach else _nearest(heard, room.serving, level)
        seconds = wait_range(room, position) if position else None
        if seconds is not None:
            low, high = seconds
            told.append(ToldRange(level, position, room.now + low, room.now + high))
    return tuple(told)


def _nearest(heard: list[int], serving: int, level: int) -> int:
    """The one of these who is nearest to a level, within a quarter of it; 0 if nobody is."""
    target = serving + level
    at = bisect_left(heard, target)
    near = heard[max(0, at - 1) : at + 1]
    found = min(near, key=lambda position: abs(position - target), default=0)
    return found if abs(found - target) <= max(1, level // 4) and found > serving else 0
