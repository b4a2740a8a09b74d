"""Several rooms of one worker: what happens to one of them shows in no other."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from tests.support.clock import Clock
from vwr_middleware.blocking import finish
from vwr_middleware.events import Event, Hooks
from vwr_middleware.line.messages import Seen
from vwr_middleware.settings import RoomSettings
from vwr_middleware.stores import Store
from vwr_middleware.worker.store_access import StoreAccess

NAMES = ("first", "main", "last")


@dataclass
class Worker:
    """One worker of three rooms for one at a time, which reads them when it is told."""

    store: Store
    clock: Clock
    events: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        rooms = [RoomSettings(name=name, paths=[f"/{name}"], max_active=1) for name in NAMES]
        self.store_access = StoreAccess(
            self.store, rooms, Hooks(self.events.append), self.clock, self.clock
        )
        self.read()

    def read(self) -> None:
        finish(self.store_access.newest(self.store_access.views["main"]))

    def join(self, room_name: str) -> None:
        finish(self.store_access.join(self.store_access.views[room_name], "place"))

    def told(self, room_name: str) -> list[tuple[str, str]]:
        return [(event.name, event.subject) for event in self.events if event.room == room_name]


@pytest.fixture
def worker(store: Store, clock: Clock) -> Worker:
    return Worker(store, clock)


def restore(worker: Worker) -> None:
    """Another worker has brought the room of another store back."""
    finish(worker.store.restore("main", Seen("f" * 16, 1, 9, 9)))


def fall_back(worker: Worker) -> None:
    """A copy of this room from before a few endings is in force."""
    worker.store_access.views["main"].ended.number = 9


@pytest.mark.parametrize("happens", [restore, fall_back])
def test_what_a_reading_tells_of_a_room_is_told_though_another_is_read_twice(
    worker: Worker, happens: Callable[[Worker], None]
) -> None:
    for room in NAMES:
        worker.join(room)
        worker.join(room)
    worker.clock.pass_by(61)
    happens(worker)
    worker.read()
    for room in ("first", "last"):
        assert worker.told(room).count(("lapsed", "1-1")) == 1
    ids = [view.room.room_id for view in worker.store_access.views.values() if view.room]
    assert len(set(ids)) == 3
