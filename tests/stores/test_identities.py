"""One place per identity, in every store."""

from collections.abc import Callable

import pytest

from tests.support.rooms import Room
from vwr_middleware.blocking import finish
from vwr_middleware.line.messages import Inlet, JoinKind, Seen, Turn

Rooms = Callable[..., Room]
ANN, BEN, CLEO = "a" * 16, "b" * 16, "c" * 16


@pytest.fixture
def main(make_room: Rooms) -> Room:
    """Ann, somebody whom nobody knows, and Ben in line, and nobody called."""
    room = make_room(max_active=1, mode="queue")
    assert places(room.join_as(ANN, "", BEN)) == [("waiting", 1), ("waiting", 2), ("waiting", 3)]
    room.look(1, 2, 3, inlet=Inlet(calls=False))
    return room


def places(turns: list[Turn]) -> list[tuple[str, int]]:
    return [(turn.verdict, turn.position) for turn in turns]


def joins(room: Room, identity: str = ANN, kind: JoinKind = "place") -> tuple[str, int]:
    ((verdict, position),) = places(room.join_as(identity, kind=kind))
    return verdict, position


@pytest.mark.parametrize("kind", ["place", "enter", "ticket"])
def test_whoever_joins_again_has_the_same_place_and_changes_nothing(
    main: Room, kind: JoinKind
) -> None:
    before = main.look(inlet=Inlet(calls=False))
    for _ in range(3):  # as often as its answer got lost
        (turn,) = main.join_as(BEN, kind=kind)
        assert (turn.verdict, turn.position, turn.device, turn.events) == ("known", 3, 0, ())
        assert (turn.generation, turn.queue, turn.expires_at) == (1, 3, 0)
    assert main.look(inlet=Inlet(calls=False)) == before


def test_each_identity_has_a_place_of_its_own_and_so_has_whoever_is_not_known(main: Room) -> None:
    assert places(main.join_as(CLEO, "", "")) == [("waiting", 4), ("waiting", 5), ("waiting", 6)]
    assert [joins(main, one) for one in (ANN, BEN, CLEO)] == [("known", at) for at in (1, 3, 4)]


def test_an_identity_is_known_by_the_digest_of_each_secret(main: Room) -> None:
    newer, older, newest = ("d" * 16, "e" * 16, "f" * 16)
    assert joins(main, f"{CLEO},{BEN}") == ("known", 3)
    assert joins(main, f"{newer},{older}") == ("waiting", 4)
    assert [joins(main, one) for one in (newer, f"{newest},{newer}")] == [("known", 4)] * 2
    assert joins(main, older) == ("waiting", 5), "it is remembered by one digest alone"


def test_of_two_in_one_call_the_second_is_known(main: Room) -> None:
    turns = main.join_as(CLEO, BEN, CLEO, "", ANN, CLEO)
    assert places(turns) == [
        *(("waiting", 4), ("known", 3), ("known", 4), ("waiting", 5), ("known", 1), ("known", 4)),
    ]
    assert main.look().queue == 5


def test_those_beyond_the_last_identity_are_not_known(main: Room) -> None:
    turns = finish(main.store.join("main", ["place"] * 3, None, [ANN]))
    assert places(turns) == [("known", 1), ("waiting", 4), ("waiting", 5)]


def test_whoever_enters_at_once_and_joins_again_is_inside(make_room: Rooms) -> None:
    room = make_room(max_active=3)
    turns = room.join_as(ANN, ANN, BEN)
    assert places(turns) == [("entered", 1), ("known", 1), ("entered", 2)]
    assert turns[0].events == (("claimed", "1-1"), ("claimed", "1-2"))
    assert places(room.join_as(BEN, "")) == [("known", 2), ("entered", 3)]
    assert room.look().totals["claimed"] == 3


def test_whoever_has_a_place_keeps_nobody_from_entering_at_once(make_room: Rooms) -> None:
    room = make_room(max_active=2)
    assert joins(room, ANN, "ticket") == ("waiting", 1)
    assert room.look().serving == 1
    assert places(room.join_as(ANN, "")) == [("known", 1), ("entered", 2)]


def test_whoever_is_called_by_credit_and_joins_again_is_called_once(main: Room) -> None:
    main.advance(5, keep_rest=True)
    turns = main.join_as(CLEO, CLEO, "")
    assert places(turns) == [("next", 4), ("known", 4), ("next", 5)]
    assert turns[0].events == (("called", "4-4"), ("called", "5-5"))


def test_the_place_is_known_through_its_whole_session(main: Room) -> None:
    main.advance(1)
    assert joins(main) == ("known", 1)
    assert main.claim(1).verdict == "entered"
    assert joins(main) == ("known", 1)
    main.clock.pass_by(61)  # nobody has confirmed it, so the place may enter again
    assert joins(main) == ("known", 1)
    assert main.claim(1).verdict == "entered"


