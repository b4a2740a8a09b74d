"""How long a visitor may still wait, most likely. How far that may be off is in wait_ranges.py."""

from dataclasses import dataclass, replace
from functools import lru_cache
from math import exp, inf, log, sqrt

from vwr_middleware.line.capacity import SHUT_STATES, clamp
from vwr_middleware.line.constants import FAR_MOST, FLOW_LOG_SPAN, TAU_HAZARD
from vwr_middleware.line.messages import AT, CLAIMED, SEEN_CALLED, SERVING
from vwr_middleware.worker.current_room import ROOMS_KEPT, CurrentRoom

_FIRST_AFTER = 15.0  # seconds after the first claim: before, nobody can have been heard
_LEFT_LEAST = 3.0  # people who left, before their number says how fast they do
_KNOWN_AFTER = 300.0  # seconds of a moving line
#: Seconds. If the log goes back further, it contains a time in which nobody asked, maybe a night,
#: and what was before says nothing of those who wait now. (People far behind ask each FAR_MOST.)
_LONGEST_MEASURE = FLOW_LOG_SPAN + 2 * FAR_MOST
_RARE = 6.0  # a pause between two entries so many times as long as usual is no chance
_LIMIT_IS_NEW = 300.0  # seconds after a change of the limit in which the past says little
_LATELY = 120.0  # seconds in which a change of speed shows
_UNLIKE = 1.5  # what goes beyond so many standard deviations is a change, not chance
_UNLIKE_MOST = 2.0  # it shortens or lengthens the wait by this factor at most
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


def wait_seconds(room: CurrentRoom, position: int) -> float | None:
    """The likely wait, in seconds; None if not known yet."""
    outlook = outlook_of(room)
    if outlook is None:
        return None
    return expected(outlook, position - room.serving, people_before(room, outlook, position))


def expected(outlook: "Outlook", ahead: int, people: float) -> float:
    """The likely wait in seconds: the geometric mean of two estimates that err in opposite ways.

    One uses the speed of the serving counter, and is right if the absent are spread evenly along
    the line. The other uses the number of people present and the speed of claims, and is right if
    they are not. After a change of the limit the past says little: then it uses the people present,
    the new limit, and how fast those inside leave; as it does in the first minutes, in which there
    is no past. The pace in force is never exceeded, whatever was measured before it was set.
    """
    if outlook.by_limit > 0:
        return outlook.drains_for + max(1.0, people) / min(outlook.by_limit, outlook.pace)
    by_counter = max(0.0, ahead / outlook.speed)
    measured = sqrt(by_counter * max(0.0, people / outlook.claims))
    return measured * max(1.0, outlook.claims / outlook.pace)


