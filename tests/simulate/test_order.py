"""The order, exactly: whoever asks as told is overtaken by nobody who needed the same slot."""

from typing import Any

import pytest

from vwr_middleware.settings import RoomSettings
from vwr_middleware.simulate import Crowd, Faults, Result, Scenario, simulate
from vwr_middleware.simulate.arrivals import burst, ramp
from vwr_middleware.simulate.result import most_within

pytestmark = pytest.mark.long

#: Seconds: the longest pause between two questions of somebody near the front, at random longer.
LONGEST = 2.4 + 0.1
#: Of more slots not all who could be called at once ask every few seconds: docs/how-it-works.md.
MANY = 250
PEOPLE: dict[str, Any] = {"sleepers": 0.2, "no_script": 0.05}


def run(
    people: int,
    room: dict[str, Any],
    until: float | None = None,
    within: float = 60,
    faults: Faults | None = None,
    **given: Any,
) -> Result:
    crowd: dict[str, Any] = {"arrivals": burst(people, within), **given}
    settings = RoomSettings(**{"paths": ["/"], **room})
    scenario = Scenario(
        room=settings, crowd=Crowd(**crowd), faults=faults or Faults(), workers=2, until=until
    )
    return simulate(scenario)


def assert_in_order(result: Result, longest: float = LONGEST) -> None:
    """Nobody came in for whom a slot was needed before, and what else was overtaken had slots."""
    order = result.order()
    assert result.overshoot == result.violations == 0
    assert result.slots_taken == 0
    assert order.most <= most_within(result.freed, 1.0)
    assert order.longest <= longest


# As it was seen.


def test_at_a_pace_of_one_a_second_people_come_in_one_after_the_other() -> None:
    result = run(100, {"max_active": 500, "per_minute": 60}, until=120, within=5)
    positions = [entry.position for entry in result.entries]
    assert positions == sorted(positions)
    assert result.order().most == 0
    assert len(positions) == 100, "and none of the pace is lost"


def test_of_many_at_twenty_slots_nobody_takes_a_slot_from_whoever_is_before() -> None:
    result = run(150, {"max_active": 20}, visit=20, within=20)
    assert_in_order(result)
    assert result.order().overtaken <= 20
    assert result.used(since=20) >= 0.97


def test_where_all_leave_at_once_whoever_was_told_to_ask_later_is_not_passed_over() -> None:
    room = {"max_active": 20, "mode": "queue"}
    result = run(150, room, until=200, within=1, visit=60, visit_spread=0.0)
    assert_in_order(result)
    assert result.used() >= 0.97


# Rooms and days of all kinds.


@pytest.mark.parametrize(("visit", "least"), [(5.0, 0.8), (120.0, 0.97)])
def test_in_a_room_of_one_nobody_is_overtaken_by_anybody(visit: float, least: float) -> None:
    result = run(12, {"max_active": 1}, until=min(600, visit * 12), within=10, visit=visit)
    assert_in_order(result)
    assert result.order().most == 0
    assert result.used(since=10) >= least


def test_the_order_holds_where_half_give_up() -> None:
    room = {"max_active": 20}
    result = run(150, room, until=120, within=10, visit=30, gives_up=0.5, **PEOPLE)
    assert_in_order(result)
    assert result.used(since=15) >= 0.95


DAYS: dict[str, dict[str, Any]] = {
    "a burst": {},
    "half give up": {"gives_up": 0.5},
    "many are gone at once": {"absent": 0.7},
    "people as they are": PEOPLE,
    "all visits alike": {"visit_spread": 0.0},
    "nobody says goodbye": {"silent": 1.0},
    "ever more": {"shape": ramp},
    "within a second": {"within": 1.0},
}


@pytest.mark.simulate
@pytest.mark.timeout(900)
@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize("slots", [1, 2, 5, 20, 100, 500, 5000])
def test_the_order_holds_in_rooms_of_every_size(
    slots: int, day: str, capsys: pytest.CaptureFixture[str]
) -> None:
    given = dict(DAYS[day])
    people, within = min(4 * slots + 40, 15_000), given.pop("within", 60.0)
    shape = given.pop("shape", burst)
    room = {"max_active": slots, "session_seconds": 240}
    until = 900 if slots < 500 else 420
    result = run(people, room, until=until, arrivals=shape(people, within), **given)
    order = result.order()
    with capsys.disabled():
        print(f"\n{slots} slots, {day}: {result.used():.1%} used, {order}")
    assert result.overshoot == result.violations == 0
    if slots <= MANY or day != "all visits alike":
        assert_in_order(result, longest=2 * LONGEST)
    assert slots > 1 or order.most == 0
    assert result.used() >= 0.97 or day == "many are gone at once"


def test_nobody_who_asks_as_told_loses_the_turn_where_many_more_are_let_in_at_once() -> None:
    """Those far back do not know that they are called: they ask before it is too late."""
    settings = RoomSettings(paths=["/"], max_active=50, late="lost", claim_within=10)
    crowd = Crowd(arrivals=burst(4000, 60), visit=60)
    changes = ((200.0, {"max_active": 1000}),)
    result = simulate(Scenario(room=settings, crowd=crowd, changes=changes, workers=2, until=400))
    assert result.missed == 0
