"""The wait that people are told: from a snapshot, with its reason."""

from dataclasses import replace
from typing import Any

import pytest

from tests.support.clock import Clock
from vwr_middleware.blocking import finish
from vwr_middleware.line.messages import Ask
from vwr_middleware.settings import RoomSettings
from vwr_middleware.stores.memory.store import MemoryStore
from vwr_middleware.worker import wait_estimates, wait_ranges
from vwr_middleware.worker.current_room import CurrentRoom


def snapshot(clock: Clock, **given: Any) -> CurrentRoom:
    """A room of 100 that has let in one a second for ten minutes, with 1000 in line."""
    ask = Ask("main", RoomSettings(paths=["/"], max_active=100).store_config())
    (room,) = finish(MemoryStore(clock).refresh([ask]))
    begun, known = room.now - 300, {"claimed": 600}
    values: dict[str, Any] = {
        "queue": 2200, "serving": 1200, "horizon": 2200, "active": 100,
        "first_claim": room.now - 600, "present_ahead": 500, "hazard": 0.01, "flow": 1.0,
        "flow_log": [[begun, 600.0, 300.0, 300.0], [room.now, 1200.0, 600.0, 600.0]],
        "totals": known, "state": "queueing",
    }  # fmt: skip
    return CurrentRoom(replace(room, **(values | given)))


def test_in_the_first_minutes_the_present_rate_is_told_with_a_wide_range(clock: Clock) -> None:
    def told(age: float, **given: Any) -> tuple[int, int] | None:
        first = clock() - age if age else 0.0
        return wait_ranges.wait_range(snapshot(clock, first_claim=first, **given), 2200)

    assert told(0) is None
    assert told(14) is None, "nobody can have been heard"
    low, high = told(15) or (0, 0)
    assert low < 500 / 0.0122 / 100 < high, "so many leave, of 100 inside"
    assert high > 3 * low
    known = told(300) or (0, 0)
    assert known[0] > low and known[1] < high
    unknown = told(15, hazard=0.0) or (0, 0)
    assert unknown[0] < 500 * 1.65 < unknown[1], "a quarter of the longest session each"
    assert unknown[1] > 10 * unknown[0]
    assert told(15, ceiling=1300) is None, "a strategy says how far the line goes"
    assert wait_estimates.wait_reason(snapshot(clock, first_claim=clock() - 15)) == ""


def test_after_a_night_without_anybody_the_range_is_wide_for_five_minutes(clock: Clock) -> None:
    evening = [clock() - 36_000, 1000.0, 500.0, 500.0]
    log = [evening, *([clock() - ago, 1100.0, 560.0, 560.0] for ago in (60, 30, 0))]
    asked_once_a_minute = [[clock() - 360, *evening[1:]], *log[1:]]
    low, high = wait_ranges.wait_range(snapshot(clock, flow_log=log), 1500) or (0, 0)
    known = wait_ranges.wait_range(snapshot(clock, flow_log=asked_once_a_minute), 1500) or (0, 0)
    assert high / low > 1.5 * known[1] / known[0]


def test_after_such_a_night_the_morning_is_measured(clock: Clock) -> None:
    evening = [clock() - 36_000, 1000.0, 500.0, 500.0]
    morning = [[clock() - ago, 1200.0 - ago, 600.0 - ago, 600.0 - ago] for ago in (300, 120, 0)]
    room = snapshot(clock, flow_log=[evening, *morning])
    assert wait_estimates.wait_seconds(room, 2200) == pytest.approx((1000 * 500) ** 0.5)


def test_the_range_is_wide_until_a_room_that_was_paused_has_moved_for_five_minutes(
    clock: Clock,
) -> None:
    now = clock()

    def moved_for(seconds: int, entered: float, **given: Any) -> CurrentRoom:
        still = [[now - ago, 1000.0, 500.0, 500.0] for ago in range(600, seconds - 1, -10)]
        totals = {"claimed": int(500 + entered)}
        log = [*still, [now, 1000 + 2 * entered, 500 + entered, 500 + entered]]
        serving = int(1000 + 2 * entered)
        return snapshot(clock, flow_log=log, totals=totals, serving=serving, **given)

    by_leaving = 500 / (0.01 * 61 / 60 * 100)
    assert wait_estimates.wait_seconds(moved_for(30, 30), 2200) == pytest.approx(
        by_leaving, rel=0.1
    )
    assert wait_estimates.wait_seconds(moved_for(290, 290), 2200) != pytest.approx(
        (290 * 500) ** 0.5, rel=0.01
    )
    moving = moved_for(300, 300)
    assert wait_estimates.wait_seconds(moving, 2200) == pytest.approx((300 * 500) ** 0.5)
    assert wait_ranges.wait_range(moved_for(30, 0.0), 1500) is None
    assert wait_ranges.wait_range(moved_for(100, 1), 1500) is not None, "one in ten minutes is slow"
    limited = moved_for(30, 30, limit_changed=now - 10)
    assert wait_ranges.wait_range(limited, 1500) is not None, "by the new limit"


