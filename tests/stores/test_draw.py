"""What every store promises of a draw: who comes before the opening has a place by lot."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.rooms import Room, seen_in
from vwr_middleware.blocking import finish
from vwr_middleware.line.constants import (
    DRAWN,
    GIVEN_UP,
    NO_DRAW,
    REGISTERING,
    SETTLING,
)
from vwr_middleware.line.messages import Place, Snapshot

Rooms = Callable[..., Room]
ANN, BEN = "a" * 16, "b" * 16
#: Which place each number of five got: any order will do for a store.
PLACES = {1: 4, 2: 1, 3: 5, 4: 2, 5: 3}


@pytest.fixture
def main(make_room: Rooms, clock: Any) -> Room:
    """Five have registered for an opening in a minute."""
    room = make_room(max_active=2, draw=True, opens_at=clock.now + 60)
    assert [turn.position for turn in room.join(5)] == [1, 2, 3, 4, 5]
    return room


def opens(room: Room) -> Snapshot:
    """The opening, and a worker that reads the room then."""
    room.clock.pass_by(60)
    room.look()
    room.generation += 1
    return room.look()


def drawn(room: Room, number: int, device: int = 0) -> Place:
    """The place of a number by now, as a worker names it."""
    return Place(room.generation, PLACES[number], device, number=number)


def test_an_opening_is_a_draw_of_all_who_have_registered(main: Room) -> None:
    before = main.look()
    assert (before.draw, before.drawn, before.state) == (REGISTERING, 0, "scheduled")
    after = opens(main)
    assert (after.draw, after.drawn, after.queue, after.serving) == (DRAWN, 5, 5, 0)
    assert (after.generation, after.room_id) == (before.generation + 1, before.room_id)
    assert after.drawn_at == pytest.approx(main.clock.now)
    assert main.join()[0].position == 6, "whoever comes later is behind"
    assert main.look().generation == after.generation, "it is drawn once"


def test_whichever_step_comes_first_draws(main: Room) -> None:
    main.clock.pass_by(60)
    (late,) = main.join()
    assert (late.generation, late.position, late.verdict) == (2, 6, "waiting")
    assert ("drawn", "5") in late.events


def test_an_operators_step_draws_too_and_the_log_says_so(main: Room) -> None:
    main.clock.pass_by(60)
    main.change(max_active=3)
    rows = finish(main.store.record("main")).audit
    assert [row[2:] for row in rows if row[2] == "draw"] == [
        ["draw", {"generation": 1, "told": ""}, 5]
    ]
    assert ["drawn", "5"] in main.look().events


def test_nobody_is_called_until_they_had_the_time_to_look_where_they_stand(main: Room) -> None:
    after = opens(main)
    assert after.gathers_until > after.now
    assert main.look(4, 5).serving == 0
    assert main.join()[0].verdict == "waiting", "nor does a newcomer come in before them"
    while (room := main.look(4, 5)).now < room.gathers_until:
        assert room.serving == 0
        main.clock.pass_by(0.5)
    assert room.now < after.gathers_until + 2
    assert room.serving == 5, "the first who are there are called"
    assert main.claim(4).verdict == "entered"


def test_a_crowd_that_is_slow_to_look_has_longer(make_room: Rooms, clock: Any) -> None:
    room = make_room(max_active=2, draw=True, opens_at=clock.now + 60)
    room.join(1000)
    after = opens(room)
    heard = 0
    while heard < 800:  # 50 a second
        heard += 25
        clock.pass_by(0.5)
        assert room.look(*range(1001 - heard, 1001)).serving == 0 or heard > 500
    assert after.gathers_until + 5 < room.look().gathers_until < after.gathers_until + 31
    for _ in range(6):
        clock.pass_by(0.5)
        room.look(*range(201, 1001))
    assert room.look().serving == 202, "and then the first of them are called"


def test_a_ticket_of_the_registration_is_known_to_have_been_drawn(main: Room) -> None:
    opens(main)
    of_before = Place(1, 3)
    assert finish(main.store.leave("main", of_before)) == "drawn"
    assert finish(main.store.knock("main", of_before, 2.0)).verdict == "drawn"
    assert finish(main.store.claim("main", Place(1, 6), 2.0)).verdict == "reset", "never registered"
    assert finish(main.store.claim("main", drawn(main, 3), 2.0)).verdict == "waiting"


def test_a_place_that_was_given_up_before_the_draw_stays_so(main: Room) -> None:
    assert main.leave(3) == "left"
    assert [-3, GIVEN_UP] in main.look().moved
    opens(main)
    main.advance(5)
    assert finish(main.store.claim("main", drawn(main, 3), 2.0)).verdict == "left"
    assert finish(main.store.claim("main", drawn(main, 4), 2.0)).verdict == "entered"


def test_a_place_that_moved_before_the_draw_is_the_other_devices(main: Room) -> None:
    main.look(2)
    main.keep_code(2, "code")
    assert main.move("code").device == 1
    opens(main)
    main.advance(5)
    assert finish(main.store.claim("main", drawn(main, 2), 2.0)).verdict == "moved"
    assert finish(main.store.claim("main", drawn(main, 2, device=1), 2.0)).verdict == "entered"


def test_a_code_from_before_the_draw_works_after_it(main: Room) -> None:
    main.keep_code(2, "code")
    opens(main)
    move = main.move("code")
    assert (move.turn.verdict, move.turn.generation, move.turn.position) == ("drawn", 1, 2)
    move = finish(main.store.move("main", ["code"], "again", None, PLACES[2]))
    assert (move.turn.verdict, move.turn.position, move.device) == ("waiting", PLACES[2], 1)
    again = finish(main.store.move("main", ["code"], "again", None, PLACES[2]))
    assert (again.turn.verdict, again.device) == ("waiting", 1)
    assert finish(main.store.leave("main", drawn(main, 2))) == "moved"
    assert finish(main.store.leave("main", drawn(main, 2, device=1))) == "left"


def test_an_identity_keeps_its_place(make_room: Rooms, clock: Any) -> None:
    room = make_room(draw=True, opens_at=clock.now + 60)
    room.join_as(ANN, "", BEN, "", "")
    assert room.join_as(BEN)[0].verdict == "known"
    opens(room)
    (known,) = room.join_as(BEN)
    assert (known.verdict, known.generation, known.position) == ("drawn", 1, 3)
    (known,) = room.join_as(f"{BEN} {PLACES[3]}")
    assert (known.verdict, known.generation, known.position) == ("known", 2, PLACES[3])
    assert room.look().queue == 5
    assert finish(room.store.leave("main", drawn(room, 3))) == "left"
    (new,) = room.join_as(f"{BEN} {PLACES[3]}")
    assert (new.verdict, new.position) == ("waiting", 6)
    assert (room.join_as(BEN)[0].verdict, room.join_as(BEN)[0].position) == ("known", 6)


def test_subscriptions_follow_their_numbers(main: Room) -> None:
    assert [main.subscribe(number) for number in (2, 5)] == ["waiting"] * 2
    assert main.notices() == []
    opens(main)
    found = finish(main.store.notices("main", 10))
    assert (sorted(found.unplaced), found.subscribers) == ([2, 5], 2)
    placed = [(number, PLACES[number]) for number in found.unplaced]
    found = finish(main.store.notices("main", 10, 2, placed=placed))
    assert (found.unplaced, found.subscribers, found.due) == ((), 2, ())
    main.advance(5)
    assert sorted(notice.position for notice in main.notices()) == sorted([PLACES[2], PLACES[5]])


def test_nobody_registers_before_the_time(make_room: Rooms, clock: Any) -> None:
    room = make_room(draw=True, draw_from=clock.now + 30, opens_at=clock.now + 60)
    assert {turn.verdict for turn in room.join(2)} == {"early"}
    assert room.look().queue == 0
    clock.pass_by(30)
    assert room.join()[0].position == 1


def test_who_polled_before_the_draw_is_not_taken_for_somebody_who_did_after(main: Room) -> None:
    main.look(1, 2, 3, 4, 5)
    main.clock.pass_by(60)
    late = main.look(1, 2, 3)  # in the numbers of before
    assert (late.first_counting, late.present_ahead) == (0, 0)


def test_nobody_is_called_before_the_draw_not_even_by_hand(main: Room) -> None:
    assert main.advance(3, keep_rest=True) == 0
    assert finish(main.store.advance_to("main", 4)) == 0
    snapshot = main.look()
    assert (snapshot.serving, snapshot.credit) == (0, 0)


def test_an_opening_that_is_moved_before_the_draw_is_drawn_later(main: Room) -> None:
    main.change(opens_at=main.clock.now + 120)
    main.clock.pass_by(60)
    assert main.join()[0].position == 6
    assert main.look().draw == REGISTERING
    main.change(opens_at=main.clock.now)
    snapshot = main.look()
    assert (snapshot.generation, snapshot.drawn) == (2, 6), "and at once, if it is now"


def test_an_opening_without_a_time_is_now(main: Room) -> None:
    main.change(opens_at=None)
    assert main.look().drawn == 5


def test_a_room_that_is_paused_draws_and_one_that_is_closed_does_not(main: Room) -> None:
    main.change(mode="closed")
    main.clock.pass_by(60)
    assert main.look().draw == REGISTERING
    main.change(mode="paused")
    assert main.look().drawn == 5


def test_an_opening_that_is_moved_after_the_draw_takes_no_place_away(main: Room) -> None:
    opens(main)
    main.change(opens_at=main.clock.now + 300)
    snapshot = main.look()
    assert (snapshot.state, snapshot.draw, snapshot.drawn) == ("scheduled", DRAWN, 5)
    assert main.join()[0].position == 6
    main.clock.pass_by(300)
    assert main.look().generation == 2


def test_a_room_that_was_closed_and_is_scheduled_again_registers_and_draws_again(
    main: Room,
) -> None:
    opens(main)
    main.change(mode="closed")
    assert main.look().generation == 2
    main.change(mode="auto")
    assert main.look().generation == 2, "closed for a while: its line goes on"
    main.change(mode="closed")
    main.look()
    main.change(mode="auto", opens_at=main.clock.now + 60)
    again = main.look()
    assert (again.generation, again.draw, again.queue) == (3, REGISTERING, 0)
    main.generation = 3
    main.join(3)
    main.clock.pass_by(60)
    assert (main.look().drawn, main.look().generation) == (3, 4)


def test_a_reset_while_people_register_begins_to_register_anew(main: Room) -> None:
    assert main.reset() == 2
    snapshot = main.look()
    assert (snapshot.draw, snapshot.queue) == (REGISTERING, 0)
    main.join(2)
    main.clock.pass_by(60)
    assert main.look().drawn == 2
    assert main.reset() == 4
    assert (main.look().draw, main.look().drawn) == (NO_DRAW, 0), "and after the draw it is over"


def test_a_clock_that_is_set_back_undoes_no_draw(main: Room) -> None:
    opens(main)
    main.clock.pass_by(-30)
    assert (main.look().generation, main.look().drawn) == (2, 5)
    main.clock.pass_by(60)
    assert main.look().generation == 2


def test_what_workers_say_of_the_seed_is_kept_from_before_the_draw(main: Room) -> None:
    assert main.look(draw_told="f00d", generation=9).draw_told == "", "of another generation"
    assert main.look(draw_told="beef").draw_told == "beef"
    assert main.look(draw_told="f00d").draw_told == "beef", "the first word counts"
    assert opens(main).draw_told == "beef"
    assert main.look(draw_told="f00d").draw_told == "beef"


def test_a_value_that_an_operator_has_set_is_for_one_draw_and_no_other(main: Room) -> None:
    main.look(draw_told="beef")
    main.change(draw_beacon="3 14")
    main.clock.pass_by(60)
    assert ["opening_began", "1"] in main.look().events
    main.generation = 2
    after = main.look()
    assert after.draw_told == f"beef:{b'3 14'.hex()}"
    assert "draw_beacon" not in after.overrides and not after.rules.get("draw_beacon")
    main.change(mode="closed")
    main.look()
    main.change(mode="auto", opens_at=main.clock.now + 60)
    main.look()
    main.generation = 3
    main.look(draw_told="f00d")
    main.join(2)
    main.clock.pass_by(60)
    assert (main.look().drawn, main.look().draw_told) == (2, "f00d"), "or it was known before"


@pytest.mark.parametrize(
    ("change", "kept"),
    [
        ({"opens_at": 120}, None),
        ({"opens_at": 30}, "3 14"),
        ({"opens_at": 120, "draw_beacon": "2 71"}, "2 71"),
        ({"mode": "paused"}, "3 14"),
        ({"max_active": 7}, "3 14"),
    ],
)
def test_a_value_that_is_set_for_an_opening_is_forgotten_if_that_is_put_off(
    main: Room, change: dict[str, Any], kept: str | None
) -> None:
    main.change(draw_beacon="3 14")
    if "opens_at" in change:
        change = {**change, "opens_at": main.clock.now + change["opens_at"]}
    main.change(**change)
    snapshot = main.look()
    assert snapshot.rules.get("draw_beacon") == snapshot.overrides.get("draw_beacon") == kept
    rows = [row[2:] for row in finish(main.store.record("main")).audit]
    assert (["draw_beacon", "3 14", None] in rows) == (kept is None), "and the log says so"


def test_a_value_that_is_set_goes_with_the_registrations_that_it_was_for(main: Room) -> None:
    main.change(draw_beacon="3 14")
    main.reset()
    assert "draw_beacon" not in main.look().overrides


def test_an_opening_that_is_put_off_when_its_time_has_come_was_drawn(main: Room) -> None:
    main.clock.pass_by(60)
    main.change(opens_at=main.clock.now + 120)
    snapshot = main.look()
    assert (snapshot.draw, snapshot.drawn, snapshot.state) == (DRAWN, 5, "scheduled")


def test_nobody_registers_in_a_room_that_is_closed_and_whoever_had_keeps_the_number(
    main: Room,
) -> None:
    main.change(mode="closed")
    (turned_away,) = main.join()
    assert (turned_away.verdict, turned_away.position) == ("closed", 0)
    main.change(mode="auto")
    assert main.look().queue == 5
    assert opens(main).drawn == 5


# When the store has lost data.


def test_a_room_that_is_lost_before_the_draw_is_drawn_as_workers_knew_it(main: Room) -> None:
    seen = seen_in(main.look(draw_told="beef"))
    lost = Room(main.store, main.clock, main.settings, name="lost", seen=seen)
    snapshot = lost.look(spare=2)
    assert (snapshot.draw, snapshot.queue, snapshot.draw_told) == (REGISTERING, 7, "beef")
    main.clock.pass_by(60)
    assert lost.look().drawn == 7


def test_a_room_that_is_lost_just_before_the_draw_waits_for_all_workers(main: Room) -> None:
    seen = seen_in(main.look())
    main.clock.pass_by(60)
    lost = Room(main.store, main.clock, main.settings, name="lost", seen=seen)
    assert lost.look().draw == REGISTERING
    lost.seen = seen_in(lost.look(), queue=9)
    lost.look()
    main.clock.pass_by(2 * SETTLING)
    assert lost.look().drawn == 9, "one of them knew of more"


def test_a_room_that_is_lost_after_the_draw_is_not_drawn_again(main: Room) -> None:
    main.look(draw_told="beef")
    seen = seen_in(opens(main))
    lost = Room(main.store, main.clock, main.settings, name="lost", generation=2, seen=seen)
    snapshot = lost.look()
    assert (snapshot.generation, snapshot.draw, snapshot.drawn) == (2, DRAWN, 5)
    assert (snapshot.draw_told, snapshot.drawn_at) == ("beef", seen.drawn_at)
    main.clock.pass_by(SETTLING)
    assert finish(lost.store.claim("lost", Place(1, 5), 2.0, seen)).verdict == "drawn"


def test_a_store_that_fell_back_before_the_draw_learns_of_it(main: Room) -> None:
    before = main.look()
    seen = seen_in(before, generation=2, queue=8, draw=DRAWN, drawn=6, draw_told="beef")
    main.leave(3)
    main.seen, main.generation = seen, 2
    snapshot = main.look()
    assert (snapshot.generation, snapshot.drawn, snapshot.queue) == (2, 6, 8)
    assert snapshot.draw_told == "beef"
    assert finish(main.store.leave("main", Place(2, 1, number=3))) == "left", "as it was before"


def test_a_store_that_fell_back_to_before_the_public_value_draws_with_it(main: Room) -> None:
    before = main.look(draw_told="beef")
    seen = seen_in(before, generation=2, queue=8, draw=DRAWN, drawn=6, draw_told="beef:61")
    main.seen, main.generation = seen, 2
    assert main.look().draw_told == "beef:61", "or each would have another place than was told"


def test_the_draw_of_which_people_were_told_counts_if_the_store_made_a_smaller_one(
    main: Room,
) -> None:
    after = opens(main)
    main.seen = seen_in(after, queue=7, drawn=7)
    assert (main.look().drawn, main.look().queue) == (7, 7)


def test_a_restored_room_keeps_its_draw(main: Room) -> None:
    main.look(draw_told="beef")
    main.change(draw_beacon="3 14")
    seen = seen_in(opens(main))
    other = Room(main.store, main.clock, main.settings, name="other")
    other.look()
    other.join(3)
    assert finish(main.store.restore("other", seen))
    snapshot = other.look()
    assert (snapshot.generation, snapshot.draw, snapshot.drawn) == (2, DRAWN, 5)
    assert (snapshot.draw_told, snapshot.drawn_at) == (seen.draw_told, seen.drawn_at)
    assert seen.draw_told == f"beef:{b'3 14'.hex()}"


def test_a_room_with_people_in_line_registers_them_when_it_is_set_to_draw(
    make_room: Rooms, clock: Any
) -> None:
    room = make_room(opens_at=clock.now + 60)
    room.join(5)
    room.look(1, 2)
    room.leave(1)
    room.keep_code(2, "code")
    room.move("code")
    room.subscribe(5)
    room.settings["draw"] = True
    snapshot = room.look(starting=True)
    assert (snapshot.generation, snapshot.queue) == (1, 5)
    assert room.look().draw == REGISTERING
    assert room.leave(2) == "moved"
    opens(room)
    assert finish(room.store.leave("main", drawn(room, 2))) == "moved"
    assert finish(room.store.leave("main", drawn(room, 1))) == "left"
    assert finish(room.store.leave("main", drawn(room, 4))) == "left", "at place 2, and its own"
    assert finish(room.store.notices("main", 10)).unplaced == (5,)
