"""What every store keeps of how long people wait, and of sessions that several people use."""

from collections.abc import Callable

from tests.support.rooms import Room
from vwr_middleware.blocking import finish
from vwr_middleware.line import constants
from vwr_middleware.line.messages import ForOperators

Rooms = Callable[..., Room]


def sharers(room: Room) -> list[tuple[str, str]]:
    return finish(room.store.record("main")).sharers


def test_the_first_to_have_joined_of_all_workers_is_known_while_it_polls(make_room: Rooms) -> None:
    main = make_room(mode="queue")
    began = main.clock()
    main.look(for_operators=ForOperators(oldest=began - 40))
    assert main.look(for_operators=ForOperators(oldest=began - 90)).oldest == began - 90
    main.clock.pass_by(25)
    assert main.look(for_operators=ForOperators(oldest=began - 40)).oldest == began - 90
    main.clock.pass_by(10)
    assert main.look().oldest == began - 40
    main.clock.pass_by(30)
    assert main.look().oldest == 0


def test_the_longest_wait_of_those_who_entered_is_known_for_ten_minutes(make_room: Rooms) -> None:
    main = make_room()
    main.look(for_operators=ForOperators(waited=30))
    main.clock.pass_by(20)
    assert main.look(for_operators=ForOperators(waited=20)).waited == 30
    main.clock.pass_by(585)
    assert main.look().waited == 20
    main.clock.pass_by(20)
    assert main.look().waited == 0


def test_nothing_of_an_old_generation_is_taken_for_a_wait_in_the_new_one(make_room: Rooms) -> None:
    main = make_room()
    main.look(for_operators=ForOperators(oldest=main.clock() - 50, waited=60))
    main.reset()
    snapshot = main.look(generation=1, for_operators=ForOperators(oldest=main.clock() - 50))
    assert (snapshot.oldest, snapshot.waited) == (0, 0)


def test_a_session_used_from_several_addresses_is_known_with_them(make_room: Rooms) -> None:
    main = make_room(max_active=5)
    main.join(2)
    main.look(for_operators=ForOperators(sharers=[("1-1", "a"), ("1-1", "b"), ("1-2", "a")]))
    main.look(for_operators=ForOperators(sharers=[("1-1", "b"), ("1-1", "c")]))
    assert sharers(main) == [("1-1", "a"), ("1-1", "b"), ("1-1", "c"), ("1-2", "a")]


def test_an_address_that_is_told_twice_at_once_is_kept_once(make_room: Rooms) -> None:
    main = make_room()
    main.join()
    main.look(for_operators=ForOperators(sharers=[("1-1", "a"), ("1-1", "b"), ("1-1", "a")]))
    assert sharers(main) == [("1-1", "a"), ("1-1", "b")]


def test_of_what_is_no_session_no_address_is_kept(make_room: Rooms) -> None:
    main = make_room()
    main.look(for_operators=ForOperators(sharers=[("1-7", "a"), ("rubbish", "b")]))
    assert sharers(main) == []


def test_only_so_many_addresses_are_kept(make_room: Rooms) -> None:
    main = make_room()
    main.join()
    for start in range(0, constants.SHARERS_ROWS + 200, 200):
        marks = [("1-1", f"{number:04}") for number in range(start, start + 200)]
        main.look(for_operators=ForOperators(sharers=marks))
        main.clock.pass_by(0.5)
    kept = sharers(main)
    assert len(kept) == constants.SHARERS_ROWS and kept[0] == ("1-1", "0200")


def test_the_audit_log_keeps_the_last_thousand_and_the_history_an_hour(make_room: Rooms) -> None:
    main = make_room()
    for number in range(1003):
        finish(main.store.advance_to("main", 0, who=str(number)))
    for _ in range(constants.HISTORY_ROWS + 3):
        main.clock.pass_by(constants.HISTORY_STEP)
        main.look()
    kept = finish(main.store.record("main"))
    assert [row[1] for row in kept.audit] == [str(3 + i) for i in range(1000)]
    assert constants.HISTORY_STEP * constants.HISTORY_ROWS == 3600
    last = main.clock() - 3600 + constants.HISTORY_STEP
    assert (len(kept.history), kept.history[0][0]) == (constants.HISTORY_ROWS, last)
