"""Questions about positions, each beside a search through a plain set."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.rooms import new_line
from vwr_middleware.line.bits import SEEN, SPENT, Bits
from vwr_middleware.stores.chunked_bits import CHUNK
from vwr_middleware.stores.memory.parts import MemoryBits
from vwr_middleware.stores.sqlite.bits import SqliteBits
from vwr_middleware.stores.sqlite.connection import connect
from vwr_middleware.stores.sqlite.tables import SqliteCounts

WINDOW = 7
LAST = 20_000
#: Positions lie near each other, near the ends of a store's rows, and far apart.
position = st.one_of(
    st.integers(1, 40),
    st.integers(-9, 9).map(lambda n: 8 * CHUNK + n),
    st.integers(1, LAST),
)
positions = st.frozensets(position, max_size=40)


@pytest.fixture(params=["memory", "sqlite"])
def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Bits]]:
    """Makes empty bitmaps of each kind."""
    if request.param == "memory":
        yield lambda: Bits(MemoryBits())
        return
    connection = connect(str(tmp_path / "bits.sqlite3"))
    numbers, rooms = new_line(0).numbers, count(1)
    yield lambda: Bits(SqliteBits(connection, next(rooms), numbers, SqliteCounts()))
    connection.close()


Fresh = Callable[[], Bits]
examples = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def nth(wanted: frozenset[int], after: int, to: int, n: int) -> tuple[int, int]:
    """The n-th of these in (after, to], or the last, and how many that is."""
    found = sorted(p for p in wanted if after < p <= to)[: max(0, n)]
    return (found[-1], len(found)) if found else (after, 0)


@examples
@given(
    positions, positions, positions, st.integers(0, LAST), position, position, st.integers(0, 30)
)
def test_the_nth_that_counts_is_the_one_that_a_plain_search_finds(
    fresh: Fresh,
    now: frozenset[int],
    before: frozenset[int],
    seen: frozenset[int],
    fresh_after: int,
    one: int,
    other: int,
    n: int,
) -> None:
    bits = fresh()
    bits.note(sorted(before), WINDOW - 1)
    bits.note(sorted(now), WINDOW)
    bits.store.set_many(SEEN, seen)
    after, to = min(one, other) - 1, max(one, other)
    present = now | before
    counting = present | (frozenset(range(fresh_after + 1, to + 1)) - seen - present)
    assert bits.nth_counting(after, to, n, WINDOW, fresh_after) == nth(counting, after, to, n)
    assert bits.nth_seen(after, to, n) == nth(present | seen, after, to, n)
    assert bits.present(after, to, WINDOW) == len([p for p in present if after < p <= to])
    assert bits.count(SEEN, after, to) == len([p for p in present | seen if after < p <= to])
    newcomers = [p for p in counting - present if after < p <= to and p > fresh_after]
    assert bits.newcomers(after, to, fresh_after) == len(newcomers)


@examples
@given(positions, positions)
def test_each_bit_is_its_own(
    fresh: Fresh, noted: frozenset[int], forgotten: frozenset[int]
) -> None:
    bits = fresh()
    bits.note(sorted(noted), WINDOW)
    for gone in forgotten:
        bits.forget(gone)
    near = {p + n for p in noted | forgotten for n in (-1, 0, 1) if p + n > 0}
    present = {p for p in near if bits.get(WINDOW % 3, p)}
    assert present == noted - forgotten
    assert {p for p in near if bits.get(SEEN, p)} == noted | forgotten
    assert not any(bits.get(SPENT, p) for p in near)


@pytest.mark.parametrize(("later", "present"), [(0, 2), (1, 1), (2, 0), (3, 0), (4, 0)])
def test_who_was_seen_two_windows_ago_is_not_present(
    fresh: Fresh, later: int, present: int
) -> None:
    bits = fresh()
    bits.note([5], WINDOW - 1)
    bits.note([3], WINDOW)
    bits.rotate(WINDOW, WINDOW + later)
    assert bits.present(0, 10, WINDOW + later) == present
    assert bits.get(SEEN, 3) and bits.get(SEEN, 5)


def test_a_window_is_empty_when_its_turn_comes_again(fresh: Fresh) -> None:
    bits = fresh()
    for window in range(WINDOW, WINDOW + 9):
        bits.rotate(window - 1, window)
        assert bits.count(window % 3, 0, 100) == 0
        bits.note([window], window)
        assert bits.present(0, 100, window) == min(2, window - WINDOW + 1)


def test_a_million_positions_are_searched_from_the_front(fresh: Fresh) -> None:
    bits = fresh()
    bits.note([999_983], WINDOW)
    assert bits.nth_counting(0, 1_000_000, 1, WINDOW, 1_000_000) == (999_983, 1)
    assert bits.nth_counting(0, 999_982, 1, WINDOW, 1_000_000) == (0, 0)