@pytest.mark.parametrize("how", ["completed", "expired"])
def test_whoever_joins_after_the_session_has_a_new_place(main: Room, how: str) -> None:
    main.advance(1)
    main.claim(1), main.renew(1)
    if how == "completed":
        main.end(1)
    else:
        main.clock.pass_by(700)
    assert joins(main) == ("waiting", 4)
    assert joins(main) == ("known", 4)
    assert joins(main, BEN) == ("known", 3)


def test_whoever_joins_after_leaving_has_a_new_place(main: Room) -> None:
    assert main.leave(1) == "left"
    assert joins(main) == ("waiting", 4)
    assert joins(main) == ("known", 4)
    main.leave(4)
    main.advance(9)
    assert joins(main) == ("waiting", 5)


def test_whoever_joins_after_a_turn_was_lost_has_a_new_place(make_room: Rooms) -> None:
    room = make_room(mode="queue", late="lost", claim_within=60, max_active=2)
    room.join_as(ANN)
    room.clock.pass_by(1)
    room.look(1)
    for _ in range(13):
        room.clock.pass_by(5)
        room.look()
    assert room.knock(1).verdict == "missed"
    assert joins(room) == ("waiting", 2)
    assert joins(room) == ("known", 2)


def test_the_device_that_holds_the_place_now_is_told(main: Room) -> None:
    for device in (0, 1):
        main.keep_code(3, f"code-{device}", device)
        main.move(f"code-{device}")
    (turn,) = main.join_as(BEN)
    assert (turn.verdict, turn.position, turn.device) == ("known", 3, 2)
    main.advance(3)
    main.clock.pass_by(15)  # nobody is awaited any more
    assert main.claim(3, device=turn.device).verdict == "entered"
    (turn,) = main.join_as(BEN)
    assert (turn.verdict, turn.device) == ("known", 2)
    assert main.join_as(ANN)[0].device == 0
    main.end(3)
    (turn,) = main.join_as(BEN)
    assert (turn.verdict, turn.position, turn.device) == ("waiting", 4, 0)


def test_identities_end_with_their_generation(main: Room) -> None:
    main.reset()
    main.join(3)  # others have the old positions by now
    assert joins(main, BEN) == ("waiting", 4)
    assert joins(main, BEN) == ("known", 4)


def test_a_worker_that_knows_of_a_reset_that_the_store_forgot_ends_them_too(main: Room) -> None:
    room_id = main.look().room_id
    main.seen = Seen(room_id, 2, 5, 0)
    assert joins(main) == ("waiting", 6)
    assert joins(main) == ("known", 6)


def test_a_room_that_is_restored_knows_nobody_of_the_one_in_between(main: Room) -> None:
    finish(main.store.restore("main", Seen("f" * 16, 1, 40, 0)))
    assert joins(main) == ("waiting", 41), "the first place is somebody's of the old line"


def test_a_closed_room_tells_nobody_of_a_place(main: Room) -> None:
    main.change(mode="closed")
    assert joins(main) == ("closed", 0)
    main.change(mode="queue")
    assert joins(main) == ("known", 1)


def test_whoever_gets_no_place_is_not_known(make_room: Rooms) -> None:
    room = make_room(max_active=1, max_waiting=1, mode="queue")
    assert joins(room, ANN, "enter") == ("refused", 0)
    assert joins(room, BEN) == ("waiting", 1)
    assert joins(room) == joins(room) == ("full", 0)
    assert joins(room, BEN) == ("known", 1), "it keeps its place where the line is full"
    room.change(max_waiting=None)
    assert joins(room) == ("waiting", 2)


def test_rooms_know_their_own(main: Room) -> None:
    other = Room(main.store, main.clock, {"mode": "queue"}, "other")
    other.look()
    assert joins(other, BEN) == ("waiting", 1)
    assert joins(main, BEN) == ("known", 3)
    other.reset()
    assert joins(main, BEN) == ("known", 3)


@pytest.mark.parametrize("how", ["completed", "expired"])
def test_whoever_is_good_once_gets_no_place_after_the_session(main: Room, how: str) -> None:
    guest = f"!{CLEO}"
    assert joins(main, guest) == ("waiting", 4)
    assert joins(main, guest) == ("known", 4), "its answer was lost"
    assert joins(main, CLEO) == ("waiting", 5), "which is somebody else"
    main.advance(4)
    main.clock.pass_by(15)
    main.claim(4), main.renew(4)
    assert joins(main, guest) == ("known", 4)
    if how == "completed":
        main.end(4)
    else:
        main.clock.pass_by(700)
    assert [joins(main, guest, kind) for kind in ("place", "enter", "ticket")] == [("spent", 4)] * 3
    assert main.look().queue == 5
    main.reset()
    assert joins(main, guest) == ("waiting", 1)


def test_whoever_is_good_once_and_never_went_in_gets_another_place(main: Room) -> None:
    guest = f"!{CLEO}"
    assert joins(main, guest) == ("waiting", 4)
    main.leave(4)
    assert joins(main, guest) == ("waiting", 5)
    main.advance(5)
    main.clock.pass_by(15)
    main.claim(5)
    main.clock.pass_by(61)  # nobody has confirmed it
    assert joins(main, guest) == ("known", 5)
