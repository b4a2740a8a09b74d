"""A store that loses its data while people join at several workers."""

from typing import Any

import pytest

from tests.support.clock import Clock
from tests.support.stores import Switched
from vwr_middleware.adaptive import Adaptive
from vwr_middleware.blocking import finish
from vwr_middleware.errors import StoreUnavailable
from vwr_middleware.events import Hooks
from vwr_middleware.line.constants import SETTLING
from vwr_middleware.settings import RoomSettings
from vwr_middleware.stores.memory.store import MemoryRooms, MemoryStore
from vwr_middleware.worker.store_access import StoreAccess


@pytest.fixture
def store(clock: Clock) -> MemoryStore:
    return MemoryStore(clock)


def lose_all(store: MemoryStore) -> None:
    store._kept = MemoryRooms()


def worker(store: Any, clock: Clock, **given: Any) -> StoreAccess:
    settings = [RoomSettings(**{"paths": "/tickets", "max_active": 1, "mode": "queue", **given})]
    return StoreAccess(store, settings, Hooks(None), clock, clock, 3600.0)


def joined(store_access: StoreAccess, times: int = 1) -> list[int]:
    """The numbers of so many who join at this worker."""
    view = store_access.views["main"]
    finish(store_access.fresh(view))
    return [finish(store_access.join(view, "place")).position for _ in range(times)]


def settled(store_access: StoreAccess, clock: Clock, *others: StoreAccess) -> None:
    """The worker rebuilds the room, which then gives no numbers until others have spoken."""
    assert joined(store_access) == [0]
    for other in others:
        finish(other.newest(other.views["main"]))
    clock.pass_by(SETTLING)


@pytest.mark.parametrize(
    ("each_second", "at_last", "first", "then"),
    [
        pytest.param(10, 5, 1, 10, id="many"),
        pytest.param(1, 3, 3, 0, id="a few, and three at once"),
    ],
)
def test_the_first_worker_to_join_again_repeats_no_number_that_another_gave_away(
    store: MemoryStore, clock: Clock, each_second: int, at_last: int, first: int, then: int
) -> None:
    ahead, behind = worker(store, clock), worker(store, clock)
    given: list[int] = []
    for _ in range(4):  # both see how fast people come
        given += joined(ahead, each_second) + joined(behind)
        clock.pass_by(1.1)
    given += joined(behind) + joined(ahead, at_last)
    lose_all(store)
    settled(behind, clock)
    given += joined(behind, first) + joined(ahead, then)
    assert len(set(given)) == len(given)


@pytest.mark.parametrize("seconds", [5, 20])
def test_a_worker_that_nobody_asked_for_a_while_repeats_no_number_either(
    store: MemoryStore, clock: Clock, seconds: int
) -> None:
    busy, idle = worker(store, clock), worker(store, clock)
    view = idle.views["main"]
    given: list[int] = []
    for _ in range(3):
        finish(idle.newest(view))
        given += joined(busy, 10)
        clock.pass_by(1)
    finish(idle.newest(view))
    for _ in range(seconds):
        given += joined(busy, 10)
        clock.pass_by(1)
    lose_all(store)
    settled(idle, clock)
    given += joined(idle) + joined(busy, 10)
    assert len(set(given)) == len(given)


def test_no_numbers_are_left_out_for_an_outage_in_which_nobody_joined(
    store: MemoryStore, clock: Clock
) -> None:
    switched = Switched(store)
    store_access = worker(switched, clock)
    for _ in range(3):
        given = joined(store_access, 10)
        clock.pass_by(1)
    switched.is_off = True
    for _ in range(40):
        with pytest.raises(StoreUnavailable):
            joined(store_access)
        clock.pass_by(1)
    lose_all(store)
    switched.is_off = False
    settled(store_access, clock)
    assert joined(store_access)[0] - given[-1] < 40


def test_a_store_that_loses_the_room_again_and_again_does_not_use_its_numbers_up(
    store: MemoryStore, clock: Clock
) -> None:
    workers = worker(store, clock), worker(store, clock)
    given: list[int] = []
    for turn in range(60):
        for store_access in workers:
            view = store_access.views["main"]
            finish(store_access.newest(view))
            given.append(finish(store_access.join(view, "place")).position)
        if turn > 10:
            lose_all(store)
            settled(workers[0], clock, workers[1])
        clock.pass_by(0.55)
    assert len(set(given)) == len(given)
    assert max(given) < 10 * len(given)


@pytest.mark.parametrize("seconds", [0.6, 60])
def test_the_limit_that_protects_a_slow_app_is_not_lost_with_the_store(
    store: MemoryStore, clock: Clock, seconds: float
) -> None:
    strategy = Adaptive(target=1.0, floor=5)
    store_accesses = [worker(store, clock, max_active=300, inlet=strategy) for _ in range(2)]
    for _ in range(10):
        for store_access in store_accesses:
            view = store_access.views["main"]
            finish(store_access.newest(view))
            assert view.meter is not None
            for _ in range(20):
                view.meter.end(view.meter.begin(clock()), clock() + 3, 200)
        clock.pass_by(0.6)
    clock.pass_by(seconds)
    lose_all(store)
    for store_access in [*store_accesses, *store_accesses]:
        room = finish(store_access.newest(store_access.views["main"]))
        assert room is not None
        assert room.limit == 5
        clock.pass_by(0.6)
