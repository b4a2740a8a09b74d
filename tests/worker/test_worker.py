"""What one worker process knows of a room between two visits to the store."""

from dataclasses import replace

import pytest

from tests.support.clock import Clock
from tests.support.rooms import Room, config
from vwr_middleware.line.constants import GIVEN_UP
from vwr_middleware.line.messages import Knock, Place, Snapshot, Turn, Verdict
from vwr_middleware.settings import RoomSettings
from vwr_middleware.stores.memory.store import MemoryStore
from vwr_middleware.worker.called import LastMoments
from vwr_middleware.worker.current_room import CurrentRoom
from vwr_middleware.worker.refresh import KNOWN_ENDINGS_MOST, ask_of, is_more_to_come, known_endings
from vwr_middleware.worker.room_view import BATCH_MOST, RoomView


@pytest.fixture
def room(clock: Clock) -> Room:
    return Room(MemoryStore(clock), clock, {"max_active": 2})


@pytest.fixture
def view() -> RoomView:
    return RoomView(RoomSettings(paths="/tickets", max_active=2))


def read(room: Room, view: RoomView, at: float) -> Snapshot:
    """The worker reads the room."""
    snapshot = room.look()
    view.take(snapshot, at)
    return snapshot


def test_the_stores_time_is_carried_on_by_the_workers_own_clock(
    room: Room, view: RoomView, clock: Clock
) -> None:
    assert view.now(100.0) == 0.0
    read(room, view, 100.0)
    assert view.now(100.0) == clock()
    assert view.now(103.5) == clock() + 3.5
    clock.pass_by(-1000)  # the host's clock is set back: the store does not go along
    read(room, view, 104.0)
    assert view.now(104.0) >= clock() + 1000


def test_as_many_as_join_in_a_second_may_have_come_to_other_workers(
    room: Room, view: RoomView, clock: Clock
) -> None:
    def spare_after(joins: int, seconds: float) -> int:
        clock.pass_by(seconds)
        for _ in range(joins):
            room.join()
        read(room, view, clock())
        return ask_of(view, clock()).spare

    room.look()
    assert spare_after(9, 1.0) == 0, "nothing is known of how fast they come"
    # On average 60, 35, 40 and 20, and then half as many each time.
    assert spare_after(30, 0.5) == 75
    assert spare_after(70, 2.0) == 47
    assert spare_after(20, 0.0) == 53, "of a moment nothing can be told"
    assert spare_after(7, 2.0) == 29, "a quiet moment proves little"
    assert spare_after(0, 0.0) == 29, "and a second reading at once nothing"
    assert [spare_after(0, 1.0) for _ in range(8)] == [16, 9, 6, 3, 2, 1, 1, 1]
    room.join(8)
    room.reset()
    assert spare_after(1, 1.0) == 0


def test_a_thread_that_stood_still_while_another_one_read_the_room_still_hands_in(
    room: Room, view: RoomView, clock: Clock
) -> None:
    read(room, view, 1.0)
    clock.pass_by(0.5)
    room.join(9)
    read(room, view, 4.0)
    began = 1.5  # when it looked at the clock, before it stood still
    assert ask_of(view, began).spare == ask_of(view, 4.0).spare > 9


def test_a_reading_that_comes_late_does_not_hide_a_newer_one(room: Room, view: RoomView) -> None:
    late = room.look()
    room.join(3)
    read(room, view, 2.0)
    view.take(late, 1.0)
    assert view.room is not None
    assert view.room.snapshot is not late
    assert view.room.queue == 3


def test_a_store_whose_clock_is_behind_after_a_failover_is_believed(
    room: Room, view: RoomView
) -> None:
    before = read(room, view, 1.0)
    behind = replace(before, now=before.now - 3600)
    view.take(behind, 2.0)
    assert view.room is not None and view.room.snapshot is behind


