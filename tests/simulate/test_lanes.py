"""Lanes on a simulated day: each gets its share while somebody of it waits, in its exact order."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from vwr_middleware.settings import RoomSettings
from vwr_middleware.simulate import Crowd, Result, Scenario, simulate
from vwr_middleware.simulate.arrivals import burst
from vwr_middleware.simulate.command import command
from vwr_middleware.simulate.lanes import LaneCounts, LaneResult, parts_in_lanes


def day(lanes: dict[str, float], arrivals: list[float], **crowd: Any) -> Result:
    """Twenty are inside at a time, for a quarter of a minute each."""
    room = RoomSettings(paths=["/"], max_active=20, lanes=lanes)
    people = Crowd(arrivals=arrivals, visit=15.0, visit_spread=0.0, **crowd)
    return simulate(Scenario(room=room, crowd=people, workers=2))


@pytest.fixture(scope="module")
def half_are_members() -> Result:
    return day({"members": 0.3}, burst(120, 10), in_lanes={"members": 0.5})


def lane_of(result: Result, name: str) -> LaneResult:
    return next(lane for lane in result.lanes if lane.lane == name)


def part(result: Result, name: str) -> float:
    got = lane_of(result, name).got
    assert got is not None, "somebody waited there while others waited, too"
    return got


def test_a_lane_gets_its_share_of_the_slots_while_others_wait(half_are_members: Result) -> None:
    assert part(half_are_members, "members") == pytest.approx(0.3, abs=0.03)
    assert part(half_are_members, "") == pytest.approx(0.7, abs=0.03)


def test_what_a_lane_leaves_goes_to_the_other_and_nobody_is_left(half_are_members: Result) -> None:
    main, members = half_are_members.lanes
    assert main.arrived == len(main.waits) and members.arrived == len(members.waits)
    assert main.arrived + members.arrived == 120
    last_of_main = max(e.at for e in half_are_members.entries if not e.lane)
    after = [e for e in half_are_members.entries if e.at > last_of_main]
    assert len(after) > 20, "the members who are left have all slots to themselves"
    assert half_are_members.used(since=20) >= 0.93


def test_the_order_is_exact_within_a_lane(half_are_members: Result) -> None:
    assert half_are_members.violations == half_are_members.slots_taken == 0
    assert half_are_members.overshoot == 0
    assert half_are_members.order().most <= 20, "who was overtaken had a slot all the same"
    for lane in ("", "members"):
        own = [e for e in half_are_members.entries if e.lane == lane]
        joined = sorted(own, key=lambda e: e.at - e.waited)
        assert [e.position for e in joined] == sorted(e.position for e in own)


@pytest.mark.long
def test_nobody_starves_beside_a_lane_that_never_ends() -> None:
    result = day({"members": 0.9}, burst(300, 60), in_lanes={"members": 0.93})
    assert part(result, "") == pytest.approx(0.1, abs=0.035)
    assert len(lane_of(result, "").waits) == lane_of(result, "").arrived


@pytest.mark.long
def test_who_comes_late_in_a_lane_is_not_behind_all_who_wait() -> None:
    result = day({"members": 0.3}, burst(200, 60), in_lanes={"members": 0.05})
    main, members = result.lanes
    assert members.waits[len(members.waits) // 2] < main.waits[len(main.waits) // 2] / 2


def test_a_slot_counts_only_for_lanes_in_which_somebody_waits() -> None:
    counts = LaneCounts()
    counts.waiting.update({"": 2, "members": 1})
    counts.enters("members")
    counts.waiting["members"] = 0
    counts.enters("")
    assert (counts.contended[""], counts.got["members"], counts.contended["members"]) == (1, 1, 1)


SMALL = ["--visitors", "80", "--within", "10", "--max-active", "5", "--visit", "5"]
SMALL += ["--absent", "0", "--sleepers", "0", "--no-script", "0"]


@pytest.mark.long
def test_the_command_tells_and_draws_what_each_lane_got(tmp_path: Path) -> None:
    chart = tmp_path / "day.svg"
    lanes = ["--lanes", "members=0.3", "--in-lanes", "members=0.5"]
    told = CliRunner(env={"COLUMNS": "220"}).invoke(
        command, [*SMALL, *lanes, "--chart", str(chart)]
    )
    assert told.exit_code == 0, told.output
    rows = {line.split("  ")[0]: line.split() for line in told.output.splitlines()}
    told_share = " ".join(rows["Lane members"])
    assert "of the slots while others waited, too; its share is 30%;" in told_share, told.output
    assert "Everybody else" in rows
    assert "members" in chart.read_text() and "everybody else" in chart.read_text()
    figures = json.loads(CliRunner().invoke(command, [*SMALL, *lanes, "--json"]).stdout)
    main, members = figures["lanes"]
    assert main["arrived"] + members["arrived"] == figures["arrived"] == 80
    assert (members["lane"], members["share"]) == ("members", 0.3)
    assert members["wait_seconds"]["median"] >= 0 and 0 < members["got"] < 1


def test_without_lanes_nothing_is_said_of_any() -> None:
    assert "lanes" not in json.loads(CliRunner().invoke(command, [*SMALL, "--json"]).stdout)


@pytest.mark.parametrize(
    ("given", "fix"),
    [
        (["--lanes", "members"], "must be like members=0.3"),
        (["--lanes", "members=1"], "from 0.01 to 0.99"),
        (["--lanes", "Members=0.3"], "a name is"),
        (["--in-lanes", "members=0.3"], "give it a share with --lanes"),
        (["--lanes", "members=0.3", "--in-lanes", "members=1.5"], "1 together at most"),
        (["--lanes", "members=0.3", "--in-lanes", "members=nan"], "1 together at most"),
    ],
)
def test_lanes_that_cannot_be_are_refused_with_the_fix(given: list[str], fix: str) -> None:
    result = CliRunner().invoke(command, [*SMALL, *given])
    assert result.exit_code in (1, 2)
    assert fix in " ".join(result.output.split())


def test_a_tenth_belongs_to_a_lane_of_which_nothing_is_said() -> None:
    assert parts_in_lanes({"press": 0.1, "members": 0.3}, {"members": 0.4}) == {
        "members": 0.4,
        "press": 0.1,
    }


def test_the_figures_say_what_each_lane_got() -> None:
    lanes = ["--lanes", '{"members": 0.3}', "--in-lanes", "members=0.5"]
    figures = json.loads(CliRunner().invoke(command, [*SMALL, *lanes, "--json"]).stdout)
    main, members = figures["lanes"]
    assert main["arrived"] + members["arrived"] == figures["arrived"] == 80
    assert (members["lane"], members["share"], main["share"]) == ("members", 0.3, 0.7)
    assert 0.24 <= members["got"] <= 0.36
