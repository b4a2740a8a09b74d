"""The charts of the last hour."""

import pytest

from vwr_middleware.panel.chart import HEIGHT, WIDTH, charts, nice, per_minute

NOW = 1_800_000_000.0


def rows(*ages: float) -> list[list[float]]:
    """One admission a second, ten waiting, five inside."""
    return [[NOW - age, 10.0, 5.0, 10_000 - age] for age in ages]


def test_nothing_is_drawn_of_a_room_without_a_past() -> None:
    for chart in charts([], NOW, 100):
        assert not chart.paths and not chart.bars and chart.now == "—"


def test_the_last_hour_reaches_from_edge_to_edge() -> None:
    waiting, _, _ = charts(rows(3600, *range(3590, 0, -10), 0), NOW, 100)
    (path,) = waiting.paths
    first, last = path.removeprefix("M").split()[0], path.split()[-1]
    assert first.startswith("0.0,") and last.startswith(f"{WIDTH},")
    assert waiting.now == waiting.most == "10"


def test_what_is_older_than_an_hour_is_left_out() -> None:
    waiting, _, _ = charts(rows(9000, 3601, 3599, 20, 10, 0), NOW, 100)
    assert len(waiting.hint.split()) == 4


def test_a_silence_breaks_the_line() -> None:
    waiting, _, _ = charts(rows(900, 890, 100, 90), NOW, 100)
    assert len(waiting.paths) == 2


def test_admissions_are_counted_by_the_minute() -> None:
    counts = per_minute(rows(*range(3600, -1, -10)), NOW)
    assert len(counts) == 60 and {round(count) for _, count in counts} == {60}


def test_a_young_room_is_counted_from_its_first_moment() -> None:
    assert per_minute(rows(30, 20, 10, 0), NOW) == [(NOW, 30.0)]


def test_the_limit_is_drawn_where_it_helps() -> None:
    _, inside, _ = charts(rows(20, 10, 0), NOW, 8)
    assert inside.limit is not None and 0 < inside.limit < HEIGHT
    _, inside, _ = charts(rows(20, 10, 0), NOW, 100_000)
    assert inside.limit is None


@pytest.mark.parametrize(("value", "top"), [(1, 1), (1.1, 2), (4, 5), (80, 80), (81, 100)])
def test_a_scale_ends_at_a_round_number(value: float, top: float) -> None:
    assert nice(value) == top
