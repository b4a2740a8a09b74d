"""The door: who is waited for, for how long, and who is not."""

from tests.support.clock import Clock
from tests.support.rooms import Room
from vwr_middleware.line.asks import Inlet, Knock
from vwr_middleware.stores.memory.store import MemoryStore


def full_room(clock: Clock, called: int = 5, **settings: object) -> Room:
    """One session runs; five more are called."""
    given = {"max_active": 1, "session_seconds": 100_000, **settings}
    room = Room(MemoryStore(clock), clock, given)
    room.look()
    room.join(10)
    room.renew(1)
    room.advance(called)
    return room


def test_whoever_polls_on_and_never_comes_stops_nobody(clock: Clock) -> None:
    room = full_room(clock, claim_within=60)
    room.end(1)
    for _ in range(30):
        assert room.knock(2).verdict == "go"
        assert room.claim(3).verdict == "next"
        clock.pass_by(2)
    assert room.knock(2).verdict == "go"
    assert room.claim(3).verdict == "entered"


def test_whoever_had_its_time_is_not_held_for_at_a_full_room_either(clock: Clock) -> None:
    room = full_room(clock, claim_within=60)
    room.end(1)
    for _ in range(31):
        room.knock(2)
        clock.pass_by(2)
    assert room.claim(3).verdict == "entered"
    assert room.knock(2).verdict == "next"
    room.look(knocks=[Knock(2, 2.0)])
    room.end(3)
    assert room.claim(4).verdict == "entered"
    room.end(4)
    assert room.claim(2).verdict == "entered"


def test_a_slow_poller_cannot_hold_a_slot_longer_by_asking_seldom(clock: Clock) -> None:
    room = full_room(clock, claim_within=60)
    room.end(1)
    for _ in range(12):
        assert room.knock(2).verdict == "go"
        clock.pass_by(5)
    room.knock(2)
    assert room.claim(3).verdict == "entered"


def test_many_who_poll_on_and_never_come_keep_nobody_out_for_good(clock: Clock) -> None:
    room = full_room(clock, claim_within=60)
    room.join(20)
    room.advance(20)
    room.end(1)
    entered: list[float] = []
    for _ in range(900):  # fifteen are waited for, a minute each
        for position in range(2, 17):
            room.knock(position)
        if room.claim(20 + len(entered)).verdict == "entered":
            entered.append(clock())
            room.end(19 + len(entered))
        clock.pass_by(2)
        if len(entered) == 5:
            break
    assert entered[-1] - entered[0] == 8


def test_much_later_a_slot_is_held_once_more(clock: Clock) -> None:
    room = full_room(clock, claim_within=60)
    room.end(1)
    assert room.knock(2).verdict == "go"
    clock.pass_by(600)
    assert room.knock(2).verdict == "go"
    assert room.claim(3).verdict == "next"


def test_asking_often_is_showing_up_once(clock: Clock) -> None:
    room = full_room(clock)
    room.end(1)
    room.knock(2)
    before = room.look(inlet=Inlet(calls=False)).latency
    for _ in range(20):
        clock.pass_by(5)
        room.knock(2)
    assert room.look(inlet=Inlet(calls=False)).latency == before


def test_hardly_more_are_kept_at_the_door_than_the_room_has_slots(clock: Clock) -> None:
    room = full_room(clock, called=9, max_active=1)
    for position in (9, 8, 7, 6, 5, 4, 3):
        room.knock(position)
    assert room.look(inlet=Inlet(calls=False)).door == [3, 4, 5, 6, 7]


def test_a_knock_that_a_worker_answered_alone_counts_when_it_is_handed_in(clock: Clock) -> None:
    room = full_room(clock, max_active=2)
    room.look(knocks=[Knock(4, 2.0), Knock(3, 2.0), Knock(9, 2.0)])
    assert room.look().door == [3, 4]
    room.end(1)
    assert [room.claim(p).verdict for p in (4, 3)] == ["next", "entered"]


def test_a_hold_ends_at_its_very_second(clock: Clock) -> None:
    room = full_room(clock)
    room.knock(2, returns_in=2.0)
    room.end(1)
    clock.pass_by(6.499)
    assert room.claim(3).verdict == "next"
    clock.pass_by(0.001)
    assert room.claim(3).verdict == "entered"
