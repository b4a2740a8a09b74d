"""When a visitor is told to ask again."""

from dataclasses import replace
from typing import Any

import pytest

from tests.support.clock import Clock
from vwr_middleware.blocking import finish
from vwr_middleware.gate import intervals
from vwr_middleware.line.messages import Ask
from vwr_middleware.settings import RoomSettings
from vwr_middleware.stores.memory.store import MemoryStore
from vwr_middleware.worker.current_room import CurrentRoom


def snapshot(clock: Clock, **given: Any) -> CurrentRoom:
    """A full room of 100 where one a second leaves, with 5000 in line, all of them present."""
    ask = Ask("main", RoomSettings(paths=["/"], max_active=100).store_config())
    (room,) = finish(MemoryStore(clock).refresh([ask]))
    values: dict[str, Any] = {
        "queue": 5000, "horizon": 1500, "active": 100, "free": 0, "first_counting": 1,
        "first_claim": room.now - 600, "hazard": 0.01, "flow": 1.0, "state": "queueing",
    }  # fmt: skip
    return CurrentRoom(replace(room, **(values | given)))


def test_the_nearer_the_front_the_sooner(clock: Clock) -> None:
    room = snapshot(clock)
    near = [intervals.near(room, position, room.now) for position in (1, 30, 60, 1000)]
    assert near == sorted(near)
    assert near[0] == 2.0
    assert near[-1] == 10.0


def test_beyond_the_horizon_nobody_asks_more_than_six_times_a_minute(clock: Clock) -> None:
    room = snapshot(clock)
    assert intervals.near_edge(room) == 1500
    assert intervals.far(room, 1501, room.now) >= 10.0
    assert intervals.far(room, 5000, room.now) == 60.0


def test_while_a_worker_has_too_much_to_do_those_far_back_ask_the_later_the_further(
    clock: Clock,
) -> None:
    room = snapshot(clock, queue=200_000, share=1.0, flow=0.1)
    last = intervals.far_least(room, room.queue, room.now)
    room.spaced = 1.0
    assert intervals.far(room, room.queue, room.now) == pytest.approx(last + 240)
    assert intervals.far(room, 1501, room.now) < intervals.far_least(room, 1501, room.now) + 0.01
    assert intervals.near(room, 1000, room.now) <= 10.0
    half = intervals.far(room, 100_750, room.now) - intervals.far_least(room, 100_750, room.now)
    assert half == pytest.approx(120)
    room.spaced = 0.5
    assert intervals.far(room, room.queue, room.now) == pytest.approx(last + 120)


@pytest.mark.parametrize(("people", "part"), [(240_000, 0), (480_000, 0.5), (960_000, 1)])
def test_where_very_many_wait_they_ask_later_whatever_a_worker_can_do(
    clock: Clock, people: int, part: float
) -> None:
    """A crowd that comes at once would have been told to ask in a minute by then."""
    room = snapshot(clock, queue=1500 + 2 * people, share=0.5, flow=0.1)
    assert intervals.far(room, room.queue, room.now) == pytest.approx(60 + 240 * part)


def test_nobody_asks_so_late_that_the_line_could_pass_them_by(clock: Clock) -> None:
    room = snapshot(clock, queue=80_000, share=0.5, flow=250.0)
    room.spaced = 1.0
    for position in (2000, 10_000, 80_000):
        later = intervals.far(room, position, room.now)
        later -= intervals.far_least(room, position, room.now)
        assert later == pytest.approx(0.2 * (position - 1500) * 0.5 / 250)


@pytest.mark.parametrize(("people", "part"), [(12_000, 0), (24_000, 0.5), (48_000, 1)])
def test_few_ask_as_often_as_ever_whatever_else_a_worker_has_to_do(
    clock: Clock, people: int, part: float
) -> None:
    room = snapshot(clock, queue=1500 + 2 * people, share=0.5, flow=0.1)
    room.spaced = 1.0
    assert intervals.far(room, room.queue, room.now) == pytest.approx(60 + 240 * part)


def test_whoever_joined_after_the_reading_asks_no_later_than_the_last(clock: Clock) -> None:
    room = snapshot(clock, queue=50_000, share=1.0, flow=0.1)
    room.spaced = 1.0
    assert intervals.far(room, 70_000, room.now) == intervals.far(room, 50_000, room.now) <= 300


