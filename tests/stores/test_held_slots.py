"""What every store promises of the door: who is waited for, and that nobody is overtaken there."""

from collections.abc import Callable

import pytest

from tests.support.rooms import RETURNS_IN, Room
from vwr_middleware.line.constants import (
    DOOR_SPARE,
    HIDDEN_FROM,
    HIDDEN_UNTIL,
    SUMMONSES_KEPT,
    SUMMONSES_SPAN,
)
from vwr_middleware.line.held_slots import held_for

Rooms = Callable[..., Room]


def called(make_room: Rooms, people: int, max_active: int = 1, **settings: object) -> Room:
    """A room whose whole line has been called."""
    main = make_room(max_active=max_active, mode="queue", **settings)
    main.join(people)
    main.nobody_is_awaited()
    main.advance(people)
    return main


def test_hidden_pages_that_come_later_take_nobodys_place_at_the_door(make_room: Rooms) -> None:
    main = called(make_room, 4)
    assert main.claim(1).verdict == "entered"
    assert main.knock(2, hidden=True).verdict == main.knock(3).verdict == "next"
    assert main.look().door == [2, 3]
    main.end(1)
    assert [main.claim(position).verdict for position in (4, 3)] == ["next", "entered"]


def test_a_hidden_page_that_left_lets_nobody_overtake(make_room: Rooms) -> None:
    main = called(make_room, 4)
    main.claim(1)
    main.knock(2, hidden=True)
    main.leave(2)
    assert main.knock(3).verdict == "next"
    main.end(1)
    assert [main.claim(position).verdict for position in (4, 3)] == ["next", "entered"]


def test_a_hidden_page_of_an_earlier_line_lets_nobody_overtake(make_room: Rooms) -> None:
    main = called(make_room, 2)
    main.claim(1)
    main.knock(2, hidden=True)
    main.reset(True)
    main.join(4)
    main.nobody_is_awaited()
    main.advance(4)
    main.claim(1)
    assert main.knock(3).verdict == "next"
    main.end(1)
    assert [main.claim(position).verdict for position in (4, 3)] == ["next", "entered"]


def test_a_slot_is_held_for_a_hidden_page_around_its_return(make_room: Rooms) -> None:
    main = called(make_room, 4)
    main.claim(1)
    main.knock(2, hidden=True)
    main.clock.pass_by(HIDDEN_FROM - 1)
    main.end(1)
    assert main.knock(3).verdict == "go"
    main.clock.pass_by(1)
    assert main.claim(3).verdict == "next"
    main.clock.pass_by(held_for(RETURNS_IN))
    assert main.look().door == [2]
    main.clock.pass_by(HIDDEN_UNTIL - HIDDEN_FROM - held_for(RETURNS_IN))
    assert main.look().door == []


def test_beyond_the_slots_only_so_many_are_kept_at_the_door(make_room: Rooms) -> None:
    main = called(make_room, 9)
    main.claim(1)
    for position in (7, 8):
        main.knock(position, hidden=True)
    for position in range(2, 2 + 1 + DOOR_SPARE):
        main.knock(position)
    assert main.look().door == list(range(2, 9)), "a slot held for later is free until then"
    main.knock(9)
    assert main.look().door == list(range(2, 7))


def test_whoever_stands_behind_one_who_goes_away_from_the_door_is_not_overtaken(
    make_room: Rooms,
) -> None:
    main = called(make_room, 4)
    assert main.claim(1).verdict == "entered"
    for position, returns_in in ((2, 0.5), (3, 4.0), (4, 4.0)):  # the last two have no scripts
        assert main.knock(position, returns_in).verdict == "next"
    main.clock.pass_by(5)
    main.end(1)
    assert [main.claim(position).verdict for position in (4, 3)] == ["next", "entered"]


def test_whoever_comes_back_is_waited_for_once_more(make_room: Rooms) -> None:
    main = called(make_room, 4, claim_within=60)
    for held in ("next", "next", "entered"):  # told, back after a silence, and after another
        assert main.knock(2).verdict == "go"
        assert main.claim(3).verdict == held
        for asks in [True] * 30 + [False] * 50:
            main.clock.pass_by(2)
            if asks:
                main.knock(2)
            main.look()


def test_in_a_line_that_was_started_anew_everybody_has_the_whole_time(make_room: Rooms) -> None:
    main = called(make_room, 2)
    for _ in range(14):
        main.clock.pass_by(5)
        assert main.knock(1).verdict == "go"
    main.reset()
    main.join(2)
    main.advance(2)
    assert (main.knock(1).verdict, main.claim(2).verdict) == ("go", "next")


def test_whoever_had_its_time_is_known_however_many_never_come(make_room: Rooms) -> None:
    main = called(make_room, SUMMONSES_KEPT + 2, claim_within=1000)
    for position in range(1, SUMMONSES_KEPT + 2):
        assert main.knock(position).verdict == "go"
        assert main.knock(1).verdict == "go"
        main.clock.pass_by(4)
    assert main.claim(SUMMONSES_KEPT + 2).verdict == "entered", (
        "nothing was held for the first again"
    )


