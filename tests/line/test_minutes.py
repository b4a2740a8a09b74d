"""How the minutes of a room are packed, read and put together."""

import pytest

from vwr_middleware.line.constants import FIELDS_AT, MINUTE_FIELDS, WAIT_CLASSES
from vwr_middleware.line.minutes import HOUR, Past, added, minute_of, packed, percentile, rows_in

WIDTH = len(MINUTE_FIELDS) + len(WAIT_CLASSES) + 1


def row(**fields: int) -> list[float]:
    waits = fields.pop("waits", 0)
    found = [float(fields.get(name, 0)) for name in MINUTE_FIELDS]
    return [*found, *[0.0] * 4, float(waits), *[0.0] * (len(WAIT_CLASSES) - 4)]


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"waiting": 1},
        {"waiting": 127, "turned_away": 128, "waits": 129},
        {"waiting": 2**31 - 1, "limit": 5000, "leapt": -3600, "waits": 70_000},
        {"leapt": 7},
        {"waits": 1},
    ],
)
def test_a_row_comes_back_as_it_was_packed(fields: dict[str, int]) -> None:
    given = row(**fields)
    chunk = packed(7, given) + packed(59, row(waiting=3))
    assert [*rows_in(chunk)] == [(7, given), (59, row(waiting=3))]


def test_a_quiet_minute_takes_few_bytes_and_a_busy_one_not_many() -> None:
    assert len(packed(0, row())) == 4
    quiet = row(waiting=0, inside=3, limit=100, mode=1)
    assert len(packed(30, quiet)) == 8
    busy = row(waiting=90_000, inside=700, limit=700, mode=1, pace=60_001, arrivals=4000)
    busy[6:15] = [350, 180, 2, 1, 110, 4, 20, 31, 12]
    busy[len(MINUTE_FIELDS) + 12 : len(MINUTE_FIELDS) + 17] = [20, 90, 150, 70, 20]
    assert len(packed(30, busy)) <= 45


def test_of_a_chunk_that_is_cut_off_what_is_whole_is_read() -> None:
    whole = packed(0, row(waiting=300, waits=300))
    second = packed(1, row(waiting=400, waits=300))
    for cut in range(1, len(second) + 1):
        chunk = (whole + second)[:-cut]
        assert [*rows_in(chunk)] == [(0, row(waiting=300, waits=300))], cut


def test_fields_of_a_later_release_are_passed_over() -> None:
    later = bytes([5, len(MINUTE_FIELDS) + 2, *[1] * (len(MINUTE_FIELDS) + 2), 0, 1, 9])
    ((place, found),) = rows_in(later)
    assert place == 5 and found[:5] == [1] * 5
    assert found[len(MINUTE_FIELDS)] == 9


def test_minutes_are_put_together_in_steps() -> None:
    rows = [
        (0, row(waiting=5, inside=9, limit=10, mode=1, arrivals=3, waits=1)),
        (1, row(waiting=7, inside=8, limit=20, mode=3, arrivals=4, leapt=-2, waits=2)),
        (5, row(waiting=1, arrivals=1, mode=1)),
    ]
    chunk = b"".join(packed(place, each) for place, each in rows)
    past = Past(7200.0, 3600.0, 7200.0, 60, [(1, chunk)], [], [])
    first, second = past.minutes(300)
    assert (first.at, first.seconds, second.at) == (3600, 300, 3900)
    assert (first.waiting, first.inside, first.limit, first.mode) == (7, 9, 20, "paused")
    assert (first.arrivals, first.leapt, sum(first.waits)) == (7, -2, 3)
    assert [minute.at for minute in past.minutes()] == [3600, 3660, 3900]


def test_hours_have_the_minute_that_goes_by() -> None:
    minute = [7260.0, *[0.0] * (FIELDS_AT - 1), *row(arrivals=2)]
    past = Past(7300.0, 0.0, 7300.0, HOUR, [], minute, [7200.0, *row(arrivals=5)])
    (hour,) = past.minutes(HOUR)
    assert (hour.at, hour.arrivals) == (7200, 7)


def test_a_pace_of_a_fraction_is_kept_to_the_hundredth() -> None:
    pace = 1 + round(0.37 * 100)
    whole = [int(value) for value in row(pace=pace)]
    assert minute_of(0.0, 60.0, whole).per_minute == 0.37
    assert minute_of(0.0, 60.0, [0] * WIDTH).per_minute is None


def test_percentiles_lie_within_their_class() -> None:
    waits = [0] * (len(WAIT_CLASSES) + 1)
    assert percentile(waits, 0.5) is None
    waits[0], waits[6] = 10, 10
    assert percentile(waits, 0.25) == 2.5
    assert percentile(waits, 0.5) == 5
    assert percentile(waits, 0.75) == 52.5  # half of those between 45 and 60 seconds
    waits[-1] = 1000
    assert percentile(waits, 0.9) == WAIT_CLASSES[-1]


def test_waits_of_minutes_are_added_up() -> None:
    minutes = [minute_of(0.0, 60.0, [int(v) for v in row(waits=n)]) for n in (1, 2)]
    assert added(minutes)[4] == 3
