"""The few numbers that are a room, and what is done with them alone."""

import pytest

from vwr_middleware.line.constants import NEAR_COUNT
from vwr_middleware.line.state import Numbers, keep, last_near, log_value, note_change


@pytest.fixture
def numbers() -> Numbers:
    return Numbers("f" * 16, 0.0, 0.0, {})


@pytest.mark.parametrize(
    ("queue", "serving", "horizon", "last"),
    [
        (5000, 2000, 0, 2000 + NEAR_COUNT),
        (5000, 2000, 4000, 4000),
        (2500, 2000, 0, 2500),
        (2500, 2000, 9000, 2500),
    ],
)
def test_near_are_a_thousand_and_all_up_to_the_horizon(
    numbers: Numbers, queue: int, serving: int, horizon: int, last: int
) -> None:
    numbers.queue, numbers.serving, numbers.horizon = queue, serving, horizon
    assert last_near(numbers) == last


def test_changes_are_numbered_by_the_second_and_each_has_its_own(numbers: Numbers) -> None:
    told = []
    for now in (100.9, 100.9, 100.9, 200.0, 150.0):
        note_change(numbers, now)
        told.append(numbers.changes)
    assert told == [100, 101, 102, 200, 201]


def test_a_log_has_steps_and_one_row_from_before_its_span() -> None:
    log: list[list[float]] = []
    kept = []
    for now in (100.0, 100.75, 101.0, 102.0, 102.5, 103.5, 105.0):
        keep(log, [now, 10 * now], step=1.0, span=3.0)
        kept.append([row[0] for row in log])
    assert kept[3:] == [[100, 101, 102]] * 2 + [[100, 101, 102, 103.5], [102, 103.5, 105]]
    assert [log_value(log, at) for at in (101.9, 102, 103.4, 103.5, 999)] == [
        *(0.0, 1020.0, 1020.0, 1035.0, 1050.0)
    ]
