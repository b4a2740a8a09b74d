"""What several workers owe those inside, and the ended, when their store is away or loses all."""

import pytest

from tests.support.asgi import House, Shop, Visitor, make_house
from tests.support.clock import Clock
from tests.support.stores import Switched
from vwr_middleware.stores.memory import MemoryRooms, MemoryStore


@pytest.fixture
def kept(clock: Clock) -> MemoryStore:
    return MemoryStore(clock)


@pytest.fixture
def store(kept: MemoryStore) -> Switched:
    return Switched(kept)


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
def workers(clock: Clock, store: Switched, shop: Shop) -> list[House]:
    return [make_house(clock, shop, store.as_store(), max_active=2) for _ in range(2)]


def inside(house: House) -> Visitor:
    visitor = house.visitor()
    visitor.open()
    assert visitor.open().has_passed
    return visitor


def look(workers: list[House]) -> None:
    """Every worker has reason to read the room."""
    for house in workers:
        house.visitor().get("/vwr/main/status")


def complete(visitor: Visitor, shop: Shop) -> None:
    shop.headers = [("VWR-Session", "completed")]
    assert visitor.open("/tickets/receipt").has_passed
    shop.headers = []


def test_a_session_completed_in_an_outage_beyond_its_end_comes_back_on_no_worker(
    workers: list[House], store: Switched, shop: Shop, clock: Clock
) -> None:
    visitor = inside(workers[0])
    look(workers)
    store.is_off = True
    clock.pass_by(300)
    look(workers)
    complete(visitor, shop)
    clock.pass_by(600)
    store.is_off = False
    for _ in range(2):
        look(workers)
        clock.pass_by(10)
    visitor.house = workers[1]
    assert not visitor.open().has_passed


def test_a_completed_session_is_over_for_workers_that_start_after_a_loss_of_data(
    workers: list[House], kept: MemoryStore, store: Switched, shop: Shop, clock: Clock
) -> None:
    other, visitor = inside(workers[0]), inside(workers[0])
    look(workers)
    complete(visitor, shop)
    clock.pass_by(1)
    look(workers)
    kept._kept = MemoryRooms()
    clock.pass_by(1)
    look(workers)
    visitor.house = other.house = make_house(clock, shop, store.as_store(), max_active=2)
    clock.pass_by(1)
    assert visitor.open().header("vwr-state") == "ended"
    assert other.open().has_passed