def wait_reason(room: CurrentRoom) -> str:
    """Why the wait grows, in one word, or "" if it does not.

    `paused`: nobody is called; `limit`: fewer may be inside; `slower`: fewer go in than before.
    """
    if room.state == "paused":
        return "paused"
    outlook = outlook_of(room)
    if outlook is None or outlook.claims <= 0:
        return ""
    if outlook.by_limit > 0:
        return "limit" if outlook.by_limit < outlook.claims else ""
    # In a small room nobody goes in for some minutes, and three in others.
    chance = _CHANCE * sqrt(outlook.claims / (2 * TAU_HAZARD))
    slow = min(_SLOWER * outlook.claims, outlook.claims - chance)
    return "slower" if room.snapshot.flow < slow and room.waiting else ""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What all estimates of a snapshot share."""

    pace: float  # per second at most, by the settings in force
    usual: float  # of those ever seen in line, the part that enters
    sample: float  # how many people's comings and goings it is measured on
    speed: float = 0.0  # positions per second that the serving counter advances
    claims: float = 0.0  # per second; 0: not known yet
    by_limit: float = 0.0  # how many leave per second, at first or at a new limit; 0: neither
    drains_for: float = 0.0  # seconds until no more are inside than the new limit allows
    #: At most 1: the factor by which the wait is shorter at the last minutes' speed.
    shorter: float = 1.0
    longer: float = 1.0  # at least 1: the same if it is longer


@lru_cache(maxsize=ROOMS_KEPT)
def outlook_of(room: CurrentRoom) -> Outlook | None:
    """Worked out once for each reading; None if nothing can be said."""
    read = room.snapshot
    pace = inf if read.per_second is None else read.per_second
    age = room.now - read.first_claim if read.first_claim else 0.0
    if age < _FIRST_AFTER or pace <= 0 or room.state in SHUT_STATES:
        return None
    begin = _since(room) if age >= _KNOWN_AFTER else None
    measured = _measured(room, begin, pace) if begin is not None else None
    if begin is not None and measured is None:
        return None
    if _has_new_limit(room):
        return _by_new_limit(room, pace, measured.claims if measured else 0.0)
    if measured is None:
        return _at_first(room, pace, age)
    shorter, longer = _lately(room, min(measured.claims, pace), pace)
    return replace(measured, shorter=shorter, longer=longer)


def _measured(room: CurrentRoom, begin: list[float], pace: float) -> Outlook | None:
    """By what was measured since then; None if the line has not moved."""
    if room.now <= begin[AT]:
        return None
    speed, claims = (room.serving - begin[SERVING]) / (room.now - begin[AT]), _claims(room, begin)
    entered = room.snapshot.totals["claimed"] - begin[CLAIMED]
    return Outlook(pace, _usual(room), entered, speed, claims) if min(speed, claims) > 0 else None


def _by_new_limit(room: CurrentRoom, pace: float, claims: float) -> Outlook:
    # If nobody has left for long, the measured rate is nearly 0, but sessions do run out.
    leaving = max(room.snapshot.hazard, 1 / _longest(room))
    drains_for = max(0.0, log(max(1, room.active) / room.limit) / leaving)
    sample = room.snapshot.hazard * _watched(room, 10 * TAU_HAZARD)
    by_limit, usual = room.limit * leaving, _usual(room)
    return Outlook(pace, usual, sample, claims=claims, by_limit=by_limit, drains_for=drains_for)


def _at_first(room: CurrentRoom, pace: float, age: float) -> Outlook | None:
    """By how fast people leave, while there is no past by which to measure the line.

    Nobody has left yet where visits are long: then they last for twice as long as was seen, but
    for a quarter of the longest session at least. Where a strategy says how far the line goes, that
    says nothing.
    """
    if room.limit <= 0 or room.snapshot.ceiling is not None:
        return None
    watched, longest = _watched(room, age), _longest(room)
    left = room.snapshot.hazard * watched
    if left >= _LEFT_LEAST:
        leaving = max(left / (watched - room.limit), 1 / longest)
    else:
        leaving = 1 / clamp(2 * age, longest / 4, longest / 2)
    return Outlook(pace, _usual(room), left, by_limit=room.limit * leaving)


def _watched(room: CurrentRoom, age: float) -> float:
    """Seconds of sessions on which `hazard` in line/capacity.py is measured."""
    return room.limit * (1 + TAU_HAZARD * (1 - exp(-age / TAU_HAZARD)))


def _longest(room: CurrentRoom) -> float:
    return float(room.rules["session_seconds"] + room.rules["session_grace"])


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
    if not room.snapshot.flow_log:
        return 1.0
    begin, end = room.snapshot.flow_log[0], room.snapshot.flow_log[-1]
    seen = end[SEEN_CALLED] - begin[SEEN_CALLED]
    return min(1.0, (end[CLAIMED] - begin[CLAIMED]) / seen) if seen > 0 else 1.0


def people_before(room: CurrentRoom, outlook: Outlook, position: int) -> float:
    """How many before a position will go in: those present within the horizon, and of those beyond
    it the part that usually enters."""
    reach = max(room.serving, min(room.horizon, room.queue))
    if position <= reach:
        return (
            room.snapshot.present_ahead * (position - room.serving) / max(1, reach - room.serving)
        )
    beyond = (position - reach) / max(1, room.queue - reach)
    return room.snapshot.present_ahead + outlook.usual * room.snapshot.seen_ahead * beyond