def test_whoever_comes_late_and_finds_no_slot_is_not_overtaken(make_room: Rooms) -> None:
    main = called(make_room, 4, claim_within=60)
    assert main.knock(1).verdict == "go"
    for _ in range(13):
        main.clock.pass_by(5)
        main.look()
    assert main.claim(2).verdict == "entered"
    assert main.claim(1).verdict == "next"
    main.end(2)
    assert [main.claim(position).verdict for position in (3, 1)] == ["next", "entered"]


def asks_on(main: Room, position: int, seconds: int) -> None:
    """Somebody polls every two seconds."""
    for _ in range(0, seconds, 2):
        main.clock.pass_by(2)
        main.knock(position)
        main.look()


def test_whoever_claims_only_where_there_is_no_slot_has_its_time_twice_and_not_at_each(
    make_room: Rooms,
) -> None:
    main = called(make_room, 4, claim_within=60)
    for behind, held in ((2, "next"), (3, "next"), (4, "entered")):
        assert main.knock(1).verdict == "go"
        assert main.claim(behind).verdict == held
        asks_on(main, 1, 60)
        assert main.claim(behind).verdict == "entered"
        assert main.claim(1).verdict == "next"
        main.end(behind)


def test_whoever_comes_at_once_is_waited_for_however_often_an_earlier_one_was_faster(
    make_room: Rooms,
) -> None:
    main = called(make_room, 5, claim_within=6)
    for earlier in (1, 2, 3):
        assert main.knock(4).verdict == "go"
        assert main.claim(earlier).verdict == "entered"
        main.clock.pass_by(5)  # on a slow line
        assert main.claim(4).verdict == "next"
        main.renew(earlier)
        asks_on(main, 4, 70)
        main.end(earlier)
        assert main.claim(5).verdict == "next"


@pytest.mark.parametrize("away", [5, 30])
def test_whoever_missed_the_answer_and_finds_no_slot_is_waited_for(
    make_room: Rooms, away: int
) -> None:
    main = called(make_room, 3, claim_within=60)
    assert main.knock(1).verdict == "go"
    main.clock.pass_by(away)
    assert main.claim(2).verdict == "entered"
    main.renew(2)
    asks_on(main, 1, 70)
    main.end(2)
    assert main.claim(3).verdict == "next"


def test_whoever_comes_back_to_a_full_room_is_waited_for_when_a_slot_is_free(
    make_room: Rooms,
) -> None:
    main = called(make_room, 3, claim_within=60)
    assert main.knock(1).verdict == "go"
    main.clock.pass_by(5)
    assert main.claim(2).verdict == "entered"
    main.renew(2)
    for _ in range(14):
        main.clock.pass_by(10)
        main.look()
    assert main.knock(1).verdict == "next"
    asks_on(main, 1, 70)
    main.end(2)
    assert main.claim(3).verdict == "next"


def test_no_more_are_told_to_come_than_there_are_slots_however_many_come_at_once(
    make_room: Rooms,
) -> None:
    most = SUMMONSES_KEPT + 10
    main = called(make_room, most + 1, max_active=most, claim_within=20)
    for position in range(1, most + 1):
        assert main.knock(position).verdict == "go"
    assert main.knock(most + 1).verdict == "next"
    for _ in range(3):  # nobody came
        main.clock.pass_by(10)
        main.look()
    assert main.knock(most).verdict == "go"
    assert main.look().door == [], "held a slot for one of so many who never come"


def test_whoever_came_in_when_told_to_leaves_no_trace_that_fills_the_list(
    make_room: Rooms,
) -> None:
    main = called(make_room, SUMMONSES_KEPT + 2, max_active=SUMMONSES_KEPT + 1, confirm_within=600)
    for position in range(1, SUMMONSES_KEPT + 1):
        assert main.knock(position).verdict == "go"
        assert main.claim(position).verdict == "entered"
    for _ in range(7):
        main.clock.pass_by(9)
        main.look()
    assert main.knock(SUMMONSES_KEPT + 1).verdict == "go"
    assert main.claim(SUMMONSES_KEPT + 2).verdict == "next", (
        "the last slot is held for who was told"
    )


def test_those_who_were_told_to_come_long_ago_keep_no_slot_from_being_held(
    make_room: Rooms,
) -> None:
    main = called(make_room, SUMMONSES_KEPT + 2, max_active=SUMMONSES_KEPT, claim_within=1)
    for position in range(1, SUMMONSES_KEPT + 1):
        assert main.knock(position).verdict == "go"
    for _ in range(2):  # nobody came, nor asked again
        main.clock.pass_by(SUMMONSES_SPAN)
        main.look()
    main.change(max_active=1)
    assert main.knock(SUMMONSES_KEPT + 1).verdict == "go"
    assert main.claim(SUMMONSES_KEPT + 2).verdict == "next", "the slot is held for who was told"
