"""When a visitor should ask again: the nearer to the front, the sooner."""

from dataclasses import dataclass
from functools import lru_cache

from vwr_middleware.line.capacity import SHUT_STATES, least_ahead, longest_interval
from vwr_middleware.line.constants import (
    DOOR_LEAST,
    EXPIRING_WITHIN,
    FAR_MOST,
    FAR_POLLS,
    FEW_POLLS,
    FIRST_STAY,
    HORIZON_LATE,
    LOOKS_MOST,
    NEAR_COUNT,
    NEAR_LEAST,
    NEAR_MOST,
    POLL_LATE,
    POLL_PART,
    SPACED_MOST,
)
from vwr_middleware.line.draw import longest_look, look_within
from vwr_middleware.worker.current_room import ROOMS_KEPT, CurrentRoom
from vwr_middleware.worker.wait_estimates import roughly


def near_edge(room: CurrentRoom) -> int:
    """Positions up to here poll their own position; those beyond poll the public status. So do all
    who register, if they are many: nobody's place is known, and the opening is everybody's."""
    if room.registers:
        return room.queue if room.queue <= LOOKS_MOST else 0
    return max(room.horizon, room.serving + NEAR_COUNT)


def people_ahead(room: CurrentRoom, position: int) -> float:
    """How many people are likely to go first."""
    start = max(room.serving, room.snapshot.first_counting - 1)
    return room.snapshot.expected + max(0.0, (position - start) * room.snapshot.share)


def time_until(room: CurrentRoom, count: float) -> float:
    """The seconds in which so many people are likely to be let in."""
    curve = _curve(room)
    at, reached = 0.0, 0.0
    for seconds, enters in curve.knots:
        if enters >= count:
            span = enters - reached
            part = (count - reached) / span if span > 0 else 0.0
            return at + (seconds - at) * max(0.0, part)
        at, reached = seconds, enters
    return at + (count - reached) / curve.flow if curve.flow > 0 else float("inf")


@dataclass(slots=True)
class _Curve:
    """How many are likely to be let in by which time: knots of (seconds, people)."""

    knots: tuple[tuple[float, float], ...]
    flow: float  # per second, beyond the last knot


@lru_cache(maxsize=ROOMS_KEPT)
def _curve(room: CurrentRoom) -> _Curve:
    """The curve of a room, made once for each reading."""
    rate, pace = leaving_rate(room), room.snapshot.per_second
    # What is free with a pace is what it allows by now: slots alone do not hold anybody back.
    free = room.free if pace is None else room.limit - room.active
    knots = []
    for seconds, expiring in zip(
        (0.0, *EXPIRING_WITHIN), (0, *room.snapshot.expiring), strict=True
    ):
        enters = max(0, free) + rate * seconds + expiring
        if pace is not None:
            enters = min(enters, room.tokens + pace * seconds)
        knots.append((seconds, enters))
    flow = max(room.snapshot.flow, rate)
    if pace is not None:
        flow = min(flow, pace) if flow > 0 else pace
    return _Curve(tuple(knots), flow)


def leaving_rate(room: CurrentRoom) -> float:
    """People who leave, per second. While hardly anybody has left, it is a guess."""
    age = room.now - room.snapshot.first_claim if room.snapshot.first_claim else 0.0
    return room.active * max(room.snapshot.hazard, 1 / (FIRST_STAY + age))


def near(room: CurrentRoom, position: int, now: float) -> float:
    """The poll interval within the horizon, in seconds."""
    return _interval(room, position, now, NEAR_LEAST, NEAR_MOST)


def far(room: CurrentRoom, position: int, now: float) -> float:
    """The interval at which a page beyond the horizon polls the public status, in seconds."""
    # Somebody may have joined after the reading.
    beyond = min(position, room.queue) - near_edge(room)
    return far_least(room, position, now) + later_each(room, now) * max(0, beyond)


