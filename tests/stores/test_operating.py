"""What every store promises operators and workers, and what holds after a reset."""

from collections.abc import Callable

import pytest

from tests.support.clock import Clock
from tests.support.rooms import Room
from vwr_middleware.blocking import finish
from vwr_middleware.line.constants import KEY_OF_ANOTHER
from vwr_middleware.line.messages import Inlet, Load, Seen
from vwr_middleware.stores import Store

Rooms = Callable[..., Room]


def test_the_counter_is_moved_by_hand_and_never_beyond_the_line(make_room: Rooms) -> None:
    main = make_room(mode="queue")
    main.join(5)
    assert [main.advance(2), main.advance(2), main.advance(2), main.advance(2)] == [2, 2, 1, 0]
    assert main.look().serving == 5


def test_the_counter_never_goes_down(make_room: Rooms) -> None:
    main = make_room(mode="queue")
    main.join(5)
    serve = main.store.advance_to
    assert [finish(serve("main", p)) for p in (3, 1, 0, -7, 4, 99)] == [3, 3, 3, 3, 4, 5]


def test_a_call_by_hand_with_the_same_key_is_done_once(make_room: Rooms) -> None:
    main = make_room(mode="queue")
    main.join(9)
    assert [main.advance(2, key="a"), main.advance(2, key="a"), main.advance(3, key="b")] == [
        2,
        2,
        3,
    ]
    assert main.look(inlet=Inlet(calls=False)).serving == 5


def test_a_call_for_something_else_with_the_same_key_is_told_from_it(make_room: Rooms) -> None:
    main = make_room(mode="queue")
    main.join(9)
    main.advance(2, key="a")
    others = [
        main.advance(3, key="a"),
        main.advance(2, key="a", present_only=True),
        main.advance(2, key="a", keep_rest=True),
    ]
    assert others == [KEY_OF_ANOTHER] * 3
    assert main.advance(2, key="a") == 2
    assert main.look(inlet=Inlet(calls=False)).serving == 2


def test_it_is_known_since_when_another_limit_holds(make_room: Rooms) -> None:
    main = make_room(max_active=5)
    main.change(max_active=5, session_seconds=60)
    assert main.look().limit_changed == 0
    main.change(max_active=7)
    changed = main.clock()
    main.clock.pass_by(10)
    main.change(max_active=7, session_seconds=70)
    assert main.look().limit_changed == changed
    finish(main.store.change(main.name, {}, ["max_active"]))
    assert main.look().limit_changed == main.clock()


def test_so_many_of_the_present_can_be_called(make_room: Rooms) -> None:
    main = make_room(mode="queue")
    main.join(9)
    main.clock.pass_by(0.5)
    main.look(inlet=Inlet(calls=False))
    main.clock.pass_by(6)
    main.look(2, 5, 8, inlet=Inlet(calls=False))
    assert [main.advance(count, present_only=True) for count in (0, 2)] == [0, 5]


def test_what_finds_nobody_is_kept_only_if_asked_for_and_never_as_a_sum(make_room: Rooms) -> None:
    main = make_room(mode="queue")
    nobody_else = Inlet(calls=False)
    for _ in range(30):
        main.advance(3)
    assert main.look(inlet=nobody_else).credit == 0
    for _ in range(30):
        main.advance(3, keep_rest=True)
    assert main.look(inlet=nobody_else).credit == 3
    assert [turn.verdict for turn in main.join(5)] == ["next"] * 3 + ["waiting"] * 2
    assert main.look(inlet=nobody_else).credit == 0


def test_a_changed_setting_wins_until_it_is_forgotten(make_room: Rooms) -> None:
    main = make_room(max_active=5)
    main.change(max_active=2, message="Soon")
    snapshot = main.look()
    assert (snapshot.limit, snapshot.config["max_active"]) == (2, 5)
    assert snapshot.overrides == {"max_active": 2, "message": "Soon"}
    rules = finish(main.store.change("main", {}, ["max_active"]))
    assert (rules["max_active"], rules["message"]) == (5, "Soon")


def test_a_worker_that_starts_brings_its_configuration(make_room: Rooms) -> None:
    main = make_room(max_active=5)
    main.settings = {"max_active": 8}
    assert main.look().limit == 5
    assert main.look(starting=True).limit == 8


def test_what_operators_do_is_noted(make_room: Rooms) -> None:
    main = make_room(mode="queue")
    main.join(3)
    main.advance(2, who="ann")
    finish(main.store.change("main", {"max_active": 7}, who="bob"))
    audit = finish(main.store.record("main")).audit
    assert [row[1:] for row in audit] == [
        ["ann", "advance", 0, 2],
        ["bob", "max_active", 100, 7],
    ]


def test_running_sessions_are_listed_and_the_history_grows(make_room: Rooms) -> None:
    main = make_room()
    main.join(2)
    until = main.renew(2).expires_at + 60
    main.clock.pass_by(10)
    main.look()
    record = finish(main.store.record("main"))
    assert record.sessions == [("1-1", main.clock() + 50, True), ("1-2", until, False)]
    assert record.history == [[main.clock(), 0.0, 2.0, 2.0, 100.0]]


def test_a_secret_is_the_one_that_was_kept_first(store: Store) -> None:
    keep = store.secret
    assert [finish(keep("a", "1")), finish(keep("a", "2")), finish(keep("b", "3"))] == [
        "1",
        "1",
        "3",
    ]


def test_a_room_where_one_waits_to_be_called_by_hand_is_not_open(make_room: Rooms) -> None:
    main, by_hand = make_room(max_active=5), Inlet(calls=False)
    assert main.look(inlet=by_hand).state == "open"
    main.join(kind="ticket")
    assert (main.look(inlet=by_hand).free, main.look(inlet=by_hand).state) == (5, "queueing")


