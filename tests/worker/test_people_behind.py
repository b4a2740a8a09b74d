"""What a visitor is told besides the wait: who is behind, and who went in lately."""

from typing import Any

import pytest

from tests.support.clock import Clock
from tests.worker.test_wait_estimates import snapshot
from vwr_middleware.worker.people_behind import people_behind, went_in_lately


def test_of_those_behind_only_those_count_who_are_there(clock: Clock) -> None:
    room = snapshot(clock)  # 1000 in line, half of them present
    assert people_behind(room, 1201) == 499
    assert people_behind(room, 2180) == 8, "half of those behind 2183, who is told the same"
    beyond = snapshot(clock, horizon=1700, seen_ahead=400, share=0.25)
    assert people_behind(beyond, 1950) == 49, "of 400 who were seen a quarter is there"
    assert people_behind(beyond, 1201) == 499 + 100


@pytest.mark.parametrize("present", [0, 1000])
def test_nobody_is_told_to_be_last(clock: Clock, present: int) -> None:
    room = snapshot(clock, present_ahead=present, share=1.0)
    for position in range(2150, 2210):
        behind = people_behind(room, position)
        assert behind is None or 0 < behind <= 2200 - position
    assert people_behind(room, 2200) is None
    assert people_behind(snapshot(clock, queue=0, serving=0, horizon=0), 1) is None


def test_those_who_went_in_are_counted_over_the_last_minute(clock: Clock) -> None:
    def lately(*log: tuple[float, float], claimed: int = 600) -> int | None:
        rows: list[Any] = [[clock() - ago, 0.0, entered, 0.0] for ago, entered in log]
        return went_in_lately(snapshot(clock, flow_log=rows, totals={"claimed": claimed}))

    assert lately((70, 500.0), (50, 520.0), (30, 530.0), (10, 560.0)) == 90
    assert lately((60, 500.0), (40, 590.0)) == 100
    assert lately((65, 600.0), (5, 600.0)) == 0
    assert lately((59, 20.0), (30, 300.0)) == 580, "since the line began"
    assert lately((59, 600.0), (30, 600.0)) is None, "nobody in a line that has only begun"
    assert lately((400, 100.0), (5, 600.0)) is None, "nobody asked for a while"
    assert lately() is None
