"""What every store does where a room opens several times."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.clock import Clock
from tests.support.rooms import Room, seen_in
from vwr_middleware.blocking import finish
from vwr_middleware.stores import Store

Rooms = Callable[..., Room]


def two(clock: Clock, **second: Any) -> list[dict[str, Any]]:
    """An opening of a minute, in ten seconds, and another one an hour later."""
    now = clock()
    first = {"opens_at": now + 10, "closes_at": now + 70, "max_active": 3, "message": "First"}
    return [first, {"opens_at": now + 3600, "closes_at": now + 3700, **second}]


def told(room: Room, **ask: Any) -> list[list[str]]:
    """What a reading tells of openings and planned changes."""
    names = ("opening_began", "opening_over", "planned_change")
    return [event for event in room.look(**ask).events if event[0] in names]


def states(room: Room, *seconds: float) -> list[str]:
    """The room's states after so many seconds each."""
    found = []
    for passed in seconds:
        room.clock.pass_by(passed)
        found.append(room.look().state)
    return found


def test_a_room_opens_and_closes_by_itself_as_often_as_it_is_told(
    make_room: Rooms, clock: Clock
) -> None:
    main = make_room(openings=two(clock))
    assert main.look().state == "scheduled"
    assert states(main, 10, 59.5, 0.5, 3530, 100) == [
        *("open", "open", "scheduled", "open", "closed")
    ]


def test_each_opening_has_its_own_limits_and_words(make_room: Rooms, clock: Clock) -> None:
    main = make_room(max_active=50, per_minute=600, openings=two(clock, per_minute=90))
    first = main.look()
    assert (first.limit, first.rules["message"], first.per_second) == (3, "First", 10)
    clock.pass_by(70)
    second = main.look()
    assert (second.limit, second.rules["message"], second.per_second) == (50, None, 1.5)


def test_what_an_operator_has_set_wins_over_every_opening(make_room: Rooms, clock: Clock) -> None:
    main = make_room(max_active=50, openings=two(clock))
    main.change(max_active=7, message="By hand")
    for _ in range(2):
        assert (main.look().limit, main.look().rules["message"]) == (7, "By hand")
        clock.pass_by(70)


def test_who_stands_in_line_as_it_closes_keeps_the_place(make_room: Rooms, clock: Clock) -> None:
    main = make_room(max_active=1, openings=two(clock))
    clock.pass_by(11)
    main.join(5)
    main.look(4, 5)
    clock.pass_by(60)
    assert (main.look(4, 5).generation, main.claim(5).verdict) == (1, "waiting")
    assert [turn.position for turn in main.join(1)] == [6]
    clock.pass_by(3510)
    for _ in range(4):
        clock.pass_by(5)
        main.look(4, 5, 6)
    assert main.look(4, 5, 6).state == "queueing"
    assert main.claim(4).verdict == "entered"
    assert main.claim(5).verdict in ("next", "waiting")


@pytest.mark.parametrize("looks", [True, False])
def test_an_opening_with_a_line_of_its_own_begins_with_nobody(
    make_room: Rooms, clock: Clock, looks: bool
) -> None:
    main = make_room(openings=two(clock, fresh=True))
    clock.pass_by(11)
    main.join(5)
    clock.pass_by(58.9)
    assert main.look(4, 5).generation == 1
    # Whether anybody looks at that moment or long after: it is the same.
    clock.pass_by(0.1 if looks else 5000)
    assert main.look().generation == 2
    assert main.claim(4).verdict == "reset"
    assert [main.look().generation for _ in range(2)] == [2, 2]
    audit = finish(main.store.record("main")).audit
    assert [row[1:] for row in audit] == [["the schedule", "reset", 1, 2]]
    if looks:  # whoever is inside goes on and counts
        assert main.look().active == 3


def test_before_people_may_join_the_room_is_closed(make_room: Rooms, clock: Clock) -> None:
    main = make_room(openings=two(clock, joins_from=clock() + 3000))
    clock.pass_by(70)
    assert main.look().state == "closed"
    assert main.join()[0].verdict == "closed"
    clock.pass_by(2930)
    assert main.look().state == "scheduled"
    assert main.join()[0].verdict == "waiting"


