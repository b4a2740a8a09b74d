"""Inlet strategies: what each asks for, and what several ask for together."""

import logging

import pytest

from tests.support.clock import Clock
from vwr_middleware.blocking import finish
from vwr_middleware.inlet import NOBODY, Manual, MaxSize, Periodic, decide
from vwr_middleware.line.answers import Ask, Inlet, Snapshot
from vwr_middleware.settings import RoomSettings
from vwr_middleware.stores.memory import MemoryStore


@pytest.fixture
def room(clock: Clock) -> Snapshot:
    ask = Ask("main", RoomSettings(paths=["/"], max_active=100).store_config())
    (snapshot,) = finish(MemoryStore(clock).refresh([ask]))
    return snapshot


def test_no_strategy_has_no_opinion(room: Snapshot) -> None:
    assert decide((), room, room.now) == Inlet()


def test_of_several_strategies_the_smallest_wins(room: Snapshot) -> None:
    both = decide((MaxSize(50), Periodic(60, every=60), MaxSize(20)), room, room.now)
    assert both == Inlet(limit=20, per_second=1.0)
    slow, fast = Periodic(1, every=1, burst=5), Periodic(10, every=1, burst=2)
    assert decide((fast, slow), room, room.now).burst == 5, "the burst of the slower"


def test_manual_calls_nobody_whatever_the_others_say(room: Snapshot) -> None:
    assert not decide((MaxSize(50), Manual()), room, room.now).calls


def test_a_callable_may_say_how_far_the_serving_counter_goes(room: Snapshot) -> None:
    assert decide((lambda room, now: 17,), room, room.now) == Inlet(serving=17)
    assert decide((lambda room, now: 17, lambda room, now: 9), room, room.now).serving == 9
    assert decide((lambda room, now: None,), room, room.now) == Inlet()


def test_a_strategy_that_fails_calls_nobody_and_is_logged(
    room: Snapshot, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(room: Snapshot, now: float) -> int:
        raise ZeroDivisionError

    with caplog.at_level(logging.ERROR):
        assert not decide((MaxSize(5), broken), room, room.now).calls
    assert "broken" in caplog.text


def test_before_the_room_is_known_only_what_needs_nothing_is_asked() -> None:
    assert decide((MaxSize(5),), None, 0.0) == Inlet(limit=5)
    assert decide((lambda room, now: 5,), None, 0.0).calls is NOBODY.calls is False
