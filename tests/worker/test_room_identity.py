"""Workers meet papers of rooms that their store does not hold."""

import json
import logging
from copy import deepcopy
from dataclasses import replace

import pytest

from tests.support.asgi import FETCH
from tests.support.clock import Clock
from tests.support.faults import fault
from tests.support.house import House, inside, make_house, waiting
from tests.support.our_log import our_log
from tests.support.rooms import Room
from tests.support.stores import Switched
from tests.support.visitor import TICKET, TOKEN
from vwr_middleware.events import Hooks
from vwr_middleware.stores.memory.store import MemoryRooms, MemoryStore
from vwr_middleware.worker.events_and_log import EventsAndLog
from vwr_middleware.worker.other_rooms import ROOMS_MOST, OtherRoom, OtherRooms, together

LOST = "f" * 16


@pytest.fixture
def house(clock: Clock) -> House:
    return make_house(clock, max_active=2)


def test_what_papers_tell_of_a_room_is_that_of_its_latest_generation() -> None:
    told = OtherRoom(2, 70, 0, 1, 100.0)
    for paper in (OtherRoom(2, 0, 40, 1, 101.0), OtherRoom(1, 900, 800, 1, 102.0)):
        told.take(paper)
    assert told == OtherRoom(2, 70, 40, 3, 102.0)
    told.take(OtherRoom(3, 5, 0, 1, 90.0))
    assert told == OtherRoom(3, 5, 0, 4, 102.0)


def test_few_such_rooms_are_remembered_and_those_met_last() -> None:
    met = OtherRooms()
    for number in range(9):
        met.note(f"{number:016x}", OtherRoom(1, number, 0, 1, float(number)))
        met.note(f"{5:016x}", OtherRoom(1, 70, 0, 1, float(number)))
    assert len(met) == ROOMS_MOST
    assert [told.ticket for told in met.values()] == [6, 7, 8, 70]


def test_rooms_that_the_store_holds_by_now_are_forgotten(clock: Clock) -> None:
    met, known = OtherRooms(), replace(Room(MemoryStore(clock), clock).look(), replaced=[LOST])
    for room_id in (LOST, "a" * 16, known.room_id):
        met.note(room_id, OtherRoom(1, 70, 0, 1, 100.0))
    met.forget(known)
    assert list(met) == ["a" * 16]


def test_what_several_workers_met_is_put_together() -> None:
    one, other = OtherRooms(), OtherRooms()
    one.note(LOST, OtherRoom(1, 70, 0, 3, 100.0))
    other.note(LOST, OtherRoom(1, 60, 50, 2, 300.0))
    other.note("a" * 16, OtherRoom(1, 1, 0, 1, 200.0))
    posts = [json.loads(json.dumps(met.post())) for met in (one, other)]
    posts[0][LOST].append("what a later release tells")
    assert dict(together(posts)) == {
        "a" * 16: OtherRoom(1, 1, 0, 1, 200.0),
        LOST: OtherRoom(1, 70, 50, 5, 300.0),
    }
    assert list(together(posts)) == ["a" * 16, LOST]