def test_each_opening_is_told_once_as_it_begins_and_when_it_is_over(
    make_room: Rooms, clock: Clock
) -> None:
    main = make_room(openings=two(clock))
    assert told(main) == []
    clock.pass_by(10)
    assert [told(main), told(main)] == [[["opening_began", "1"]], []]
    clock.pass_by(4000)  # nobody came for long
    assert [told(main), told(main)] == [
        [["opening_over", "1"], ["opening_began", "2"], ["opening_over", "2"]],
        [],
    ]


def test_a_clock_that_is_set_back_repeats_nothing(make_room: Rooms, clock: Clock) -> None:
    main = make_room(openings=two(clock, fresh=True))
    clock.pass_by(71)
    main.look()
    clock.pass_by(-30)
    back = main.look()
    assert (back.state, back.generation) == ("open", 2)  # by the clock it is open again
    clock.pass_by(31)
    again = main.look()
    assert (again.state, again.generation) == ("scheduled", 2)
    assert told(main) == []


def test_a_changed_list_does_nothing_for_times_that_have_passed(
    make_room: Rooms, clock: Clock
) -> None:
    main = make_room(openings=two(clock))
    now = clock()
    clock.pass_by(100)
    main.look()
    main.join(2)
    moved = [
        {"opens_at": now + 10, "closes_at": now + 90},
        {"opens_at": now + 95, "fresh": True},
    ]
    main.change(openings=moved)
    assert (main.look().generation, main.look().state) == (1, "open")


def test_a_line_that_was_begun_anew_is_not_again_by_a_store_that_fell_back(
    make_room: Rooms, store: Store, clock: Clock
) -> None:
    main = make_room(openings=two(clock, fresh=True))
    older = Room(store, clock, main.settings, "older")  # all that the store has left later on
    room_id = older.look().room_id
    clock.pass_by(71)
    main.look()
    main.join(3)
    seen = seen_in(main.look(), room_id=room_id)
    assert (seen.generation, seen.queue) == (2, 3)
    clock.pass_by(1)
    lifted = older.look(seen=seen)
    assert (lifted.generation, lifted.queue) == (2, 3)


def test_a_single_time_that_an_operator_had_set_counts_no_more_beside_a_list(
    make_room: Rooms, clock: Clock
) -> None:
    main = make_room(opens_at=clock() + 10)
    main.change(opens_at=clock() + 9000)
    main.change(openings=two(clock))
    assert states(main, 10, 60) == ["open", "scheduled"]
    finish(main.store.change("main", {}, ["openings"]))
    assert (main.look().state, main.look().rules["opens_at"]) == ("scheduled", clock() + 8930)


def test_a_reset_leaves_the_openings_as_they_are(make_room: Rooms, clock: Clock) -> None:
    main = make_room(openings=two(clock))
    finish(main.store.reset("main"))
    assert states(main, 10, 60, 3530) == ["open", "scheduled", "open"]


def test_a_lost_room_begins_its_line_anew_if_that_was_due_meanwhile(
    make_room: Rooms, store: Store, clock: Clock
) -> None:
    main = make_room(openings=two(clock, fresh=True))
    clock.pass_by(60)
    main.join(3)
    seen = seen_in(main.look(), read_at=clock(), now=clock())
    clock.pass_by(30)
    other = Room(store, clock, main.settings, "other")
    rebuilt = other.look(seen=seen, starting=True)
    assert (rebuilt.generation, rebuilt.queue) == (2, 0)


def test_whoever_registers_for_the_draw_of_the_next_opening_stays_registered(
    make_room: Rooms, clock: Clock
) -> None:
    main = make_room(max_active=1, openings=two(clock, draw=True))
    clock.pass_by(11)
    main.join(5)
    clock.pass_by(60)
    # The first step after the one is over is a newcomer's, before anybody reads the room.
    first = main.join()[0]
    assert (first.generation, first.position) == (2, 1)
    assert (main.look().generation, main.look().queue) == (2, 1)
    clock.pass_by(3600)
    assert main.look().generation == 3
