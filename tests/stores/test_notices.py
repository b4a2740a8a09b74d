"""What every store promises of notices to people who are away."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.rooms import Room
from vwr_middleware.line.constants import (
    NOTICE_LEASE,
    NOTICE_TRIES,
    PRESENCE_WINDOW,
    SUBSCRIBERS_POLLED,
)
from vwr_middleware.line.messages import Inlet

Rooms = Callable[..., Room]
BY_HAND = Inlet(calls=False)


@pytest.fixture
def main(make_room: Rooms) -> Room:
    """Four in line, of whom 1 and 3 want to be told, and nobody called."""
    room = make_room(max_active=5, mode="queue", claim_within=3600)
    room.join(4)
    room.look(1, 2, 3, 4, inlet=BY_HAND)
    assert [room.subscribe(position) for position in (3, 1)] == ["waiting"] * 2
    return room


def positions(room: Room, *reports: tuple[int, float], takes: int = 10) -> list[int]:
    return [notice.position for notice in room.notices(*reports, takes=takes)]


def test_whoever_is_called_is_told_once(main: Room) -> None:
    assert main.notices() == []
    main.advance(2)
    (notice,) = main.notices()
    assert (notice.position, notice.text, notice.tries) == (1, "word", 1)
    assert main.notices() == [], "another worker must not tell it too"
    assert main.notices((1, 0)) == []
    main.clock.pass_by(2 * NOTICE_LEASE)
    assert main.notices() == [], "it was told"
    assert main.subscribers() == 1
    main.advance(1)
    assert positions(main) == [3]


def test_workers_that_ask_at_once_get_different_notices(make_room: Rooms) -> None:
    room = make_room(max_active=5, mode="queue")
    room.join(40)
    room.look(inlet=BY_HAND)
    for position in range(1, 41):
        room.subscribe(position)
    room.advance(40)
    with ThreadPoolExecutor(4) as workers:
        found = list(workers.map(lambda _: positions(room, takes=5), range(8)))
    assert sorted(position for few in found for position in few) == [*range(1, 41)]


def test_the_notices_of_a_worker_that_died_go_to_another(main: Room) -> None:
    main.advance(1)
    for tries in range(1, NOTICE_TRIES + 1):
        assert [notice.tries for notice in main.notices()] == [tries]
        main.clock.pass_by(NOTICE_LEASE - 1)
        assert main.notices() == []
        main.clock.pass_by(1)
    assert main.notices() == [], "not for ever"
    assert main.subscribers() == 1


def test_a_notice_that_failed_is_tried_again_when_its_worker_says(main: Room) -> None:
    main.advance(1)
    assert positions(main) == [1]
    assert positions(main, (1, 20.0)) == []
    main.clock.pass_by(19)
    assert positions(main) == []
    main.clock.pass_by(1)
    assert [notice.tries for notice in main.notices()] == [2]
    main.notices((1, 5.0), text="only this")
    main.clock.pass_by(5)
    assert [(notice.text, notice.tries) for notice in main.notices()] == [("only this", 3)]


@pytest.mark.parametrize("what", ["claim", "leave", "move", "withdraw", "reset"])
def test_a_subscription_is_kept_until_its_visitor_needs_it_no_more(main: Room, what: str) -> None:
    assert main.subscribers() == 2
    if what == "claim":
        main.advance(1)
        assert main.claim(1).verdict == "entered"
    if what == "leave":
        main.leave(1)
    if what == "move":
        main.keep_code(1, "code")
        main.move("code")
    if what == "withdraw":
        assert main.subscribe(1, "") == "waiting"
    if what == "reset":
        main.reset()
        main.generation += 1
        assert main.subscribers() == 0
        return
    assert main.subscribers() == 1
    main.advance(4)
    assert positions(main) == [3]


def test_a_subscription_replaces_the_earlier_one_of_its_place(main: Room) -> None:
    main.subscribe(1, "newer ü 1")
    assert main.subscribers() == 2
    main.advance(1)
    assert [notice.text for notice in main.notices()] == ["newer ü 1"]


def test_only_somebody_in_line_may_subscribe(main: Room) -> None:
    main.advance(2)
    assert main.subscribe(2) == "next"
    main.claim(2)
    assert main.subscribe(2) == "entered"
    assert main.subscribe(9) == "unknown"
    main.leave(4)
    assert main.subscribe(4) == "left"
    assert main.subscribers() == 2


def test_nobody_is_told_while_nobody_may_come_in(main: Room) -> None:
    main.advance(1)
    main.change(mode="paused")
    assert main.notices() == []
    main.change(mode="queue")
    assert positions(main) == [1]


def test_whoever_has_missed_the_turn_is_not_told_of_it(make_room: Rooms) -> None:
    room = make_room(max_active=5, mode="queue", claim_within=60, late="lost")
    room.join(2)
    room.look(1, 2, inlet=BY_HAND)
    room.subscribe(1)
    room.advance(1)
    for _ in range(20):
        room.clock.pass_by(5)
        room.look(2, inlet=BY_HAND)
    assert room.notices() == []
    assert room.subscribers() == 0


def test_a_closed_page_with_a_subscription_is_called_as_an_open_one(make_room: Rooms) -> None:
    room = make_room(max_active=1, mode="queue")
    room.join(3)
    room.look(1, 2, 3, inlet=BY_HAND)
    room.subscribe(2)
    room.claim(1)
    room.clock.pass_by(4 * PRESENCE_WINDOW)
    for _ in range(5):
        room.notices()
        room.look()
        room.clock.pass_by(1)
    assert room.look().serving == 2, "3 has closed the page and left nothing"


def test_a_script_with_many_numbers_cannot_fill_the_store(make_room: Rooms) -> None:
    room = make_room(max_active=5, mode="queue")
    room.join(SUBSCRIBERS_POLLED + 2)
    room.look(inlet=BY_HAND)
    for position in range(1, SUBSCRIBERS_POLLED + 1):
        room.subscribe(position, "x")
    assert room.subscribe(SUBSCRIBERS_POLLED + 1) == "refused"
    room.look(SUBSCRIBERS_POLLED + 2, inlet=BY_HAND)
    assert room.subscribe(SUBSCRIBERS_POLLED + 2) == "waiting"
    assert room.subscribe(1, "y") == "waiting", "it has one"


def called(room: Room, looks: int = 3) -> int:
    """How far the counter goes, in so many looks, while 9 and 10 have their pages open."""
    for _ in range(looks):
        room.clock.pass_by(5)
        room.notices()
        room.look(9, 10)
    return room.look(9, 10).serving


def away_line(make_room: Rooms, **settings: object) -> Room:
    """Eight who have closed the page and want to be told, and two whose pages are open."""
    room = make_room(mode="queue", claim_within=300, **settings)
    room.join(10)
    room.look(*range(1, 11), inlet=BY_HAND)
    for position in range(1, 9):
        room.subscribe(position)
    for _ in range(4):
        room.clock.pass_by(PRESENCE_WINDOW)
        room.look(9, 10, inlet=BY_HAND)
        room.notices()
    return room


def test_a_slot_is_kept_for_the_called_who_are_away_but_for_so_long_only(make_room: Rooms) -> None:
    room = away_line(make_room, max_active=1)
    assert called(room) == 1
    assert called(room, 50) == 1
    assert called(room, 12) == 2


def test_whoever_is_away_keeps_no_more_than_half_of_the_slots(make_room: Rooms) -> None:
    room = away_line(make_room, max_active=4)
    assert called(room, 10) == 10, "two slots are kept, and two are for those who are there"
    assert [room.claim(position).verdict for position in (9, 10)] == ["entered"] * 2


def test_the_pace_goes_on_while_the_called_are_away(make_room: Rooms) -> None:
    room = away_line(make_room, max_active=100, per_minute=60)
    assert called(room, 12) == 10
