"""A store that fell back is lifted to what workers saw; a foreign worker changes nothing."""

from collections.abc import Callable
from contextlib import suppress

from tests.support.clock import Clock
from tests.support.rooms import Room
from vwr_middleware.blocking import finish
from vwr_middleware.errors import ForeignRoom
from vwr_middleware.line.answers import Snapshot
from vwr_middleware.line.asks import Ask, Seen
from vwr_middleware.line.place import Place
from vwr_middleware.settings.room import RoomSettings
from vwr_middleware.stores.memory.store import MemoryStore

Rooms = Callable[..., Room]


def ask(seen: Seen | None = None) -> Ask:
    config = RoomSettings(paths="/", max_active=2, session_seconds=30, session_grace=0)
    return Ask("main", config.store_config(), seen=seen)


def read(store: MemoryStore, seen: Seen | None = None) -> Snapshot:
    return finish(store.refresh([ask(seen)]))[0]


def test_a_worker_of_another_room_changes_nothing(clock: Clock) -> None:
    store = MemoryStore(clock)
    read(store)
    finish(store.join("main", ["place"]))
    clock.pass_by(5)
    session = f"{finish(store.claim('main', Place(1, 1), 2.0)).generation}-1"
    finish(store.renew("main", session))
    clock.pass_by(60)
    with suppress(ForeignRoom):
        finish(store.join("main", ["place"], Seen("another", 9, 100, 100)))
    assert ["expired", session] in read(store).events


def test_a_room_lifted_to_a_newer_generation_keeps_nothing_of_the_old_one(clock: Clock) -> None:
    store = MemoryStore(clock)
    room = read(store).room_id
    finish(store.join("main", ["place", "place"]))
    lifted = read(store, Seen(room, 2, 7, 3))
    assert (lifted.generation, lifted.queue, lifted.serving, lifted.called) == (2, 7, 3, 3)
    assert lifted.first_claim == 0


def test_calling_none_of_the_present_calls_nobody(clock: Clock) -> None:
    store = MemoryStore(clock)
    read(store)
    finish(store.join("main", ["place"] * 5))
    before = read(store).serving
    assert finish(store.advance("main", 0, present_only=True)) == 0
    assert read(store).serving == before


def test_a_later_state_of_the_adaptive_limit_than_the_store_has_is_taken(make_room: Rooms) -> None:
    main = make_room()
    main.look(adaptive={"limit": 5}, adaptive_version=7)
    snapshot = main.look(adaptive={"limit": 6}, adaptive_version=7)
    assert (snapshot.adaptive, snapshot.adaptive_version) == ({"limit": 5}, 8)
