"""The charts of the last hour."""

import pytest

from vwr_middleware.panel.chart import HEIGHT, WIDTH, charts, per_minute
from vwr_middleware.report.chart import nice

NOW = 1_800_000_000.0


def rows(*ages: float) -> list[list[float]]:
    """One admission a second, ten waiting, five inside."""
    return [[NOW - age, 10.0, 5.0, 10_000 - age] for age in ages]


def test_nothing_is_drawn_of_a_room_without_a_past() -> None:
    for chart in charts([], NOW):
        assert not chart.paths and not chart.bars
        assert (chart.now, chart.most, chart.top) == ("—", "0", "1")


def test_the_last_hour_reaches_from_edge_to_edge() -> None:
    waiting, _, _ = charts(rows(3600, *range(3590, 0, -10), 0), NOW)
    (path,) = waiting.paths
    first, last = path.removeprefix("M").split()[0], path.split()[-1]
    assert first.startswith("0.0,") and last.startswith(f"{WIDTH},")
    assert waiting.now == waiting.most == "10"


def test_what_is_older_than_an_hour_is_left_out() -> None:
    waiting, _, _ = charts(rows(9000, 3601, 3599, 20, 10, 0), NOW)
    assert len(waiting.hint.split()) == 4


def test_a_second_more_is_part_of_it_since_two_readings_may_cross() -> None:
    waiting, _, _ = charts(rows(0, -1, -1.1), NOW)
    assert len(waiting.hint.split()) == 2


def test_a_silence_of_more_than_a_minute_breaks_the_line() -> None:
    waiting, _, _ = charts(rows(900, 840, 779, 778), NOW)
    assert [len(path.split()) for path in waiting.paths] == [2, 2]


def test_all_is_drawn_to_scale() -> None:
    history = [[3600, 0, 2, 0], [3570, 4, 2, 15], [3540, 8, 5, 30], [60, 3, 0, 30], [0, 7, 4, 36]]
    waiting, inside, admitted = charts(
        [[NOW - age, *map(float, values), 16.0] for age, *values in history], NOW
    )
    assert (waiting.name, waiting.title) == ("waiting", "Waiting")
    assert (waiting.now, waiting.most, waiting.top) == ("7", "8", "8")
    assert waiting.paths == ["M0.0,96.0 6.0,49.0 12.0,2.0", "M708.0,60.8 720.0,13.8"]
    assert waiting.areas == [
        "M0.0,96.0 L0.0,96.0 6.0,49.0 12.0,2.0 L12.0,96.0 Z",
        "M708.0,96.0 L708.0,60.8 720.0,13.8 L720.0,96.0 Z",
    ]
    assert (inside.name, inside.title) == ("inside", "Inside")
    assert (inside.now, inside.most, inside.top) == ("4", "5", "20")
    assert inside.limits == ["M0.0,20.8 H12.0", "M708.0,20.8 H720.0"]
    assert inside.paths[0] == "M0.0,86.6 6.0,86.6 12.0,72.5"
    assert (admitted.name, admitted.title) == ("admitted", "Admitted per minute")
    assert (admitted.now, admitted.most, admitted.top) == ("6", "30", "30")
    assert admitted.bars == [(1.0, 2.0, 10.0, 94.0), (709.0, 77.2, 10.0, 18.8)]
    assert len(admitted.hint.split()) == 60
    assert waiting.limits == [] and waiting.hint.split()[-1] == f"{NOW:.0f}:7"


def test_an_empty_room_has_a_scale() -> None:
    for chart in charts([[NOW - 60, 0, 0, 0], [NOW, 0, 0, 0]], NOW):
        assert (chart.most, chart.top) == ("0", "1")


@pytest.mark.parametrize(
    ("value", "text"), [(9.5, "9.5"), (9, "9"), (10.25, "10"), (1234, "1,234")]
)
def test_a_small_number_is_told_exactly(value: float, text: str) -> None:
    assert charts([[NOW, value, 0, 0]], NOW)[0].now == text


def test_admissions_are_counted_by_the_minute() -> None:
    counts = per_minute(rows(*range(3600, -1, -10)), NOW)
    assert len(counts) == 60 and {round(count) for _, count in counts} == {60}


def test_a_young_room_is_counted_from_its_first_moment() -> None:
    assert per_minute(rows(30, 20, 10, 0), NOW) == [(NOW, 30.0)]


def test_a_minute_that_ends_with_the_first_row_has_no_admissions() -> None:
    assert per_minute(rows(60, 0), NOW) == [(NOW - 60, 0.0), (NOW, 60.0)]


def test_between_two_rows_admissions_are_spread_evenly() -> None:
    history = [[NOW - 100, 0, 0, 0], [NOW - 20, 0, 0, 40], [NOW, 0, 0, 50]]
    assert per_minute(history, NOW) == [(NOW - 60, 20.0), (NOW, 30.0)]


def test_a_single_admission_is_drawn() -> None:
    (bar,) = charts([[NOW - 60, 0, 0, 0], [NOW, 0, 0, 1]], NOW)[2].bars
    assert bar == (709.0, 2.0, 10.0, 94.0)


@pytest.mark.parametrize(
    ("active", "limit", "is_drawn"),
    [(2, 8, True), (2, 20, True), (2, 21, False), (6, 24, True), (6, 25, False), (2, 0, False)],
)
def test_the_limit_is_drawn_where_it_helps(active: int, limit: int, is_drawn: bool) -> None:
    _, inside, _ = charts([[NOW, 10, active, 0, limit]], NOW)
    assert bool(inside.limits) == is_drawn


def test_a_changed_limit_is_a_step_and_leaves_the_past_as_it_was() -> None:
    history = [[NOW - age, 0, 30, 0, 50 if age > 1800 else 40] for age in range(3600, -1, -30)]
    [line] = charts(history, NOW)[1].limits
    high, low = HEIGHT - 50 / 50 * (HEIGHT - 2), HEIGHT - 40 / 50 * (HEIGHT - 2)
    assert line == f"M0.0,{high:.1f} H360.0 V{low:.1f} H720.0"


def test_a_limit_that_an_earlier_release_did_not_write_down_is_not_drawn() -> None:
    history = [[NOW - 60, 0, 3, 0], [NOW - 30, 0, 3, 0], [NOW, 0, 3, 0, 5]]
    [line] = charts(history, NOW)[1].limits
    assert line.startswith("M720.0,")


@pytest.mark.parametrize(("value", "top"), [(1, 1), (1.1, 2), (4, 5), (80, 80), (81, 100)])
def test_a_scale_ends_at_a_round_number(value: float, top: float) -> None:
    assert nice(value) == top
