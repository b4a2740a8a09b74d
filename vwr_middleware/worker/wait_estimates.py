"""How long a visitor may still wait: a range, or nothing while nothing is known."""

from bisect import bisect_left
from dataclasses import dataclass
from functools import lru_cache
from math import exp, inf, log, sqrt

from vwr_middleware.line.capacity import SHUT_STATES, clamp
from vwr_middleware.line.constants import FAR_MOST, FLOW_LOG_SPAN, PREDICTIONS_STEP, TAU_HAZARD
from vwr_middleware.line.messages import AT, CLAIMED, SEEN_CALLED, SERVING, Prediction
from vwr_middleware.worker.current_room import ROOMS_KEPT, CurrentRoom

# How far a predicted wait may be off: a spread is the logarithm of the factor.


LEVELS = tuple(25 * 2**i for i in range(16))  # people ahead at which predictions are scored
_LEAST, _MOST, _FIRST = 0.04, 0.7, 0.3
_WIDEST = 1.2  # in rooms so small that their speed is hardly known
_SMALL_SAMPLE = 1.5  # after a single claim, or before one; falls with the root of their number
_QUANTILE = 0.8  # of the scores of a level, which say how far its predictions were off
_SCORES_NEEDED = 8  # scores that a level needs before they count


@dataclass(frozen=True, slots=True)
class RangeWidths:
    """What is known of how far a room's predictions are off."""

    scored: tuple[tuple[int, float], ...]  # level, and how far most of its predictions were off
    measured: float  # by chance, since so few claims were measured
    least: float  # the least, whatever was scored

    def at(self, ahead: int, people: float) -> float:
        """The spread with so many ahead, of whom so many `people` have to go in first.

        It is how far earlier predictions at the nearest level were off, but never less than what is
        chance where so few claims were measured, or so few people have to go in first.
        """
        chance = sqrt(self.measured**2 + _by_chance(people) ** 2)
        if not self.scored:
            return clamp(chance, _FIRST, _WIDEST)
        at = bisect_left(self.scored, (ahead, 0.0))
        near = self.scored[max(0, at - 1) : at + 1]
        level, spread = near[0] if ahead - near[0][0] <= near[-1][0] - ahead else near[-1]
        # Further back than any score, no more is known than at first.
        scored = max(spread, min(_FIRST, spread * sqrt(ahead / level)))
        return clamp(max(chance, min(_MOST, scored)), self.least, _WIDEST)


def range_widths_of(room: CurrentRoom, claims: float, *, begins_anew: bool) -> RangeWidths:
    """How wide a room's ranges are after so many claims. `begins_anew`: the past says little of a
    new limit.
    """
    scored = []
    for level in LEVELS:
        scores = sorted(room.snapshot.scores.get(str(level), ()))
        if len(scores) >= _SCORES_NEEDED:
            scored.append((level, scores[int(_QUANTILE * len(scores))]))
    return RangeWidths(tuple(scored), _by_chance(claims), _FIRST if begins_anew else _LEAST)


def _by_chance(claims: float) -> float:
    return _SMALL_SAMPLE / sqrt(max(1.0, claims))


# How long a visitor may still wait: a range, or nothing while nothing is known.


_KNOWN_AFTER = 300.0  # seconds of a moving line
#: Seconds. If the log goes back further, it contains a time in which nobody asked, maybe a night,
#: and what was before says nothing of those who wait now. (People far behind ask each FAR_MOST.)
_LONGEST_MEASURE = FLOW_LOG_SPAN + 2 * FAR_MOST
_RARE = 6.0  # a pause between two entries so many times as long as usual is no chance
_LIMIT_IS_NEW = 300.0  # seconds after a change of the limit in which the past says little
_LATELY = 120.0  # seconds in which a change of speed shows
_UNLIKE = 1.5  # what goes beyond so many standard deviations is a change, not chance
_UNLIKE_MOST = 2.0  # it shortens or lengthens the wait by this factor at most
_LATE = 1.2  # the range is so much wider above, since people mind a longer wait more
_SLOWER = 0.6  # below this part of the usual speed visitors are told that it takes longer,
_CHANCE = 2.0  # but only if that is so many standard deviations below
#: Of the number of people ahead only so many binary digits count: it is exact up to 127, and above
#: that at most 1.6 % too small.
DIGITS = 7


def roughly(room: CurrentRoom, position: int) -> int:
    """A position rounded a bit to the front of the line, so that a crowd needs few answers."""
    ahead = position - room.serving
    spare = ahead.bit_length() - DIGITS
    return room.serving + (ahead >> spare << spare) if spare > 0 else position


