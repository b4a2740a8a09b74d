"""Twenty shapes of a day, and how true the waits are that people are told on them."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks.shapes import ROOMS, Room, by_room, by_shape, day_of, keep, kept, line_of
from vwr_middleware.simulate import simulate
from vwr_middleware.simulate.command import command
from vwr_middleware.simulate.result import Result
from vwr_middleware.simulate.shapes import SHAPES, shaped
from vwr_middleware.simulate.summary import ENOUGH

pytestmark = pytest.mark.long

#: Days on which nothing is as it was: nobody can know of it before, so fewer hold on the whole.
UNFORESEEN = {"lowered", "raised", "slower pace", "stall"}
#: Days on which an operator changes how many may come in: nobody could be told of it before.
SUDDEN = {"raised", "lowered", "paused"}
#: Seconds for which somebody may be overtaken: the longest pause between two questions, twice. On
#: those days some were told to ask each minute.
LONGEST_OVERTAKEN, LONGEST_SUDDEN = 5.0, 120.0


def a_day(shape: str, slots: int, day: float, visit: float = 120.0) -> Result:
    room = {"max_active": slots, "session_seconds": max(600.0, 6 * visit)}
    return simulate(shaped(shape, room, {"visit": visit}, day=day))


@pytest.mark.parametrize("shape", SHAPES)
def test_a_shape_fits_any_room(shape: str) -> None:
    for slots, day in ((1, 3600.0), (200, 600.0)):
        scenario = shaped(shape, {"max_active": slots}, {"visit": 60.0}, day=day)
        arrivals = list(scenario.crowd.arrivals)
        assert arrivals == sorted(arrivals) and 0 <= arrivals[0] <= arrivals[-1] <= day
        assert 0.5 <= len(arrivals) / (slots * day / 60) <= 2.5
        assert scenario == shaped(shape, {"max_active": slots}, {"visit": 60.0}, day=day)


def test_visits_that_begin_after_a_change_last_so_many_times_as_long() -> None:
    slow, usual = a_day("stall", 6, 400.0, 20.0), a_day("burst", 6, 400.0, 20.0)

    def entered(result: Result) -> int:
        return sum(180 < entry.at - result.started < 220 for entry in result.entries)

    assert entered(slow) < 0.7 * entered(usual)


@pytest.fixture(scope="module", params=["burst", "raised"])
def short_day(request: pytest.FixtureRequest) -> Result:
    """In a small room."""
    return a_day(request.param, 8, 900.0, 30.0)


def test_from_the_first_minute_most_ranges_hold(short_day: Result) -> None:
    told = short_day.told()
    assert told.asked >= 100
    assert told.held >= 0.55
    assert told.width <= 2.0
    assert min(at - short_day.started for _, at, _, _ in short_day.asked) <= 60


def test_a_shape_is_chosen_on_the_command_line() -> None:
    few = ["--max-active", "3", "--visit", "20", "--day", "200", "--json"]
    found = CliRunner().invoke(command, ["--shape", "waves", *few])
    assert found.exit_code == 0, found.output
    assert json.loads(found.stdout)["arrived"] == round(0.95 * 3 * 200 / 20)
    both = CliRunner().invoke(command, ["--shape", "waves", "--access-log", __file__])
    assert both.exit_code == 1 and "choose one of them" in both.output


def test_what_days_come_to_is_told_by_room_and_by_shape(tmp_path: Path) -> None:
    room = Room(20, 10.0, 300.0)
    for shape in ("burst", "bots"):
        keep(tmp_path, day_of(shape, room)[0], room)
    days = kept(tmp_path)
    assert [day.shape for day in days] == ["burst", "bots"] and days[0].odds > ENOUGH
    told = {line.split("  ")[0]: line for line in by_room(days, as_markdown=False).splitlines()}
    assert told["people who went in"].endswith(f"{sum(day.went_in for day in days):,}")
    shown = by_shape(days, as_markdown=True)
    assert f"| bots | - | {days[1].held:.0%} ({days[1].width:.1f}) | - | - |" in shown


@pytest.mark.simulate
@pytest.mark.timeout(900)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("room", ROOMS, ids=lambda room: f"{room.slots} slots")
def test_ranges_and_order_hold_over_a_day_of_each_shape(
    shape: str, room: Room, capsys: pytest.CaptureFixture[str]
) -> None:
    day, _ = day_of(shape, room)
    with capsys.disabled():
        print(f"\n{line_of(day)}")
    is_sudden = shape in SUDDEN
    assert day.broken <= (0.01 * day.went_in if is_sudden else 0)
    assert day.overtaken_for <= (LONGEST_SUDDEN if is_sudden else LONGEST_OVERTAKEN)
    assert day.overtaken_by <= room.slots, "no more than became free at once"
    if day.asked >= 200:
        assert day.held >= (0.45 if shape in UNFORESEEN else 0.65)
