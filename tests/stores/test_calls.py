"""What every store promises of who is called, and who is passed over."""

from collections.abc import Callable

import pytest

from tests.support.clock import Clock
from tests.support.rooms import Room, seen_in
from vwr_middleware.line.messages import Inlet, Knock

Rooms = Callable[..., Room]


@pytest.mark.parametrize("windows", [0, 1, 2])
def test_who_leaves_is_passed_over_and_has_spent_the_ticket(make_room: Rooms, windows: int) -> None:
    main = make_room(max_active=1, mode="queue")
    main.clock.pass_by(15 * windows)
    main.join(3)
    main.look(1, 2, 3, inlet=Inlet(calls=False))
    assert main.leave(1) == "left"
    assert main.look().serving == 2
    assert main.claim(1).verdict == "left"
    assert main.leave(1) == "left"
    assert main.look().totals["left"] == 1


def test_who_joins_and_leaves_at_once_is_passed_over(make_room: Rooms) -> None:
    main = make_room(max_active=1, mode="queue")
    main.join(2)
    main.leave(1)
    assert main.look(2).serving == 2


def test_everybody_counts_of_many_far_apart_who_were_heard_at_once(make_room: Rooms) -> None:
    main = make_room(max_active=149, mode="queue")
    main.seen = seen_in(main.look(), queue=150_000)
    for _ in range(40):
        main.look(inlet=Inlet(calls=False))
        main.clock.pass_by(5)
    assert main.look(*range(1000, 150_001, 1000)).serving == 149_000


def test_the_absent_are_passed_over_and_walk_in_later(make_room: Rooms) -> None:
    main = make_room(max_active=2, mode="queue")
    main.join(5)
    main.clock.pass_by(0.5)
    main.look(inlet=Inlet(calls=False))
    main.clock.pass_by(5.5)
    assert main.look(3, 5).serving == 5
    assert main.claim(3).verdict == "entered"
    assert main.claim(1).verdict == "entered"


def test_refreshing_again_calls_nobody_in_place_of_whom_there_is_no_room_for_at_the_door(
    make_room: Rooms,
) -> None:
    main = make_room(max_active=1, mode="queue")
    main.join(4)
    main.look(*range(1, 5))
    main.advance(2)
    main.claim(1)
    assert main.knock(2, hidden=True).verdict == "next"
    main.end(1)
    snapshot = main.look(3, 4, knocks=[Knock(3, 2.0)])
    assert main.look().serving == snapshot.serving
    assert main.look().door == snapshot.door


def test_before_it_opens_people_join_and_nobody_is_called(make_room: Rooms, clock: Clock) -> None:
    main = make_room(max_active=5, opens_at=clock() + 10)
    assert [turn.verdict for turn in main.join(2)] == ["waiting", "waiting"]
    clock.pass_by(9.999)
    assert (main.look(1, 2).serving, main.look().state) == (0, "scheduled")
    clock.pass_by(0.001)
    assert (main.look().serving, main.look().state) == (2, "open")


def test_a_paused_room_calls_nobody_for_the_slots_of_those_who_are_about_to_leave(
    make_room: Rooms,
) -> None:
    main = make_room(max_active=10, session_seconds=5, session_grace=0)
    main.join(11)
    main.clock.pass_by(3)
    for position in range(1, 7):
        main.end(position)
    main.change(mode="paused")
    assert main.look(11).serving == 10
    assert main.change(mode="auto")["mode"] == "auto" and main.look(11).serving == 11


def test_who_comes_first_walks_in_by_the_last_credit(make_room: Rooms) -> None:
    main, by_hand = make_room(), Inlet(calls=False)
    main.look(inlet=by_hand)
    main.advance(1, keep_rest=True)
    assert [turn.verdict for turn in main.join(2)] == ["entered", "waiting"]
    assert main.look(inlet=by_hand).credit == 0


def test_who_comes_first_walks_in_no_further_than_a_strategy_lets_the_counter_go(
    make_room: Rooms,
) -> None:
    main = make_room()
    main.look(inlet=Inlet(serving=2))
    assert [turn.verdict for turn in main.join(3)] == ["entered", "entered", "waiting"]


def test_the_last_two_hundred_keys_of_calls_by_hand_are_known(make_room: Rooms) -> None:
    main = make_room(mode="paused")
    main.join(2)
    main.advance(1, key="first")
    for number in range(199):
        main.advance(0, key=f"call {number}")
        main.advance(0)  # which needs no key to be remembered by
    assert main.advance(1, key="first") == 1 and main.look().serving == 1
    main.advance(0, key="one more")
    assert main.advance(1, key="first") == 1 and main.look().serving == 2