def test_counters_never_go_down_within_a_generation(room: Room, view: RoomView) -> None:
    before = read(room, view, 1.0)
    on_its_way = room.look()
    view.learn(Turn("waiting", 0.0, before.room_id, 1, 7, serving=4, queue=7))
    assert view.room is not None
    assert (view.room.waiting, view.room.state) == (3, "queueing")
    view.learn(Turn("waiting", 0.0, before.room_id, 1, 5, serving=2, queue=5))
    view.take(on_its_way, 2.0)
    assert (view.room.queue, view.room.serving, view.room.waiting) == (7, 4, 3)
    room.reset()
    assert read(room, view, 3.0).queue == 0


def test_requests_are_measured_while_an_adaptive_strategy_is_in_force_and_no_longer(
    room: Room, view: RoomView
) -> None:
    snapshot = read(room, view, 1.0)
    for inlet, is_measured in (
        ({"kind": "adaptive", "target": 0.5, "floor": 1, "ceiling": 2}, True),
        ({"kind": "manual"}, False),
        (None, False),
    ):
        snapshot.rules["inlet"] = inlet
        assert (ask_of(view, 1.0).load is not None) is is_measured
        assert (view.meter is not None) is is_measured


@pytest.mark.parametrize(
    ("mode", "verdict", "expected"),
    [
        ("auto", "full", "queueing"),
        ("auto", "next", "queueing"),
        ("auto", "entered", "open"),
        ("paused", "waiting", "paused"),
    ],
)
def test_who_is_not_let_into_an_open_room_shows_that_people_queue(
    clock: Clock, view: RoomView, mode: str, verdict: Verdict, expected: str
) -> None:
    before = read(Room(MemoryStore(clock), clock, {"mode": mode}), view, 1.0)
    view.learn(Turn(verdict, 0.0, before.room_id, 1, 7, serving=4, queue=7))
    assert view.room is not None
    assert view.room.state == expected


def test_what_another_room_says_is_not_learnt(room: Room, view: RoomView) -> None:
    before = read(room, view, 1.0)
    view.learn(Turn("waiting", 0.0, "f" * 16, 1, 7, serving=4, queue=7))
    view.learn(Turn("waiting", 0.0, before.room_id, 9, 7, serving=4, queue=7))
    assert before.queue == 0


@pytest.mark.parametrize(
    ("generation", "position", "expected"),
    [(2, 40, (2, 40, 2)), (2, 4, (2, 6, 2)), (3, 4, (3, 4, 0)), (1, 40, (2, 6, 2))],
)
def test_a_genuine_ticket_lifts_a_store_that_fell_back(
    room: Room, view: RoomView, generation: int, position: int, expected: tuple[int, int, int]
) -> None:
    """And of a newer generation it does not prove that anybody was called."""
    room.look()
    room.reset()
    room.join(6)
    read(room, view, 1.0)
    view.note_genuine(generation, position)
    view.note_genuine(1, 3)
    seen = view.seen(0.0)
    assert seen is not None
    assert (seen.generation, seen.queue, seen.serving) == expected


def test_where_the_store_fell_back_its_lists_are_read_from_their_beginning(
    room: Room, view: RoomView
) -> None:
    before = replace(read(room, view, 1.0), ended_last=7, moved_last=5)
    view.take(before, 2.0)
    assert not is_more_to_come(view, before)
    view.take(fallen := replace(before, fell_back=before.fell_back + 1), 3.0)
    assert (view.ended.number, view.devices.number) == (0, 0)
    assert is_more_to_come(view, replace(fallen, ended_last=0))
    assert is_more_to_come(view, replace(fallen, moved_last=0))
    view.take(fallen, 4.0)
    assert not is_more_to_come(view, fallen)


def test_only_what_is_new_on_the_stores_lists_is_asked_for(room: Room, view: RoomView) -> None:
    view.take(replace(room.look(), ended_last=7, moved_last=5), 1.0)
    ask = ask_of(view, 1.0)
    assert (ask.ended_after, ask.moved_after) == (7, 5)


def test_who_knocks_again_is_handed_in_once(room: Room, view: RoomView) -> None:
    read(room, view, 1.0)
    view.called.held_slots.note(3, 5.0, False, 1.0)
    assert [ask_of(view, 1.0).knocks for _ in range(2)] == [(Knock(3, 5.0, False),), ()]


