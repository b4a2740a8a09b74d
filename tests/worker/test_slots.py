"""For whom a worker thinks that a slot is free, between two readings of the room."""

from dataclasses import replace
from typing import Any

import pytest

from tests.support.clock import Clock
from tests.support.rooms import Room
from vwr_middleware.line.messages import Turn, Verdict
from vwr_middleware.stores.memory.store import MemoryStore
from vwr_middleware.worker.called import FreeSlots
from vwr_middleware.worker.current_room import CurrentRoom

CLAIMED = (("claimed", "1-1"),)


def answer(verdict: Verdict, position: int, events: Any = (), ahead: int = 0) -> Turn:
    return Turn(verdict, 0.0, position=position, events=events, ahead=ahead)


@pytest.fixture
def read(clock: Clock) -> CurrentRoom:
    """Ten of ten are inside; 11 to 30 are called, and 12, 14 and 16 at the door."""
    room = Room(MemoryStore(clock), clock, {"max_active": 10})
    room.look()
    room.join(40)
    room.advance(20)
    for position in (12, 14, 16):
        room.knock(position)
    return CurrentRoom(room.look())


def test_a_slot_is_for_the_first_at_the_door_and_whoever_stands_before_it(
    read: CurrentRoom,
) -> None:
    slots = FreeSlots(read, 0.0)
    assert not slots.has_room_for(11, 0.0)
    slots.freed()
    assert [slots.has_room_for(p, 0.0) for p in (11, 12, 13)] == [True, True, False]
    slots.freed()
    assert [slots.has_room_for(p, 0.0) for p in (14, 15)] == [True, False]


def test_who_enters_takes_the_slot_and_leaves_the_door(read: CurrentRoom) -> None:
    slots = FreeSlots(read, 0.0)
    slots.freed()
    slots.freed()
    slots.heard(answer("entered", 12, CLAIMED), 0.0)
    assert (read.door, read.door_size) == ([14, 16], 2)
    assert [slots.has_room_for(p, 0.0) for p in (14, 16)] == [True, False]
    assert read.active == 9


def test_who_enters_a_full_room_has_the_slot_of_somebody_who_left_elsewhere(
    read: CurrentRoom,
) -> None:
    slots = FreeSlots(read, 0.0)
    slots.heard(answer("entered", 12, CLAIMED), 0.0)
    assert (read.active, read.free) == (10, 0)


def test_a_claim_that_is_repeated_takes_no_second_slot(read: CurrentRoom) -> None:
    slots = FreeSlots(read, 0.0)
    slots.freed()
    slots.heard(answer("entered", 12), 0.0)
    assert slots.has_room_for(12, 0.0)


def test_the_refusal_of_a_later_one_says_nothing_of_those_before_it(read: CurrentRoom) -> None:
    slots = FreeSlots(read, 0.0)
    slots.freed()
    slots.heard(answer("next", 20, ahead=3), 0.0)
    assert [slots.has_room_for(p, 0.0) for p in (12, 14)] == [True, False]
    assert read.door == [12, 14, 16, 20]
    slots.heard(answer("next", 12), 0.0)
    assert not slots.has_room_for(12, 0.0)


def test_one_who_was_refused_for_others_whom_only_the_store_knows_is_not_asked_for_again(
    read: CurrentRoom,
) -> None:
    read.door, read.door_size = [], 0
    slots = FreeSlots(read, 0.0)
    slots.freed()
    slots.heard(answer("next", 15, ahead=2), 0.0)
    assert not slots.has_room_for(15, 0.0)
    assert not slots.has_room_for(16, 0.0)
    assert slots.has_room_for(14, 0.0)
    slots.heard(answer("next", 20, ahead=3), 0.0)
    assert not slots.has_room_for(15, 0.0)
    slots.heard(answer("next", 14, ahead=1), 0.0)
    assert not slots.has_room_for(14, 0.0)
    assert slots.has_room_for(12, 0.0)
    slots.freed()
    assert slots.has_room_for(14, 0.0)


def test_a_refusal_of_before_is_forgotten_once_more_slots_are_free(read: CurrentRoom) -> None:
    read.door, read.door_size = [], 0
    slots = FreeSlots(read, 0.0)
    slots.freed()
    slots.heard(answer("next", 14, ahead=1), 0.0)
    slots.freed()
    slots.heard(answer("next", 20, ahead=2), 0.0)
    assert slots.has_room_for(15, 0.0)
    assert not slots.has_room_for(20, 0.0)


