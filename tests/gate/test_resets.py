"""A worker that has not heard of a reset yet, and visitors of the new line."""

import asyncio
from copy import deepcopy

import pytest

from tests.support.clock import Clock
from tests.support.faults import fault
from tests.support.house import House, Shop, Visitor, inside, make_house, waiting
from tests.support.visitor import TICKET
from vwr_middleware.blocking import finish
from vwr_middleware.stores.memory.store import MemoryStore
from vwr_middleware.worker.sharing import InTasks


@pytest.fixture
def store(clock: Clock) -> MemoryStore:
    return MemoryStore(clock)


@pytest.fixture
def workers(clock: Clock, store: MemoryStore) -> list[House]:
    """Two workers that know the first generation."""
    workers = [make_house(clock, Shop(), store, mode="paused") for _ in range(2)]
    for house in workers:
        house.visitor().get("/vwr/main/status")
    return workers


def of_the_new_line(workers: list[House], store: MemoryStore, clock: Clock) -> Visitor:
    """Somebody who joined at the first worker after a reset."""
    finish(store.reset("main"))
    clock.pass_by(0.6)
    workers[0].visitor().get("/vwr/main/status")
    for _ in range(2):
        waiting(workers[0])
    return waiting(workers[0])


def hangs(house: House) -> None:
    """This worker's readings of the store take longer than anybody waits; its joins do not."""

    async def later() -> None:
        pass

    house.site.store_access._sharing.refreshed = later  # type: ignore[method-assign]


@fault(
    "A worker has not heard of a reset",
    line="Keep the place in the new line; that worker says that the store is away.",
)
def test_nobody_loses_a_place_to_a_worker_that_knows_the_old_line(
    workers: list[House], store: MemoryStore, clock: Clock
) -> None:
    visitor = of_the_new_line(workers, store, clock)
    ticket = visitor.jar[TICKET]
    hangs(workers[1])
    there = visitor.at(workers[1])
    answer = there.open()
    assert (answer.header("vwr-state"), there.jar[TICKET]) == ("store-down", ticket)
    for path, status in ("/vwr/main/tickets", 503), ("/vwr/main/token", 503):
        assert there.post(path).status == status
        assert there.jar[TICKET] == ticket
    assert there.get("/vwr/main/position").json["you"] == "waiting"
    assert there.connect().status == 429
    again = there.at(workers[0])
    assert again.get("/vwr/main/position").json["position"] == 3


@fault("A worker has not heard of a reset", new="Join the new line.")
def test_a_newcomer_hears_of_the_new_line_from_a_worker_that_knows_the_old_one(
    workers: list[House], store: MemoryStore, clock: Clock
) -> None:
    one, other = workers
    finish(store.join("main", ["place"] * 5))
    finish(store.advance("main", 5))
    clock.pass_by(2)
    assert one.issued == other.issued == 5
    finish(store.reset("main"))
    assert '"generation":2,"position":1,"ahead":0,"serving":0' in waiting_page(one)
    told = other.visitor().post("/vwr/main/tickets").json
    assert (told["generation"], told["position"], told["serving"]) == (2, 2, 0)
    assert (told["you"], told["ahead"]) == ("waiting", 1)


def waiting_page(house: House) -> str:
    return house.visitor().open().text


def test_a_store_that_forgot_a_reset_is_told_by_tickets(
    workers: list[House], store: MemoryStore, clock: Clock
) -> None:
    lagging = deepcopy(store._kept)
    visitor = of_the_new_line(workers, store, clock)
    store._kept = lagging
    clock.pass_by(5)
    restarted = make_house(clock, Shop(), store, mode="paused")
    restarted.visitor().get("/vwr/main/status")
    there = visitor.at(restarted)
    assert there.get("/vwr/main/position").json["position"] == 3
    assert waiting(restarted).get("/vwr/main/position").json["position"] == 4


def test_a_claim_to_a_worker_that_has_not_heard_of_the_reset_is_told_of_it(clock: Clock) -> None:
    house = make_house(clock, max_active=1)
    inside(house)
    visitor = waiting(house)
    finish(house.store.advance("main", 1))
    house.pass_by(1)
    finish(house.store.reset("main"))
    answer = visitor.post("/vwr/main/token?go=1")
    assert (answer.status, answer.json["you"]) == (410, "reset")


def test_whose_session_of_the_old_line_has_expired_gets_in_line_by_itself(clock: Clock) -> None:
    house = make_house(clock, max_active=1, session_grace=0)
    visitor = inside(house)
    finish(house.store.reset("main"))
    house.pass_by(601)
    inside(house)
    assert visitor.get().status == 429, "the store is asked, and knows no such session"
    answer = visitor.open()
    assert (answer.status, answer.header("vwr-state")) == (202, "waiting")


def test_a_request_waits_for_a_reading_as_long_as_the_store_may_take() -> None:
    done: list[str] = []

    async def reading() -> None:
        await asyncio.sleep(0.15)
        done.append("read")

    async def nobody(room_name: str, kinds: str) -> list[object]:
        return []

    asyncio.run(InTasks(reading, nobody, patience=30).refreshed())  # type: ignore[arg-type]
    assert done == ["read"]