@pytest.mark.parametrize("within", [10, 20, 60, 240])
def test_where_a_missed_turn_is_lost_everybody_asks_before_theirs_is_over(
    clock: Clock, within: float
) -> None:
    """Many may be called at once, by an operator, from wherever they are in line. A page far back
    asks its own place after it has read a status, of two seconds before at most."""
    room = snapshot(clock, queue=1_000_000, share=1.0, flow=0.1)
    room.spaced, room.rules = 1.0, {**room.rules, "late": "lost", "claim_within": within}
    for position in (1_000_000, 500_000, 2000):
        asked = 1.2 * intervals.far(room, position, room.now)
        told = 2 + 1.2 * intervals.near(room, 1, room.now)
        assert asked + told <= within
    assert 1.2 * intervals.near(room, 1500, room.now) < within


def test_polls_are_not_spaced_out_beyond_an_opening_or_a_draw(clock: Clock) -> None:
    room = snapshot(clock, queue=1_000_000, state="scheduled")
    room.spaced, room.rules["opens_at"] = 1.0, room.now + 600
    assert intervals.far(room, room.queue, room.now) == pytest.approx(120)
    room.rules["opens_at"] = room.now + 100
    assert intervals.far(room, room.queue, room.now) == 20
    room.registers = True
    assert intervals.later_each(room, room.now) == 0


def test_a_thousand_are_always_near_whatever_the_horizon_says(clock: Clock) -> None:
    assert intervals.near_edge(snapshot(clock, horizon=0)) == 1000


@pytest.mark.parametrize(("seconds", "near", "far"), [(600, 10, 60), (30, 6, 10), (1, 2, 10)])
def test_before_an_opening_everybody_asks_soon_after_it(
    clock: Clock, seconds: float, near: float, far: float
) -> None:
    room = snapshot(clock, state="scheduled")
    room.rules["opens_at"] = room.now + seconds
    assert intervals.near(room, 700, room.now) == near
    assert intervals.far(room, 4000, room.now) == far


def test_the_front_of_the_door_asks_often_and_its_back_less_often(clock: Clock) -> None:
    room = snapshot(clock, door=list(range(1, 51)), door_size=100)
    assert intervals.door(room, 1) == 0.5
    assert intervals.door(room, 200) > 5.0


def test_while_nobody_is_let_in_the_door_is_asked_no_more_often_than_the_line(
    clock: Clock,
) -> None:
    crowd: dict[str, Any] = {"free": 100, "door": list(range(1, 51)), "door_size": 100}
    assert intervals.door(snapshot(clock, **crowd), 1) == 0.5
    assert intervals.door(snapshot(clock, state="paused", **crowd), 1) == 2.0


def test_sessions_that_expire_soon_count_as_leaving(clock: Clock) -> None:
    quiet: dict[str, Any] = {"hazard": 0.0, "flow": 0.0, "first_claim": -1e12}
    room = snapshot(clock, **quiet, expiring=[0, 10, 10, 10])
    assert intervals.time_until(room, 10) == pytest.approx(15.0)
    assert intervals.time_until(room, 5) == pytest.approx(10.0)
    assert intervals.time_until(room, 11) > 1e6
    room = snapshot(clock, **quiet, expiring=[1, 2, 3, 4])
    times = [intervals.time_until(room, count) for count in (1, 2, 3, 4)]
    assert times == pytest.approx([5, 15, 30, 60])


def test_a_pace_holds_back_what_slots_would_allow(clock: Clock) -> None:
    room = snapshot(clock, active=0, free=1, flow=2.0, per_second=2.0, tokens=1.0)
    assert intervals.time_until(room, 21) == pytest.approx(10.0)
    assert intervals.time_until(room, 21) < intervals.time_until(room, 221) <= 121


def test_the_first_minutes_are_lively_since_nothing_is_measured_yet(clock: Clock) -> None:
    young = snapshot(clock, hazard=0.0, flow=0.0, first_claim=clock() - 1)
    assert intervals.near(young, 20, young.now) == 2.0
