"""What is good once is used once, in every store, whoever comes at the same moment."""

import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.clock import Clock
from tests.support.crowd import persistently
from vwr_middleware.blocking import finish
from vwr_middleware.stores import Store, board
from vwr_middleware.stores.opening import open_store


@pytest.fixture
def two(shared_url: str, clock: Clock) -> Iterator[list[Store]]:
    """The store as two workers open it."""
    stores = [open_store(shared_url, clock=clock) for _ in range(2)]
    yield stores
    for store in stores:
        finish(store.close())


def test_the_first_use_is_told_from_all_others(store: Store, clock: Clock) -> None:
    until = clock() + 60
    assert finish(store.uses("code")) == 0
    assert [finish(store.use_once("code", until)) for _ in range(3)] == [0, 1, 2]
    assert finish(store.uses("code")) == 3
    assert finish(store.use_once("other", until)) == 0
    assert finish(store.uses("other")) == 1


def test_a_use_is_remembered_until_its_time(store: Store, clock: Clock) -> None:
    long, short = clock() + 1000, clock() + 60
    assert [finish(store.use_once(*each)) for each in (("long", long), ("short", short))] == [0, 0]
    clock.pass_by(59.5)
    assert [finish(store.uses(what)) for what in ("long", "short")] == [1, 1]
    clock.pass_by(1)
    assert finish(store.use_once("another", clock() + 60)) == 0  # which forgets what is over
    assert [finish(store.uses(what)) for what in ("long", "short")] == [1, 0]
    assert finish(store.use_once("long", long)) == 1


def test_what_is_over_counts_as_used(store: Store, clock: Clock) -> None:
    assert finish(store.use_once("late", clock())) == 1
    assert finish(store.use_once("later", clock() - 60)) == 1
    assert finish(store.uses("late")) == 0


def test_of_many_at_the_same_moment_one_is_the_first(two: list[Store], clock: Clock) -> None:
    until = clock() + 60

    def use(number: int) -> int:
        return persistently(lambda: finish(two[number % 2].use_once("code", until)))

    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(use, range(16)))
    assert sorted(found) == list(range(16))


def test_so_many_uses_are_remembered_and_those_that_end_last(
    store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board, "USES_MOST", 3)
    for name, seconds in (("a", 900), ("b", 60), ("c", 800), ("d", 50), ("e", 700)):
        assert finish(store.use_once(name, clock() + seconds)) == 0
    assert {name: finish(store.uses(name)) for name in "abcde"} == {
        "a": 1,
        "b": 0,
        "c": 1,
        "d": 0,
        "e": 1,
    }


@pytest.mark.parametrize("what", ["", "x" * 300, "ünïcode\0", "a b\n", "*"])
def test_whatever_it_is_called_it_is_used_once(store: Store, clock: Clock, what: str) -> None:
    assert [finish(store.use_once(what, clock() + 60)) for _ in range(2)] == [0, 1]


def test_whoever_used_it_first_may_do_so_again_and_is_not_counted(
    store: Store, clock: Clock
) -> None:
    until = clock() + 60
    who = ("ann", "ann", "bob", "", "ann", "bob")
    assert [finish(store.use_once("code", until, by)) for by in who] == [0, -1, 1, 2, -1, 3]
    assert [finish(store.uses("code", by)) for by in ("ann", "bob", "", "anna")] == [0, 4, 4, 4]
    clock.pass_by(61)
    assert finish(store.use_once("code", clock() + 60, "bob")) == 0, "what is over is anybody's"


def test_what_had_to_be_forgotten_was_used_where_that_must_be_sure(
    store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board, "USES_MOST", 2)
    assert finish(store.use_once("other", clock() + 10)) == 0
    begun, found = clock(), []
    for name, seconds in (("a", 50), ("b", 60), ("c", 70), ("a", 50), ("d", 80), ("b", 60)):
        found.append(finish(store.use_once(name, begun + seconds, strictly=True)))
    assert found == [0, 0, 0, 1, 0, 1]
    assert finish(store.uses("other")) == 1, "which is in another list"


def test_one_thing_that_is_used_again_and_again_takes_no_more_memory(clock: Clock) -> None:
    store = open_store("memory://", clock=clock)
    tracemalloc.start()
    try:
        for number in range(2000):
            assert finish(store.use_once("puzzle", clock.now + 900)) == number
        assert tracemalloc.get_traced_memory()[0] < 100_000
    finally:
        tracemalloc.stop()
