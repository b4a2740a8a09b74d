"""The desk: one worker's way to the store. What it does without one is in store_away/."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests.support.asgi import FETCH
from tests.support.clock import Clock
from tests.support.house import House, inside, make_house, waiting
from tests.support.stores import Switched
from vwr_middleware.blocking import finish
from vwr_middleware.line.constants import ENDED_AT_ONCE
from vwr_middleware.line.messages import Ask, Snapshot
from vwr_middleware.site.routing import Site
from vwr_middleware.stores.memory.store import MemoryRooms, MemoryStore
from vwr_middleware.worker.refresh import CATCH_UP_MOST
from vwr_middleware.worker.sharing import JoinParameters


def test_a_poll_reads_the_store_twice_a_second_at_most(clock: Clock) -> None:
    store = Switched(MemoryStore(clock))
    house = make_house(clock, store=store.as_store(), max_active=1)
    inside(house)
    visitor = waiting(house)
    store.trips.clear()
    for _ in range(1000):
        house.clock.pass_by(0.01)
        visitor.get("/vwr/main/position")
    assert store.trips["refresh"] <= 21


def test_the_first_of_those_who_join_together_hears_of_the_last(house: House, clock: Clock) -> None:
    store_access = Site(
        house.site.settings, MemoryStore(clock), clock, clock, in_loop=True
    ).store_access
    view, told = store_access.views["main"], list[int]()

    async def join() -> None:
        await store_access.fresh(view)
        await store_access.join(view, "place")
        assert view.room is not None
        told.append(view.room.queue)

    async def join_together() -> None:
        await asyncio.gather(*(join() for _ in range(3)))

    asyncio.run(join_together())
    assert told == [3, 3, 3]


def test_who_enters_at_once_takes_a_slot_of_the_snapshot(clock: Clock) -> None:
    house = make_house(clock, max_active=5)
    assert house.visitor().open().has_passed
    snapshot = house.site.store_access.views["main"].room
    assert snapshot is not None
    assert (snapshot.free, snapshot.active) == (4, 1)


def test_whoever_is_known_takes_no_second_slot_of_the_snapshot(clock: Clock) -> None:
    house = make_house(clock, max_active=5)
    store_access = house.site.store_access
    view = store_access.views["main"]
    finish(store_access.fresh(view))
    turns = [finish(store_access.join(view, "place", JoinParameters("a" * 16))) for _ in range(3)]
    assert [turn.verdict for turn in turns] == ["entered", "known", "known"]
    assert view.room is not None
    assert (view.room.free, view.room.queue, view.room.state) == (4, 1, "open")


def test_a_repeated_claim_takes_no_second_slot_of_the_snapshot(clock: Clock) -> None:
    house = make_house(clock, max_active=5)
    visitor = house.visitor()
    ticket = visitor.post("/vwr/main/tickets").json["ticket"]
    house.pass_by(3)
    snapshot = house.site.store_access.views["main"].room
    assert snapshot is not None
    before = snapshot.free
    for _ in range(3):
        visitor.post("/vwr/main/token?go=1", vwr_ticket=ticket)
    assert house.site.store_access.views["main"].room is snapshot
    assert snapshot.free == before - 1


def test_a_room_that_the_store_lost_is_told_once_in_the_log(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    store = MemoryStore(clock)
    house = make_house(clock, store=store, max_active=1)
    inside(house)
    for _ in range(3):
        store._kept = MemoryRooms()
        house.pass_by(2)
    assert caplog.text.count("its store had lost it") == 1


def test_a_foreign_ticket_is_told_once_whichever_way_it_comes(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    other = make_house(house.clock, max_active=1)
    inside(house)
    inside(other)
    other_room = waiting(other)
    ticket = other_room.jar["vwr_main"]
    visitor = house.visitor(vwr_ticket=ticket)
    assert visitor.get("/vwr/main/position").json["you"] == "interrupted"
    assert visitor.post("/vwr/main/token").status == 401
    assert visitor.ask("GET", "/tickets", FETCH, {}).status == 429
    told = [record.getMessage() for record in caplog.records]
    assert len(told) == 1
    assert "two stores serve this room" in told[0]
    assert house.site.store_access.events_and_log.foreign == 3


def test_a_server_that_is_no_good_store_is_told_once_in_the_log(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    class Lossy(MemoryStore):
        async def check(self) -> list[str]:
            return ["store: maxmemory-policy allkeys-lru may evict rooms"]

    house = make_house(clock, store=Switched(Lossy(clock)).as_store())
    for _ in range(3):
        house.visitor().get("/vwr/main/status")
        clock.pass_by(2)
    assert caplog.text.count("maxmemory-policy") == 1


class Endless(MemoryStore):
    """Has always more ended sessions to tell of than fit into one answer."""

    refreshes = 0

    async def refresh(self, asks: Sequence[Ask]) -> list[Snapshot]:
        self.refreshes += 1
        names = [f"1-{self.refreshes}{i:05}" for i in range(ENDED_AT_ONCE)]
        return [replace(room, ended=names) for room in await super().refresh(asks)]


def test_a_worker_that_is_far_behind_with_the_ended_does_not_catch_up_for_ever(
    clock: Clock,
) -> None:
    store = Endless(clock)
    house = make_house(clock, store=store, max_active=1)
    assert inside(house).get().has_passed
    assert store.refreshes == CATCH_UP_MOST
    assert len(house.site.store_access.views["main"].ended) == CATCH_UP_MOST * ENDED_AT_ONCE