def test_what_a_worker_heard_of_those_inside_goes_with_every_write(
    room: Room, view: RoomView
) -> None:
    read(room, view, 1.0)
    for turn in room.join(2):
        view.learn(turn)
    assert view.room and view.room.state == "open", "that somebody entered fills no room"
    seen = view.seen(0.0)
    assert seen is not None
    assert (seen.active, seen.claimed) == (2, 2)
    room.end(1)
    view.learn(late := room.renew(2))
    seen = view.seen(0.0)
    assert seen is not None
    assert (seen.active, seen.claimed) == (1, 2), "so does the newest answer"
    room.end(2)
    view.learn(room.join()[0])
    room.end(3)
    view.learn(room.renew(3))
    view.learn(late)
    seen = view.seen(0.0)
    assert seen is not None
    assert (seen.active, seen.claimed) == (0, 3), "and not one that comes late"
    view.learn(room.join()[0])
    room.end(4)
    read(room, view, 2.0)
    seen = view.seen(0.0)
    assert seen is not None
    assert (seen.active, seen.claimed) == (0, 4), "the newer reading tells more"


def test_whoever_takes_on_another_room_forgets_all_that_named_the_old_one(
    room: Room, view: RoomView
) -> None:
    read(room, view, 1.0)
    view.note_genuine(1, 40)
    view.sessions = 5, 2
    view.note_end("1-1", 1.0, "completed")
    view.note_entered(1, 2, 1.0)
    view.ended.untold["1-3"] = "completed"
    view.present.note(5)
    view.devices.note(1, 4, GIVEN_UP)
    view.devices.number = view.ended.number = 7
    assert view.may_renew("1-5", 1.0)
    view.adopt()
    assert view.may_renew("1-5", 1.0)
    assert view.seen(0.0) is None
    assert not (view.ended or view.called.entered or view.ended.untold or view.present)
    assert ask_of(view, 2.0).seen is None
    assert view.top_seen == view.sessions == (0, 0)
    assert (view.devices, view.devices.number, view.ended.number) == ({}, 0, 0)


def test_the_ended_are_kept_as_long_as_any_token_may_hold(
    room: Room, view: RoomView, clock: Clock
) -> None:
    read(room, view, 0.0)
    view.note_end("1-1", 0.0, "completed")
    room.change(session_seconds=3600)
    read(room, view, 1.0)
    room.change(session_seconds=60)
    read(room, view, 3600.0)
    assert "1-1" in view.ended
    read(room, view, 3700.0)
    assert "1-1" in view.ended, "a token may be honoured longer after an outage"
    view.note_end("1-2", 3700.0, "completed")
    read(room, view, 3700.0 + view.ended.outage_grace)
    assert list(view.ended) == ["1-2"]


def test_what_is_noted_for_a_while_is_dropped_with_a_later_reading(
    room: Room, view: RoomView
) -> None:
    read(room, view, 0.0)
    view.may_renew("1-1", 0.0)
    view.note_entered(1, 1, 0.0)
    view.called.tries.note(4, 0.0)
    for verdict in ("entered", "locked", "go"):
        view.heard(Turn(verdict, 0.0, generation=1, position=2), 1.0, False, 0.0, Place(1, 2))
    called = view.called
    noted = (
        view.renewals, called.tries, called.entered, called.granted_claims, called.locked_out,
        called.held_slots._held, called.goes,
    )  # fmt: skip
    assert all(noted)
    room.look()
    read(room, view, 1000.0)
    assert not any(noted)


def test_what_is_noted_again_and_again_keeps_nothing_older_in_memory() -> None:
    noted = LastMoments[str]()
    for key, moment in (("again", 0.0), ("once", 1.0), ("again", 9.0)):
        noted.note(key, moment)
    noted.forget_before(5.0)
    assert noted == {"again": 9.0}


