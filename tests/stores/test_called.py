"""Who of the called may still come, and who has not: in memory, in SQLite and in Valkey."""

from collections.abc import Callable

from tests.support.rooms import Room, seen_in
from vwr_middleware.blocking import finish
from vwr_middleware.line.constants import HIDDEN_UNTIL, HORIZON_LOG_SPAN, NEAR_COUNT
from vwr_middleware.line.messages import Inlet, Seen

Rooms = Callable[..., Room]
BY_HAND = Inlet(calls=False)


def pass_time(main: Room, seconds: float, *polls: int) -> None:
    """These poll each second, and a worker reads the room, in which the rule calls nobody."""
    for _ in range(int(seconds)):
        main.clock.pass_by(1)
        main.look(*polls, inlet=BY_HAND)


def test_whoever_was_called_and_never_comes_is_not_called_for_ever(make_room: Rooms) -> None:
    main = make_room(max_active=1, claim_within=4)
    main.join()
    main.renew(1)
    main.join(10)
    main.join()
    pass_time(main, 40, 12)
    main.end(1)
    main.look(12)
    assert main.claim(12).verdict == "entered"
    assert main.renew(12).verdict == "entered"
    assert main.look().called == 0
    pass_time(main, 90)
    snapshot = main.look()
    assert (snapshot.called, snapshot.totals["no_shows"]) == (0, 10)
    pass_time(main, 90)
    assert main.look().totals["no_shows"] == 10, "each is counted once"


def test_people_called_count_until_they_enter_or_leave_or_fall_silent(make_room: Rooms) -> None:
    main = make_room(max_active=1, mode="queue")
    main.join(5)
    main.look(1, 2, 3, 4, 5, inlet=BY_HAND)
    assert main.advance(4) == 4
    assert main.look(inlet=BY_HAND).called == 4
    main.claim(1)
    main.leave(2)
    assert main.look(inlet=BY_HAND).called == 2
    for _ in range(30):
        main.clock.pass_by(1)
        main.knock(3)
        main.look(inlet=BY_HAND)
    assert main.look(inlet=BY_HAND).called == 1, "one still asks"
    main.knock(4)
    assert main.look(inlet=BY_HAND).called == 2, "another is back"


def test_a_hidden_page_that_is_called_counts_though_it_rarely_asks(make_room: Rooms) -> None:
    main = make_room(max_active=1, mode="queue")
    main.join(2)
    main.look(1, 2, inlet=BY_HAND)
    main.advance(2)
    main.claim(1)
    main.renew(1)
    assert main.knock(2, hidden=True).verdict == "next"
    pass_time(main, 50)
    assert main.look(inlet=BY_HAND).called == 1


def test_people_called_by_hand_from_far_behind_count_until_they_could_be_heard(
    make_room: Rooms,
) -> None:
    main = make_room(max_active=5, mode="paused")
    count = NEAR_COUNT + 100
    main.join(count)
    pass_time(main, 2, *range(1, NEAR_COUNT + 2))
    assert main.look(inlet=BY_HAND).horizon == NEAR_COUNT + 1
    pass_time(main, 40)
    assert main.advance(count) == count
    assert main.look(inlet=BY_HAND).called == 99, "those near have fallen silent"
    pass_time(main, HORIZON_LOG_SPAN + 1)
    assert main.look(inlet=BY_HAND).called == 0


def test_nobody_is_a_no_show_whose_coming_the_store_has_lost(make_room: Rooms) -> None:
    main = make_room(max_active=5, claim_within=4)
    main.look()
    former = Seen("f" * 16, 2, queue=50, serving=40, active=3)
    assert finish(main.store.restore("main", former))
    main.generation = 2
    main.seen = None
    assert main.look(inlet=BY_HAND).called == 40
    main.seen = seen_in(main.look(inlet=BY_HAND))
    pass_time(main, 2 * HIDDEN_UNTIL)
    snapshot = main.look(inlet=BY_HAND)
    assert (snapshot.called, snapshot.totals["no_shows"]) == (0, 0)


def test_whoever_comes_while_nobody_else_may_is_no_no_show(make_room: Rooms) -> None:
    main = make_room(max_active=1, mode="queue")
    main.join(2)
    main.look(1, 2, inlet=BY_HAND)
    main.advance(2)
    main.claim(1)
    main.renew(1)
    for _ in range(90):
        main.clock.pass_by(1)
        main.knock(2)
        main.look(inlet=BY_HAND)
    assert main.look(inlet=BY_HAND).totals["no_shows"] == 0
    main.clock.pass_by(60)
    assert main.look(inlet=BY_HAND).totals["no_shows"] == 0
