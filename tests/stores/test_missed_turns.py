"""Whose turn is missed where `late="lost"`, in every store: nobody who came in time."""

from collections.abc import Callable

from tests.support.rooms import Room
from vwr_middleware.line.messages import Knock

Rooms = Callable[..., Room]


def called(make_room: Rooms, people: int = 2, **settings: object) -> Room:
    """A room with two slots, whose line has just been called as far as the rule says."""
    main = make_room(mode="queue", late="lost", claim_within=60, max_active=2, **settings)
    main.join(people)
    main.clock.pass_by(1)
    assert main.look(*range(1, people + 1)).serving == 2
    return main


def others_poll(main: Room, seconds: float) -> None:
    """Time passes in a room where somebody asks every few seconds."""
    while seconds > 0:
        main.clock.pass_by(min(5.0, seconds))
        main.look()
        seconds -= 5


def test_whoever_never_came_has_lost_the_turn_at_the_last_second(make_room: Rooms) -> None:
    main = called(make_room)
    others_poll(main, 55)
    main.clock.pass_by(4.999)
    assert main.knock(1).verdict == "go"
    main.clock.pass_by(0.001)
    assert main.claim(2).verdict == "missed"
    assert main.claim(1).verdict == "entered"


def test_whoever_was_told_to_come_has_as_long_from_then(make_room: Rooms) -> None:
    main = called(make_room)
    others_poll(main, 40)
    assert main.knock(1).verdict == main.knock(2).verdict == "go"
    others_poll(main, 55)
    assert main.claim(1).verdict == "entered"
    main.clock.pass_by(5)
    assert main.claim(2).verdict == "missed"


def test_nobody_who_came_loses_the_place_to_a_lower_limit(make_room: Rooms) -> None:
    main = called(make_room)
    main.change(max_active=1)
    assert main.claim(1).verdict == "entered"
    assert main.knock(2).verdict == "next"
    others_poll(main, 600)
    assert main.claim(2).verdict == "entered", "the first never came to the shop"


def test_nobody_whose_polls_a_worker_answered_loses_the_place(make_room: Rooms) -> None:
    main = called(make_room, people=6)
    main.claim(1), main.claim(2)
    main.renew(1), main.renew(2)
    assert main.advance(4) == 4
    assert main.look(knocks=[Knock(3, 2.0), Knock(5, 2.0)]).elsewhere == []
    others_poll(main, 120)
    main.end(1), main.end(2)
    verdicts = [main.claim(position).verdict for position in (3, 4, 5, 6)]
    assert verdicts == ["entered", "missed", "entered", "missed"]


def test_a_worker_hears_whose_turn_is_over(make_room: Rooms) -> None:
    main = called(make_room)
    others_poll(main, 61)
    assert main.look(knocks=[Knock(2, 2.0)]).elsewhere == [2]


def test_a_turn_stands_still_while_the_room_is_paused(make_room: Rooms) -> None:
    main = called(make_room)
    others_poll(main, 30)
    main.change(mode="paused")
    others_poll(main, 300)
    main.change(mode="queue")
    others_poll(main, 29)
    assert main.knock(1).verdict == "go"
    main.clock.pass_by(1)
    assert main.claim(2).verdict == "missed"


def test_a_turn_stands_still_in_an_outage(make_room: Rooms) -> None:
    main = called(make_room)
    main.clock.pass_by(3600)
    assert main.claim(1).verdict == "entered"
    others_poll(main, 50)
    assert main.claim(2).verdict == "missed"


def test_being_told_to_come_stands_still_in_an_outage(make_room: Rooms) -> None:
    main = called(make_room)
    others_poll(main, 55)
    assert main.knock(1).verdict == main.knock(2).verdict == "go"
    main.clock.pass_by(3600)
    assert main.claim(1).verdict == "entered"
    others_poll(main, 50)
    assert main.claim(2).verdict == "missed"


def test_a_claim_whose_answer_was_lost_is_no_missed_turn(make_room: Rooms) -> None:
    main = called(make_room, confirm_within=20)
    assert main.claim(1).verdict == "entered"
    others_poll(main, 120)
    assert main.claim(1).verdict == "entered"
    assert main.claim(2).verdict == "missed"


def test_whoever_finds_no_slot_after_being_told_to_come_keeps_the_turn(make_room: Rooms) -> None:
    main = called(make_room)
    assert main.knock(1).verdict == "go"
    main.change(mode="paused")
    assert main.claim(1).verdict == "next"
    main.change(mode="queue", max_active=0)
    others_poll(main, 60)
    main.change(max_active=2)
    others_poll(main, 120)
    assert main.claim(1).verdict == "entered"


def test_who_comes_to_a_slot_and_lets_it_go_has_missed_the_turn(make_room: Rooms) -> None:
    main = called(make_room)
    main.change(max_active=1)
    assert main.claim(1).verdict == "entered"
    assert main.knock(2).verdict == "next"
    main.end(1)
    assert main.knock(2).verdict == "go"
    others_poll(main, 60)
    assert main.claim(2).verdict == "missed"


def test_an_operator_who_makes_turns_be_lost_takes_none_at_once(make_room: Rooms) -> None:
    main = called(make_room)
    main.change(late="when_space")
    others_poll(main, 300)
    main.change(late="lost")
    others_poll(main, 60)
    assert main.knock(1).verdict == "go"
    others_poll(main, 5)
    assert main.claim(2).verdict == "missed"


def test_who_was_told_to_come_before_turns_could_be_lost_has_the_whole_time(
    make_room: Rooms,
) -> None:
    main = called(make_room)
    main.change(late="when_space")
    assert main.knock(1).verdict == main.knock(2).verdict == "go"
    others_poll(main, 300)
    main.change(late="lost")
    others_poll(main, 60)
    assert main.claim(1).verdict == "entered"
    others_poll(main, 5)
    assert main.claim(2).verdict == "missed"


def test_a_new_generation_knows_nobody_who_came(make_room: Rooms) -> None:
    main = called(make_room)
    main.change(max_active=1)
    main.claim(1)
    assert main.knock(2).verdict == "next"
    main.generation = main.reset(end_sessions=True)
    main.join(2)
    main.change(max_active=2)
    main.clock.pass_by(1)
    assert main.look(1, 2).serving == 2
    others_poll(main, 60)
    assert main.claim(2).verdict == "missed"


def test_no_turn_of_a_new_line_is_lost_by_those_of_the_line_before(make_room: Rooms) -> None:
    main = make_room(max_active=5, mode="queue", late="lost", claim_within=60)
    main.join(3)
    main.look(1, 2, 3)
    others_poll(main, 30)
    main.reset()
    main.join(1)
    main.advance(1)
    others_poll(main, 40)
    assert main.claim(1).verdict == "entered"
