"""What every store does with those who are never heard before their turn: clients of AWS's API."""

from collections.abc import Callable

import pytest

from tests.support.rooms import Room

Rooms = Callable[..., Room]


@pytest.mark.parametrize(("event", "serving", "present"), [("Sample", 2, 4), (None, 0, 0)])
def test_who_was_never_heard_counts_as_present_for_this_api_alone(
    make_room: Rooms, event: str | None, serving: int, present: int
) -> None:
    main = make_room(max_active=2, mode="queue", aws_event=event)
    main.change(mode="paused")
    main.join(6, "ticket")
    for _ in range(60):
        main.clock.pass_by(1)
        main.look()
    main.change(mode="queue")
    snapshot = main.look()
    assert (snapshot.serving, snapshot.called) == (serving, serving)
    assert snapshot.present_ahead + snapshot.seen_ahead == present


def test_who_was_heard_once_and_fell_silent_is_passed_over(make_room: Rooms) -> None:
    main = make_room(max_active=2, mode="queue", aws_event="Sample")
    main.change(max_active=1)
    main.look()
    main.join(7, "ticket")
    assert main.look(2, 3, 4).serving == 1
    main.claim(1)
    for _ in range(4):
        main.clock.pass_by(15)
        main.renew(1)
        main.look()
    main.end(1)
    assert main.look().serving == 5, "the pages of three have been closed, the fifth never asks"


def test_called_people_who_do_not_come_are_passed_over_in_turn(make_room: Rooms) -> None:
    main = make_room(max_active=1, mode="queue", aws_event="Sample")
    main.join(5, "ticket")
    assert main.look().serving == 1
    main.clock.pass_by(8)
    assert main.look().serving == 1, "so long it takes to read the counter again"
    main.clock.pass_by(8)
    assert main.look().serving == 2
    assert main.claim(2).verdict == "entered"


def test_all_in_line_count_for_its_length(make_room: Rooms) -> None:
    main = make_room(max_active=1, max_waiting=3, mode="paused", aws_event="Sample")
    main.look()
    main.join(3, "ticket")
    main.clock.pass_by(300)
    main.look()
    assert [turn.verdict for turn in main.join(1, "ticket")] == ["full"]
