"""What every store promises when an operator brings a lost room back in the place of another."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.clock import Clock
from tests.support.rooms import Room
from vwr_middleware.blocking import finish
from vwr_middleware.errors import ForeignRoom, RoomLost
from vwr_middleware.line.constants import HORIZON_STEP, PRESENCE_WINDOW
from vwr_middleware.line.messages import Inlet, Place, Seen, Snapshot
from vwr_middleware.stores import Store

Rooms = Callable[..., Room]
LOST = "f" * 16
QUIET = Inlet(calls=False)


def restore(main: Room, **changes: Any) -> bool:
    known: dict[str, Any] = {"room_id": LOST, "generation": 1, "queue": 500, "serving": 40}
    return finish(main.store.restore("main", Seen(**{**known, **changes}), who="Ann"))


def look(main: Room) -> Snapshot:
    return main.look(inlet=QUIET)


def test_a_room_is_the_lost_one_again(make_room: Rooms) -> None:
    main = make_room(max_active=3)
    main.join(7)
    between = look(main).room_id
    assert restore(main, generation=4, active=3)
    main.generation = 4
    room = look(main)
    assert (room.room_id, room.generation, room.replaced) == (LOST, 4, [between])
    assert (room.queue, room.serving, room.horizon, room.active) == (500, 40, 40, 3)
    assert (room.called, room.waiting, room.first_claim) == (40, 460, 0)
    assert main.arrive(["ticket"])[0].position == 501
    assert main.claim(450).verdict == "waiting"
    assert main.claim(40).verdict == "next", "all slots are believed to be taken"


def test_it_is_restored_once_however_often_it_is_asked_for(make_room: Rooms) -> None:
    main = make_room(max_active=3)
    assert restore(main)
    main.join(2)
    before = look(main)
    assert not restore(main, queue=9000, serving=8000, active=1)
    assert look(main) == before
    assert [row[1:] for row in finish(main.store.record("main")).audit] == [
        ["Ann", "restore", before.replaced[0], LOST]
    ]


def test_settings_that_were_changed_since_win_over_those_that_a_worker_still_knows(
    make_room: Rooms,
) -> None:
    main = make_room(max_active=3)
    finish(main.store.change("main", {"max_active": 4}, (), who="Ann"))
    restore(main)
    of_old = Seen(LOST, 1, 500, 40, overrides={"max_active": 9}, changes=7)
    assert main.look(seen=of_old, inlet=QUIET).limit == 4


def test_sessions_of_old_come_back_and_count_until_they_must_have_expired(
    make_room: Rooms,
) -> None:
    main = make_room(max_active=3, session_seconds=600, session_grace=60)
    main.join(3)
    restore(main, active=3)
    assert main.renew(39).verdict == "entered"
    assert look(main).active == 3
    assert main.claim(38).verdict == "next"
    main.clock.pass_by(660)
    assert look(main).active == 0
    assert main.renew(37).verdict == "ended"
    assert main.claim(38).verdict == "entered"


def test_nothing_of_the_room_in_between_is_left(make_room: Rooms) -> None:
    main = make_room(max_active=2, late="lost", claim_within=60)
    main.join(6)
    assert main.keep_code(5, "code") == "waiting"
    main.look(*range(1, 7))
    main.advance(4)
    assert (main.claim(3).verdict, main.leave(6)) == ("next", "left")
    assert main.end(1)
    restore(main, queue=900, serving=9)
    room = look(main)
    assert (room.active, room.unconfirmed, room.door_size, room.ended) == (0, 0, 0, [])
    assert (room.called, room.seen_ahead, room.present_ahead) == (9, 0, 0)
    assert room.moved == []
    assert room.totals["revoked"] == 1, "who was inside in between was put out"
    assert ["revoked", "1-2"] in room.events
    assert main.move("code").turn.verdict == "unknown"
    assert main.renew(1).verdict == "entered", "a session of the same name that ended is another"
    assert main.claim(6).verdict == "entered"


def test_other_rooms_forget_nothing(store: Store, clock: Clock) -> None:
    rooms = [Room(store, clock, name=name) for name in ("before", "main", "behind")]
    for room in rooms:
        room.look()
        room.join()
        room.end(1)
    restore(rooms[1])
    assert [room.claim(1).verdict for room in rooms] == ["spent", "entered", "spent"]


@pytest.mark.parametrize("generation", [1, 2, 3])
def test_the_bits_of_other_generations_are_gone_too(make_room: Rooms, generation: int) -> None:
    main = make_room(max_active=50)
    main.join(9)
    main.reset()
    main.join(9)
    restore(main, generation=generation, serving=20)
    main.generation = generation
    assert look(main).called == 20
    for _ in range(4):
        assert {main.claim(p).verdict for p in range(1, 10)} <= {"entered", "next"}
        main.reset()
        main.join(9)
        main.advance(9)


def test_a_worker_of_the_room_in_between_is_told_so_and_changes_nothing(
    make_room: Rooms,
) -> None:
    main = make_room(max_active=5)
    main.join(3)
    room = look(main)
    seen = Seen(room.room_id, 9, 9999, 9998)
    restore(main)
    for step in (
        lambda: main.store.join("main", ["place"], seen),
        lambda: main.store.claim("main", Place(1, 3), 2.0, seen),
        lambda: main.store.renew("main", "1-3", False, seen),
    ):
        with pytest.raises(ForeignRoom):
            finish(step())
    assert (look(main).generation, look(main).queue) == (1, 500)


def test_a_worker_that_slept_through_it_all_is_told_who_has_ended_since(make_room: Rooms) -> None:
    main = make_room(max_active=5)
    restore(main)
    assert main.renew(3).verdict == "entered"
    assert main.end(3)
    told = main.look(seen=Seen(LOST, 1, 400, 30), ended_after=57)
    assert told.ended == ["1-3"]


def test_the_latest_rooms_that_were_replaced_are_remembered(make_room: Rooms) -> None:
    main = make_room(max_active=5)
    first = look(main).room_id
    for number in range(12):
        restore(main, room_id=f"{number:016x}")
    assert look(main).replaced == [f"{number:016x}" for number in range(3, 11)]
    restore(main, room_id=f"{5:016x}")
    replaced = look(main).replaced
    assert f"{5:016x}" not in replaced
    assert first not in replaced
    assert replaced[-1] == f"{11:016x}"


def test_a_queue_counter_below_the_serving_counter_is_lifted_to_it(make_room: Rooms) -> None:
    main = make_room(max_active=5)
    restore(main, queue=5, serving=40)
    assert (look(main).queue, look(main).serving) == (40, 40)


def test_a_room_that_is_not_there_is_not_restored(store: Store, clock: Clock) -> None:
    main = Room(store, clock)
    with pytest.raises(RoomLost):
        restore(main)


@pytest.mark.parametrize(("ends", "active"), [(False, 7), (True, 0)])
def test_a_reset_that_ends_sessions_waits_for_no_lost_ones(
    store: Store, clock: Clock, ends: bool, active: int
) -> None:
    main = Room(store, clock, {"max_active": 10})
    main.look(seen=Seen("f" * 16, 3, 500, 400, active=7))
    main.reset(ends)
    assert main.look().active == active


def test_those_in_line_are_known_behind_many_who_were_before(make_room: Rooms) -> None:
    many = 10_000_000
    main = make_room(max_active=2, mode="queue")
    restore(main, queue=many, serving=many)
    for _ in range(3):
        main.clock.pass_by(PRESENCE_WINDOW)
        look(main)
    main.join(1000)
    # A worker that is behind tells of some who are called already. Those close together are handed
    # in as one piece.
    main.look(*range(many - 60, many - 20), inlet=QUIET)
    main.clock.pass_by(HORIZON_STEP)
    room = main.look(*range(many - 10, many + 21), many + 400, many + 999, inlet=QUIET)
    assert (room.present_ahead, room.first_counting) == (22, many + 1)
    main.leave(many + 1)
    main.leave(many + 2)
    main.clock.pass_by(PRESENCE_WINDOW)
    room = main.look(many + 4, inlet=QUIET)
    assert (room.present_ahead, room.first_counting) == (20, many + 3)
    assert main.look(generation=0).serving == many + 4
    main.clock.pass_by(PRESENCE_WINDOW)
    assert look(main).present_ahead == 0


def test_the_called_and_the_next_generation_are_known_behind_many_who_were_before(
    make_room: Rooms,
) -> None:
    many = 10_000_000
    main = make_room(max_active=2, mode="queue")
    restore(main, queue=many, serving=many)
    main.clock.pass_by(3 * PRESENCE_WINDOW)
    look(main)
    main.join(100)
    main.look(*range(many + 1, many + 61), inlet=QUIET)
    assert main.advance(40) == 40
    main.clock.pass_by(PRESENCE_WINDOW)
    room = main.look(many + 3, many + 70, inlet=QUIET)  # this window begins later than the last
    assert (room.present_ahead, room.first_counting) == (21, many + 41)
    main.leave(many + 5)
    main.leave(many + 41)
    assert look(main).first_counting == many + 42
    main.reset()
    main.join(30)
    main.look(7, inlet=QUIET)
    main.clock.pass_by(PRESENCE_WINDOW)
    assert main.look(9, inlet=QUIET).present_ahead == 2