def test_who_was_told_to_come_holds_a_slot(read: CurrentRoom) -> None:
    slots = FreeSlots(read, 0.0)
    slots.freed()
    slots.heard(answer("go", 11), 0.0)
    assert slots.has_room_for(11, 0.0), "its page asks again if the answer was lost"
    assert not slots.has_room_for(12, 0.0)


def test_who_asks_again_stands_at_the_door_once(read: CurrentRoom) -> None:
    slots = FreeSlots(read, 0.0)
    slots.freed()
    for position in (12, 14, 16):
        slots.heard(answer("go", position), 0.0)
    assert (read.door, read.door_size) == ([12, 14, 16], 3)


def test_people_leave_by_way_of_other_workers_too(read: CurrentRoom) -> None:
    read.snapshot = replace(read.snapshot, hazard=0.1)  # one of ten each second
    slots = FreeSlots(read, 0.0)
    assert not slots.has_room_for(12, 0.9)
    assert slots.has_room_for(12, 1.0)
    assert not slots.has_room_for(14, 1.0)
    slots.heard(answer("next", 12), 1.0)  # the store knows better
    assert not slots.has_room_for(12, 1.9)
    assert slots.has_room_for(12, 2.0)


def test_who_is_seen_leaving_here_is_not_counted_twice(read: CurrentRoom) -> None:
    read.snapshot = replace(read.snapshot, hazard=0.1)
    slots = FreeSlots(read, 0.0)
    slots.freed()
    assert slots.has_room_for(12, 1.0)
    assert not slots.has_room_for(14, 1.9)
    assert slots.has_room_for(14, 2.3)


def test_where_a_pace_is_set_people_leave_by_way_of_other_workers_too(read: CurrentRoom) -> None:
    read.snapshot = replace(read.snapshot, per_second=1.0, hazard=0.1)
    read.tokens = 5.0
    slots = FreeSlots(read, 0.0)
    assert not slots.has_room_for(12, 0.9)
    assert slots.has_room_for(12, 1.0)
    assert not slots.has_room_for(14, 1.0)


def test_the_pace_goes_on_between_two_readings(read: CurrentRoom) -> None:
    read.snapshot = replace(read.snapshot, per_second=1.0)
    read.tokens, read.active, read.door = 0.0, 5, []
    slots = FreeSlots(read, 0.0)
    assert not slots.has_room_for(11, 0.9)
    assert slots.has_room_for(11, 1.0)
    slots.heard(answer("entered", 11, CLAIMED), 1.0)
    assert not slots.has_room_for(12, 1.9)
    slots.heard(answer("next", 12), 1.9)
    assert not slots.has_room_for(11, 2.8)
    assert slots.has_room_for(12, 2.9)
    read.state = "paused"
    assert not slots.has_room_for(12, 60.0)


def test_a_refusal_adds_nothing_to_the_pace(read: CurrentRoom) -> None:
    read.snapshot = replace(read.snapshot, per_second=1.0)
    read.tokens, read.active, read.door = 0.0, 5, []
    slots = FreeSlots(read, 100.0)
    slots.heard(answer("next", 20, ahead=3), 100.5)
    assert not slots.has_room_for(11, 100.9)
    assert slots.has_room_for(11, 101.0)


def test_a_long_door_is_known_by_marks(read: CurrentRoom) -> None:
    read.door, read.door_size = list(range(11, 1011, 20)), 1000
    slots = FreeSlots(read, 0.0)
    read.free = 100
    assert slots.has_room_for(91, 0.0)
    assert not slots.has_room_for(112, 0.0)
    slots.heard(answer("next", 500, ahead=400), 0.0)
    assert read.door_size == 1000


def test_hidden_pages_at_the_door_hold_no_slot_until_they_return(clock: Clock) -> None:
    room = Room(MemoryStore(clock), clock, {"max_active": 10})
    room.look()
    room.join(40)
    room.advance(20)
    room.knock(12, hidden=True)
    room.knock(15)
    room.end(1)
    slots = FreeSlots(CurrentRoom(room.look()), 0.0)
    assert slots.has_room_for(15, 0.0)
    assert not slots.has_room_for(16, 0.0)
    slots.heard(answer("next", 16, ahead=1), 0.0)
    assert slots.has_room_for(12, 0.0)
    slots.room.free = 0
    assert not slots.has_room_for(12, 0.0), "the room is full"
