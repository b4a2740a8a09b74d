"""How wide the ranges are that people are told, and which of them are noted to be settled."""

from math import log
from typing import Any

import pytest

from tests.support.clock import Clock
from tests.worker.test_wait_estimates import snapshot
from vwr_middleware.line.constants import MARGIN_FIRST
from vwr_middleware.settings import RoomSettings
from vwr_middleware.worker.refresh import ask_of
from vwr_middleware.worker.room_view import RoomView
from vwr_middleware.worker.wait_estimates import wait_seconds
from vwr_middleware.worker.wait_ranges import LEVELS, ranges_to_note, wait_range

Margins = dict[str, list[float]]


def sides(clock: Clock, margins: Margins, ahead: int = 400, **given: Any) -> tuple[float, float]:
    """How far the range goes below and above the likely wait, as logarithms of factors."""
    room = snapshot(clock, margins=margins, **given)
    position = room.serving + ahead
    low, high = wait_range(room, position) or (0, 0)
    likely = wait_seconds(room, position) or 0.0
    return log(likely / (low + 2)), log((high - 3) / likely)


def width(clock: Clock, margins: Margins, ahead: int = 400, **given: Any) -> float:
    return sum(sides(clock, margins, ahead, **given))


def test_what_was_missed_widens_the_range_on_its_own_side(clock: Clock) -> None:
    below, above = sides(clock, {})
    assert below == pytest.approx(above, rel=0.05)
    wider = sides(clock, {"400": [MARGIN_FIRST, 3 * MARGIN_FIRST]})
    assert wider == pytest.approx((below, 3 * above), rel=0.05)
    assert sides(clock, {"400": [2 * MARGIN_FIRST, 0.0]})[1] < 0.02
    assert width(clock, {"400": [-1.0, -1.0]}) > 0, "never less than nothing"
    assert width(clock, {"400": [8.0, 8.0]}) < 7, "nor without end"


def test_the_depth_that_is_next_to_it_counts(clock: Clock) -> None:
    others = {"50": [4.0, 4.0], "3200": [4.0, 4.0]}
    assert width(clock, others | {"400": [0.5, 0.5]}) == width(clock, {"400": [0.5, 0.5]})
    assert width(clock, others) == width(clock, {"3200": [4.0, 4.0]})
    assert width(clock, others) > width(clock, {})


def test_who_has_few_ahead_is_told_a_wide_range_since_chance_decides(clock: Clock) -> None:
    few, some, many = (width(clock, {}, ahead) for ahead in (10, 40, 1000))
    assert few > 1.4 * some > 1.4 * many


def test_after_a_new_limit_what_was_learned_narrows_nothing(clock: Clock) -> None:
    learned = {"400": [0.1, 0.1]}
    changed: dict[str, Any] = {"limit": 50, "limit_changed": clock() - 10}
    assert width(clock, learned, **changed) == pytest.approx(width(clock, {}, **changed))
    assert width(clock, learned, **changed) > 2 * width(clock, {})


def test_one_range_a_depth_is_noted_each_half_minute_of_somebody_who_asked(clock: Clock) -> None:
    present = [1201, 1204, 1230, 1390, 1411, 2400]
    room = snapshot(clock)
    noted = ranges_to_note(room, present)
    assert [(mark.level, mark.position - 1200) for mark in noted] == [
        (3, 4), (25, 30), (200, 190),
    ]  # fmt: skip
    for mark in noted:
        told = wait_range(room, mark.position)
        assert told == (mark.soonest - room.now, mark.latest - room.now), "what it was told"
    assert ranges_to_note(snapshot(clock, marks_at=clock() - 29), present) == ()


def test_beyond_the_horizon_whoever_has_the_place_stands_for_those_around(clock: Clock) -> None:
    room = snapshot(clock, queue=9000, horizon=2500)
    assert [mark.position - 1200 for mark in ranges_to_note(room, ())] == [1600, 3200, 6400]
    assert {1600, 3200, 6400} <= set(LEVELS)


def test_a_worker_hands_in_ranges_if_it_has_read_the_room_lately(clock: Clock) -> None:
    view = RoomView(RoomSettings(paths=["/"]))
    view.take(snapshot(clock, queue=9000, horizon=2500).snapshot, 100.0)
    assert len(ask_of(view, 100.5).marks) == 3
    assert ask_of(view, 101.5).marks == ()
