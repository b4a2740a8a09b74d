"""The door: who is waited for, for how long, and who is not."""

import pytest

from tests.support.clock import Clock
from tests.support.rooms import Room
from vwr_middleware.line.messages import Inlet, Knock
from vwr_middleware.stores.memory.store import MemoryStore


@pytest.fixture
def room(clock: Clock) -> Room:
    """Nobody is inside a room for one; ten have joined, and five are called."""
    room = Room(MemoryStore(clock), clock, {"max_active": 1, "claim_within": 60})
    room.look()
    room.join(10)
    room.advance(5)
    room.end(1)
    return room


@pytest.mark.parametrize("pause", [2, 5])
def test_whoever_polls_on_and_never_comes_stops_nobody(room: Room, pause: int) -> None:
    for _ in range(60 // pause):
        assert room.knock(2).verdict == "go"
        assert room.claim(3).verdict == "next"
        room.clock.pass_by(pause)
    assert room.knock(2).verdict == "go"
    assert room.claim(3).verdict == "entered"


def test_whoever_had_its_time_is_not_held_for_at_a_full_room_either(room: Room) -> None:
    for _ in range(31):
        room.knock(2)
        room.clock.pass_by(2)
    assert room.claim(3).verdict == "entered"
    assert room.knock(2).verdict == "next"
    room.look(knocks=[Knock(2, 2.0)])
    room.end(3)
    assert room.claim(4).verdict == "entered"
    room.end(4)
    assert room.claim(2).verdict == "entered"


def test_many_who_poll_on_and_never_come_keep_nobody_out_for_good(room: Room) -> None:
    room.join(20)
    room.advance(20)
    entered: list[float] = []
    for _ in range(900):  # fifteen are waited for, a minute each
        for position in range(2, 17):
            room.knock(position)
        if room.claim(20 + len(entered)).verdict == "entered":
            entered.append(room.clock())
            room.end(19 + len(entered))
        room.clock.pass_by(2)
        if len(entered) == 5:
            break
    assert entered[-1] - entered[0] == 8


def test_asking_often_is_showing_up_once(room: Room) -> None:
    room.knock(2)
    before = room.look(inlet=Inlet(calls=False)).latency
    for _ in range(20):
        room.clock.pass_by(5)
        room.knock(2)
    assert room.look(inlet=Inlet(calls=False)).latency == before
