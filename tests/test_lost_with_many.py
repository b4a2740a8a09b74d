"""A store that loses its data while people join at several workers."""

from typing import Any

from tests.support.clock import Clock
from vwr_middleware.blocking import finish
from vwr_middleware.events import Hooks
from vwr_middleware.settings import RoomSettings
from vwr_middleware.stores.memory import MemoryStore
from vwr_middleware.worker.desk import Desk


class Emptied:
    """A store that can lose all that it holds."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.lose()

    def lose(self) -> None:
        self.store = MemoryStore(self.clock)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)


def worker(store: Any, clock: Clock) -> Desk:
    settings = [RoomSettings(paths="/tickets", max_active=1, mode="queue")]
    return Desk(store, settings, Hooks(None), clock, clock, 3600.0)


def test_the_first_worker_to_join_again_repeats_no_number_that_another_gave_away(
    clock: Clock,
) -> None:
    store = Emptied(clock)
    ahead, behind = worker(store, clock), worker(store, clock)
    given: list[int] = []

    def join(desk: Desk, times: int = 1) -> None:
        view = desk.views["main"]
        finish(desk.fresh(view))
        given.extend(finish(desk.join(view, "p")).position for _ in range(times))

    for _ in range(4):  # both see how fast people come
        join(ahead, 10)
        join(behind)
        clock.pass_by(1.1)
    join(behind)
    join(ahead, 5)
    store.lose()
    join(behind)
    join(ahead, 10)
    assert len(set(given)) == len(given)


def test_a_store_that_loses_the_room_again_and_again_does_not_use_its_numbers_up(
    clock: Clock,
) -> None:
    store = Emptied(clock)
    workers = worker(store, clock), worker(store, clock)
    given: list[int] = []
    for turn in range(60):
        for desk in workers:
            view = desk.views["main"]
            finish(desk.newest(view))
            given.append(finish(desk.join(view, "p")).position)
        if turn > 10:
            store.lose()
        clock.pass_by(0.55)
    assert len(set(given)) == len(given)
    assert max(given) < 10 * len(given)
