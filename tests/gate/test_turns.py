"""The steps behind a poll and a claim: who asks the store, and who does not."""

from collections.abc import Callable

import pytest

from tests.support.clock import Clock
from tests.support.faults import fault
from tests.support.stores import Switched
from tests.support.turns import Worker
from vwr_middleware.blocking import finish
from vwr_middleware.errors import StoreUnavailable
from vwr_middleware.stores.memory.store import MemoryStore

CALLED = 12


@pytest.fixture
def store(clock: Clock) -> Switched:
    return Switched(MemoryStore(clock))


@pytest.fixture
def workers(store: Switched, clock: Clock) -> list[Worker]:
    """Two workers of a full room; position 1 is inside, and those up to 12 are called."""
    one = Worker(store, clock)
    assert finish(one.store_access.join(one.view, "place")).verdict == "entered"
    for _ in range(CALLED + 5):
        finish(one.store_access.join(one.view, "place"))
    finish(one.store_access.renew(one.view, "1-1"))
    clock.pass_by(1)
    finish(one.store_access.newest(one.view))
    clock.pass_by(6)  # nobody is awaited
    finish(store.advance("main", CALLED - 1))
    workers = [one, Worker(store, clock)]
    for worker in workers:
        finish(worker.store_access.newest(worker.view))
    store.trips.clear()
    return workers


@pytest.mark.parametrize("asks", [Worker.poll, Worker.claim])
def test_a_called_visitor_goes_to_the_store_once_and_not_at_each_poll(
    asks: Callable[[Worker, int], str], workers: list[Worker], store: Switched, clock: Clock
) -> None:
    for _ in range(6):
        assert asks(workers[0], 7) == "next"
        clock.pass_by(1)
    assert store.trips["knock"] + store.trips["claim"] == 1


def test_whoever_comes_first_at_any_worker_is_not_overtaken_at_another(
    workers: list[Worker],
) -> None:
    one, other = workers
    assert one.poll(3) == "next"
    finish(
        other.store_access.endings.end(other.view, "1-1", "completed")
    )  # that worker heard nothing of 3
    assert other.poll(4) == "next"
    assert other.claim(5) == "next"
    assert other.poll(3, at_door=True) == "may_enter"
    assert one.claim(3, has_go=True) == "entered"


def test_another_workers_visitor_at_the_door_makes_no_trip(
    workers: list[Worker], store: Switched
) -> None:
    one, other = workers
    one.poll(3)
    store.trips.clear()
    assert other.poll(3, at_door=True) == "next"
    assert not store.trips
    assert [knock.position for knock in other.view.called.held_slots.knocks.values()] == [3]


def test_who_is_at_the_door_keeps_the_place_where_a_worker_cannot_read_the_room(
    workers: list[Worker], store: Switched, clock: Clock
) -> None:
    one, other = workers
    finish(store.advance("main", 1))
    finish(one.store_access.newest(one.view))
    assert one.poll(CALLED + 1) == "next"
    clock.pass_by(0.5)
    store.is_off = True
    assert other.poll(CALLED + 1, at_door=True) == "waiting"
    store.is_off = False
    for _ in range(2):  # the place was held for two more
        clock.pass_by(2)
        room = finish(other.store_access.newest(other.view))
    assert room is not None and room.door == [CALLED + 1]


def test_who_was_called_by_another_worker_is_called_here_too(
    workers: list[Worker], store: Switched, clock: Clock
) -> None:
    finish(store.advance("main", 1))  # neither has heard of it
    clock.pass_by(0.3)
    assert workers[1].poll(CALLED + 1, at_door=True) == "next"


def test_who_comes_back_late_by_agreement_keeps_the_place_at_the_door(
    workers: list[Worker], clock: Clock
) -> None:
    one, _ = workers
    room = one.view.room
    assert room is not None
    finish(one.turns.claim(room, one.place(room, 3), returns_in=20.0))
    clock.pass_by(20)
    newest = finish(one.store_access.newest(one.view))
    assert newest is not None and newest.door == [3]


@pytest.mark.parametrize("asks", [Worker.poll, Worker.claim])
def test_who_is_away_for_long_is_new_at_the_door(
    asks: Callable[[Worker, int], str], workers: list[Worker], store: Switched, clock: Clock
) -> None:
    one, _ = workers
    asks(one, 3)
    clock.pass_by(60)
    store.trips.clear()
    asks(one, 3)
    assert store.trips["knock"] + store.trips["claim"] == 1


def test_after_a_reset_nobody_is_known_at_the_door(workers: list[Worker], store: Switched) -> None:
    one, _ = workers
    one.poll(3)
    finish(store.reset("main"))
    finish(one.store_access.newest(one.view))
    assert not one.view.called.held_slots.knows(3, one.store_access.monotonic())


