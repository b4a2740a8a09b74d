"""The figures of a room, simulated on the memory store: full, never over-full, in order."""

from random import Random
from typing import Any

import pytest

from tests.support.cases import cases, rare
from tests.support.simulated import full_after, most_above_pace
from vwr_middleware.settings import RoomSettings
from vwr_middleware.simulate import AppModel, Crowd, Faults, Result, Scenario, simulate
from vwr_middleware.simulate.arrivals import burst

pytestmark = pytest.mark.long

START = Scenario.starts_at
#: As people are: some devices sleep, some browsers run no script.
PEOPLE = {"sleepers": 0.2, "no_script": 0.05}


def run(
    count: int = 4000,
    room: dict[str, Any] | None = None,
    faults: Faults | None = None,
    **given: Any,
) -> Result:
    """A burst of `count` visitors into a room of 200, unless said otherwise.

    Two workers, of whom one may know less than the other: what a day costs is mostly what they read
    of the room, twice a second each. So a day also ends once it has shown what it is to show.
    """
    kept = ("app", "changes", "until", "workers", "seed")
    rest = {"workers": 2} | {name: given.pop(name) for name in kept if name in given}
    arrivals = given.pop("arrivals", None) or burst(count)
    crowd: dict[str, Any] = PEOPLE | {"arrivals": arrivals} | given
    settings = RoomSettings(**({"paths": ["/"], "max_active": 200} | (room or {})))
    scenario = Scenario(room=settings, crowd=Crowd(**crowd), faults=faults or Faults(), **rest)
    return simulate(scenario)


@pytest.fixture(scope="module")
def usual_day() -> Result:
    """A day on which all goes well."""
    return run(1000, {"max_active": 100}, until=1400)


def assert_promises_kept(result: Result) -> None:
    """What must hold whatever happens."""
    assert result.overshoot == 0
    assert result.violations == 0
    assert sorted(result.positions) == list(range(1, len(result.positions) + 1))


@pytest.mark.parametrize(
    ("gone", "when"),
    [
        (0.5, "gives_up"),
        *(rare(0.9, "absent"), rare(0.5, "absent"), rare(0.9, "gives_up")),
    ],
)
def test_slots_do_not_wait_for_people_who_are_gone(gone: float, when: str) -> None:
    who: dict[str, Any] = {when: gone}
    result = run(1000 if gone < 0.9 else 3000, {"max_active": 100}, until=800, **who)
    assert_promises_kept(result)
    assert result.used() >= 0.97


@pytest.mark.simulate
def test_a_large_room_is_full_while_a_hundred_thousand_come_and_half_of_them_leave() -> None:
    result = run(100_000, {"max_active": 2000}, absent=0.5, until=200)
    assert_promises_kept(result)
    assert result.used() >= 0.97
    assert len(result.positions) == 100_000


@pytest.mark.parametrize(
    ("visit", "least"),
    [rare(60, 0.98), rare(10, 0.96), (5, 0.94)],
)
def test_slots_are_in_use_with_short_visits_too(visit: float, least: float) -> None:
    # Enough of them to fill the room twice over for two minutes.
    crowd = 500 + int(12_500 / visit)
    result = run(crowd, {"max_active": 50}, visit=visit, absent=0.3, until=150)
    assert_promises_kept(result)
    assert result.used() >= least


@pytest.mark.parametrize("limit", cases((1, 2, 5, 20), usual=(5,)))
def test_small_rooms_lose_little_more_than_the_way_in(limit: int) -> None:
    until = 1200 if limit < 20 else 800
    result = run(20 * limit + 40, {"max_active": limit, "mode": "queue"}, absent=0.3, until=until)
    assert_promises_kept(result)
    assert result.used() >= 1 - 6 / 120


@pytest.mark.thorough  # those in a large one are asked below
def test_what_people_in_a_small_room_are_told_holds_for_most() -> None:
    days = [run(80, {"max_active": 8}, visit=180, seed=seed).told() for seed in (1, 2)]
    assert sum(day.held * day.asked for day in days) / sum(day.asked for day in days) >= 0.7
    assert all(day.width <= 1.6 for day in days), "by the wait"


