"""What every store makes of what is left to sell."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.rooms import Room, seen_in
from vwr_middleware.blocking import finish
from vwr_middleware.line.constants import STOCK_EVERY, STOCK_TRUSTED
from vwr_middleware.line.messages import Place, Snapshot, StockTold
from vwr_middleware.worker.current_room import CurrentRoom
from vwr_middleware.worker.stock_odds import odds_of

Rooms = Callable[..., Room]


def say(room: Room, left: int | None, at: float | None = None, **ask: Any) -> Snapshot:
    """A worker brings what the app has said."""
    told = StockTold(left, room.clock() if at is None else at, 0 if left is not None else 1)
    return room.look(stock=told, **ask)


def events(snapshot: Snapshot) -> list[list[str]]:
    return [event for event in snapshot.events if event[0].startswith("stock")]


def audit(room: Room) -> list[Any]:
    return [row[1:] for row in finish(room.store.record("main")).audit]


def test_one_worker_at_a_time_is_told_to_ask(make_room: Rooms) -> None:
    main = make_room()
    asked = [main.look(asks_stock=True).stock_turn for _ in range(2)]
    main.clock.pass_by(STOCK_EVERY - 0.1)
    asked.append(main.look(asks_stock=True).stock_turn)
    main.clock.pass_by(0.2)
    asked += [main.look(asks_stock=can).stock_turn for can in (False, True, True)]
    assert asked == [1, 0, 0, 0, 1, 0]


def test_of_two_answers_the_later_one_counts_whenever_it_comes(make_room: Rooms) -> None:
    main = make_room()
    main.clock.pass_by(10)
    say(main, 40, main.clock() - 1)
    late = say(main, 50, main.clock() - 6)
    assert (late.stock_left, late.stock_at) == (40, main.clock() - 1)


def test_the_line_closes_when_nothing_is_left_and_opens_again(make_room: Rooms) -> None:
    main = make_room(max_active=1, mode="queue", when_gone="close")
    say(main, 5)
    main.join(2)
    main.clock.pass_by(1)
    closed = say(main, 0)
    assert (closed.state, closed.mode, closed.free) == ("closed", "queue", 0)
    assert events(closed) == [["stock_gone", "0"]]
    assert main.join()[0].verdict == "closed"
    assert main.claim(1).verdict in ("waiting", "next")
    main.clock.pass_by(1)
    again = say(main, 3)
    assert (again.state, again.queue, events(again)) == ("queueing", 2, [["stock_back", "3"]])
    assert say(main, 3).events == []


@pytest.mark.parametrize("mode", ["paused", "off"])
def test_a_room_that_an_operator_has_paused_or_turned_off_stays_so(
    make_room: Rooms, mode: str
) -> None:
    main = make_room(mode=mode, when_gone="close")
    assert say(main, 0).state == mode


def test_before_the_opening_nothing_need_be_there(make_room: Rooms) -> None:
    main = make_room(mode="queue", when_gone="close")
    main.change(opens_at=main.clock() + 9)
    assert say(main, 0).state == "scheduled"
    main.clock.pass_by(10)
    assert main.look().state == "closed"


def test_by_default_the_line_goes_on_and_the_event_is_told(make_room: Rooms) -> None:
    main = make_room(mode="queue")
    gone = say(main, 0)
    assert (gone.state, events(gone)) == ("queueing", [["stock_gone", "0"]])


def test_an_old_answer_closes_nothing(make_room: Rooms) -> None:
    main = make_room(mode="queue", when_gone="close")
    assert say(main, 0).state == "closed"
    main.clock.pass_by(STOCK_TRUSTED + 1)
    old = main.look()
    assert (old.state, old.stock_left) == ("queueing", 0)
    assert events(old) == [["stock_back", "unknown"]]


def test_an_answer_that_cannot_be_used_leaves_the_last_one(make_room: Rooms) -> None:
    main = make_room()
    said = main.clock()
    say(main, 7)
    main.clock.pass_by(5)
    bad = say(main, None)
    assert (bad.stock_left, bad.stock_at) == (7, said)
    assert (bad.stock_problem, bad.stock_failed) == (1, main.clock())
    good = say(main, 6, main.clock() + 0.1)
    assert (good.stock_left, good.stock_problem, good.stock_failed) == (6, 0, 0)


def test_what_an_operator_says_counts_until_it_is_taken_back(make_room: Rooms) -> None:
    main = make_room(mode="queue", when_gone="close")
    say(main, 70)
    main.change(stock_left=0)
    main.clock.pass_by(STOCK_TRUSTED + 50)  # it is an operator's, and so does not grow old
    by_hand = say(main, 60, asks_stock=True)
    assert (by_hand.stock_left, by_hand.state, by_hand.stock_turn) == (0, "closed", 0)
    finish(main.store.change("main", {}, ["stock_left"]))
    back = main.look(asks_stock=True)
    assert (back.stock_left, back.state, back.stock_turn) == (None, "queueing", 1)
    assert say(main, 60).stock_left == 60


def test_a_program_that_says_it_all_the_time_does_not_fill_the_audit_log(make_room: Rooms) -> None:
    main = make_room()
    for left in range(30, 0, -1):
        main.change(stock_left=left)
        main.clock.pass_by(5)
    main.change(stock_left=0)
    noted = [row[2:] for row in audit(main)]
    assert noted == [[None, 30], [19, 18], [7, 6], [1, 0]]


def test_how_much_a_buyer_takes_is_learnt_from_what_goes(make_room: Rooms) -> None:
    main = make_room(max_active=10)
    say(main, 100)
    main.join(6)
    for position in (1, 2, 3):
        main.end(position, "completed")
    main.clock.pass_by(5)
    some = say(main, 94)
    assert (some.stock_fell, some.stock_bought, some.stock_counted) == (6, 3, 3)
    main.clock.pass_by(5)
    put_back = say(main, 96)
    assert (put_back.stock_fell, put_back.stock_bought) == (4, 3)
    main.clock.pass_by(5)
    delivered = say(main, 500)
    assert (delivered.stock_fell, delivered.stock_left) == (4, 500)


def test_a_new_generation_measures_anew(make_room: Rooms) -> None:
    main = make_room(max_active=10)
    say(main, 100)
    main.join(4)
    main.end(1, "completed")
    main.end(2, "abandoned")
    main.clock.pass_by(5)
    say(main, 99)
    main.reset()
    anew = main.look()
    assert (anew.stock_fell, anew.stock_bought, anew.stock_left) == (0, 0, 99)
    assert (anew.completed_before, anew.ended_before) == (1, 2)


def test_after_a_loss_what_an_operator_said_is_known_and_the_app_is_asked_anew(
    make_room: Rooms,
) -> None:
    main = make_room(mode="queue", when_gone="close")
    main.change(stock_left=0)
    known = main.look()
    other = make_room(mode="queue", when_gone="close")
    other.name = "lost"
    totals = {**known.totals, "completed": 8, "abandoned": 2}
    found = other.look(seen=seen_in(known), totals=totals, ended=(), asks_stock=True)
    assert (found.state, found.stock_left, found.completed_before) == ("closed", 0, 8)
    assert found.ended_before == 10


def test_those_called_keep_their_turn_while_the_line_is_closed(make_room: Rooms) -> None:
    main = make_room(max_active=2, mode="queue", when_gone="close", late="lost", claim_within=10)
    main.join(2)
    main.look(1, 2)
    main.knock(1)
    say(main, 0)
    main.clock.pass_by(120)
    say(main, 4, main.clock())
    assert finish(main.store.claim("main", Place(1, 1), 2.0)).verdict in ("entered", "go", "next")


def test_a_stock_that_leaps_up_and_down_costs_nobody_a_place(make_room: Rooms) -> None:
    main = make_room(max_active=2, mode="queue", when_gone="close")
    main.look(), main.join(6)
    told = list[list[str]]()
    for left in (9, 0, 1_000_000_000, 3, 0, 0, 5, 0, 7):
        main.clock.pass_by(STOCK_EVERY + 1)
        read = say(main, left)
        told += events(read)
        assert (read.state, read.queue) == ("queueing" if left else "closed", 6)
        odds = [odds_of(CurrentRoom(read), position) for position in range(1, 7)]
        assert all(each is None or 0 <= each.tenths <= 10 for each in odds)
    assert [kind for kind, _ in told] == ["stock_gone", "stock_back"] * 3
    main.look(1, 2, 3)
    assert [main.claim(position).verdict for position in (1, 2, 3)][:2] == ["entered"] * 2
