"""Crowds of threads and of processes at one store."""

from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from pathlib import Path

import pytest

from tests.support.clock import Clock
from tests.support.crowd import claiming, join, joining, joining_as, persistently
from tests.support.rooms import Room, config
from vwr_middleware.blocking import finish
from vwr_middleware.errors import StoreUnavailable
from vwr_middleware.line.messages import Ask, Place
from vwr_middleware.stores import Store
from vwr_middleware.stores.opening import open_store


@contextmanager
def room_at(url: str, **settings: object) -> Iterator[Store]:
    store = open_store(url)
    finish(store.refresh([Ask("main", config(**settings))]))
    yield store
    finish(store.close())


# For the session, since a test that must be alone is not beside the others of this module.
@pytest.fixture(scope="session")
def processes() -> Iterator[ProcessPoolExecutor]:
    """Four processes, which have begun long before what they are to do at once."""
    # Started afresh: a forked child would end its parent's Valkey.
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as pool:
        yield pool


def test_a_crowd_of_threads_gets_every_position_once(store: Store, clock: Clock) -> None:
    Room(store, clock, {"mode": "queue"}).look()
    with ThreadPoolExecutor(8) as pool:
        groups = [pool.submit(join, store, 50) for _ in range(8)]
    positions = [position for group in groups for position in group.result()]
    assert sorted(positions) == list(range(1, 401))
    assert all(group.result() == sorted(group.result()) for group in groups)


def test_a_crowd_of_processes_gets_every_position_once(
    shared_url: str, processes: ProcessPoolExecutor
) -> None:
    with room_at(shared_url, mode="queue"):
        groups = [processes.submit(joining, shared_url, 100) for _ in range(4)]
        positions = [position for group in groups for position in group.result()]
    assert sorted(positions) == list(range(1, 401))


def test_the_same_people_at_several_workers_have_one_place_each(
    shared_url: str, processes: ProcessPoolExecutor
) -> None:
    people = [f"{number:016x}" for number in range(50)]
    with room_at(shared_url, mode="queue"):
        groups = [processes.submit(joining_as, shared_url, people) for _ in range(4)]
        places = [group.result() for group in groups]
    assert places == [places[0]] * 4
    assert sorted(places[0]) == list(range(1, 51))


@pytest.mark.alone
def test_processes_that_make_the_same_file_at_once_share_one_room(
    tmp_path: Path, processes: ProcessPoolExecutor
) -> None:
    url = f"sqlite:///{tmp_path / 'vwr.sqlite3'}"
    ids = [processes.submit(first_look, url) for _ in range(4)]
    assert len({room_id.result() for room_id in ids}) == 1


def first_look(url: str) -> str:
    """The room that a worker finds. While others make the file it may have to ask again."""
    store = open_store(url)
    try:
        for _ in range(100):
            with suppress(StoreUnavailable):
                return finish(store.refresh([Ask("main", config())]))[0].room_id
        raise AssertionError("the file was locked for seconds")
    finally:
        finish(store.close())


def test_processes_that_claim_the_same_tickets_never_exceed_the_limit(
    shared_url: str, processes: ProcessPoolExecutor
) -> None:
    with room_at(shared_url, mode="queue", max_active=20) as store:
        finish(store.join("main", ["place"] * 300))
        finish(store.advance("main", 300))
        # Each ticket is in the hands of two processes; only one of them gets the session.
        halves = [list(range(1, 151)), list(range(151, 301))] * 2
        results: list[Future[tuple[list[int], int]]] = [
            processes.submit(claiming, shared_url, half) for half in halves
        ]
        entered = [position for result in results for position in result.result()[0]]
        most = max(result.result()[1] for result in results)
        assert most <= 20
        assert set(entered) == set(range(1, 301))
        (snapshot,) = finish(store.refresh([Ask("main", config())]))
        assert (snapshot.active, snapshot.totals["claimed"]) == (0, 300)


def test_processes_that_claim_at_once_fill_the_room_and_no_more(
    shared_url: str, processes: ProcessPoolExecutor
) -> None:
    with room_at(shared_url, mode="queue", max_active=20) as store:
        finish(store.join("main", ["place"] * 300))
        finish(store.advance("main", 300))
        shares = [list(range(first + 1, 301, 4)) for first in range(4)]
        for done in [processes.submit(claim_once, shared_url, share) for share in shares]:
            done.result()
        (snapshot,) = finish(store.refresh([Ask("main", config())]))
        assert (snapshot.active, snapshot.totals["claimed"]) == (20, 20)


def claim_once(url: str, positions: list[int]) -> None:
    store = open_store(url)
    try:
        for position in positions:
            persistently(lambda p=position: finish(store.claim("main", Place(1, p), 2.0)))  # type: ignore[misc]
    finally:
        finish(store.close())