def test_the_wait_in_a_small_room_is_measured_over_ten_minutes(clock: Clock) -> None:
    """Over five, one who leaves by chance sooner or later moved it by a tenth."""
    store, ask = MemoryStore(clock), Ask("main", RoomSettings(paths=["/"]).store_config())
    for _ in range(100):
        (room,) = finish(store.refresh([ask]))
        clock.pass_by(10)
    assert 600 <= room.now - room.flow_log[0][0] <= 620
    assert len(room.flow_log) <= 32, "more would be read at each refresh"


@pytest.mark.parametrize("state", ["paused", "scheduled", "closed"])
def test_nothing_is_said_while_nobody_is_called(clock: Clock, state: str) -> None:
    assert wait_ranges.wait_range(snapshot(clock, state=state), 1500) is None


@pytest.mark.parametrize("at_its_beginning", [[1200.0, 300.0], [600.0, 600.0]])
def test_nothing_is_said_where_nobody_was_called_or_nobody_went_in(
    clock: Clock, at_its_beginning: list[float]
) -> None:
    log = [[clock() - 300, *at_its_beginning, 300.0], [clock(), 1200.0, 600.0, 600.0]]
    assert wait_ranges.wait_range(snapshot(clock, flow_log=log), 1500) is None


def test_the_wait_grows_with_the_people_ahead_and_lies_within_its_range(clock: Clock) -> None:
    room = snapshot(clock)
    waits = [wait_estimates.wait_seconds(room, position) or 0 for position in (1300, 1700, 2200)]
    assert waits == pytest.approx([50, 250, 500])
    for position, wait in zip((1300, 1700, 2200), waits, strict=True):
        low, high = wait_ranges.wait_range(room, position) or (0, 0)
        assert low <= wait <= high


def test_of_those_beyond_the_horizon_the_part_counts_that_usually_enters(clock: Clock) -> None:
    waits = []
    for seen in (600.0, 900.0):  # of 300 and of 600 who were seen, 300 went in
        log = [[clock() - 300, 600.0, 300.0, 300.0], [clock(), 1200.0, 600.0, seen]]
        room = snapshot(clock, flow_log=log, horizon=1700, seen_ahead=400)
        waits.append(wait_estimates.wait_seconds(room, 2200) or 0)
    assert waits == pytest.approx([(500 * 900) ** 0.5, (500 * 700) ** 0.5])


def test_who_stands_roughly_at_the_same_place_is_told_the_same(clock: Clock) -> None:
    room = snapshot(clock, serving=1200)
    rough = [wait_estimates.roughly(room, 1200 + ahead) - 1200 for ahead in range(1, 20_000)]
    assert rough[:127] == list(range(1, 128))
    assert rough == sorted(rough)
    assert all(0.984 * ahead <= told <= ahead for ahead, told in enumerate(rough, start=1))
    assert len(set(rough)) < 700
    told = wait_ranges.wait_range(room, 1200 + 1024)
    assert told == wait_ranges.wait_range(room, 1200 + 1039)
    assert told != wait_ranges.wait_range(room, 1200 + 1040)


def test_after_a_change_of_the_limit_the_new_one_decides(clock: Clock) -> None:
    room = snapshot(clock, limit=50, limit_changed=clock() - 10)
    drains = 69.3  # ln 2 over the rate at which people leave
    assert wait_estimates.wait_seconds(room, 2200) == pytest.approx(drains + 500 / 0.5, abs=0.1)
    assert wait_estimates.wait_reason(room) == "limit"
    later = snapshot(clock, limit=50, limit_changed=clock() - 301)
    assert wait_estimates.wait_reason(later) == ""


def test_no_pace_is_exceeded_whatever_was_measured_or_follows_from_a_new_limit(
    clock: Clock,
) -> None:
    # One a second went in until now. At once the pace is one in four seconds.
    lowered = snapshot(clock, per_second=0.25)
    assert wait_estimates.wait_seconds(lowered, 2200) == pytest.approx(500 / 0.25)
    # A limit of 400 would let four a second in, but the pace does not.
    raised = snapshot(clock, per_second=1.0, limit=400, limit_changed=clock() - 10)
    assert wait_estimates.wait_seconds(raised, 2200) == pytest.approx(500)
    assert wait_estimates.wait_seconds(snapshot(clock, per_second=9.0), 2200) == pytest.approx(500)
    assert wait_ranges.wait_range(snapshot(clock, per_second=0.0), 2200) is None