def rounded_by(room: CurrentRoom, position: int) -> int:
    """How far the last position that `roughly` takes for the same is behind this one."""
    ahead = position - room.serving
    spare = max(0, ahead.bit_length() - DIGITS)
    return (ahead >> spare << spare) + (1 << spare) - 1 - ahead


def wait_range(room: CurrentRoom, position: int) -> tuple[int, int] | None:
    """A range in seconds that is right for nine of ten such visitors; None if not known yet."""
    position, outlook = roughly(room, position), _outlook(room)
    if outlook is None:
        return None
    ahead, people = position - room.serving, _present_before(room, outlook, position)
    expected = _expected(outlook, ahead, people)
    spread = outlook.range_widths.at(max(1, ahead), people)
    soonest = expected * outlook.shorter * exp(-spread)
    latest = expected * outlook.longer * exp(_LATE * spread)
    return max(0, round(soonest - 2)), round(latest + 3)


def wait_seconds(room: CurrentRoom, position: int) -> float | None:
    """The likely wait, in seconds; None if not known yet."""
    outlook = _outlook(room)
    if outlook is None:
        return None
    people = _present_before(room, outlook, position)
    return _expected(outlook, position - room.serving, people)


def _expected(outlook: "_Outlook", ahead: int, people: float) -> float:
    """The likely wait in seconds: the geometric mean of two estimates that err in opposite ways.

    One uses the speed of the serving counter, and is right if the absent are spread evenly along
    the line. The other uses the number of people present and the speed of claims, and is right if
    they are not. After a change of the limit the past says little: then it uses the people present,
    the new limit, and how fast those inside leave. The pace in force is never exceeded, whatever
    was measured before it was set.
    """
    if outlook.by_limit > 0:
        return outlook.drains_for + people / min(outlook.by_limit, outlook.pace)
    by_counter = max(0.0, ahead / outlook.speed)
    measured = sqrt(by_counter * max(0.0, people / outlook.claims))
    return measured * max(1.0, outlook.claims / outlook.pace)


def wait_reason(room: CurrentRoom) -> str:
    """Why the wait grows, in one word, or "" if it does not.

    `paused`: nobody is called; `limit`: fewer may be inside; `slower`: fewer go in than before.
    """
    if room.state == "paused":
        return "paused"
    outlook = _outlook(room)
    if outlook is None:
        return ""
    if outlook.by_limit > 0:
        return "limit" if outlook.by_limit < outlook.claims else ""
    # In a small room nobody goes in for some minutes, and three in others.
    chance = _CHANCE * sqrt(outlook.claims / (2 * TAU_HAZARD))
    slow = min(_SLOWER * outlook.claims, outlook.claims - chance)
    return "slower" if room.snapshot.flow < slow and room.waiting else ""


def predictions(room: CurrentRoom) -> tuple[Prediction, ...]:
    """Predictions to be scored, for one position at each level; none if some are fresh."""
    if room.now - room.snapshot.marks_at < PREDICTIONS_STEP:
        return ()
    marks = []
    for level in LEVELS:
        if level > room.queue - room.serving:
            break
        seconds = wait_seconds(room, room.serving + level)
        if seconds is None:
            break
        marks.append(Prediction(level, room.serving + level, room.now + max(0.001, seconds)))
    return tuple(marks)


@dataclass(frozen=True, slots=True)
class _Outlook:
    """What all estimates of a snapshot share."""

    speed: float  # positions per second that the serving counter advances
    claims: float  # per second
    pace: float  # per second at most, by the settings in force
    usual: float  # of those ever seen in line, the part that enters
    by_limit: float  # how many leave per second, at a new limit; 0: the limit is not new
    drains_for: float  # seconds until no more are inside than the new limit allows
    range_widths: RangeWidths
    shorter: float  # at most 1: factor by which the wait is shorter at the last minutes' speed
    longer: float  # at least 1: the same if it is longer


