"""Hooks: everything that happens is told, once, and by whom does not matter."""

import json
import logging
from collections import Counter
from typing import Any

import pytest

from tests.support.clock import Clock
from tests.support.faults import fault
from tests.support.house import House, Shop, inside, make_house, waiting
from tests.support.our_log import our_log
from tests.support.resume import RESUME
from tests.support.rooms import Room
from vwr_middleware.blocking import finish
from vwr_middleware.events import Event, Hooks
from vwr_middleware.stores import Store
from vwr_middleware.stores.memory.store import MemoryStore
from vwr_middleware.worker.refresh import ask_of
from vwr_middleware.worker.sharing import JoinParameters


@pytest.fixture
def house(clock: Clock) -> House:
    return make_house(clock, max_active=1)


def test_who_enters_at_once_has_joined_and_claimed(house: House) -> None:
    visitor = house.visitor()
    visitor.open()
    assert [(event.name, event.subject) for event in house.events] == [
        ("joined", "1-1"),
        ("claimed", "1-1"),
    ]
    visitor.open()
    assert house.told("renewed") == ["1-1"]
    assert {event.room for event in house.events} == {"main"}
    assert {event.at for event in house.events} == {house.clock()}


@pytest.mark.parametrize("word", ["completed", "abandoned"])
def test_what_the_app_ends_is_told_once(house: House, word: str) -> None:
    visitor = house.visitor()
    visitor.open()
    house.app.headers = [("VWR-Session", word)]
    visitor.open()
    visitor.open()
    house.pass_by(2)
    assert house.told(word) == ["1-1"]


def test_what_expires_is_told_once_whatever_step_finds_it_out(clock: Clock) -> None:
    house = make_house(clock, max_active=5, confirm_within=10, session_seconds=60)
    visitors = [house.visitor() for _ in range(4)]
    for visitor in visitors:
        visitor.open()
        visitor.open()
        clock.pass_by(0.4)
    clock.pass_by(119)  # nobody refreshes meanwhile
    late = house.visitor()
    late.post("/vwr/main/tickets")
    late.post("/vwr/main/leave")
    house.pass_by(2)
    assert sorted(house.told("expired")) == ["1-1", "1-2", "1-3", "1-4"]
    assert house.told("left") == ["1-5"]


def test_a_claim_that_nobody_confirms_lapses_and_whoever_comes_back_claims_again(
    clock: Clock,
) -> None:
    house = make_house(clock, max_active=1, confirm_within=10)
    visitor = house.visitor()
    visitor.open()
    house.pass_by(11)
    assert house.told("lapsed") == ["1-1"]
    visitor.open()
    visitor.open()
    house.pass_by(1)
    assert house.told("claimed") == ["1-1", "1-1"]
    assert (house.told("lapsed"), house.told("expired")) == (["1-1"], [])


def test_whoever_joins_again_as_the_same_identity_is_told_once(house: House) -> None:
    store_access = house.site.store_access
    view = store_access.views["main"]
    for identity in ("a" * 16, "a" * 16, "b" * 16, "b" * 16):
        finish(store_access.join(view, "place", JoinParameters(identity)))
    assert (house.told("joined"), house.told("claimed")) == (["1-1", "1-2"], ["1-1"])


def test_leaving_twice_is_told_once(house: House) -> None:
    house.visitor().open()
    visitor = house.visitor()
    ticket = visitor.post("/vwr/main/tickets").json["ticket"]
    for _ in range(2):
        assert visitor.post("/vwr/main/leave", vwr_ticket=ticket).status == 200
    house.pass_by(1)
    assert house.told("left") == ["1-2"]


def test_a_place_that_goes_to_another_device_is_told_once(house: House) -> None:
    inside(house)
    phone, laptop = waiting(house), house.visitor()
    told = json.dumps({"code": phone.post(RESUME).json["code"], "attempt": "a"}).encode()
    for _ in range(2):  # its answer got lost
        assert laptop.post(RESUME, told, content_type="application/json").status == 200
    house.pass_by(1)
    assert house.told("moved") == ["1-2"]


def test_claiming_twice_is_told_once(house: House) -> None:
    visitor = house.visitor()
    ticket = visitor.post("/vwr/main/tickets").json["ticket"]
    house.pass_by(3)
    for _ in range(3):
        assert visitor.post("/vwr/main/token?go=1", vwr_ticket=ticket).status == 200
        house.pass_by(1)
    assert house.told("claimed") == ["1-1"]


def test_what_an_operator_does_is_told(house: House) -> None:
    first, second = house.visitor(), house.visitor()
    first.open()
    first.open()
    second.open()
    finish(house.store.advance("main", 1))
    house.pass_by(1)
    assert house.told("called") == ["2-2"]
    finish(house.store.change("main", {"mode": "paused"}))
    house.pass_by(1)
    assert house.told("mode_changed") == ["paused"]
    finish(house.store.reset("main", end_sessions=True))
    house.pass_by(1)
    assert house.told("reset") == ["2"]
    assert house.told("revoked") == ["1-1"]


def test_two_workers_tell_everything_once_between_them(clock: Clock) -> None:
    one = make_house(clock, max_active=1)
    two = make_house(clock, one.app, one.store, max_active=1)
    first, second = one.visitor(), two.visitor()
    first.open()
    second.open()
    second.house = one
    for house in (two, one, two, one):
        first.house = house
        first.post("/vwr/main/leave")
    for _ in range(6):
        clock.pass_by(0.5)
        for house in (one, two):
            house.visitor().get("/vwr/main/status")
    second.open()
    second.house = two
    second.open()
    told = Counter((event.name, event.subject) for event in one.events + two.events)
    assert told == {
        ("joined", "1-1"): 1,
        ("claimed", "1-1"): 1,
        ("abandoned", "1-1"): 1,
        ("joined", "1-2"): 1,
        ("called", "2-2"): 1,
        ("claimed", "1-2"): 1,
        ("renewed", "1-2"): 1,
    }


