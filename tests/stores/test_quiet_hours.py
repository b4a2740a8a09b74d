"""What every store does in quiet hours, and for people who are away for hours."""

from collections.abc import Callable

import pytest

from tests.support.rooms import Room
from vwr_middleware.line.constants import GONE, PRESENCE_WINDOW, SENT, STEP_COUNTS
from vwr_middleware.line.messages import Inlet

Rooms = Callable[..., Room]
BY_HAND = Inlet(calls=False)
HOUR = 3600.0


def pass_by(room: Room, seconds: float, *present: int, **ask: object) -> None:
    """Time passes, with a reading now and then, and pages that poll."""
    for _ in range(int(seconds // STEP_COUNTS)):
        room.clock.pass_by(STEP_COUNTS)
        room.look(*present, **{"inlet": BY_HAND, **ask})


@pytest.fixture
def slow(make_room: Rooms) -> Room:
    """One slot, three in line, and two minutes for each turn."""
    room = make_room(max_active=1, mode="queue", claim_within=120, late="lost")
    room.join(3)
    room.look(1, 2, 3, inlet=BY_HAND)
    return room


@pytest.mark.parametrize("is_quiet", [True, False])
def test_nobody_loses_a_turn_in_quiet_hours(slow: Room, is_quiet: bool) -> None:
    now = slow.clock()
    slow.look(inlet=BY_HAND, quiet=(now + 60, now + 600) if is_quiet else (0.0, 0.0))
    slow.advance(1)
    pass_by(slow, 660, 2, 3)
    # A minute has passed before, and one after: the turn is two minutes long.
    assert slow.claim(1).verdict == ("missed" if not is_quiet else "entered")


def test_a_turn_goes_on_when_quiet_hours_are_over(slow: Room) -> None:
    now = slow.clock()
    slow.look(inlet=BY_HAND, quiet=(now, now + 600))
    slow.advance(1)
    pass_by(slow, 700, 2, 3)
    assert slow.knock(2).verdict == "waiting"
    pass_by(slow, 50, 2, 3)
    assert slow.claim(1).verdict == "missed"


def test_whoever_is_there_in_quiet_hours_goes_in(slow: Room) -> None:
    slow.look(inlet=BY_HAND, quiet=(slow.clock(), slow.clock() + HOUR))
    slow.advance(1)
    assert slow.claim(1).verdict == "entered"


def test_who_asks_all_night_and_never_comes_keeps_no_slot_from_others(make_room: Rooms) -> None:
    room = make_room(max_active=1, mode="queue", claim_within=60)
    room.join(2)
    room.look(1, 2, inlet=BY_HAND, quiet=(room.clock(), room.clock() + 8 * HOUR))
    room.advance(2)
    told = []
    for _ in range(6):
        assert room.knock(1).verdict == "go"
        told.append(room.knock(2).verdict)
        room.clock.pass_by(2)
    assert told[0] == "next", "at first the slot is held for the one who was called before"
    assert "go" in told


def test_nobody_is_told_in_quiet_hours(slow: Room) -> None:
    slow.subscribe(1)
    slow.look(inlet=BY_HAND, quiet=(slow.clock(), slow.clock() + 60))
    slow.advance(1)
    assert slow.notices() == []
    slow.clock.pass_by(60)
    assert [notice.position for notice in slow.notices()] == [1]


def test_a_shell_that_looks_does_not_end_quiet_hours(slow: Room) -> None:
    slow.subscribe(1)
    slow.look(inlet=BY_HAND, quiet=(slow.clock(), slow.clock() + 60))
    slow.look(inlet=None, quiet=None)
    slow.advance(1)
    assert slow.notices() == []


@pytest.fixture
def told(make_room: Rooms) -> Room:
    """One slot, and four in line of whom 2 has closed the page, is called and was told."""
    room = make_room(max_active=1, mode="queue", claim_within=2 * HOUR)
    room.join(4)
    room.look(1, 2, 3, 4, inlet=BY_HAND)
    room.subscribe(2)
    room.advance(1)
    assert room.claim(1).verdict == "entered"
    room.clock.pass_by(3 * PRESENCE_WINDOW)
    room.look(inlet=BY_HAND)
    room.notices()
    room.end(1)
    assert room.look(3, 4, inlet=Inlet()).serving == 2
    assert [notice.position for notice in room.notices()] == [2]
    return room


def test_a_slot_is_kept_for_whoever_was_told(told: Room) -> None:
    told.notices((2, SENT))
    pass_by(told, HOUR, 3, 4, inlet=Inlet())
    assert told.look().serving == 2
    assert told.claim(2).verdict == "entered"


def test_a_slot_is_not_kept_for_longer_than_a_turn(told: Room) -> None:
    told.notices((2, SENT))
    pass_by(told, 2 * HOUR + 60, 3, 4, inlet=Inlet())
    assert told.look().serving > 2
    assert told.claim(3).verdict == "entered"
    assert told.claim(2).verdict == "next", "the place is kept"


def test_quiet_hours_make_the_wait_for_whoever_was_told_longer(told: Room) -> None:
    told.notices((2, SENT))
    told.look(3, 4, quiet=(told.clock(), told.clock() + HOUR))
    pass_by(told, 2.5 * HOUR, 3, 4, inlet=Inlet())
    assert told.look().serving == 2
    pass_by(told, HOUR, 3, 4, inlet=Inlet())
    assert told.look().serving > 2


@pytest.mark.parametrize("how", ["gone", "left"])
def test_nobody_waits_for_somebody_who_cannot_be_told(told: Room, how: str) -> None:
    if how == "gone":
        told.notices((2, GONE))
    else:
        told.leave(2)
    told.clock.pass_by(60)
    assert told.look(3, 4, inlet=Inlet()).serving == 3
