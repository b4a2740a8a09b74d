"""What a worker's first visit to the store does, and what it leaves alone."""

import pytest

from tests.support.clock import Clock
from tests.support.faults import fault
from vwr_middleware.blocking import finish
from vwr_middleware.inlet import Inlet, Strategy
from vwr_middleware.line.messages import Place, Snapshot
from vwr_middleware.settings import RoomSettings, Settings
from vwr_middleware.stores import Store
from vwr_middleware.stores.memory.store import MemoryStore
from vwr_middleware.worker.refresh import ask_of
from vwr_middleware.worker.room_view import RoomView

SETTINGS = Settings(secret_key="a secret of the tests", paths=["/tickets"], max_active=5)


def test_the_first_visitor_of_a_new_worker_enters_at_once(clock: Clock) -> None:
    store, view = MemoryStore(clock), RoomView(SETTINGS.rooms[0])
    finish(store.refresh([ask_of(view, 0.0)]))
    assert finish(store.join("main", ["place"]))[0].verdict == "entered"


def test_a_new_worker_does_not_undo_the_strategy_that_an_operator_chose(clock: Clock) -> None:
    store, old, new = MemoryStore(clock), RoomView(SETTINGS.rooms[0]), RoomView(SETTINGS.rooms[0])
    old.take(finish(store.refresh([ask_of(old, 0.0)]))[0], 0.0)
    finish(store.change("main", {"inlet": {"kind": "manual"}}))
    old.take(finish(store.refresh([ask_of(old, 1.0)]))[0], 1.0)
    old.take(finish(store.refresh([ask_of(old, 2.0)]))[0], 2.0)
    finish(store.refresh([ask_of(new, 2.0)]))
    assert finish(store.join("main", ["place"]))[0].verdict == "waiting"


def only_one(room: Snapshot, now: float) -> Inlet:
    return Inlet(limit=1, per_second=1e6)


def broken(room: Snapshot, now: float) -> Inlet:
    raise ZeroDivisionError


def worker(strategy: Strategy) -> RoomView:
    return RoomView(RoomSettings(paths=["/"], max_active=20, mode="queue", inlet=strategy))


def read(store: Store, view: RoomView, at: float) -> Snapshot:
    (snapshot,) = finish(store.refresh([ask_of(view, at)]))
    view.take(snapshot, at)
    return snapshot


@pytest.mark.parametrize("strategy", [only_one, broken])
def test_a_worker_that_cannot_ask_its_strategy_leaves_the_limits_as_they_are(
    store: Store, strategy: Strategy
) -> None:
    old, new = worker(only_one), worker(strategy)
    read(store, old, 0.0)
    finish(store.join("main", ["place"] * 20))
    read(store, old, 1.0)
    finish(store.advance("main", 20))
    for at in (1.0, 2.0):
        read(store, new, at)
        for position in range(1, 21):
            finish(store.claim("main", Place(1, position), 2.0))
    snapshot = read(store, new, 3.0)
    assert (snapshot.active, snapshot.limit, snapshot.per_second) == (1, 1, 1e6)


@fault("A function or template of yours fails", line="A strategy: nobody is called by it.")
def test_while_a_strategy_fails_nobody_is_called(store: Store) -> None:
    old, new = worker(only_one), worker(broken)
    read(store, old, 0.0), read(store, old, 0.5)
    read(store, new, 1.0), read(store, new, 1.5)
    finish(store.join("main", ["place"] * 3))
    assert read(store, new, 2.0).serving == 0
    read(store, old, 2.5)
    assert read(store, old, 3.0).serving == 1


def test_in_a_new_room_nobody_enters_before_a_strategy_was_asked(store: Store) -> None:
    view = RoomView(RoomSettings(paths=["/"], max_active=20, inlet=only_one))
    read(store, view, 0.0)
    assert {turn.verdict for turn in finish(store.join("main", ["place"] * 20))} == {"waiting"}
    read(store, view, 0.5)
    finish(store.advance("main", 20))
    assert [finish(store.claim("main", Place(1, p), 2.0)).verdict for p in (1, 2)] == [
        "entered",
        "next",
    ]
