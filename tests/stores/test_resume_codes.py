"""What every store promises of resume codes and moved places."""

from collections.abc import Callable

import pytest

from tests.support.rooms import Room
from vwr_middleware.blocking import finish
from vwr_middleware.line.constants import CODE_LIFE, DEVICES_MOST, GIVEN_UP
from vwr_middleware.line.messages import Inlet, Place

Rooms = Callable[..., Room]


@pytest.fixture
def main(make_room: Rooms) -> Room:
    """Three in line, and nobody called."""
    room = make_room(max_active=1, mode="queue")
    room.join(3)
    room.look(1, 2, 3, inlet=Inlet(calls=False))
    return room


def moved(room: Room, position: int, device: int = 0) -> int:
    """Move a place on, and return the device that has it then."""
    assert room.keep_code(position, f"code-{position}-{device}", device) in ("waiting", "next")
    return room.move(f"code-{position}-{device}").device


def test_a_code_moves_a_place_once(main: Room) -> None:
    assert main.keep_code(2, "code") == "waiting"
    move = main.move("code")
    assert (move.turn.verdict, move.turn.position, move.device) == ("waiting", 2, 1)
    assert ("moved", "1-2") in move.turn.events
    assert main.move("code").turn.verdict == "unknown"


def test_the_earlier_device_is_refused_in_every_step(main: Room) -> None:
    moved(main, 1)
    main.advance(1)
    assert main.knock(1).verdict == "moved"
    assert main.claim(1).verdict == "moved"
    assert main.leave(1) == "moved"
    assert main.keep_code(1, "other") == "moved"
    assert main.claim(1, device=1).verdict == "entered"
    # Not even while the session runs: a repeated claim would be given its token.
    assert main.claim(1).verdict == "moved"


def test_the_request_that_moved_a_place_may_be_repeated_by_whoever_sent_it(main: Room) -> None:
    main.keep_code(1, "code")
    first = main.move("code", attempt="mine")
    again = main.move("code", attempt="mine")
    assert (again.turn.position, again.device) == (first.turn.position, first.device) == (1, 1)
    assert ("moved", "1-1") not in again.turn.events
    assert main.move("code", attempt="yours").turn.verdict == "unknown"
    assert main.move("code").turn.verdict == "unknown"
    assert main.look().moved_last == 1


def test_a_code_lasts_for_ten_minutes(main: Room) -> None:
    assert CODE_LIFE == 600  # the page says so in words
    main.keep_code(1, "in time")
    main.keep_code(2, "late")
    main.clock.pass_by(CODE_LIFE - 0.1)
    assert main.move("in time").device == 1
    main.clock.pass_by(0.1)
    assert main.move("late").turn.verdict == "unknown"


def test_a_code_lasts_as_long_where_the_clock_was_set_back(main: Room) -> None:
    main.clock.pass_by(-3600)
    main.keep_code(1, "in time")
    main.keep_code(2, "late")
    for _ in range(18):
        main.clock.pass_by(30)
        main.look()
    assert main.move("in time").device == 1
    for _ in range(3):  # a little of what passes makes up for what was set back
        main.clock.pass_by(30)
        main.look()
    assert main.move("late").turn.verdict == "unknown"


def test_a_place_has_one_code_at_a_time(main: Room) -> None:
    main.keep_code(1, "first")
    main.keep_code(1, "second")
    assert main.move("first").turn.verdict == "unknown"
    assert main.move("second").device == 1


def test_a_code_that_another_place_was_given_is_that_ones_alone(main: Room) -> None:
    main.keep_code(1, "code")
    main.keep_code(2, "code")
    main.keep_code(1, "other")
    assert (main.move("code").turn.position, main.move("other").turn.position) == (2, 1)


def test_a_code_of_any_secret_is_found(main: Room) -> None:
    main.keep_code(1, "by the old secret")
    assert main.move("by the new secret", "by the old secret").device == 1