@fault(
    "A function or template of yours fails",
    new="`on_event`: it is logged, and changes nothing.",
)
def test_a_hook_that_fails_is_logged_and_changes_nothing(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(event: Event) -> None:
        raise ZeroDivisionError

    house = make_house(clock, max_active=1, on_event=fail)
    assert house.visitor().open().has_passed
    assert house.visitor().open().status == 202
    records = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert [record.getMessage() for record in records] == [
        "on_event failed for 'joined' in room main (1 so far)",
        "on_event failed for 'claimed' in room main (2 so far)",
    ]


def test_a_reading_that_was_on_its_way_for_long_tells_of_no_reset(clock: Clock) -> None:
    house = make_house(clock)
    house.pass_by(1)
    store_access, view = house.site.store_access, house.site.store_access.views["main"]
    (late,) = finish(house.store.refresh([ask_of(view, clock())]))
    finish(house.store.reset("main"))
    finish(house.store.change("main", {"mode": "paused"}))
    began = clock()
    house.pass_by(1)
    assert store_access.room_identity.take(view, late, began)
    assert (house.told("reset"), house.told("mode_changed")) == (["2"], ["paused"])


def test_who_finds_no_place_in_line_has_not_joined(clock: Clock) -> None:
    house = make_house(clock, max_active=1, max_waiting=1)
    for _ in range(3):
        house.visitor().open()
    assert house.told("joined") == ["1-1", "1-2"]


def test_a_session_that_two_workers_end_is_told_of_once(clock: Clock) -> None:
    shop, store = Shop(), MemoryStore(clock)
    one, other = (make_house(clock, shop, store, max_active=1) for _ in range(2))
    visitor = inside(one)
    elsewhere = visitor.at(other)
    assert elsewhere.open().has_passed
    shop.headers = [("VWR-Session", "completed")]
    assert visitor.open().has_passed
    assert elsewhere.open().has_passed, "it has not heard of the end yet"
    assert one.told("completed") + other.told("completed") == ["1-1"]


# What no step of a visitor can tell is told by the next refresh, of every store.


def test_events_wait_for_the_next_refresh_in_every_store(
    store: Store, clock: Clock, make_room: Any
) -> None:
    room: Room = make_room(max_active=2, session_seconds=50, session_grace=0, confirm_within=50)
    room.join(3)
    room.renew(1)
    room.leave(3)
    clock.pass_by(51)
    room.advance(1)
    events = room.look().events
    # The second never came back to confirm, so that its claim is undone.
    assert events == [["left", "1-3"], ["expired", "1-1"], ["lapsed", "1-2"], ["called", "3-3"]]
    assert room.look().events == []
    room.join(2)
    room.reset(end_sessions=True)
    assert sorted(room.look().events) == [["revoked", "1-4"], ["revoked", "1-5"]]


def test_who_only_looks_leaves_the_events_to_a_worker_in_every_store(
    clock: Clock, make_room: Any
) -> None:
    # An operator's shell has no hook: what it took along nobody would hear of.
    room: Room = make_room(max_active=1, session_seconds=50, session_grace=0)
    room.join(3)
    room.renew(1)
    room.advance(1)
    assert room.look(tells=False).events == []
    clock.pass_by(51)
    assert room.look(3, tells=False).events == []
    assert room.look().events == [["called", "2-2"], ["expired", "1-1"], ["called", "3-3"]]


def test_what_an_operator_revokes_is_told_by_the_next_reading_in_every_store(
    make_room: Any,
) -> None:
    room: Room = make_room(max_active=2)
    room.join(2)
    finish(room.store.end("main", "1-1", "revoked", who="Ann"))
    finish(room.store.end("main", "1-2", "completed"))  # whoever ends it tells so
    assert room.look(tells=False).events == []
    assert room.look().events == [["revoked", "1-1"]]


def test_a_batch_of_joins_tells_its_claims_in_every_store(make_room: Any) -> None:
    room: Room = make_room(max_active=2)
    turns = room.join(3)
    assert [event for turn in turns for event in turn.events] == [
        ("claimed", "1-1"),
        ("claimed", "1-2"),
    ]


def test_what_was_called_by_hand_is_told_in_every_store(make_room: Any) -> None:
    room: Room = make_room(max_active=1, mode="paused")
    room.join(5, "ticket")
    room.advance(2)
    finish(room.store.advance_to("main", 4))
    assert [event for event in room.look().events if event[0] == "called"] == [
        ["called", "1-2"],
        ["called", "3-4"],
    ]


def test_nothing_grows_while_nobody_refreshes(make_room: Any) -> None:
    room: Room = make_room(max_active=1, mode="queue")
    room.join(600, "ticket")
    for position in range(2, 560):
        room.leave(position)
    events = room.look().events
    assert len(events) <= 501
    assert ["left", "1-559"] in events
    assert ["left", "1-2"] not in events


def test_without_a_hook_nobody_is_asked(caplog: pytest.LogCaptureFixture) -> None:
    Hooks(None).tell_all("main", [("joined", "1-1")], 0.0)
    assert not our_log(caplog)
