"""A worker that nobody asked for a while, and what it may decide by what it knew then."""

from collections.abc import Callable, Sequence

import pytest

from tests.support.clock import Clock
from vwr_middleware.blocking import finish
from vwr_middleware.events import Event, Hooks
from vwr_middleware.inlet import Inlet
from vwr_middleware.line.messages import Ask, Snapshot
from vwr_middleware.settings import RoomSettings
from vwr_middleware.stores import Store
from vwr_middleware.stores.memory.store import MemoryStore
from vwr_middleware.worker.current_room import CurrentRoom
from vwr_middleware.worker.store_access import StoreAccess

Workers = Callable[..., StoreAccess]


def fewer_for_a_crowd(room: Snapshot, now: float) -> Inlet:
    """A strategy that looks at the room."""
    return Inlet(limit=10 if room.queue < 5 else 1)


@pytest.fixture
def worker(store: Store, clock: Clock) -> Workers:
    """Makes one more worker at the store."""

    def make(inlet: object = None) -> StoreAccess:
        room = RoomSettings(paths="/tickets", max_active=10, mode="queue", inlet=inlet)
        store_access = StoreAccess(store, [room], Hooks(None), clock, clock)
        read(store_access)
        return store_access

    return make


def read(store_access: StoreAccess) -> CurrentRoom:
    """Somebody asks this worker, which reads the room if it is time to."""
    room = finish(store_access.fresh(store_access.views["main"]))
    assert room is not None
    return room


def people_come(store_access: StoreAccess, clock: Clock) -> None:
    """Eight join, and this worker knows of it."""
    for _ in range(8):
        finish(store_access.join(store_access.views["main"], "place"))
    clock.pass_by(0.6)
    read(store_access)


def test_it_calls_nobody_where_an_operator_has_chosen_to_do_that_meanwhile(
    worker: Workers, store: Store, clock: Clock
) -> None:
    busy, idle = worker(), worker()
    finish(store.change("main", {"inlet": {"kind": "manual"}}))
    clock.pass_by(60)
    read(busy)
    people_come(busy, clock)
    assert read(idle).serving == 0


def test_it_brings_no_limit_back_that_others_have_lowered_meanwhile(
    worker: Workers, clock: Clock
) -> None:
    busy, idle = worker(fewer_for_a_crowd), worker(fewer_for_a_crowd)
    clock.pass_by(60)
    read(busy)
    people_come(busy, clock)
    assert (read(busy).limit, read(busy).serving) == (1, 1)
    assert (read(idle).limit, read(idle).serving) == (1, 1)


def test_where_people_come_seldom_its_strategies_are_asked_all_the_same(
    worker: Workers, clock: Clock
) -> None:
    alone = worker(fewer_for_a_crowd)
    people_come(alone, clock)
    for _ in range(2):
        clock.pass_by(20)
        assert read(alone).limit == 1


def test_it_tells_the_hook_of_everybody_whose_time_ran_out_meanwhile(
    store: Store, clock: Clock
) -> None:
    told: list[Event] = []
    room = RoomSettings(paths="/tickets", max_active=600)
    store_access = StoreAccess(store, [room], Hooks(told.append), clock, clock)
    read(store_access)
    finish(store.join("main", ["place"] * 600, store_access.views["main"].seen(clock())))
    clock.pass_by(600)
    read(store_access)
    assert [event.name for event in told] == ["lapsed"] * 600


class Counting(MemoryStore):
    """A store that counts its readings, each of which takes so many seconds."""

    def __init__(self, clock: Clock, seconds: float = 0.0) -> None:
        super().__init__(clock)
        self.pass_by, self.seconds, self.readings = clock.pass_by, seconds, 0

    async def refresh(self, asks: Sequence[Ask]) -> list[Snapshot]:
        self.readings += 1
        self.pass_by(self.seconds)
        return await super().refresh(asks)


def test_it_reads_once_where_no_strategy_looks_at_the_room(clock: Clock) -> None:
    store = Counting(clock)
    store_access = StoreAccess(store, [RoomSettings(paths="/tickets")], Hooks(None), clock, clock)
    for readings in (1, 2):
        clock.pass_by(20)
        read(store_access)
        assert store.readings == readings


def test_a_store_that_takes_long_is_not_read_again_and_again(clock: Clock) -> None:
    store = Counting(clock, seconds=2)
    room = RoomSettings(paths="/tickets", inlet=fewer_for_a_crowd)
    store_access = StoreAccess(store, [room], Hooks(None), clock, clock)
    for readings in (1, 2):
        read(store_access)
        assert store.readings == readings