@pytest.mark.parametrize("hazard", [1e-6, 1e-313])
def test_a_night_in_which_nobody_left_does_not_make_the_wait_endless(
    clock: Clock, hazard: float
) -> None:
    room = snapshot(clock, hazard=hazard, limit=200, limit_changed=clock() - 10)
    low, high = wait_ranges.wait_range(room, 2200) or (0, 0)
    assert 0 < low < high < 3 * 3600


def test_a_wait_that_grows_has_its_reason(clock: Clock) -> None:
    assert wait_estimates.wait_reason(snapshot(clock)) == ""
    assert wait_estimates.wait_reason(snapshot(clock, flow=0.5)) == "slower"
    assert wait_estimates.wait_reason(snapshot(clock, flow=0.5, queue=1200)) == "", "nobody waits"
    assert wait_estimates.wait_reason(snapshot(clock, state="paused")) == "paused"
    twice = {"totals": {"claimed": 900}}  # two a second went in
    assert wait_estimates.wait_reason(snapshot(clock, flow=1.1, **twice)) == "slower"
    assert wait_estimates.wait_reason(snapshot(clock, flow=1.3, **twice)) == ""
    for limit, reason in ((50, "limit"), (200, "")):
        changed = snapshot(clock, limit=limit, limit_changed=clock() - 10)
        assert wait_estimates.wait_reason(changed) == reason


def test_in_a_small_room_nobody_is_told_of_what_may_be_chance(clock: Clock) -> None:
    """Five inside for five minutes each: one a minute goes in, and not on the minute."""
    begun = clock() - 300
    few = {"flow_log": [[begun, 600.0, 300.0, 300.0]], "totals": {"claimed": 305}}
    assert wait_estimates.wait_reason(snapshot(clock, flow=0.002, **few)) == ""
    some = few | {"totals": {"claimed": 330}}
    assert wait_estimates.wait_reason(snapshot(clock, flow=0.05, **some)) == ""
    assert wait_estimates.wait_reason(snapshot(clock, flow=0.002, **some)) == "slower"


def test_those_who_filled_the_empty_room_are_no_measure_for_those_after_them(
    clock: Clock,
) -> None:
    """100 in half a minute, then one a second: whoever is 250th waits for 250 seconds."""
    opened = clock() - 300
    claims = [0, 40, 80, 110, *range(120, 381, 10)]
    log = [[opened + 10 * step, float(n), float(n), float(n)] for step, n in enumerate(claims)]
    room = snapshot(
        clock, flow_log=log, totals={"claimed": 380}, first_claim=opened, serving=380,
        queue=1380, horizon=1380, present_ahead=1000,
    )  # fmt: skip
    assert wait_estimates.wait_reason(room) == ""
    assert wait_estimates.wait_seconds(room, 630) == pytest.approx(250, rel=0.02)
    # Where it was filled just now there is nothing else to go by.
    late = log[:1] + [[row[0] + 260, *row[1:]] for row in log[1:4]]
    assert wait_estimates.wait_seconds(snapshot(clock, flow_log=late), 1500) is not None


def reach(clock: Clock, lately: float, **given: Any) -> tuple[float, float]:
    """What the last of the line is told, over the likely wait: one a second went in, and
    `lately` a second in the last two minutes."""
    entered = 480 + int(120 * lately)
    log = [[clock() - 600, 600.0, 0.0, 0.0], [clock() - 120, 1080.0, 480.0, 480.0]]
    room = snapshot(
        clock, flow_log=log, totals={"claimed": entered}, serving=600 + entered, **given
    )
    low, high = wait_ranges.wait_range(room, room.queue) or (0, 0)
    likely = wait_estimates.wait_seconds(room, room.queue) or 0.0
    return (low + 2) / likely, (high - 3) / likely


def test_after_a_change_of_speed_the_range_reaches_to_the_new_one(clock: Clock) -> None:
    low, high = reach(clock, 1.0)
    assert reach(clock, 0.25) == pytest.approx((low, 2 * high), rel=0.02), "at most twice as long"
    assert reach(clock, 3.0) == pytest.approx((low / 2, high), rel=0.02), "or half as long"
    slower = 0.92 / (0.6 + 1.5 * (0.92 / 120) ** 0.5)
    assert reach(clock, 0.6) == pytest.approx((low, slower * high), rel=0.02)
    for by_chance in (0.9, 1.1):
        assert reach(clock, by_chance) == pytest.approx((low, high), rel=0.02)


def test_it_reaches_no_further_than_the_pace_and_a_new_limit_allow(clock: Clock) -> None:
    low, high = reach(clock, 1.0)
    assert reach(clock, 3.0, per_second=1.0) == pytest.approx((low, high), rel=0.02)
    limited = [reach(clock, lately, limit_changed=clock() - 10) for lately in (0.25, 1.0)]
    assert limited[0] == pytest.approx(limited[1], rel=0.02), "the past tells nothing"
