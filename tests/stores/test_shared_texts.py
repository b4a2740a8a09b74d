"""A text that workers share is changed by one of them at a time, in every store."""

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


def test_who_knows_the_latest_version_changes_it_and_others_read_it(store: Store) -> None:
    assert finish(store.exchange("news", "", 0)) == (0, "")
    assert finish(store.exchange("news", "first\0 ünd {}", 0)) == (1, "first\0 ünd {}")
    assert finish(store.exchange("news", "too late", 0)) == (1, "first\0 ünd {}")
    assert finish(store.exchange("news", "second", 1)) == (2, "second")
    assert finish(store.exchange("news", "", 0)) == (2, "second")
    assert finish(store.exchange("other", "its own", 0)) == (1, "its own")


def test_of_many_at_the_same_moment_one_changes_it(two: list[Store]) -> None:
    def change(number: int) -> tuple[int, str]:
        text = f"by {number}"
        return persistently(lambda: finish(two[number % 2].exchange("news", text, 0)))

    with ThreadPoolExecutor(4) as threads:
        found = set(threads.map(change, range(8)))
    assert len(found) == 1 and next(iter(found))[0] == 1


def test_so_many_are_kept_and_those_that_were_changed_last(
    store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board, "SHARED_MOST", 2)
    for name in ("a", "b", "c"):
        assert finish(store.exchange(name, "text", 0)) == (1, "text")
        clock.pass_by(1)
    assert [finish(store.exchange(name, "", 0)) for name in "abc"] == [
        (0, ""),
        (1, "text"),
        (1, "text"),
    ]
