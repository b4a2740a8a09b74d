"""Every store lets everybody in at once in shadow mode, and counts who would have had to wait."""

from collections.abc import Callable

import pytest

from tests.support.rooms import Room
from vwr_middleware.blocking import finish
from vwr_middleware.line.minutes import Minute

Rooms = Callable[..., Room]


def all_minutes(room: Room) -> list[Minute]:
    room.look()
    now = room.clock()
    return finish(room.store.history(room.name, now - 7200, now + 3600)).minutes()


def would_wait(room: Room) -> int:
    return sum(minute.would_wait for minute in all_minutes(room))


def quiet(room: Room, seconds: int) -> None:
    """Nothing happens for so long, but that a worker looks."""
    for _ in range(seconds):
        room.clock.pass_by(1)
        room.look()


def test_everybody_enters_at_once_whatever_the_limit(make_room: Rooms) -> None:
    main = make_room(max_active=2, mode="shadow", per_minute=1, max_waiting=0)
    main.look()
    assert [turn.verdict for turn in main.join(7)] == ["entered"] * 7
    assert main.join(1, "ticket")[0].verdict == "next"
    assert main.claim(8).verdict == "entered"
    assert main.look().active == 8


def test_it_counts_who_would_have_had_to_wait(make_room: Rooms) -> None:
    main = make_room(max_active=3, mode="shadow")
    main.look()
    main.join(5)
    assert would_wait(main) == 2
    assert max(minute.shadow_line for minute in all_minutes(main)) == 2


def test_while_there_is_space_nobody_would_have_waited(make_room: Rooms) -> None:
    main = make_room(max_active=2, mode="shadow")
    main.look()
    for position in range(1, 9):
        main.join(1)
        finish(main.store.end("main", f"1-{position}", "completed"))
    assert would_wait(main) == 0


def test_slots_that_would_get_free_go_to_those_who_would_be_in_line(make_room: Rooms) -> None:
    main = make_room(max_active=2, mode="shadow")
    main.look()
    main.join(4)
    main.clock.pass_by(10)
    main.look()
    for position in range(1, 5):
        finish(main.store.end("main", f"1-{position}", "completed"))
    main.join(1)
    assert would_wait(main) == 3, "the two who waited would have just come in"
    finish(main.store.end("main", "1-5", "completed"))
    quiet(main, 90)
    main.join(1)
    assert would_wait(main) == 3, "visits last ten seconds, so by now all have left"


def test_a_line_would_get_shorter_though_everybody_has_left_the_real_room(
    make_room: Rooms,
) -> None:
    main = make_room(max_active=3, mode="shadow")
    main.look()
    main.join(30)
    quiet(main, 10)
    for position in range(1, 31):
        finish(main.store.end("main", f"1-{position}", "completed"))
    quiet(main, 45)
    main.join(1)
    assert would_wait(main) == 28, "three in ten seconds get in, so half of them still wait"
    finish(main.store.end("main", "1-31", "completed"))
    quiet(main, 90)
    main.join(1)
    assert would_wait(main) == 28
    waited = sum(minute.shadow_waited for minute in all_minutes(main))
    assert waited == pytest.approx(270 + 24 * 80 / 2 + 38, rel=0.1), "the seconds of them all"


def test_an_hour_in_which_nobody_came_has_emptied_the_imagined_line(make_room: Rooms) -> None:
    main = make_room(max_active=3, mode="shadow")
    main.look()
    main.join(30)
    quiet(main, 10)
    for position in range(1, 31):
        finish(main.store.end("main", f"1-{position}", "completed"))
    main.clock.pass_by(3600)
    main.join(3)
    assert would_wait(main) == 27


def test_the_pace_holds_in_the_imagined_room(make_room: Rooms) -> None:
    main = make_room(max_active=100, mode="shadow", per_minute=6, burst=1)
    main.look()
    main.join(3)
    assert would_wait(main) == 2
    for _ in range(30):
        main.clock.pass_by(1)
        main.look()
    main.join(1)
    assert would_wait(main) == 2


def test_those_in_line_are_let_in_when_shadow_mode_begins_and_the_limit_holds_when_it_ends(
    make_room: Rooms,
) -> None:
    main = make_room(max_active=2, mode="queue")
    main.look()
    main.join(4)
    finish(main.store.change("main", {"mode": "shadow"}))
    main.look(1, 2, 3, 4)
    assert [main.claim(position).verdict for position in range(1, 5)] == ["entered"] * 4
    finish(main.store.change("main", {"mode": "auto"}))
    main.look()
    assert main.join(1)[0].verdict == "waiting"