def test_a_session_that_begins_again_is_no_longer_known_as_ended(view: RoomView) -> None:
    view.note_end("1-3", 0.0, "abandoned")
    view.note_end("1-3", 0.5)
    assert view.ended.how("1-3") == "abandoned"
    view.note_entered(1, 3, 1.0)
    assert not view.ended
    assert dict(view.called.entered) == {3: 1.0}


def test_one_renewal_a_session_and_then_a_pause(view: RoomView) -> None:
    assert [view.may_renew("1-1", at) for at in (0.0, 0.1, 4.9)] == [True, False, False]
    assert view.may_renew("1-2", 0.1)
    assert view.may_renew("1-1", 5.0)


def test_who_was_told_to_come_may_ask_the_store_once_a_second(room: Room, view: RoomView) -> None:
    room.look()
    room.join(3)
    read(room, view, 0.0)
    assert not view.called.may_claim(7, False, 0.0), "no slot is free for it"
    tries = [view.called.may_claim(7, True, at) for at in (0.0, 0.5, 1.0)]
    assert tries == [True, False, True]


def test_who_was_told_to_come_by_this_worker_may_ask_the_store_at_once_and_once(
    room: Room, view: RoomView
) -> None:
    room.look()
    room.join(3)
    read(room, view, 0.0)
    view.heard(Turn("go", 0.0, generation=1, position=3), 1.0, False, 0.0, Place(1, 3))
    assert [view.called.may_claim(3, False, 0.0) for _ in range(2)] == [True, False]


@pytest.mark.parametrize("backwards", [False, True])
def test_of_those_who_ask_the_first_in_line_are_handed_in(
    room: Room, view: RoomView, backwards: bool
) -> None:
    read(room, view, 1.0)
    for position in sorted(range(1, BATCH_MOST * 6), reverse=backwards):
        view.present.note(position)
        assert len(view.present) < 2 * BATCH_MOST
    assert BATCH_MOST <= view.present.reach < BATCH_MOST * 6
    ask = ask_of(view, 1.0)
    assert list(ask.present) == list(range(1, BATCH_MOST + 1))
    view.present.arrived()
    assert not ask_of(view, 1.0).present


def test_who_was_handed_in_to_a_store_that_did_not_answer_is_handed_in_for_a_while(
    room: Room, view: RoomView
) -> None:
    read(room, view, 1.0)
    view.present.note(7)
    assert ask_of(view, 1.0).present == [7]
    for second in range(2, 9):
        assert ask_of(view, second).present == [7]
    view.present.note(3)
    assert ask_of(view, 9.0).present == [3, 7]
    assert ask_of(view, 17.0).present == [3], "the one before may be gone by now"
    view.present.arrived()
    assert ask_of(view, 18.0).present == []


def test_before_the_first_reading_the_store_decides(view: RoomView) -> None:
    assert view.called.may_ask(1, 0.0)
    view.heard(Turn("next", 0.0, position=1), 2.0, False, 0.0, Place(1, 1))
    assert view.called.held_slots.knows(1, 0.0)
    view.called.let_in(2)
    view.called.freed()
    assert view.called.may_ask(3, 0.0)
    assert ask_of(view, 0.0).starting
    assert ask_of(view, 0.0).config == config(max_active=2)


def test_the_latest_of_the_ended_are_recalled_but_for_those_still_to_be_told(
    view: RoomView,
) -> None:
    for position in range(1, KNOWN_ENDINGS_MOST + 11):
        view.note_end(f"1-{position}", 0.0)
    view.ended.untold["1-40"] = "completed"
    told = known_endings(view)
    assert len(told) == KNOWN_ENDINGS_MOST
    assert (told[0], told[-1]) == ("1-10", f"1-{KNOWN_ENDINGS_MOST + 10}")
    assert "1-40" not in told


def test_positions_that_are_nobodys_are_not_waiting(room: Room, view: RoomView) -> None:
    snapshot = replace(read(room, view, 1.0), queue=12, serving=2, skipped=4)
    assert CurrentRoom(snapshot).waiting == snapshot.waiting == 6