def test_a_poll_of_somebody_who_waits_never_asks_the_store_but_is_noted(
    workers: list[Worker], store: Switched, clock: Clock
) -> None:
    clock.pass_by(0.4)  # the room was not read just now
    assert workers[0].poll(CALLED + 2) == "waiting"
    assert workers[0].view.top_seen == (1, CALLED + 2)
    for _ in range(50):
        assert workers[0].poll(CALLED + 2) == "waiting"
        assert workers[0].claim(CALLED + 3) == "waiting"
    assert workers[0].poll(CALLED + 1) == "waiting"
    assert not store.trips
    assert not workers[0].view.called.held_slots.knocks, "it was not told to come to the door"
    assert workers[0].view.present.hand_in(clock()) == [CALLED + 1, CALLED + 2, CALLED + 3]


def called_at_the_door(worker: Worker, position: int) -> None:
    """Somebody who is at the door, and for whom a slot has become free."""
    assert worker.poll(position) == "next"
    finish(worker.store_access.endings.end(worker.view, "1-1", "completed"))


def test_who_was_told_to_come_enters_where_the_worker_knows_of_no_free_slot(
    workers: list[Worker], store: Switched
) -> None:
    one, other = workers
    finish(
        other.store_access.endings.end(other.view, "1-1", "completed")
    )  # `one` hears nothing of it
    assert one.poll(2) == "may_enter"
    store.trips.clear()
    assert one.poll(2) == "may_enter"
    assert not store.trips
    assert one.claim(2) == "entered"


@fault("An answer gets lost", figure="0 slots, 0 numbers.")
@pytest.mark.parametrize(
    ("asks", "answer"),
    [(lambda one: one.poll(2, True), "may_enter"), (lambda one: one.claim(2), "entered")],
)
def test_a_claim_whose_answer_was_lost_is_found_by_the_next_request(
    asks: Callable[[Worker], str],
    answer: str,
    workers: list[Worker],
    store: Switched,
    clock: Clock,
) -> None:
    one = workers[0]
    called_at_the_door(one, 2)
    store.loses_answers = True
    with pytest.raises(StoreUnavailable):
        one.claim(2)
    store.loses_answers = False
    clock.pass_by(1)
    finish(one.store_access.newest(one.view))
    assert one.view.room is not None and one.view.room.free == 0
    assert asks(one) == answer


@pytest.mark.parametrize(
    ("asks", "answer"),
    [(lambda one: one.poll(2, True), "may_enter"), (lambda one: one.claim(2), "entered")],
)
def test_a_claim_at_another_worker_whose_answer_was_lost_is_found_within_a_second(
    asks: Callable[[Worker], str], answer: str, workers: list[Worker], clock: Clock
) -> None:
    one, other = workers
    called_at_the_door(one, 2)
    assert other.claim(2) == "entered"  # and nobody heard of it
    clock.pass_by(1)
    finish(one.store_access.newest(one.view))
    assert one.view.room is not None and one.view.room.free == 0
    assert asks(one) == "next"
    clock.pass_by(1)
    finish(one.store_access.newest(one.view))
    assert asks(one) == answer


def test_who_was_let_in_a_moment_ago_is_told_to_come_without_the_store(
    workers: list[Worker], store: Switched
) -> None:
    one, _ = workers
    assert one.poll(2) == "next"
    finish(one.store_access.endings.end(one.view, "1-1", "completed"))
    assert one.claim(2, has_go=True) == "entered"
    store.is_off = True
    assert one.poll(2) == "may_enter"
    assert one.claim(2) == "entered"
    store.is_off = False
    finish(one.store_access.endings.end(one.view, "1-2", "completed"))
    assert one.claim(2) == "ended"


def test_who_could_not_claim_asks_the_store_once_more_and_no_more(
    workers: list[Worker], store: Switched, clock: Clock
) -> None:
    one, other = workers
    assert [one.poll(2), one.poll(3)] == ["next", "next"]
    finish(one.store_access.endings.end(one.view, "1-1", "completed"))
    store.is_off = True
    with pytest.raises(StoreUnavailable):
        one.claim(3, has_go=True)
    store.is_off = False
    assert other.claim(2, True) == "entered"
    clock.pass_by(1)
    finish(one.store_access.newest(one.view))
    store.trips.clear()
    for _ in range(6):
        assert one.poll(3, True) == "next"
        clock.pass_by(1)
    assert store.trips["knock"] + store.trips["claim"] == 1


def test_who_says_without_end_to_have_been_called_costs_few_trips(
    store: Switched, clock: Clock, workers: list[Worker]
) -> None:
    for _ in range(40):
        clock.pass_by(0.025)
        assert workers[0].poll(CALLED + 3, at_door=True) == "waiting"
    assert store.trips.total() <= 4
    finish(store.advance("main", 3))
    clock.pass_by(1)
    assert workers[1].poll(CALLED + 3, at_door=True) == "next"
