"""What a room measures of those who leave, who come in, and who are still in line."""

from collections.abc import Callable

import pytest

from tests.support.clock import Clock
from tests.support.rooms import Room
from vwr_middleware.line.constants import LATENCY_CLAIM, LATENCY_FIRST, LATENCY_WEIGHT
from vwr_middleware.line.messages import Turn
from vwr_middleware.stores.memory.store import MemoryStore


def test_the_rates_of_a_steady_room_are_those_of_its_people_and_fade_when_nobody_moves(
    clock: Clock,
) -> None:
    hour = {"session_seconds": 3600, "confirm_within": 3600}
    room = Room(MemoryStore(clock), clock, {"max_active": 10, **hour})
    room.look(), room.join(10)
    for leaving in range(1, 101):
        clock.pass_by(6)
        room.end(leaving), room.join()
    steady = room.look()
    assert (steady.active, steady.totals["claimed"]) == (10, 110)
    assert steady.flow == pytest.approx(1 / 6, rel=0.1)
    assert steady.hazard == pytest.approx(1 / 60, rel=0.1), "each of the ten stays for a minute"
    clock.pass_by(600)
    quiet = room.look()
    assert quiet.flow < steady.flow / 1000 and quiet.hazard < steady.hazard / 1000


@pytest.mark.parametrize("asks", [Room.knock, Room.claim])
def test_how_long_the_called_take_to_come_is_learnt_when_they_first_ask(
    clock: Clock, asks: Callable[[Room, int], Turn]
) -> None:
    room = Room(MemoryStore(clock), clock, {"max_active": 1, "mode": "queue"})
    room.look(), room.join()
    assert room.look(1).serving == 1
    clock.pass_by(7)
    asks(room, 1)
    learnt = LATENCY_WEIGHT * (7 + LATENCY_CLAIM - LATENCY_FIRST)
    assert room.look().latency == pytest.approx(LATENCY_FIRST + learnt)


def test_the_share_of_those_seen_who_are_still_there_is_learnt(clock: Clock) -> None:
    room = Room(MemoryStore(clock), clock, {"max_active": 1, "mode": "paused"})
    room.look(), room.join(200)
    assert room.look(*range(1, 201)).share == 1
    for _ in range(60):
        clock.pass_by(5)
        read = room.look(*range(4, 201, 4))
    assert read.share == pytest.approx(1 / 4, abs=0.02)