@pytest.mark.parametrize("mode", [rare("queue"), "auto"])
def test_bots_in_front_do_not_keep_people_out(mode: str) -> None:
    random = Random(1)
    bots = sorted(random.uniform(0, 30) for _ in range(4750))
    people = sorted(random.uniform(30, 33) for _ in range(250))
    # In mode auto the first bots enter at once: their sessions lapse after a minute, unconfirmed.
    room = {"mode": mode, "max_active": 50}
    result = run(room=room, arrivals=[*bots, *people], bots=len(bots), until=400, sleepers=0.0)
    assert_promises_kept(result)
    assert result.used(since=60 if mode == "queue" else 100) >= 0.95


@pytest.mark.thorough
@pytest.mark.parametrize("hidden", [0.3, 0.6])
def test_slots_are_not_held_all_the_time_for_hidden_tabs(hidden: float) -> None:
    # Whose browser has no worker for the timer polls once a minute, and may be overtaken.
    result = run(2000, hidden=hidden, absent=0.3, until=300)
    assert_promises_kept(result)
    assert len(result.positions) == 2000
    assert result.used() >= 0.97


def test_the_order_holds_among_those_who_were_called_together(usual_day: Result) -> None:
    overtaken = usual_day.overtaken()
    assert overtaken[len(overtaken) // 2] == 0
    assert overtaken[int(0.99 * len(overtaken))] <= 15


FAULTS = {
    "all at once": Faults(
        crash_every=30, lost=0.1, doubled=0.2, lost_batches=0.2, doubled_batches=0.2, stale_by=1
    ),
}
#: These are among the last, too, and as often.
ALONE = {
    "snapshots of three seconds ago": Faults(stale_by=6),
    "old snapshots and doubled refreshes": Faults(stale_by=3, doubled_batches=0.5),
    "crashes": Faults(crash_every=30),
    "lost and doubled polls": Faults(lost=0.1, doubled=0.2),
    "lost and doubled batches": Faults(lost_batches=0.2, doubled_batches=0.2),
}


@pytest.mark.parametrize(
    "faults",
    [
        *(pytest.param(faults, id=name) for name, faults in FAULTS.items()),
        *(pytest.param(f, id=name, marks=pytest.mark.thorough) for name, f in ALONE.items()),
    ],
)
def test_faults_cost_neither_a_place_nor_the_limit(faults: Faults) -> None:
    result = run(1000, {"max_active": 100}, faults, workers=4, absent=0.5, until=600)
    assert_promises_kept(result)
    assert len(result.positions) == 1000
    assert result.used() >= 0.97
    assert result.crashes or not faults.crash_every


@pytest.mark.thorough
def test_nobody_counts_as_overtaken_of_whom_nothing_was_heard() -> None:
    room, crowd = {"max_active": 5, "mode": "queue"}, burst(140, seed=501)
    who = {"arrivals": crowd, "absent": 0.3}
    assert_promises_kept(run(0, room, Faults(lost=0.1), seed=501, workers=4, until=700, **who))


def test_an_outage_of_the_store_costs_nobody_a_place() -> None:
    faults = Faults(outages=((200, 230), (400, 403)))
    result = run(1500, {"max_active": 100}, faults, absent=0.5, until=600)
    assert result.overshoot == 0
    assert sorted(result.positions) == list(range(1, 1501))
    assert result.used(since=300) >= 0.9
    in_outage = [entry for entry in result.entries if 200 <= entry.at - START < 230]
    assert not in_outage


@pytest.mark.parametrize("limit", [rare(200), 2000])
def test_after_an_idle_night_a_crowd_enters_at_the_pace_that_is_set(limit: int) -> None:
    night = 8 * 3600.0
    result = run(
        room={"per_minute": 600, "max_active": limit},
        arrivals=burst(1500, 5, after=night),
        sleepers=0.0,
        until=night + 140,
    )
    assert_promises_kept(result)
    assert most_above_pace(result, 10) <= 31
    if limit == 2000:  # the pace is what holds people back
        lasted = result.entries[-1].at - START - night
        assert len(result.entries) >= 0.97 * 10 * lasted


@pytest.mark.parametrize(
    "paces", cases([(60, 600), (600, 60), (None, 60), (60, None)], usual=[(600, 60)])
)
def test_a_pace_that_an_operator_changes_is_judged_by_what_is_in_force(paces: Any) -> None:
    before, after = paces
    changes = ((60.0, {"per_minute": after}),)
    result = run(600, {"per_minute": before}, changes=changes, until=180)
    assert_promises_kept(result)


@pytest.mark.thorough  # tests/stores ask the same of single steps
def test_a_lower_limit_ends_nobody_and_a_higher_one_fills_up_within_seconds() -> None:
    changes = ((200.0, {"max_active": 50}), (450.0, {"max_active": 100}))
    result = run(1200, {"max_active": 100}, changes=changes, until=600, absent=0.3)
    assert_promises_kept(result)
    assert all(total == 0 for name, total in result.totals.items() if name in ("revoked", "lapsed"))
    over = [sample for sample in result.samples if sample.at > 200 and sample.active > sample.limit]
    assert over, "it drains by itself"
    assert not [entry for entry in result.entries if 200 < entry.at - START < over[-1].at]
    assert full_after(result, 450.5) <= 15


def test_a_room_that_opens_is_full_within_seconds_and_not_before() -> None:
    opens = {"mode": "auto", "opens_at": START + 120, "max_active": 100}
    result = run(1000, opens, until=400, absent=0.5)
    assert_promises_kept(result)
    assert min(entry.at for entry in result.entries) >= START + 120
    assert full_after(result, 120) <= 15
    assert result.used(since=135) >= 0.97


def test_a_room_that_closes_lets_nobody_in_any_more() -> None:
    closes = {"mode": "queue", "closes_at": START + 120, "max_active": 100}
    result = run(600, closes, until=240)
    assert_promises_kept(result)
    assert max(entry.at for entry in result.entries) < START + 120


@pytest.mark.parametrize("absent", [0.0, rare(0.5)])
def test_the_range_that_people_are_told_holds_for_most_of_them(
    absent: float, usual_day: Result
) -> None:
    result = usual_day
    if absent:
        result = run(1600, {"max_active": 100}, absent=absent, until=850)
    told = result.told()
    assert told.asked >= 100
    assert 0.7 <= told.held <= 0.95
    assert told.width <= 1.2, "half of them are told in the first five minutes"


def test_a_missed_turn_is_lost_where_the_room_says_so(usual_day: Result) -> None:
    lost = run(600, {"late": "lost", "claim_within": 20, "max_active": 100}, until=500)
    assert lost.missed > 0
    assert usual_day.missed == 0
    assert lost.overshoot == 0
    assert lost.used() >= 0.97


def test_a_device_sleeps_once_though_its_place_be_lost_meanwhile() -> None:
    room = {"max_active": 1, "mode": "queue", "late": "lost", "claim_within": 10}
    result = run(5, room, sleepers=1.0, no_script=0.0, visit=5.0, until=7200)
    assert result.missed > 0
    assert len(result.entries) == 5, "who comes back stays awake"


def test_a_setting_may_be_changed_before_anybody_has_come() -> None:
    result = run(0, {"max_active": 9}, changes=((1.0, {"max_active": 2}),), arrivals=[2.5] * 5)
    assert_promises_kept(result)
    assert result.samples[-1].limit == 2


def test_the_same_seed_gives_the_same_day() -> None:
    faults, app = Faults(lost=0.1, lost_batches=0.2), AppModel(servers=2, service=0.2)
    one, other = (run(60, {"max_active": 10}, faults, app=app, until=300) for _ in range(2))
    assert (one.entries, one.calls, one.asked) == (other.entries, other.calls, other.asked)
    assert one.app and other.app and one.app.latencies == other.app.latencies


def test_nobody_without_scripts_loses_the_turn_though_it_is_short() -> None:
    room = {"max_active": 50, "late": "lost", "claim_within": 10}
    assert run(400, room, visit=30, sleepers=0.0, no_script=0.3, until=300).missed == 0
