"""What a worker's first visit to the store does, and what it leaves alone."""

from tests.support.clock import Clock
from vwr_middleware.blocking import finish
from vwr_middleware.inlet import Periodic
from vwr_middleware.settings import Settings
from vwr_middleware.stores.memory import MemoryStore
from vwr_middleware.worker import RoomView

SETTINGS = Settings(secret_key="a secret of the tests", paths=["/tickets"], max_active=5)


def test_the_first_visitor_of_a_new_worker_enters_at_once(clock: Clock) -> None:
    store, view = MemoryStore(clock), RoomView(SETTINGS.rooms[0])
    finish(store.refresh([view.ask(0.0)]))
    assert finish(store.join("main", "p"))[0].verdict == "entered"  # type: ignore[arg-type]


def test_a_new_worker_does_not_undo_the_strategy_that_an_operator_chose(clock: Clock) -> None:
    store, old, new = MemoryStore(clock), RoomView(SETTINGS.rooms[0]), RoomView(SETTINGS.rooms[0])
    old.take(finish(store.refresh([old.ask(0.0)]))[0], 0.0)
    finish(store.change("main", {"inlet": {"kind": "manual"}}))
    old.take(finish(store.refresh([old.ask(1.0)]))[0], 1.0)
    old.take(finish(store.refresh([old.ask(2.0)]))[0], 2.0)
    finish(store.refresh([new.ask(2.0)]))
    assert finish(store.join("main", "p"))[0].verdict == "waiting"  # type: ignore[arg-type]


def test_a_constant_strategy_holds_from_the_first_refresh_on(clock: Clock) -> None:
    settings = Settings(secret_key="a secret of the tests", paths=["/t"], inlet=Periodic(60))
    inlet = RoomView(settings.rooms[0]).ask(0.0).inlet
    assert inlet is not None
    assert inlet.per_second == 1.0
