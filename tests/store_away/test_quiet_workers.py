"""What a worker owes those inside when it had nothing to do, and so has not noticed the outage."""

from typing import Any

import pytest

from tests.support.clock import Clock
from tests.support.house import House, Shop, Visitor, inside, make_house, waiting
from tests.support.stores import Switched
from vwr_middleware.blocking import finish
from vwr_middleware.stores.memory.store import MemoryStore


@pytest.fixture(params=[1, 2, 4])
def workers(
    request: pytest.FixtureRequest, clock: Clock, store: Switched, shop: Shop
) -> list[House]:
    """So many, of which only the first has anything to do until a test says otherwise."""
    lasting: dict[str, Any] = {"session_seconds": 30, "confirm_within": 15, "session_grace": 10}
    houses = [
        make_house(clock, shop, store.as_store(), max_active=2, **lasting)
        for _ in range(request.param)
    ]
    look(houses)
    return houses


def look(houses: list[House]) -> None:
    """These workers have reason to read the room."""
    for house in houses:
        house.visitor().get("/vwr/main/status")


def visits(visitor: Visitor, houses: list[House]) -> list[bool]:
    """Whether somebody passes at each of these workers, with whatever cookies came last."""
    passed = []
    for house in houses:
        visitor.house = house
        passed.append(visitor.open().has_passed)
    return passed


def fail(store: Switched, how: str, *, is_on: bool = False) -> None:
    """The store refuses connections, or hangs; or it is back."""
    if how == "killed":
        store.is_off = not is_on
    else:
        store.is_busy = not is_on


@pytest.mark.parametrize("how", ["killed", "hangs"])
@pytest.mark.parametrize("noticed", ["by nobody", "by one worker"])
def test_a_worker_that_did_nothing_for_long_lets_in_who_ran_out_in_the_outage(
    workers: list[House], store: Switched, clock: Clock, how: str, noticed: str
) -> None:
    visitor = inside(workers[0])
    look(workers)
    fail(store, how)
    for _ in range(40):
        clock.pass_by(1)
        if noticed == "by one worker":
            assert visits(visitor, workers[:1]) == [True]
    for _ in range(3):
        assert visits(visitor, workers[::-1]) == [True] * len(workers)
        clock.pass_by(0.4)


@pytest.mark.parametrize("how", ["killed", "hangs"])
def test_a_store_that_fails_just_before_the_end_of_a_session_ends_nobody(
    workers: list[House], store: Switched, clock: Clock, how: str
) -> None:
    visitor = inside(workers[0])
    clock.pass_by(29.5)
    look(workers)
    fail(store, how)
    for _ in range(12):
        clock.pass_by(0.2)
        assert visits(visitor, workers) == [True] * len(workers)


@pytest.mark.parametrize("how", ["killed", "hangs"])
@pytest.mark.parametrize("first", [0, -1])
def test_after_an_outage_slots_are_given_on_only_beside_the_sessions_that_ran_out_in_it(
    workers: list[House], store: Switched, clock: Clock, how: str, first: int
) -> None:
    known_sessions = [inside(workers[0]), inside(workers[0])]
    next_one = waiting(workers[0])
    look(workers)
    fail(store, how)
    for _ in range(60):
        clock.pass_by(1)
        for guest in known_sessions:
            assert visits(guest, workers[:1]) == [True]
    fail(store, how, is_on=True)
    clock.pass_by(1.5)
    look([workers[0]] if first == 0 else [workers[first], workers[0]])
    for _ in range(5):
        clock.pass_by(0.5)
        look(workers)
        for house in workers:
            assert not house.visitor().open().has_passed
            next_one.house = house
            assert next_one.open().status == 202
    for guest in known_sessions:
        assert visits(guest, workers[::-1]) == [True] * len(workers)
    assert running(store) == 2


def running(store: Switched) -> int:
    """How many the store knows to be inside."""
    return len(finish(store.as_store().record("main")).sessions)


def test_who_is_gone_after_an_outage_holds_no_slot_for_longer_than_a_session(
    workers: list[House], store: Switched, clock: Clock
) -> None:
    for _ in range(2):
        inside(workers[0])
    next_one = waiting(workers[0])
    store.is_off = True
    for _ in range(60):
        clock.pass_by(1)
        look(workers)
    store.is_off = False
    for _ in range(43):
        clock.pass_by(1)
        next_one.get("/vwr/main/position?door=1")
    assert next_one.open().has_passed


def test_a_worker_that_noticed_nothing_takes_back_who_ran_out_in_the_outage(
    workers: list[House], store: Switched, clock: Clock
) -> None:
    guest, other = inside(workers[0]), inside(workers[0])
    waiting(workers[0])
    look(workers)
    store.is_off = True
    for _ in range(60):
        clock.pass_by(1)
        assert visits(guest, workers[:1]) == [True]
    store.is_off = False
    clock.pass_by(2)
    look(workers[:1])
    clock.pass_by(1)
    assert visits(other, workers[-1:]) == [True]
    assert visits(guest, workers[-1:]) == [True]
    assert running(store) == 2


@pytest.mark.parametrize("first", [0, -1])
def test_sessions_of_a_store_that_lost_all_in_an_outage_go_on_at_every_worker(
    workers: list[House], store: Switched, kept: MemoryStore, clock: Clock, first: int
) -> None:
    guest, other = inside(workers[0]), inside(workers[0])
    next_one = waiting(workers[0])
    clock.pass_by(1)
    look(workers)
    store.is_off = True
    for _ in range(60):
        clock.pass_by(1)
        assert visits(guest, workers[:1]) == [True]
    kept._kept = type(kept._kept)()
    store.is_off = False
    clock.pass_by(2)
    look([workers[first]])
    assert visits(other, workers[::-1]) == [True] * len(workers)
    assert visits(guest, workers[::-1]) == [True] * len(workers)
    for house in workers:
        next_one.house = house
        assert next_one.open().status == 202
    assert running(store) == 2


def test_an_idle_hour_and_a_moment_without_the_store_bring_no_session_back(
    workers: list[House], store: Switched, clock: Clock
) -> None:
    gone = [inside(workers[0]), inside(workers[0])]
    clock.pass_by(3600)
    store.is_off = True
    look(workers)
    store.is_off = False
    clock.pass_by(1.5)
    newcomers = [workers[0].visitor(), workers[0].visitor()]
    assert [visitor.open().has_passed for visitor in newcomers] == [True, True]
    assert [visitor.open().status for visitor in gone] == [202, 202]
