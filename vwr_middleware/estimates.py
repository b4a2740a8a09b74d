"""How long it may take: a range, or nothing while nothing is known."""

from math import exp, sqrt

from vwr_middleware.line.answers import Snapshot
from vwr_middleware.line.rates import clamp

_KNOWN_AFTER = 300.0  # seconds after the first call
_LEAST_SPREAD, _MOST_SPREAD, _FIRST_SPREAD = 0.04, 0.7, 0.3
_SCORES_NEEDED = 8
LEVELS = tuple(25 * 2**i for i in range(12))  # people ahead at which predictions are scored


def wait_range(room: Snapshot, position: int) -> tuple[int, int] | None:
    """The seconds between which four of five such visitors were let in; None if not known yet."""
    expected = wait_seconds(room, position)
    if expected is None:
        return None
    spread = _spread(room, max(1, position - room.serving))
    return max(0, round(expected * exp(-spread) - 2)), round(expected * exp(spread) + 3)


def wait_seconds(room: Snapshot, position: int) -> float | None:
    """The likely wait: the mean of two estimates that err in opposite directions.

    By the serving counter's speed, which is right when absence is even along the line, and by the
    people known to be present over the speed of claims, which is right when it is not.
    """
    log = room.flow_log
    if not room.first_claim or room.now - room.first_claim < _KNOWN_AFTER or len(log) < 2:
        return None
    begin = log[0]
    passed = room.now - begin[0]
    speed = (room.serving - begin[1]) / passed if passed > 0 else 0.0
    claims = (room.totals["claimed"] - begin[2]) / passed if passed > 0 else 0.0
    if speed <= 0 or claims <= 0:
        return None
    by_counter = (position - room.serving) / speed
    by_people = _present_before(room, position, claims, speed) / claims
    return sqrt(max(0.0, by_counter) * max(0.0, by_people))


def _present_before(room: Snapshot, position: int, claims: float, speed: float) -> float:
    """The present within the horizon, and of those beyond it the part that usually enters."""
    reach = max(room.serving, min(room.horizon, room.queue))
    if position <= reach:
        return room.present_ahead * (position - room.serving) / max(1, reach - room.serving)
    beyond = (position - reach) / max(1, room.queue - reach)
    usual = min(1.0, claims / speed)
    return room.present_ahead + usual * room.seen_ahead * beyond


def _spread(room: Snapshot, ahead: int) -> float:
    """The 70 % quantile of how far predictions were off with a like number of people ahead."""
    scored = [level for level in LEVELS if len(room.scores.get(str(level), ())) >= _SCORES_NEEDED]
    if not scored:
        return _FIRST_SPREAD
    level = min(scored, key=lambda level: abs(level - ahead))
    scores = sorted(room.scores[str(level)])
    quantile = scores[min(len(scores) - 1, int(0.7 * len(scores)))]
    return clamp(quantile * max(1.0, sqrt(ahead / level)), _LEAST_SPREAD, _MOST_SPREAD)
