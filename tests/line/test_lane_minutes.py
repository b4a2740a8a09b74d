"""How the minutes of lanes are packed, read and put together."""

import pytest

from tests.support.rooms import new_line
from vwr_middleware.line.lane_minutes import (
    CLASSES,
    LaneCounts,
    LanePast,
    keep_lane_minute,
    lane_history,
    lanes_in,
    packed_lanes,
)
from vwr_middleware.line.lanes import lay_lanes, note_joined

NOBODY = [0] * CLASSES


def waits(**by_class: int) -> list[int]:
    found = [*NOBODY]
    for at, count in by_class.items():
        found[int(at[1:])] = count
    return found


@pytest.mark.parametrize(
    "rows",
    [
        {"": [1, 0, *NOBODY]},
        {"members": [300, 128, *waits(c0=1)], "": [0, 5, *waits(c29=70_000)]},
        {f"lane-{n}": [2**31, n, *waits(c3=n, c12=2)] for n in range(9)},
    ],
)
def test_a_row_comes_back_as_it_was_packed(rows: dict[str, list[int]]) -> None:
    told = {lane: LaneCounts(row[0], row[1], row[2:]) for lane, row in rows.items()}
    chunk = packed_lanes(7, rows) + packed_lanes(59, rows)
    assert [*lanes_in(chunk)] == [(7, told), (59, told)]


def test_a_busy_lane_takes_some_thirty_bytes_a_minute() -> None:
    busy = {"members": [4000, 350, *waits(c11=20, c12=90, c13=150, c14=70, c15=20)]}
    assert len(packed_lanes(30, busy)) <= 30


def test_of_a_chunk_that_is_cut_off_what_is_whole_is_read() -> None:
    whole, second = (packed_lanes(place, {"a": [300, 1, *waits(c2=300)]}) for place in (0, 1))
    for cut in range(1, len(second) + 1):
        assert [place for place, _ in lanes_in((whole + second)[:-cut])] == [0], cut


def test_minutes_are_put_together_in_steps() -> None:
    rows = [(0, {"a": [2, 1, *waits(c1=1)]}), (1, {"a": [3, 0, *NOBODY], "": [1, 1, *NOBODY]})]
    chunk = b"".join(packed_lanes(place, row) for place, row in rows)
    past = LanePast(3600.0, 7200.0, [(1, chunk)], [63, {"a": [9, 9, 0, 4, *waits(c1=2)]}])
    steps = past.steps(300)
    assert steps["a"] == {3600: LaneCounts(5, 5, waits(c1=3))}
    assert steps[""] == {3600: LaneCounts(1, 1, NOBODY)}
    assert [*past.steps(60)["a"]] == [3600, 3660, 3780]


def test_a_room_without_lanes_keeps_nothing_of_them() -> None:
    line = new_line(6000.0)
    for now in (6000.0, 6030.0, 6090.0):
        note_joined(line.numbers, "", line.numbers.queue + 1)
        keep_lane_minute(line, {}, now)
    assert line.numbers.lane_minute == []
    assert not lane_history(line, 6090.0, 0.0, 6090.0).chunks


def test_the_lanes_that_there_are_no_more_go_with_the_minute() -> None:
    line = new_line(6000.0, lanes={"a": 0.5})
    for turn in range(40):
        line.numbers.rules["lanes"] = {f"a{turn}": 0.5}
        lay_lanes(line.numbers)
        note_joined(line.numbers, f"a{turn}", line.numbers.queue + 1)
        keep_lane_minute(line, {f"b{turn}": [1]}, 6000.0 + 60 * turn)
    _, rows = line.numbers.lane_minute
    assert rows.keys() <= {*line.numbers.lanes, "b39"}
