"""When a visitor joined, was called, went in and left, as far as it is kept."""

import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.panel.conftest import Open
from tests.support.clock import Clock
from tests.support.doors import Door
from tests.support.panel import GIVEN, api, signed_in
from vwr_middleware.cli.commands import vwr
from vwr_middleware.line.day_log import KeptDay
from vwr_middleware.panel.visitor_times import in_log


def times(door: Door, position: int) -> dict[str, Any]:
    answer = api(door).post("/rooms/main/explain", json={"position": position}).json()
    return {each["step"]: each["at"] if each["at"] else each["told"] for each in answer["times"]}


def a_day(open_it: Open, clock: Clock, **given: Any) -> Door:
    """A room for one, in which the second goes in half a minute after the first has left."""
    door = open_it(max_active=1, **GIVEN, **given)
    first = door.visit_at()
    clock.pass_by(10)
    second = door.visit_at()
    door.refresh()
    clock.pass_by(20)
    first.opens()
    second.position()
    api(door).delete("/rooms/main/sessions/1-1")
    for _ in range(6):
        clock.pass_by(5)
        second.position()
    second.opens()
    door.refresh()
    return door


def test_with_a_log_each_time_is_told_to_a_tenth_of_a_second(open_it: Open, clock: Clock) -> None:
    began = clock.now
    door = a_day(open_it, clock, day_log=1000)
    first = times(door, 1)
    assert first["joined"] == first["entered"] == pytest.approx(began, abs=0.2)
    assert first["left"] == pytest.approx(began + 30, abs=3)
    second = times(door, 2)
    assert second["joined"] == pytest.approx(began + 10, abs=3)
    assert second["joined"] < second["called"] <= second["entered"]
    assert second["called"] <= second["door"] <= second["entered"]
    assert first["door"] == "went straight in"
    assert second["left"] == "not yet"


def test_without_a_log_the_minute_of_joining_is_told_and_what_is_not_kept(
    open_it: Open, clock: Clock
) -> None:
    began = clock.now
    door = a_day(open_it, clock)
    second = times(door, 2)
    assert began - 60 < second["joined"] <= began + 60 and second["joined"] % 60 == 0
    assert second["entered"] == "not kept: that takes the setting day_log"
    assert second["door"] == "has been there; the time is not kept"
    assert times(door, 1)["left"] == pytest.approx(began + 30, abs=3)
    clock.pass_by(26 * 3600)
    door.refresh()
    assert times(door, 2)["joined"] == "longer ago than a day, or not kept"


def test_a_position_that_nobody_has_yet_has_no_times(open_it: Open, clock: Clock) -> None:
    assert times(a_day(open_it, clock), 7) == {}


def test_the_panel_shows_them_where_the_answer_stands(open_it: Open, clock: Clock) -> None:
    door = a_day(open_it, clock, day_log=1000)
    page = signed_in(door).send("explain", visitor="#\uff12").text
    answer = page.partition('id="explanation"')[2]
    for word in ("Joined", "Called", "At the door", "Went in", "Left"):
        assert f"<dt>{word}</dt>" in answer
    assert "data-at=" in answer


def test_a_log_that_is_cut_off_or_of_another_generation_tells_nothing() -> None:
    for chunks in ((), (b"",), (b"\x80",), (b"\x00\x01",)):
        found = in_log(KeptDay(0.0, True, chunks), 1, 1)
        assert (found.joined, found.entered, found.ended) == (None, None, None)


def test_who_stands_at_the_door_has_the_time_of_the_first_knock_in_panel_api_and_shell(
    open_it: Open, clock: Clock, tmp_path: Path
) -> None:
    store = f"sqlite:///{tmp_path}/vwr.sqlite3"
    door = open_it(url=store, max_active=1, mode="queue", day_log=1000, **GIVEN)
    people = [door.visit_at() for _ in range(2)]
    door.refresh()
    api(door).post("/rooms/main/advance", json={"count": 2})
    for _ in range(3):
        clock.pass_by(1)
        people[0].position()
    people[0].opens()
    clock.pass_by(3)
    people[1].position()
    knocked = clock.now
    for _ in range(3):
        clock.pass_by(2)
        people[1].position()
    door.refresh()
    answer = api(door).post("/rooms/main/explain", json={"position": 2}).json()
    (step,) = (each for each in answer["times"] if each["step"] == "door")
    assert step["at"] == pytest.approx(knocked, abs=1.1)
    assert step["told"] == "stands there now"
    page = signed_in(door).send("explain", visitor="2").text.partition('id="explanation"')[2]
    at_door = page.partition("<dt>At the door</dt>")[2].partition("</dd>")[0]
    assert "data-at=" in at_door and "<small>stands there now</small>" in at_door
    told = CliRunner(env={"VWR_STORE": store}).invoke(vwr, ["explain", "main", "2"]).output
    assert re.search(r"door: \d\d \w{3} \d\d:\d\d:\d\d UTC, stands there now\n", told)
