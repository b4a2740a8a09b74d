"""The steps of one worker at the store: what they tell, and how often they are made."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from tests.support.clock import Clock
from tests.support.faults import fault
from tests.support.house import House, make_house
from tests.support.stores import Switched
from tests.support.turns import Worker
from vwr_middleware.blocking import finish
from vwr_middleware.line.constants import SETTLING
from vwr_middleware.line.messages import Place
from vwr_middleware.papers.tickets import Ticket
from vwr_middleware.stores.memory.store import MemoryStore
from vwr_middleware.worker.room_view import RoomView
from vwr_middleware.worker.store_access import Moving, StoreAccess

Step = Callable[[StoreAccess, RoomView, Place], Coroutine[Any, Any, Any]]

STEPS: dict[str, Step] = {
    "knock": lambda store_access, view, place: store_access.knock(view, place, 2.0, False),
    "claim": lambda store_access, view, place: store_access.claim(view, place, 2.0),
    "renew": lambda store_access, view, place: store_access.renew(view, "1-2", place.room_id),
    "move": lambda store_access, view, place: Moving(store_access, view).move(["f" * 32], ""),
}


@pytest.fixture
def house(clock: Clock) -> House:
    return make_house(clock, max_active=1, session_seconds=60)


@pytest.mark.parametrize("name", list(STEPS))
def test_a_session_that_has_run_out_is_told_whichever_step_finds_it_out(
    name: str, house: House
) -> None:
    first, second = house.visitor(), house.visitor()
    first.open(), first.open(), second.open()
    store_access, view = house.site.store_access, house.site.store_access.views["main"]
    finish(house.store.advance("main", 1))
    finish(store_access.newest(view))
    assert view.room is not None
    place = Place(1, 2, room_id=view.room.room_id)
    finish(house.store.keep_code("main", place, "f" * 32))
    house.clock.pass_by(130)
    finish(STEPS[name](store_access, view, place))
    assert house.told("expired") == ["1-1"]


@pytest.fixture
def store(clock: Clock) -> Switched:
    return Switched(MemoryStore(clock))


def test_a_reading_that_is_getting_old_is_made_anew_behind_the_answer(
    store: Switched, clock: Clock
) -> None:
    worker = Worker(store, clock)
    store.trips.clear()
    for _ in range(4):
        clock.pass_by(0.3)
        finish(worker.store_access.fresh(worker.view))
    assert store.trips == {"refresh": 2}


def test_the_store_is_told_once_of_a_session_that_is_over(store: Switched, clock: Clock) -> None:
    worker = Worker(store, clock)
    finish(worker.store_access.join(worker.view, "place"))
    for _ in range(3):
        worker.store_access.endings.mark(worker.view, "1-1", "completed")
        assert "1-1" in worker.view.ended, "this worker refuses it at once"
        finish(worker.store_access.newest(worker.view))
    assert store.trips["end"] == 1


@fault(
    "Many sessions end at one moment, while the store is busy",
    inside="Are out at once.",
    figure="300 endings, 300 trips.",
)
def test_of_many_sessions_that_end_at_one_moment_each_is_told_once(clock: Clock) -> None:
    """Each was told by every request that ended one: 300 of them, 90,000 trips to a busy store."""
    store = SlowToEnd(MemoryStore(clock))
    worker = Worker(store, clock)
    sessions = [f"1-{number + 1}" for number in range(300)]
    endings = worker.store_access.endings

    async def end(session: str) -> None:
        endings.mark(worker.view, session, "completed")
        await endings.tell_of(worker.view, session)

    async def all_at_once() -> None:
        await asyncio.gather(*map(end, sessions), endings.tell(worker.view))

    asyncio.run(all_at_once())
    assert store.trips["end"] == len(sessions)
    assert not worker.view.ended.untold


@fault(
    "Many sessions end at one moment, while the store is busy",
    line="Are called all the while: a reading tells of 200 at most.",
)
def test_a_reading_does_not_wait_for_a_long_list_of_endings(store: Switched, clock: Clock) -> None:
    worker = Worker(store, clock)
    for number in range(300):
        worker.store_access.endings.mark(worker.view, f"1-{number + 1}", "completed")
    told = []
    for _ in range(3):
        finish(worker.store_access.newest(worker.view))
        told.append(store.trips["end"])
    assert told == [200, 300, 300]


class SlowToEnd(Switched):
    """A store that lets others go on while it ends a session."""

    async def end(self, *args: Any, **kwargs: Any) -> Any:
        self.trips["end"] += 1
        await asyncio.sleep(0)
        return await self._store.end(*args, **kwargs)


def test_a_step_at_a_store_that_has_lost_the_room_brings_the_room_back_first(
    store: Switched, clock: Clock
) -> None:
    worker = Worker(store, clock)
    for _ in range(3):
        finish(worker.store_access.join(worker.view, "place"))
    worker.store_access.store = MemoryStore(clock)
    assert finish(worker.store_access.join(worker.view, "place")).verdict == "settling"
    clock.pass_by(SETTLING)
    assert finish(worker.store_access.join(worker.view, "place")).position == 4


def test_who_asked_at_the_door_in_an_outage_is_handed_in_once_it_is_over(
    store: Switched, clock: Clock
) -> None:
    worker = Worker(store, clock)
    store.is_off = True
    finish(worker.store_access.newest(worker.view))
    worker.view.called.held_slots.note(7, 2.0, False, clock())
    finish(worker.store_access.newest(worker.view))  # too soon for another try
    assert list(worker.view.called.held_slots.knocks) == [7]


@pytest.mark.parametrize("is_called", [True, False])
def test_a_ticket_that_another_worker_knows_more_of_has_the_room_read_anew(
    is_called: bool, store: Switched, clock: Clock
) -> None:
    one, other = Worker(store, clock), Worker(store, clock)
    finish(one.store_access.join(one.view, "place"))
    finish(one.store_access.join(one.view, "place"))
    if is_called:
        finish(other.store_access.newest(other.view))
        finish(store.advance("main", 1))
    clock.pass_by(0.3)
    known = other.view.room
    assert known is not None
    read, _ = finish(other.turns.newest_for(known, Ticket(known.room_id, 1, 2, int(clock()))))
    assert (read.queue, read.serving) == (2, 2 if is_called else 1)


def test_a_reading_of_more_than_a_second_ago_is_used_only_while_the_store_is_away(
    store: Switched, clock: Clock
) -> None:
    worker = Worker(store, clock)
    store_access, view = worker.store_access, worker.view
    store.trips.clear()
    assert store_access.keep_fresh(view)
    clock.pass_by(1.1)
    assert not store_access.keep_fresh(view)
    assert not store.trips
    store.is_off = True
    finish(store_access.newest(view))
    assert store_access.keep_fresh(view)


def test_who_has_polled_is_handed_in_until_the_store_has_heard_of_it(
    store: Switched, clock: Clock
) -> None:
    worker = Worker(store, clock)
    worker.view.present.note(7)
    store.is_off = True
    finish(worker.store_access.newest(worker.view))
    assert worker.view.present.hand_in(clock()) == [7]
    store.is_off = False
    clock.pass_by(10)
    finish(worker.store_access.newest(worker.view))
    assert worker.view.present.hand_in(clock()) == []


def test_a_session_is_known_as_ended_until_it_begins_again(store: Switched, clock: Clock) -> None:
    worker = Worker(store, clock)
    store_access, view = worker.store_access, worker.view
    for _ in range(2):
        finish(store_access.join(view, "place"))
    assert list(view.called.entered) == [1]
    finish(store.end("main", "1-1", "completed"))
    finish(store_access.renew(view, "1-1", first=True))
    assert "1-1" not in view.ended, "the claim of a first token may have lapsed"
    finish(store_access.renew(view, "1-1"))
    assert "1-1" in view.ended
    view.note_end("1-2", clock())
    finish(store.advance("main", 1))
    room = finish(store_access.newest(view))
    assert room is not None
    assert finish(store_access.claim(view, worker.place(room, 2), 2.0)).verdict == "entered"
    assert "1-2" not in view.ended
    assert list(view.called.entered) == [1, 2]
