"""What every store promises of positions and of entering, in memory, in SQLite and in Valkey."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.rooms import Room, config
from vwr_middleware.blocking import finish
from vwr_middleware.line.constants import HORIZON_STEP
from vwr_middleware.line.messages import Ask, Inlet, Knock

Rooms = Callable[..., Room]


def positions(turns: list[Any]) -> list[int]:
    return [turn.position for turn in turns]


def test_positions_are_given_out_one_after_the_other(make_room: Rooms) -> None:
    main = make_room(mode="queue")
    assert positions([*main.join(3), *main.join(), *main.join(2)]) == [1, 2, 3, 4, 5, 6]
    assert main.look().queue == 6


def test_rooms_do_not_know_of_each_other(make_room: Rooms) -> None:
    main = make_room(mode="queue")
    other = Room(main.store, main.clock, {"mode": "queue"}, name="other")
    other.look()
    main.join(3)
    assert positions(other.join()) == [1]
    assert main.look(ended_after=0).room_id != other.look().room_id


def test_several_rooms_are_read_in_one_step_and_made_if_new(make_room: Rooms) -> None:
    main = make_room(mode="queue")
    main.join(2)
    rooms = finish(main.store.refresh([Ask("main", config()), Ask("new", config(max_active=3))]))
    assert [(room.queue, room.limit) for room in rooms] == [(2, 100), (0, 3)]


def test_positions_never_given_out_are_unknown_and_change_nothing(
    make_room: Rooms,
) -> None:
    main = make_room(mode="queue")
    main.join(3)
    before = main.look(0, -1, 4, 4_000_000_000)
    for position in (0, -1, 4, 4_000_000_000):
        assert main.claim(position).verdict == "unknown"
        assert main.knock(position).verdict == "unknown"
        assert main.leave(position) == "unknown"
    main.clock.pass_by(0.1)
    after = main.look(knocks=[Knock(4_000_000_000, 2.0)])
    assert (after.queue, after.serving, after.called) == (3, before.serving, before.called)


def test_whoever_knocks_and_is_inside_is_told_to_the_worker(make_room: Rooms) -> None:
    main = make_room(max_active=2)
    main.join(3)
    knocks = [Knock(3, 2.0), Knock(2, 2.0), Knock(1, 2.0)]
    assert main.look(knocks=knocks).elsewhere == [2, 1]
    assert main.look().elsewhere == []


def test_a_closed_room_gives_no_numbers(make_room: Rooms) -> None:
    main = make_room(mode="closed")
    assert [turn.verdict for turn in main.join(2)] == ["closed", "closed"]
    assert main.look().queue == 0


def test_while_there_is_space_and_nobody_waits_whoever_comes_is_in(make_room: Rooms) -> None:
    main = make_room(max_active=2)
    assert [turn.verdict for turn in main.join(3)] == ["entered", "entered", "waiting"]
    assert main.look().active == 2


def test_who_may_only_enter_at_once_is_refused_without_a_number(make_room: Rooms) -> None:
    main = make_room(max_active=1)
    kinds = main.arrive(["enter", "enter", "place", "enter"])
    assert [turn.verdict for turn in kinds] == ["entered", "refused", "waiting", "refused"]
    assert main.look().queue == 2


def test_whoever_takes_a_ticket_does_not_enter_at_once(make_room: Rooms) -> None:
    main = make_room(max_active=5)
    assert [turn.verdict for turn in main.arrive(["ticket", "place"])] == ["waiting", "waiting"]


@pytest.mark.parametrize(("queue", "present"), [(0, 0), (7, 0), (8, 1), (15, 8)])
def test_crowds_of_positions_that_were_never_handed_out_are_not_present(
    make_room: Rooms, queue: int, present: int
) -> None:
    main, quiet = make_room(mode="queue"), Inlet(calls=False)
    main.join(queue)
    main.clock.pass_by(HORIZON_STEP)
    assert main.look(*range(8, 32), inlet=quiet).present_ahead == present
    assert main.look(*range(16, 48), inlet=quiet).present_ahead == present


def test_nobody_enters_at_once_past_somebody_present(make_room: Rooms) -> None:
    main = make_room(max_active=1)
    main.join(2)
    main.end(1)
    assert main.join()[0].verdict == "waiting"


def test_a_claim_succeeds_only_for_the_called(make_room: Rooms) -> None:
    main = make_room(max_active=1, mode="queue")
    main.join(3)
    snapshot = main.look(1, 2, 3)
    assert snapshot.serving == 1
    assert [main.claim(p).verdict for p in (2, 1, 3)] == ["waiting", "entered", "waiting"]


def test_a_claim_succeeds_only_while_a_slot_is_free(make_room: Rooms) -> None:
    main = make_room(max_active=2, mode="queue")
    main.join(4)
    main.nobody_is_awaited()
    main.advance(4)
    assert [main.claim(p).verdict for p in (4, 2, 1, 3)] == ["entered", "entered", "next", "next"]
    assert main.look().active == 2


def test_repeating_a_claim_gives_the_same_session(make_room: Rooms) -> None:
    main = make_room(max_active=2)
    first = main.join()[0]
    main.clock.pass_by(10)
    again = main.claim(1)
    assert (again.verdict, again.expires_at, again.unconfirmed) == (
        "entered",
        first.expires_at,
        True,
    )
    assert main.look().active == 1


def test_a_ticket_whose_session_has_ended_is_spent(make_room: Rooms) -> None:
    main = make_room()
    main.join()
    assert main.end(1)
    assert main.claim(1).verdict == "spent"
    assert main.look().active == 0


def test_a_free_slot_goes_to_the_first_at_the_door(make_room: Rooms) -> None:
    main = make_room(max_active=1)
    main.join(4)
    main.advance(3)
    assert [main.knock(p).verdict for p in (3, 2)] == ["next", "next"]
    main.end(1)
    assert [main.claim(p).verdict for p in (4, 3, 2)] == ["next", "next", "entered"]


def test_only_as_many_pass_the_door_as_slots_are_free(make_room: Rooms) -> None:
    main = make_room(max_active=3)
    main.join(7)
    main.advance(4)
    assert {main.knock(p).verdict for p in (4, 5, 6)} == {"next"}
    main.end(1), main.end(2)
    snapshot = main.look()
    assert (snapshot.free, snapshot.admit_up_to, snapshot.door) == (2, 5, [4, 5, 6])
    assert [main.knock(p).verdict for p in (7, 6, 5, 4)] == ["next", "next", "go", "go"]


@pytest.mark.parametrize(("returns_in", "seconds"), [(1.0, 4.0), (2.0, 6.5)])
def test_who_does_not_come_back_loses_the_hold_and_not_the_place(
    make_room: Rooms, returns_in: float, seconds: float
) -> None:
    main = make_room(max_active=1)
    main.join(3)
    main.advance(2)
    main.knock(2, returns_in)
    main.end(1)
    main.clock.pass_by(seconds - 0.001)
    assert main.claim(3).verdict == "next"
    main.clock.pass_by(0.001)
    assert main.claim(3).verdict == "entered"
    main.end(3)
    assert main.claim(2).verdict == "entered"


def test_lowering_the_limit_ends_nobody(make_room: Rooms) -> None:
    main = make_room(max_active=3)
    main.join(4)
    main.advance(1)
    assert main.change(max_active=1)["max_active"] == 1
    assert main.look().active == 3
    for position in (1, 2):
        main.end(position)
        assert main.claim(4).verdict == "next"
    main.end(3)
    assert main.claim(4).verdict == "entered"


def test_the_pace_is_kept_in_the_claim(make_room: Rooms) -> None:
    main = make_room(max_active=100, per_minute=60, burst=2, mode="queue")
    main.join(10)
    main.clock.pass_by(3600)
    main.look()
    main.advance(10)
    assert [main.claim(p).verdict for p in (1, 2, 3)] == ["entered", "entered", "next"]
    main.clock.pass_by(1)
    assert [main.claim(p).verdict for p in (3, 4)] == ["entered", "next"]


def test_a_place_whose_claim_has_lapsed_takes_no_more_of_the_pace(make_room: Rooms) -> None:
    main = make_room(max_active=100, per_minute=60, burst=2, mode="queue", confirm_within=2)
    main.join(5)
    main.clock.pass_by(10)
    main.look()
    main.advance(5)
    assert [main.claim(p).verdict for p in (1, 2)] == ["entered", "entered"]
    for person in (3, 4, 5):
        main.clock.pass_by(2.5)  # nobody has confirmed these claims: they can be made again
        assert [main.claim(p).verdict for p in (1, 2, person)] == ["entered"] * 3
