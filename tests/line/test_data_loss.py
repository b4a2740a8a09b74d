"""The rule after a loss, and what it must not forget too soon."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.clock import Clock
from tests.support.rooms import Room
from vwr_middleware.line.constants import SETTLING
from vwr_middleware.line.messages import Inlet, Seen
from vwr_middleware.stores.memory.store import MemoryStore

NOBODY_CALLED = Inlet(calls=False)
BRIEF = {"session_grace": 0, "outage_grace": 0}
Lost = Callable[..., Room]


@pytest.fixture
def lost(clock: Clock) -> Lost:
    """Makes a room that a worker rebuilds from what it saw: 500 in line, 400 called, 7 inside."""

    def make(overrides: dict[str, Any] | None = None, **settings: Any) -> Room:
        room = Room(MemoryStore(clock), clock, settings, generation=3)
        seen = Seen("f" * 16, 3, 500, 400, active=7, overrides=overrides or {})
        room.look(seen=seen, inlet=NOBODY_CALLED)
        return room

    return make


def test_a_session_that_comes_back_keeps_its_position_from_newcomers(lost: Lost) -> None:
    room = lost()
    assert room.renew(505).verdict == "entered"
    snapshot = room.look(inlet=NOBODY_CALLED)
    assert (snapshot.queue, snapshot.serving) == (505, 505)
    room.clock.pass_by(SETTLING)
    assert room.arrive(["ticket"])[0].position == 506
    assert snapshot.called == 504


def test_a_session_of_an_older_generation_comes_back_without_moving_the_line(lost: Lost) -> None:
    room = lost()
    room.generation = 2
    assert room.renew(900).verdict == "entered"
    assert room.look(inlet=NOBODY_CALLED).queue == 500


def test_lost_sessions_are_believed_in_as_long_as_the_settings_in_force_say(
    lost: Lost, clock: Clock
) -> None:
    room = lost({"session_seconds": 3000}, session_seconds=600, session_grace=60)
    clock.pass_by(3059.999)
    assert room.look().active == 7
    clock.pass_by(0.001)
    assert room.look().active == 0


def test_a_session_that_ends_after_a_loss_is_one_of_those_believed_to_run(lost: Lost) -> None:
    room = lost()
    assert room.end(390)
    snapshot = room.look()
    assert (snapshot.active, snapshot.ended) == (6, ["3-390"])
    assert not room.end(390)


def test_more_sessions_than_were_believed_to_run_count_as_they_come_back(lost: Lost) -> None:
    room = lost()
    for position in range(381, 391):
        room.renew(position)
    assert room.look().active == 10


def test_the_ended_are_kept_until_their_tokens_have_run_out(clock: Clock) -> None:
    lasts = {"session_seconds": 600, "session_grace": 60, "outage_grace": 300}
    room = Room(MemoryStore(clock), clock, lasts)
    room.look()
    room.join(2)
    room.renew(1)
    room.end(1, "revoked")
    for _ in range(96):
        assert room.look().ended == ["1-1"]
        clock.pass_by(10)
    for _ in range(10):
        room.look()
        clock.pass_by(10)
    assert room.look().ended == []


def test_a_shorter_session_does_not_bring_the_revoked_back(clock: Clock) -> None:
    room = Room(MemoryStore(clock), clock, {**BRIEF, "session_seconds": 3600})
    room.look()
    room.join()
    room.renew(1)
    room.end(1, "revoked")
    room.change(session_seconds=60)
    for _ in range(359):
        clock.pass_by(10)
        assert room.look().ended == ["1-1"]
    for _ in range(40):
        clock.pass_by(10)
        room.look()
    assert room.look().ended == []


def test_the_ended_are_trimmed_while_others_go_on_ending(clock: Clock) -> None:
    store = MemoryStore(clock)
    room = Room(store, clock, {**BRIEF, "session_seconds": 60})
    room.look()
    for position in range(1, 200):
        room.join()
        room.renew(position)
        room.end(position)
        clock.pass_by(1)
        room.look()
    kept, line = room.look(), store._kept.find("main")
    assert 60 <= len(kept.ended) <= 70
    assert kept.ended_last == 199
    assert line and len(line.numbers.ended_checkpoints) <= 21, "written with each refresh"