def test_a_session_that_an_operator_misspells_calls_nobody_after_a_loss(
    store: Store, clock: Clock
) -> None:
    main = Room(store, clock, generation=3)
    by_hand = Inlet(calls=False)
    main.look(seen=Seen("f" * 16, 3, 500, 400, active=7), inlet=by_hand)
    for session in ("3-40000", "3-450", "4-4"):
        assert not finish(store.end("main", session, "revoked", who="op"))
    assert finish(store.end("main", "3-399", "revoked", who="op"))
    snapshot = main.look(inlet=by_hand)
    assert (snapshot.queue, snapshot.serving, snapshot.ended) == (500, 400, ["3-399"])
    assert finish(store.end("main", "3-402", "completed")), "its token told of it"


def test_it_is_written_down_who_put_out_somebody_whose_claim_had_lapsed(make_room: Rooms) -> None:
    main = make_room(max_active=1, confirm_within=20)
    main.join(2)
    main.clock.pass_by(20)
    for session in ("1-1", "1-1", "1-2"):
        assert not finish(main.store.end("main", session, "revoked", who="ann"))
    audit = finish(main.store.record("main")).audit
    assert [row[1:] for row in audit] == [["ann", "revoke", "1-1", "revoked"]]


def test_a_newcomer_takes_no_slot_of_those_who_were_called_by_hand(make_room: Rooms) -> None:
    main = make_room(max_active=1)
    assert [turn.verdict for turn in main.join(3)] == ["entered", "waiting", "waiting"]
    main.clock.pass_by(2)
    main.look(2, 3)
    assert (main.advance(1), finish(main.store.advance_to("main", 3))) == (1, 3)
    assert main.look().expected == 2
    main.end(1)
    assert main.arrive(["enter"])[0].verdict == "refused"
    assert main.claim(2).verdict == "entered"
    main.clock.pass_by(60)
    main.end(2)
    assert main.arrive(["enter"])[0].verdict == "entered", "nobody is waited for so long"


def test_no_claim_outlives_the_sessions_that_an_operator_shortens(make_room: Rooms) -> None:
    """Else its first token would bring a session back that is over, beside the next one."""
    main = make_room(max_active=1, confirm_within=60)
    main.change(session_seconds=20)
    main.join()
    assert main.claim(1).expires_at == main.clock() + 20
    main.clock.pass_by(20)
    assert main.look().active == 0


# After a reset


def test_a_reset_starts_again_from_one_and_the_sessions_go_on(make_room: Rooms) -> None:
    main = make_room(max_active=3)
    main.join(5)
    assert main.reset() == 2
    snapshot = main.look(4, generation=1)
    assert (snapshot.queue, snapshot.serving, snapshot.called, snapshot.active) == (0, 0, 0, 3)
    main.generation = 1
    assert [main.claim(4).verdict, main.knock(4).verdict, main.leave(4)] == ["reset"] * 3
    assert main.renew(1).verdict == "entered"
    assert main.join()[0].position == 1


def test_nothing_of_an_old_generation_is_seen_in_the_new_one(make_room: Rooms) -> None:
    main = make_room(max_active=1, mode="queue")
    main.join(4)
    main.look(1, 2, 3, 4)
    main.claim(1)
    main.leave(3)
    main.advance(4)
    main.knock(2)
    main.reset()
    main.end(1)
    main.join(4)
    main.clock.pass_by(0.5)
    snapshot = main.look(inlet=Inlet(calls=False))
    assert (snapshot.door, snapshot.called, snapshot.waiting) == ([], 0, 4)
    assert main.claim(3).verdict == "waiting"
    main.clock.pass_by(6)
    assert main.look().first_counting == 0


def test_a_reset_may_end_the_sessions_too(make_room: Rooms) -> None:
    main = make_room(max_active=3)
    main.join(3)
    main.reset(end_sessions=True)
    snapshot = main.look()
    assert (snapshot.active, sorted(snapshot.ended)) == (0, ["1-1", "1-2", "1-3"])
    assert snapshot.totals["revoked"] == 3


# What workers report


def test_loads_of_all_workers_are_added_up(make_room: Rooms) -> None:
    main = make_room()
    main.look(load=Load(2, 1, 0.5, 1, 0.25))
    main.clock.pass_by(1)
    assert main.look(load=Load(3, 1, 0.5, 0, 0.25)).load == [5.0, 5, 2, 1.0, 1, 0.5]
    main.clock.pass_by(4.5)
    assert main.look().load == [5.0, 3, 1, 0.5, 0, 0.25]


@pytest.mark.parametrize("known", [0, 7], ids=["as known", "the store has lost later ones"])
def test_of_two_states_of_the_adaptive_limit_the_first_is_kept(
    make_room: Rooms, known: int
) -> None:
    main = make_room()
    main.look(adaptive={"limit": 5}, adaptive_version=known)
    snapshot = main.look(adaptive={"limit": 6}, adaptive_version=known)
    assert (snapshot.adaptive, snapshot.adaptive_version) == ({"limit": 5}, known + 1)


def test_a_change_after_another_happens_only_if_none_was_made_since(make_room: Rooms) -> None:
    main = make_room()
    main.change(max_active=5)
    number = main.look().changes
    main.change(message="Soon")
    late = main.store.change("main", {"max_active": 9}, who="bob", after=number)
    assert finish(late) == {}
    assert main.look().rules["max_active"] == 5
    assert "bob" not in {row[1] for row in finish(main.store.record("main")).audit}
    in_time = main.store.change("main", {"max_active": 9}, after=main.look().changes)
    assert finish(in_time)["max_active"] == 9
    assert main.look().rules["max_active"] == 9
