"""What every store keeps of what became of sessions."""

from collections.abc import Callable
from itertools import pairwise

from tests.support.rooms import Room
from vwr_middleware.blocking import finish
from vwr_middleware.line.constants import OUTCOME_ROWS
from vwr_middleware.line.messages import Seen

Rooms = Callable[..., Room]


def outcomes(room: Room) -> list[tuple[str, str]]:
    return [(session, how) for _, session, how in finish(room.store.record("main")).outcomes]


def test_each_session_that_ended_is_listed_with_how_and_when(make_room: Rooms) -> None:
    main = make_room(max_active=5, session_seconds=100, session_grace=0, confirm_within=60)
    main.join(5)
    for position in (1, 2, 3, 4):
        main.renew(position)
    main.end(1, "completed")
    main.end(2, "abandoned")
    main.clock.pass_by(10)
    finish(main.store.end("main", "1-3", "revoked", who="ann"))
    main.clock.pass_by(50)
    main.look()
    main.clock.pass_by(40)
    main.look()
    rows = finish(main.store.record("main")).outcomes
    assert [(session, how) for _, session, how in rows] == [
        ("1-1", "completed"),
        ("1-2", "abandoned"),
        ("1-3", "revoked"),
        ("1-5", "lapsed"),
        ("1-4", "expired"),
    ]
    began = main.clock() - 100
    assert [at for at, _, _ in rows] == [began, began, began + 10, began + 60, began + 100]


def test_a_session_that_is_ended_twice_is_listed_once(make_room: Rooms) -> None:
    main = make_room()
    main.join()
    main.end(1, "completed")
    main.end(1, "abandoned")
    main.end(7, "completed")
    assert outcomes(main) == [("1-1", "completed")]


def test_sessions_that_a_reset_ends_are_listed_and_earlier_ones_stay(make_room: Rooms) -> None:
    main = make_room(max_active=3)
    main.join(3)
    main.end(1)
    main.reset(end_sessions=True)
    assert outcomes(main)[0] == ("1-1", "completed")
    assert sorted(outcomes(main)[1:]) == [("1-2", "revoked"), ("1-3", "revoked")]


def test_the_last_thousand_are_kept_in_their_order(make_room: Rooms) -> None:
    most, more = OUTCOME_ROWS, 40
    main = make_room(max_active=most + more, renew=False, session_seconds=1000, session_grace=0)
    main.join(most + more)
    for position in range(1, more + 1):
        main.end(position)
    main.clock.pass_by(60)
    main.look()
    assert len(outcomes(main)) == most
    assert {how for _, how in outcomes(main)} == {"lapsed"}, "all at once push out what was there"
    main.join(3)
    for position in range(most + more + 1, most + more + 4):
        main.end(position)
        main.clock.pass_by(1)
    rows = finish(main.store.record("main")).outcomes
    assert len(rows) == most
    assert [session for _, session, _ in rows[-3:]] == [f"1-{most + more + n}" for n in (1, 2, 3)]
    assert all(earlier[0] <= later[0] for earlier, later in pairwise(rows))


def test_after_a_restore_nothing_is_listed_of_the_room_in_between(make_room: Rooms) -> None:
    main = make_room()
    main.join(2)
    main.end(1)
    former = Seen("ab" * 8, generation=4, queue=90, serving=80)
    assert finish(main.store.restore("main", former))
    assert outcomes(main) == []
