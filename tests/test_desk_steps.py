"""The steps of one worker at the store: what they tell, and how often they are made."""

from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from tests.support.clock import Clock
from tests.support.house import House, make_house
from tests.support.stores import Switched
from tests.support.turns import Worker
from vwr_middleware.blocking import finish
from vwr_middleware.line.place import Place
from vwr_middleware.stores.memory import MemoryStore
from vwr_middleware.worker.desk import Desk
from vwr_middleware.worker.moving import Moving
from vwr_middleware.worker.room_view import RoomView

Step = Callable[[Desk, RoomView, Place], Coroutine[Any, Any, Any]]

STEPS: dict[str, Step] = {
    "knock": lambda desk, view, place: desk.knock(view, place, 2.0, False),
    "claim": lambda desk, view, place: desk.claim(view, place, 2.0),
    "renew": lambda desk, view, place: desk.renew(view, "1-2", place.room_id),
    "move": lambda desk, view, place: Moving(desk, view).move(["f" * 32], ""),
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
    desk, view = house.site.desk, house.site.desk.views["main"]
    finish(house.store.advance("main", 1))
    finish(desk.newest(view))
    assert view.snapshot is not None
    place = Place(1, 2, room_id=view.snapshot.room_id)
    finish(house.store.keep_code("main", place, "f" * 32))
    house.clock.pass_by(130)
    finish(STEPS[name](desk, view, place))
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
        finish(worker.desk.fresh(worker.view))
    assert store.trips == {"refresh": 2}


def test_the_store_is_told_once_of_a_session_that_is_over(store: Switched, clock: Clock) -> None:
    worker = Worker(store, clock)
    finish(worker.desk.join(worker.view, "p"))
    worker.desk.endings.mark(worker.view, "1-1", "completed")
    for _ in range(3):
        finish(worker.desk.newest(worker.view))
    assert store.trips["end"] == 1
