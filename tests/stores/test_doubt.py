"""A clock that is far ahead, read by somebody who cannot know how much time has passed."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.clock import Clock
from tests.support.rooms import Room, seen_in
from vwr_middleware.line.constants import SETTLING
from vwr_middleware.line.messages import Seen, Snapshot

Rooms = Callable[..., Room]
AHEAD = 1200.0


def told_by(read: Snapshot, passed: float) -> Seen:
    """What a worker knows that read the room so many seconds ago by its own clock."""
    return seen_in(read, read_at=read.now, now=read.now + passed)


@pytest.fixture
def main(make_room: Rooms) -> Room:
    """A room with twenty inside."""
    room = make_room(max_active=20, session_seconds=600)
    assert [turn.verdict for turn in room.join(20)] == ["entered"] * 20
    for position in range(1, 21):
        room.renew(position)
    return room


@pytest.mark.parametrize("look", [{"starting": True}, {"tells": False, "inlet": None}])
def test_who_comes_with_a_clock_that_is_ahead_puts_nobody_out(
    main: Room, look: dict[str, Any]
) -> None:
    read = main.look()
    for _ in range(10):
        main.clock.pass_by(AHEAD + 0.5)
        snapshot = main.look(**look)
        assert snapshot.active == 20
        assert snapshot.free <= 0
        assert snapshot.now == pytest.approx(read.now, abs=0.1)
        main.clock.pass_by(0.5 - AHEAD)
        read = main.look(seen=told_by(read, 1))
        assert read.active == 20
        assert read.clocks_apart == pytest.approx(AHEAD, abs=2)
        assert read.ahead == pytest.approx(0, abs=0.1)
    assert main.claim(1).verdict == "entered"


@pytest.mark.parametrize("ahead", [90, AHEAD, 86_400 * 365])
def test_a_worker_that_starts_ahead_of_others_shares_the_room(main: Room, ahead: float) -> None:
    right = main.look()
    main.clock.pass_by(ahead)
    wrong = main.look(starting=True)
    for _ in range(40):
        main.clock.pass_by(0.5 - ahead)
        right = main.look(seen=told_by(right, 0.5 if right.now < wrong.now else 1))
        main.clock.pass_by(0.5 + ahead)
        wrong = main.look(seen=told_by(wrong, 1))
        assert (right.active, wrong.active) == (20, 20)
    assert main.join()[0].verdict == "waiting"
    assert wrong.clocks_apart == pytest.approx(ahead, abs=5)


@pytest.mark.parametrize("way", ["advance", "change", "reset"])
def test_what_an_operator_does_with_a_clock_that_is_ahead_puts_nobody_out(
    main: Room, way: str
) -> None:
    read = main.look()
    main.clock.pass_by(AHEAD)
    if way == "advance":
        main.advance(1)
    elif way == "change":
        main.change(per_minute=60)
    else:
        main.reset()
    main.clock.pass_by(1 - AHEAD)
    assert main.look(seen=told_by(read, 1)).active == 20


def test_nobody_is_let_in_before_the_time_is_known(main: Room) -> None:
    main.look()
    main.clock.pass_by(600)
    read = main.look(starting=True)
    main.end(1)
    main.clock.pass_by(SETTLING - 0.5)
    assert main.join()[0].verdict == "settling"
    assert main.look(seen=told_by(read, SETTLING - 0.5)).free <= 0


def test_a_room_whose_only_worker_was_away_goes_on_in_two_seconds(main: Room) -> None:
    main.look()
    main.clock.pass_by(AHEAD)
    read = main.look(starting=True)
    assert read.active == 20
    main.clock.pass_by(SETTLING)
    read = main.look(seen=told_by(read, SETTLING))
    assert (read.active, read.ahead, read.clocks_apart) == (0, 0, 0)
    assert read.now == main.clock()
    assert main.join()[0].verdict == "entered"
    main.clock.pass_by(1)
    assert main.look(seen=told_by(read, 1)).active == 1


def test_nobody_waits_where_nobody_is_inside(make_room: Rooms) -> None:
    main = make_room(max_active=1)
    main.look()
    main.clock.pass_by(3600)
    snapshot = main.look(starting=True)
    assert snapshot.now == main.clock()
    assert main.join()[0].verdict == "entered"


def test_a_short_pause_is_followed_at_once(main: Room) -> None:
    main.look()
    main.clock.pass_by(59)
    assert main.look(starting=True).now == main.clock()


def test_a_worker_that_nobody_asked_for_long_confirms_the_time(main: Room) -> None:
    read = main.look()
    main.clock.pass_by(AHEAD)
    assert main.look(starting=True).active == 20
    main.seen = told_by(read, AHEAD)
    (turn,) = main.join()
    assert (turn.verdict, turn.now) == ("entered", main.clock())
    assert main.look().clocks_apart == 0


def test_a_worker_that_starts_with_the_right_clock_knows_better(main: Room) -> None:
    main.look()
    main.clock.pass_by(AHEAD + 5)
    wrong = main.look(starting=True)
    main.clock.pass_by(1 - AHEAD)
    right = main.look(starting=True)
    assert right.active == 20
    assert right.now == pytest.approx(main.clock(), abs=0.1)
    main.clock.pass_by(AHEAD + 3)
    assert main.look(seen=told_by(wrong, 4)).active == 20


def test_a_step_that_moves_the_time_meanwhile_ends_the_doubt(main: Room) -> None:
    """Such as one of an earlier release, which knows nothing of it."""
    main.look()
    main.clock.pass_by(AHEAD)
    wrong = main.look(starting=True)
    for _ in range(4):
        main.clock.pass_by(0.4 - AHEAD)
        main.seen = None
        main.claim(1)
        main.clock.pass_by(0.4 + AHEAD)
        wrong = main.look(seen=told_by(wrong, 0.8))
        assert wrong.active == 20


def test_a_doubt_follows_the_clock_only_as_far_as_it_went(main: Room, clock: Clock) -> None:
    main.look()
    clock.pass_by(-300)
    ahead = main.look().ahead
    assert ahead == pytest.approx(300)
    clock.pass_by(AHEAD)
    read = main.look(starting=True)
    clock.pass_by(SETTLING)
    read = main.look(seen=told_by(read, SETTLING))
    assert (read.active, read.ahead) == (0, 0)
    assert read.now == clock()


def test_rooms_open_by_the_clock_that_is_doubted(make_room: Rooms, clock: Clock) -> None:
    main = make_room(max_active=5, opens_at=clock() + 600)
    main.look()
    main.change(mode="auto", opens_at=clock())
    main.join()
    main.change(opens_at=clock() + 600)
    clock.pass_by(601)
    snapshot = main.look(starting=True)
    assert snapshot.wall == pytest.approx(clock(), abs=0.01)
