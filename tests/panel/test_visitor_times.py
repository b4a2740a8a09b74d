"""When a visitor joined, was called, went in and left, as far as it is kept."""

from typing import Any

import pytest

from tests.panel.conftest import Open
from tests.support.clock import Clock
from tests.support.doors import Door
from tests.support.panel import GIVEN, api, signed_in
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
    assert second["door"] == "has been there; the time is not kept"
    assert second["left"] == "not yet"


def test_without_a_log_the_minute_of_joining_is_told_and_what_is_not_kept(
    open_it: Open, clock: Clock
) -> None:
    began = clock.now
    door = a_day(open_it, clock)
    second = times(door, 2)
    assert began - 60 < second["joined"] <= began + 60 and second["joined"] % 60 == 0
    assert second["entered"] == "not kept: that takes the setting day_log"
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