def test_only_a_place_in_line_has_a_code(main: Room) -> None:
    main.leave(3)
    assert main.keep_code(3, "c") == "left"
    assert main.keep_code(4, "c") == "unknown"
    main.advance(1)
    assert main.keep_code(1, "of a place") == "next"
    main.claim(1)
    assert main.keep_code(1, "c") == "entered"
    assert main.move("of a place").turn.verdict == "entered"
    main.end(1)
    assert main.move("of a place").turn.verdict == "spent"
    assert finish(main.store.keep_code("main", Place(9, 2), "c")) == "reset"


def test_a_wrong_code_writes_nothing(main: Room) -> None:
    main.clock.pass_by(1)
    before = main.look()
    main.clock.pass_by(0.5)
    assert main.move("wrong", attempt="mine").turn.verdict == "unknown"
    main.clock.pass_by(-0.5)
    # Had the step been taken, time would not go back.
    assert main.look().now == before.now


def test_codes_and_moves_end_with_their_generation(main: Room) -> None:
    main.keep_code(2, "code")
    moved(main, 1)
    main.reset()
    main.join(2)
    assert main.move("code").turn.verdict == "unknown"
    assert main.look().moved == []
    assert moved(main, 2) == 1
    assert main.knock(1).verdict in ("waiting", "go")


def test_workers_read_what_is_new_of_the_moved(main: Room) -> None:
    moved(main, 1)
    snapshot = main.look()
    assert (snapshot.moved, snapshot.moved_last) == ([[1, 1]], 1)
    assert main.look(moved_after=1).moved == []
    main.leave(3)
    moved(main, 1, 1)
    fresh = main.look(moved_after=1)
    assert sorted(fresh.moved) == [[1, 2], [3, GIVEN_UP]]
    assert main.look(moved_after=fresh.moved_last).moved == []
    # Whoever knows more than the store knew it before a loss, and is told everything.
    assert sorted(main.look(moved_after=99).moved) == [[1, 2], [3, GIVEN_UP]]


@pytest.mark.parametrize("polled", [3, 40])
def test_nobody_who_left_is_called_for_an_earlier_poll(make_room: Rooms, polled: int) -> None:
    room = make_room(max_active=1, mode="queue")
    room.join(polled)
    moved(room, 2)
    room.leave(1)
    # From a worker that has not heard yet; the place that moved is in line still.
    assert room.look(*range(1, polled + 1)).serving == 2


def test_rows_of_places_that_are_over_are_swept(make_room: Rooms) -> None:
    room = make_room(max_active=50, mode="queue")
    room.join(40)
    for position in range(1, 21):
        moved(room, position)
    room.advance(20)
    for position in range(1, 21):
        assert room.claim(position, device=1).verdict == "entered"
        room.end(position)
    for position in range(21, 41):
        moved(room, position)
    assert {position for position, _ in room.look().moved} == set(range(21, 41))
    assert room.claim(1).verdict == "spent"


def test_the_row_of_a_place_that_is_inside_is_kept(make_room: Rooms) -> None:
    room = make_room(max_active=50, mode="queue")
    room.join(9)
    moved(room, 1)
    room.advance(1)
    assert room.claim(1, device=1).verdict == "entered"
    for position in range(2, 9):
        moved(room, position)
    assert room.claim(1).verdict == "moved"


def test_a_genuine_ticket_of_a_later_device_mends_a_store_that_forgot(main: Room) -> None:
    assert main.knock(1, device=2).verdict == "waiting"
    assert main.knock(1, device=1).verdict == "moved"
    assert main.look().moved == [[1, 2]]


def test_a_place_whose_claim_lapsed_is_the_later_devices_still(main: Room) -> None:
    moved(main, 1)
    main.advance(1)
    assert main.claim(1, device=1).verdict == "entered"
    main.clock.pass_by(main.look().rules["confirm_within"] + 1)
    assert main.claim(1).verdict == "moved"
    assert main.claim(1, device=1).verdict == "entered"


def test_a_place_does_not_move_for_ever(main: Room) -> None:
    assert main.keep_code(1, "code", DEVICES_MOST - 1) == "waiting"
    assert main.move("code").device == DEVICES_MOST
    assert main.keep_code(1, "next", DEVICES_MOST) == "refused"