@lru_cache(maxsize=ROOMS_KEPT)
def _outlook(room: CurrentRoom) -> _Outlook | None:
    """Worked out once for each reading."""
    begin = _since(room)
    is_known = room.snapshot.first_claim and room.now - room.snapshot.first_claim >= _KNOWN_AFTER
    if begin is None or not is_known or room.now <= begin[AT] or room.state in SHUT_STATES:
        return None
    speed, claims = (room.serving - begin[SERVING]) / (room.now - begin[AT]), _claims(room, begin)
    pace = inf if room.snapshot.per_second is None else room.snapshot.per_second
    if speed <= 0 or claims <= 0 or pace <= 0:
        return None
    by_limit, drains_for, shorter, longer = 0.0, 0.0, 1.0, 1.0
    if _has_new_limit(room):
        # If nobody has left for long, the measured rate is nearly 0, but sessions do run out.
        longest = room.rules["session_seconds"] + room.rules["session_grace"]
        leaving = max(room.snapshot.hazard, 1 / longest)
        by_limit = room.limit * leaving
        drains_for = max(0.0, log(max(1, room.active) / room.limit) / leaving)
    else:
        shorter, longer = _lately(room, min(claims, pace), pace)
    range_widths = range_widths_of(
        room, room.snapshot.totals["claimed"] - begin[CLAIMED], begins_anew=by_limit > 0
    )
    return _Outlook(
        speed, claims, pace, _usual(room), by_limit, drains_for, range_widths, shorter, longer
    )


def _claims(room: CurrentRoom, begin: list[float]) -> float:
    """Claims per second since then."""
    return (room.snapshot.totals["claimed"] - begin[CLAIMED]) / (room.now - begin[AT])


def _has_new_limit(room: CurrentRoom) -> bool:
    is_new = (
        room.snapshot.limit_changed > 0 and room.now - room.snapshot.limit_changed < _LIMIT_IS_NEW
    )
    return is_new and room.snapshot.hazard > 0 and room.limit > 0


def _since(room: CurrentRoom) -> list[float] | None:
    """The row of the log to measure from; None if the line has not moved for long enough.

    Those who filled the empty room do not count, since they waited for nobody to leave. Nor does a
    night before, or a time in which nobody entered, maybe since the room was paused.
    """
    rows = [row for row in room.snapshot.flow_log if room.now - row[AT] <= _LONGEST_MEASURE]
    if not rows:
        return None
    if len(rows) < len(room.snapshot.flow_log) and room.now - rows[0][AT] < _KNOWN_AFTER:
        return None
    filled = (row for row in rows if row[CLAIMED] >= room.limit)
    full = next(filled, None)
    begin = full if full and room.now - full[AT] >= _KNOWN_AFTER / 2 else rows[0]
    last = max(row for row in rows if row[CLAIMED] <= begin[CLAIMED])
    if not _stood_still(room, begin, last):
        return begin
    return last if room.now - last[AT] >= _KNOWN_AFTER or _has_new_limit(room) else None


def _stood_still(room: CurrentRoom, begin: list[float], last: list[float]) -> bool:
    """Whether nobody entered between two rows for so long that it was no chance."""
    still, entered = last[AT] - begin[AT], room.snapshot.totals["claimed"] - begin[CLAIMED]
    return still >= _KNOWN_AFTER and still * entered > _RARE * (room.now - last[AT])


def _lately(room: CurrentRoom, usual: float, pace: float) -> tuple[float, float]:
    """The factors by which the wait is shorter, or longer, if it goes on as in the last minutes.

    Until the usual speed has followed a change, the range reaches from it to the present speed.
    """
    before = (row for row in reversed(room.snapshot.flow_log) if room.now - row[AT] >= _LATELY)
    begin = next(before, room.snapshot.flow_log[0])
    lately = min(pace, _claims(room, begin))
    chance = _UNLIKE * sqrt(usual / (room.now - begin[AT]))
    shorter = usual / max(usual, lately - chance)
    longer = usual / min(usual, lately + chance)
    return max(1 / _UNLIKE_MOST, shorter), min(_UNLIKE_MOST, longer)


def _usual(room: CurrentRoom) -> float:
    begin, end = room.snapshot.flow_log[0], room.snapshot.flow_log[-1]
    seen = end[SEEN_CALLED] - begin[SEEN_CALLED]
    return min(1.0, (end[CLAIMED] - begin[CLAIMED]) / seen) if seen > 0 else 1.0


def _present_before(room: CurrentRoom, outlook: _Outlook, position: int) -> float:
    """How many before a position will go in: those present within the horizon, and of those beyond
    it the part that usually enters."""
    reach = max(room.serving, min(room.horizon, room.queue))
    if position <= reach:
        return (
            room.snapshot.present_ahead * (position - room.serving) / max(1, reach - room.serving)
        )
    beyond = (position - reach) / max(1, room.queue - reach)
    return room.snapshot.present_ahead + outlook.usual * room.snapshot.seen_ahead * beyond