def test_two_copies_of_a_store_are_told_by_a_number_that_only_one_has_given(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    store, copy = MemoryStore(clock), MemoryStore(clock)
    house = make_house(clock, store=store, max_active=1)
    inside(house)
    copy._kept = deepcopy(store._kept)
    other = make_house(clock, store=copy, max_active=1)
    waiting(other)
    visitor = waiting(house).at(other)
    for _ in range(3):
        visitor.open()
        other.pass_by(1)
    assert "a copy of it is in use" not in caplog.text, "both copies have given this number"
    visitor = waiting(house).at(other)
    for _ in range(3):
        visitor.open()
        other.pass_by(1)
    assert caplog.text.count("a copy of it is in use") == 1


def test_papers_of_another_store_tell_how_far_its_line_was(house: House) -> None:
    other = make_house(house.clock, max_active=2)
    admitted = [inside(other), inside(other)]
    line = [waiting(other) for _ in range(3)]
    inside(house)
    for visitor in (admitted[1], line[2], admitted[0], line[0]):
        visitor.at(house).ask("GET", "/tickets", FETCH, {})
    view, theirs = house.site.store_access.views["main"], other.site.store_access.views["main"]
    assert theirs.room
    met = house.site.store_access.room_identity.other_rooms(view)
    assert list(met) == [theirs.room.room_id]
    told = met[theirs.room.room_id]
    assert (told.generation, told.ticket, told.token) == (1, 5, 2)
    assert told.papers >= 4


def test_any_worker_tells_what_the_others_met(clock: Clock) -> None:
    store = MemoryStore(clock)
    one = make_house(clock, store=store, max_active=1)  # which no panel asks
    other = make_house(clock, store=store, max_active=1, admin_password="one for tests")
    elsewhere = make_house(clock, max_active=1)
    inside(one), inside(elsewhere)
    waiting(elsewhere).at(one).get("/vwr/main/position")
    for house in (one, other):
        house.pass_by(12)
    met = other.site.store_access.room_identity.other_rooms(other.site.store_access.views["main"])
    assert [(told.ticket, told.papers) for told in met.values()] == [(2, 1)]


def test_a_busy_worker_posts_what_it_counts_every_few_seconds(clock: Clock) -> None:
    store = Switched(MemoryStore(clock))
    house = make_house(clock, store=store.as_store(), admin_password="one for tests")
    house.pass_by(20)
    assert 3 <= store.trips["post"] <= 5
    store.trips.clear()
    make_house(clock, store=store.as_store()).pass_by(20)
    assert store.trips["refresh"] and not store.trips["post"], "nobody would read it"


def test_operators_are_told_until_a_while_after_the_last_paper(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    other = make_house(house.clock, max_active=1)
    inside(house), inside(other)
    stray = waiting(other).at(house)
    view, room_identity = (
        house.site.store_access.views["main"],
        house.site.store_access.room_identity,
    )
    told = []
    for seconds in (0, 590, 590, 601, 1):
        house.pass_by(seconds)
        told.append(room_identity.met_lately(view))
        if len(told) < 3:
            stray.get("/vwr/main/position")
    assert told == [False, True, True, False, False]
    assert caplog.text.count("two stores serve this room") == 1
    assert "vwr restore main" in caplog.text
    stray.get("/vwr/main/position")
    assert caplog.text.count("two stores serve this room") == 2
    assert house.site.store_access.events_and_log.foreign == 3
    assert next(iter(room_identity.other_rooms(view).values())).ticket == 2, "it is not forgotten"


def test_a_worker_whose_room_is_another_by_now_tells_what_it_knew(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    house = make_house(clock, max_active=2)
    inside(house), inside(house), waiting(house)
    view = house.site.store_access.views["main"]
    known = view.room
    house.site.store_access.store = MemoryStore(clock)
    newcomer = make_house(clock, store=house.site.store_access.store, max_active=2)
    inside(newcomer)
    assert known
    house.pass_by(2)
    met = house.site.store_access.room_identity.other_rooms(view)
    assert (met[known.room_id].ticket, met[known.room_id].token) == (3, 2)
    assert caplog.text.count("two stores serve this room") == 1
    assert "a newly started worker was the first to ask" in caplog.text


def test_a_reading_of_the_old_room_that_another_thread_still_has_in_hand_is_not_mixed_in(
    clock: Clock,
) -> None:
    house, other = make_house(clock, max_active=2), make_house(clock, max_active=2)
    inside(house), inside(house), waiting(house)
    inside(other)
    view, room_identity = (
        house.site.store_access.views["main"],
        house.site.store_access.room_identity,
    )
    theirs, known, began = other.site.store_access.views["main"].room, view.room, view.read_at
    assert theirs and known
    in_hand = replace(known.as_snapshot(), ended=["1-1"])

    class Meanwhile(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            """Threads take turns where one of them writes."""
            room_identity.take(view, in_hand, began + 1)

    log, meanwhile = logging.getLogger("vwr_middleware"), Meanwhile()
    log.addHandler(meanwhile)
    try:
        room_identity.take(view, theirs.as_snapshot(), began + 2)
    finally:
        log.removeHandler(meanwhile)
    assert view.room and view.room.room_id == theirs.room_id
    assert (theirs.queue, theirs.serving) == (1, 1)
    assert not view.ended, "the other room's sessions go by the same names"


def test_a_worker_that_takes_on_another_room_takes_nothing_of_the_old_one_along(
    clock: Clock,
) -> None:
    house, other = make_house(clock, max_active=2), make_house(clock, max_active=2)
    inside(house), inside(house), waiting(house).get("/vwr/main/position")
    inside(other)
    view, theirs = house.site.store_access.views["main"], other.site.store_access.views["main"].room
    assert theirs
    house.site.store_access.room_identity.take(view, theirs.as_snapshot(), view.read_at + 1)
    seen = view.seen(0.0)
    assert seen
    assert (seen.room_id, seen.queue, seen.claimed) == (theirs.room_id, 1, 0)
    assert not (view.present or view.called.entered or view.called.granted_claims)


def test_who_has_ended_in_another_room_is_known_to_a_worker_that_takes_it_on(clock: Clock) -> None:
    store = MemoryStore(clock)
    house = make_house(clock, store=store)
    inside(house).post("/vwr/main/leave")
    house.pass_by(1)
    store._kept = MemoryRooms()
    other = make_house(clock, store=store)
    visitor = inside(other)
    token = visitor.jar[TOKEN]
    visitor.post("/vwr/main/leave")
    house.pass_by(1)
    visitor.jar = {TOKEN: token}
    assert visitor.at(house).open().header("vwr-state") == "ended"


def test_a_reading_takes_no_counters_of_another_room(clock: Clock) -> None:
    house, other = make_house(clock, max_active=2), make_house(clock, max_active=2)
    inside(house), inside(house), waiting(house)
    inside(other)
    view, theirs = house.site.store_access.views["main"], other.site.store_access.views["main"].room
    assert theirs
    view.take(theirs.as_snapshot(), view.read_at + 1)
    assert (theirs.queue, theirs.serving) == (1, 1)


@fault(
    "Two stores serve one room",
    inside="Each store has sessions of its own.",
    line="Have a place in each, and keep both.",
    new="Each store gives its own numbers.",
)
@pytest.mark.parametrize("by_poll", [True, False])
def test_whoever_goes_to_and_fro_between_two_stores_has_a_place_in_each_and_is_noticed(
    clock: Clock, by_poll: bool
) -> None:
    houses = [make_house(clock, max_active=1) for _ in "ab"]
    for house in houses:
        inside(house), waiting(house)
    visitor = houses[0].visitor()
    visitor.open()
    places = []
    for house in houses[::-1] * 4:
        visitor = visitor.at(house)
        if by_poll and len(visitor.jar) == 2:
            places.append(visitor.get("/vwr/main/position").json["position"])
        else:
            assert TICKET in visitor.open().cookies, "a page without scripts does not poll"
            places.append(visitor.get("/vwr/main/position").json["position"])
        assert len(visitor.jar) <= 2
    assert places == [3] * 8
    assert [house.issued for house in houses] == [3, 3]
    assert all(house.site.store_access.events_and_log.foreign >= 3 for house in houses)


def test_threads_that_take_turns_at_the_log_do_not_each_tell_it() -> None:
    events_and_log, told = EventsAndLog(Hooks(None)), []

    class TakesTurns(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            told.append(record)
            if len(told) < 9:  # another thread, while this one waits for the log
                events_and_log.other_room("main", "a ticket of another store came", 100.0)
                events_and_log.rebuilt("main", 100.0)

    handler, log = TakesTurns(), logging.getLogger("vwr_middleware")
    log.addHandler(handler)
    try:
        events_and_log.other_room("main", "a ticket of another store came", 100.0)
        events_and_log.rebuilt("main", 100.0)
    finally:
        log.removeHandler(handler)
    assert [record.getMessage()[:18] for record in told] == [
        "room main: a ticke",
        "room main: its sto",
    ]


def test_a_setting_that_another_release_does_not_have_is_no_difference(
    caplog: pytest.LogCaptureFixture,
) -> None:
    ours, theirs = {"max_active": 3, "newer": 1}, {"max_active": 3, "older": 2}
    EventsAndLog(Hooks(None)).settings("main", ours, theirs)
    assert not our_log(caplog, "other settings")