def far_least(room: CurrentRoom, position: int, now: float) -> float:
    """The same where polls are not spaced out."""
    return _interval(room, position, now, NEAR_MOST, FAR_MOST)


def later_each(room: CurrentRoom, now: float) -> float:
    """For each position beyond the horizon, how many seconds later than `far_least` to ask, while
    a worker has too much to do (worker/poll_spacing.py) or very many wait. The horizon still
    reaches nobody before they have asked some times."""
    behind = room.queue - near_edge(room)
    people = 0.0 if room.registers else behind * room.snapshot.share
    part = max(min(room.spaced, _beyond(people, FEW_POLLS)), _beyond(people, FAR_POLLS))
    if not part:
        return 0.0
    opens_at = room.rules.get("opens_at")
    most = min(SPACED_MOST, max(0.0, _in_time(room) - FAR_MOST))
    if room.state == "scheduled" and opens_at:
        left = opens_at + room.snapshot.ahead - now
        most = min(most, max(0.0, POLL_PART * left - FAR_MOST))
    flow = _curve(room).flow
    longest = POLL_PART * room.snapshot.share / flow if flow > 0 else most
    return part * min(most / behind, longest)


def _beyond(people: float, polls: float) -> float:
    """How far to space out the polls of so many, from 0 to 1: none while a minute's interval makes
    no more than so many polls a second, and up to where they would be so many again.

    Beyond FAR_POLLS it is done whatever a worker can do: it would notice a crowd that has come at
    once too late, since each is told with the next answer. Up to FEW_POLLS it would spare no work.
    """
    on_average = people / polls - FAR_MOST  # seconds later; the last in line twice as many
    return min(1.0, max(0.0, 2 * on_average / SPACED_MOST))


def _in_time(room: CurrentRoom) -> float:
    """The longest interval of somebody who would lose the turn by asking later: wherever in line,
    since all those may be called at once, a status may be old, and a page asks anew after it."""
    if room.rules["late"] != "lost" or room.registers:
        return float("inf")
    asks_again = HORIZON_LATE + POLL_LATE * NEAR_LEAST
    return max(NEAR_LEAST, (float(room.rules["claim_within"]) - asks_again) / POLL_LATE)


def _until_draw(room: CurrentRoom, now: float) -> float:
    """The interval of all who register: all of them look within a moment after the opening."""
    opens_at = room.rules.get("opens_at")
    left = opens_at + room.snapshot.ahead - now if opens_at else 0.0
    count = room.registered
    least, most = look_within(count), longest_look(count)
    return min(most, max(least, POLL_PART * left))


def _interval(room: CurrentRoom, position: int, now: float, least: float, most: float) -> float:
    return min(_in_time(room), _by_wait(room, position, now, least, most))


def _by_wait(room: CurrentRoom, position: int, now: float, least: float, most: float) -> float:
    """The interval by how long it is likely to take until the turn, or the opening."""
    if room.registers:
        return _until_draw(room, now)
    opens_at: float | None = room.rules.get("opens_at")
    if room.state == "scheduled" and opens_at:
        return min(most, max(least, POLL_PART * (opens_at + room.snapshot.ahead - now)))
    ahead = people_ahead(room, roughly(room, position))
    if least < NEAR_MOST:
        most = min(most, longest_interval(ahead, room.limit, room.snapshot.per_second))
    return min(most, max(least, POLL_PART * time_until(room, least_ahead(ahead))))


def door(room: CurrentRoom, position: int) -> float:
    """The interval of a called visitor for whom no slot was free, by its rank at the door."""
    marks = len(room.door)
    before = sum(1 for mark in room.door if mark < position)
    rank = before * room.door_size / marks if marks else 0.0
    least = NEAR_LEAST if room.state in SHUT_STATES else DOOR_LEAST
    until = time_until(room, least_ahead(rank + 1))
    return min(NEAR_MOST, max(least, POLL_PART * until))
