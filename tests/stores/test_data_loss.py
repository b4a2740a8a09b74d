"""What every store promises when it has lost a room, or fell back behind what was promised."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.clock import Clock
from tests.support.faults import fault
from tests.support.rooms import Room, seen_in, sessions
from vwr_middleware.blocking import finish
from vwr_middleware.errors import RoomLost
from vwr_middleware.line.constants import SETTLING
from vwr_middleware.line.messages import Inlet, Seen
from vwr_middleware.stores import Store

Rooms = Callable[..., Room]
BY_HAND = Inlet(calls=False)


def lost(**known: Any) -> Seen:
    """What a worker remembers of a room of which its store has lost all."""
    return Seen(**{"room_id": "f" * 16, "generation": 3, "queue": 500, "serving": 400, **known})


def test_a_lost_room_is_rebuilt_by_a_worker_that_knew_it(store: Store, clock: Clock) -> None:
    main = Room(store, clock, {"max_active": 10})
    seen = lost(active=7, overrides={"max_active": 8})
    with pytest.raises(RoomLost):
        finish(store.join("main", ["place"], seen))
    snapshot = main.look(seen=seen, inlet=BY_HAND)
    assert (snapshot.room_id, snapshot.generation) == ("f" * 16, 3)
    assert (snapshot.queue, snapshot.serving, snapshot.active, snapshot.limit) == (500, 400, 7, 8)
    clock.pass_by(SETTLING)
    assert main.arrive(["ticket"])[0].position == 501


def test_positions_that_others_may_have_given_away_are_left_out(store: Store, clock: Clock) -> None:
    main = Room(store, clock, {"mode": "queue"}, generation=3)
    seen = lost()
    snapshot = main.look(seen=seen, spare=12, inlet=BY_HAND)
    assert (snapshot.queue, snapshot.serving, snapshot.waiting) == (512, 400, 100)
    clock.pass_by(SETTLING)
    assert main.arrive(["ticket"])[0].position == 513
    again = main.look(seen=seen, spare=12, inlet=BY_HAND)
    assert again.queue == 513, "only where the room was lost"
    assert main.claim(501).verdict == "waiting", "who has one of them is in line"
    assert main.look(501, inlet=BY_HAND).waiting == 102, "and counts as soon as it has polled"
    main.advance(105)
    assert main.look(inlet=BY_HAND).waiting == 1
    assert main.reset() == 4, "which skips nobody"
    main.join(2)
    assert main.look(inlet=BY_HAND).waiting == 2


@fault(
    "The store has lost its data",
    inside="Those not heard of count until they come back or must have run out.",
)
def test_lost_sessions_count_until_they_come_back_or_must_have_expired(
    store: Store, clock: Clock
) -> None:
    main = Room(store, clock, {"session_seconds": 600, "session_grace": 60}, generation=3)
    main.look(seen=lost(active=7))
    assert main.renew(390).verdict == "entered"
    assert main.look().active == 7
    assert main.claim(390).verdict == "entered"
    clock.pass_by(659.999)
    assert main.look().active == 7
    clock.pass_by(0.001)
    assert main.look().active == 0
    assert main.renew(391).verdict == "ended"


def test_the_ended_stay_ended_in_a_room_that_was_lost(store: Store, clock: Clock) -> None:
    main = Room(store, clock, {"max_active": 10}, generation=3)
    seen = lost(active=7)
    snapshot = main.look(seen=seen, ended=["2-9", "3-390", "3-401"], ended_after=3)
    assert (snapshot.ended, snapshot.active) == (["2-9", "3-390", "3-401"], 7)
    assert snapshot.how_ended == {}, "nobody said so"
    assert snapshot.serving >= 401
    assert [main.renew(390).verdict, main.renew(391).verdict] == ["ended", "entered"]
    assert main.claim(390).verdict == "spent"
    another = main.look(ended_after=5)
    assert another.ended == snapshot.ended, "who knew more of the list of old is told of all"


def test_a_lost_room_is_not_rebuilt_before_it_is_asked_who_has_ended(
    store: Store, clock: Clock
) -> None:
    main = Room(store, clock, generation=3)
    seen = lost(active=7)
    with pytest.raises(RoomLost):
        main.look(seen=seen, ended=None)
    assert main.look(seen=seen, ended=[]).queue == 500
    assert main.look(seen=seen, ended=None).queue == 500


def test_a_room_that_fell_back_is_lifted_to_what_was_promised(make_room: Rooms) -> None:
    main = make_room(mode="queue")
    main.join(4)
    seen = seen_in(main.look(), queue=9, serving=6)
    assert finish(main.store.join("main", ["place"], seen))[0].position == 10
    snapshot = main.look(inlet=BY_HAND)
    assert (snapshot.queue, snapshot.serving) == (10, 6)


def test_a_room_that_comes_back_by_a_worker_of_long_ago_has_its_changes_back_by_another(
    store: Store, clock: Clock
) -> None:
    main = Room(store, clock, {"max_active": 10})
    idle = lost(generation=1, overrides={"max_active": 8}, changes=1)
    busy = lost(generation=1, overrides={"mode": "paused"}, changes=3)
    assert main.look(seen=idle).limit == 8
    snapshot = main.look(seen=busy)
    assert (snapshot.mode, snapshot.limit, snapshot.changes) == ("paused", 10, 3)
    assert main.look(seen=idle).mode == "paused"
    finish(store.change("main", {"mode": "queue"}, (), who="Ann"))
    assert main.look(seen=busy).mode == "queue"


def test_what_is_changed_in_a_room_that_came_back_holds_whatever_was_changed_before(
    store: Store, clock: Clock
) -> None:
    main = Room(store, clock, {"max_active": 10})
    idle = lost(generation=1)
    main.look(seen=idle)
    finish(store.change("main", {"mode": "paused"}, (), who="Ann"))
    busy = lost(generation=1, overrides={"max_active": 12}, changes=3)
    assert main.look(seen=busy).mode == "paused"


def test_a_room_that_fell_back_by_a_generation_is_lifted_too(make_room: Rooms) -> None:
    main = make_room(max_active=2)
    main.join(4)
    known = main.look()
    assert known.first_claim > 0
    seen = seen_in(known, generation=2, queue=3, serving=1)
    snapshot = main.look(seen=seen, inlet=BY_HAND)
    assert (snapshot.generation, snapshot.queue, snapshot.serving) == (2, 3, 1)
    assert (snapshot.called, snapshot.waiting, snapshot.active) == (1, 2, 2)
    assert snapshot.first_claim == 0, "of the old line"


@pytest.mark.parametrize("generation", [1, 2])
def test_sessions_that_a_room_forgot_as_it_fell_back_go_on(
    make_room: Rooms, generation: int
) -> None:
    main = make_room(max_active=5, session_seconds=600, session_grace=60)
    main.join(2)
    seen = seen_in(main.look(), generation=generation, queue=9, serving=8)
    main.generation = generation
    assert main.renew(7).verdict == "ended"
    assert main.look(seen=seen).active == 2, "the worker knew of none inside whom the room forgot"
    main.clock.pass_by(30)
    assert main.renew(7).verdict == "entered"
    assert main.look(seen=seen).active == 3
    main.clock.pass_by(630)
    main.look(seen=seen)
    assert main.renew(8).verdict == "ended"


def test_sessions_that_a_room_forgot_as_it_fell_back_keep_their_slots(make_room: Rooms) -> None:
    main = make_room(max_active=5, session_seconds=600, session_grace=60)
    main.join(2)
    main.renew(1), main.renew(2)
    seen = seen_in(main.look(), queue=4, serving=4, active=4, claimed=4)
    main.look(seen=seen)
    main.clock.pass_by(SETTLING)
    verdicts = [turn.verdict for turn in finish(main.store.join("main", ["place", "place"], seen))]
    assert verdicts == ["entered", "waiting"]
    assert main.look().active == 5
    assert [main.renew(position).verdict for position in (1, 4)] == ["entered"] * 2
    snapshot = main.look(seen=seen)
    assert snapshot.active == 5, "who comes back was counted among the forgotten"
    assert snapshot.totals["claimed"] == 5
    main.end(4)
    assert main.look(seen=seen).active == 4
    main.clock.pass_by(660)
    assert main.look(seen=seen).active == 0


@pytest.mark.parametrize("generation", [1, 2])
def test_a_room_forgot_sessions_where_it_knows_of_fewer_that_ever_began(
    make_room: Rooms, generation: int
) -> None:
    main = make_room(max_active=9, session_seconds=600, session_grace=60)
    main.join(4)
    seen = seen_in(main.look(), active=6, claimed=6)
    if generation == 2:
        main.reset()
    assert main.look(seen=seen).active == 6, "the line is as long as ever, and all of it called"
    further = seen_in(main.look(), active=9, claimed=11)
    assert main.look(seen=further).active == 9, "another worker saw more"
    assert main.look(seen=seen).active == 9
    main.generation = 1
    assert main.renew(4).verdict == "entered"
    assert main.renew(6).verdict == "entered"
    assert main.look(seen=further).active == 9


def test_what_a_worker_saw_a_while_ago_is_no_loss(make_room: Rooms) -> None:
    main = make_room(max_active=9)
    main.join(4)
    seen = seen_in(main.look())
    main.end(1), main.end(2)
    for _ in range(2):
        snapshot = main.look(seen=seen)
        assert (snapshot.active, snapshot.rebuilt_until) == (2, 0)
    main.join(3)
    assert finish(main.store.renew("main", "1-1", seen=seen)).verdict == "ended"
    assert finish(main.store.end("main", "1-3", "completed", seen))
    assert main.look(seen=seen).active == 4


def test_a_lost_room_goes_on_counting_the_sessions_that_began(store: Store, clock: Clock) -> None:
    main = Room(store, clock, {"max_active": 10}, generation=3)
    seen = lost(active=7, claimed=390)
    for _ in range(2):
        snapshot = main.look(seen=seen, inlet=BY_HAND)
        assert (snapshot.active, snapshot.totals["claimed"]) == (7, 390)
    further = lost(active=8, claimed=392)
    assert main.look(seen=further, inlet=BY_HAND).active == 8


def test_a_rebuilt_room_that_is_lifted_goes_on_to_believe_in_its_sessions(
    store: Store, clock: Clock
) -> None:
    main = Room(store, clock, {"session_seconds": 600, "session_grace": 60}, generation=3)
    main.look(seen=lost(active=7))
    clock.pass_by(1)
    assert main.look(seen=lost(queue=501, serving=401)).active == 7
    clock.pass_by(660)
    assert main.look(seen=lost(queue=502, serving=402)).active == 0


def test_in_place_of_the_ended_as_many_are_believed_in_as_there_were(make_room: Rooms) -> None:
    main = make_room(max_active=10)
    main.join(5)
    seen = seen_in(main.look(), active=9)
    assert main.look(seen=seen, ended=["1-1", "1-2"], ended_after=2).active == 5


def test_what_ended_in_what_a_room_forgot_gives_its_slots_back(make_room: Rooms) -> None:
    main = make_room(max_active=2, session_seconds=600, session_grace=60)
    main.join(2)
    main.renew(1), main.renew(2)
    # The store falls back to this moment. Both have ended since, and 3 and 4 are inside.
    seen = seen_in(main.look(), queue=6, serving=4, claimed=4)
    with pytest.raises(RoomLost):
        main.look(seen=seen, ended=None, ended_after=2)
    snapshot = main.look(seen=seen, ended=["1-1", "1-2"], ended_after=2)
    assert (snapshot.active, sessions(main.store)) == (2, [])
    assert main.claim(5).verdict != "entered", "3 and 4 have the slots"
    assert main.renew(1).verdict == "ended"
    assert main.renew(3).verdict == "entered"
    assert main.end(4)
    later = main.look(seen=seen, ended=None, ended_after=snapshot.ended_last)
    assert (later.active, sessions(main.store)) == (1, ["1-3"])
    assert later.fell_back == 1, "the other workers read the list anew"
    assert main.look().ended[:2] == ["1-1", "1-2"]


@pytest.mark.parametrize("session", ["3-513", "4-4", "3-999999999999999"])
def test_a_session_that_nobody_can_have_had_moves_no_line_after_a_loss(
    store: Store, clock: Clock, session: str
) -> None:
    main = Room(store, clock, {"mode": "queue"}, generation=3)
    main.seen = lost(active=7)
    main.look(inlet=BY_HAND, spare=12, ended=[session, "3-390"], ended_after=3)
    assert not finish(store.end("main", session, "completed"))
    main.look(inlet=BY_HAND, ended=[session], ended_after=20_000)
    snapshot = main.look(inlet=BY_HAND)
    assert (snapshot.queue, snapshot.serving, snapshot.ended) == (512, 400, ["3-390"])


def test_a_slot_that_got_free_in_what_a_room_forgot_is_free(make_room: Rooms) -> None:
    main = make_room(max_active=2)
    main.join(2)
    seen = seen_in(main.look(), active=1)
    snapshot = main.look(seen=seen, ended=["1-1"], ended_after=1)
    assert (snapshot.active, sessions(main.store)) == (1, ["1-2"])
    assert main.join()[0].verdict == "entered"


def after_an_outage(main: Room, clock: Clock, **ask: Any) -> Any:
    """Three sessions run out while nobody asks the store; this is the first to ask it again."""
    for position in (1, 2, 3):
        main.join(1)
        main.renew(position)
        clock.pass_by(10)
    main.look()
    seen = seen_in(main.look())
    clock.pass_by(60)
    return main.look(seen=seen, **ask)


OUTAGE = {"max_active": 3, "session_seconds": 50, "session_grace": 10}


def test_sessions_that_ran_out_in_an_outage_count_until_they_come_back(
    make_room: Rooms, clock: Clock
) -> None:
    main = make_room(**OUTAGE)
    snapshot = after_an_outage(main, clock, away=60)
    assert (snapshot.active, snapshot.state) == (3, "queueing")
    assert snapshot.away_until == clock()
    assert snapshot.away_from == clock() - 60
    assert snapshot.outage_until == snapshot.rebuilt_until > clock()
    assert main.join(1, "enter")[0].verdict == "refused"
    assert [main.renew(1).verdict, main.renew(2).verdict] == ["entered", "entered"]
    assert main.look().active == 3
    clock.pass_by(60)
    assert main.look().active == 0


def test_of_a_quiet_time_that_was_no_outage_nobody_comes_back(
    make_room: Rooms, clock: Clock
) -> None:
    main = make_room(**OUTAGE)
    for away in (0, 5):
        snapshot = after_an_outage(main, clock, away=away)
        assert (snapshot.active, snapshot.outage_until) == (0, 0)
        assert main.renew(1).verdict == "ended"


def test_what_an_outage_ended_is_told_late_by_the_worker_that_noticed_it(
    make_room: Rooms, clock: Clock
) -> None:
    main = make_room(**OUTAGE)
    assert after_an_outage(main, clock).active == 0, "this worker had nothing to do"
    clock.pass_by(1)
    seen = seen_in(main.look(), active=3)
    assert main.look(seen=seen, away=70).active == 3
    assert main.look(seen=seen, away=70).active == 3, "it says so once"
    clock.pass_by(59)
    assert main.look(seen=seen, away=130).active == 3
    clock.pass_by(1)
    assert main.look(seen=seen).active == 0


def test_no_more_are_believed_to_return_than_ran_out_or_than_were_seen_inside(
    make_room: Rooms, clock: Clock
) -> None:
    main = make_room(**OUTAGE)
    after_an_outage(main, clock)
    main.join(1)
    assert main.look(seen=seen_in(main.look(), active=2), away=70).active == 2


def test_the_totals_of_a_room_that_was_lost_go_on(store: Store, clock: Clock) -> None:
    main = Room(store, clock, {"max_active": 10}, generation=3)
    known = {"claimed": 90, "completed": 60, "expired": 20, "left": 5, "of a later release": 1}
    totals = main.look(seen=lost(claimed=90), totals=known).totals
    assert {name: totals[name] for name in ("completed", "expired", "left")} == {
        "completed": 60, "expired": 20, "left": 5,
    }  # fmt: skip
    assert totals["claimed"] == 90, "as the worker has seen it, with what runs"
    main.claim(390)
    finish(store.end("main", "3-390", "completed"))
    assert main.look(totals=known).totals["completed"] == 61, "an older reading takes none away"
