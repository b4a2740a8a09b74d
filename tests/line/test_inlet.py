"""Inlet strategies: what each asks for, and what several ask for together."""

import math
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from tests.support.clock import Clock
from vwr_middleware.blocking import finish
from vwr_middleware.inlet import Manual, MaxSize, Periodic, Strategy
from vwr_middleware.inlet.strategies import NOBODY, decide
from vwr_middleware.line.constants import POSITIONS_MOST
from vwr_middleware.line.messages import Ask, Inlet, Snapshot
from vwr_middleware.settings import RoomSettings
from vwr_middleware.stores.memory.store import MemoryStore


@pytest.fixture
def room(clock: Clock) -> Snapshot:
    ask = Ask("main", RoomSettings(paths=["/"], max_active=100).store_config())
    (snapshot,) = finish(MemoryStore(clock).refresh([ask]))
    return snapshot


def asked(strategies: Sequence[Strategy], room: Snapshot) -> Inlet:
    """What they allow in a room that is known."""
    answer = decide(strategies, room, room.now)
    assert answer is not None
    return answer


def test_no_strategy_has_no_opinion(room: Snapshot) -> None:
    assert decide((), room, room.now) == Inlet()


def in_both_orders(room: Snapshot, *strategies: Strategy) -> Inlet:
    """What they allow together, whichever of them is asked first."""
    answer = asked(strategies, room)
    assert asked(strategies[::-1], room) == answer
    return answer


def test_of_several_strategies_the_smallest_wins(room: Snapshot) -> None:
    both = in_both_orders(room, MaxSize(50), Periodic(60, every=60), MaxSize(20))
    assert both == Inlet(limit=20, per_second=1.0)
    slow, fast = Periodic(1, every=1, burst=5), Periodic(10, every=1, burst=2)
    assert in_both_orders(room, fast, slow) == Inlet(per_second=1.0, burst=5), "of the slower"


def test_manual_calls_nobody_whatever_the_others_say(room: Snapshot) -> None:
    assert in_both_orders(room, MaxSize(50), Manual()) == Inlet(limit=50, calls=False)


def test_while_one_fails_nobody_is_called_and_the_last_limits_go_on_to_hold(
    room: Snapshot, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(snapshot: Snapshot, now: float) -> int:
        raise ZeroDivisionError

    assert in_both_orders(room, MaxSize(50), broken) == Inlet(limit=50, calls=False, holds=True)
    assert "broken" in caplog.text


def test_a_callable_may_say_how_far_the_serving_counter_goes(room: Snapshot) -> None:
    assert decide((lambda room, now: 17,), room, room.now) == Inlet(serving=17)
    assert in_both_orders(room, lambda room, now: 17, lambda room, now: 9).serving == 9
    assert decide((lambda room, now: None,), room, room.now) == Inlet()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("limit", value) for value in (math.nan, math.inf, "5", [3])),
        *(("serving", value) for value in (math.nan, "far")),
        *(("per_second", value) for value in (math.nan, math.inf, -0.5, "fast")),
        *(("burst", value) for value in (math.nan, -1)),
        *(("", value) for value in ("many", math.nan, object())),
    ],
)
def test_a_strategy_that_answers_nonsense_has_failed(
    room: Snapshot, name: str, value: Any, caplog: pytest.LogCaptureFixture
) -> None:
    def confused(snapshot: Snapshot, now: float) -> Any:
        return Inlet(**{name: value}) if name else value

    for _ in range(3):
        assert decide((confused,), room, room.now) == NOBODY
    assert caplog.text.count("an inlet strategy failed") == 1, "once, not twice a second"


def test_a_strategy_that_fails_again_is_logged_again(
    room: Snapshot, caplog: pytest.LogCaptureFixture
) -> None:
    answers: list[Any] = [math.nan, math.nan, 7, math.nan]

    def moody(snapshot: Snapshot, now: float) -> Any:
        return answers.pop(0)

    said = [decide((moody,), room, room.now) for _ in range(4)]
    assert said == [NOBODY, NOBODY, Inlet(serving=7), NOBODY]
    assert caplog.text.count("an inlet strategy failed") == 2


def test_counts_are_whole_whatever_a_strategy_computes(room: Snapshot) -> None:
    def gentle(snapshot: Snapshot, now: float) -> Inlet:
        return Inlet(limit=snapshot.limit * 0.805, serving=-2, per_second=1)  # type: ignore[arg-type]

    answer = asked((gentle,), room)
    assert answer == Inlet(limit=80, serving=0, per_second=1.0)
    assert type(answer.limit) is int
    odd: Any = Inlet(per_second=Decimal(0), calls=0, holds=1)  # type: ignore[arg-type]
    answer = asked((lambda room, now: odd,), room)
    assert (type(answer.per_second), answer.calls, answer.holds) == (float, False, True)
    assert type(answer.calls) is type(answer.holds) is bool
    assert asked((lambda room, now: 10**30,), room).serving == POSITIONS_MOST


def test_before_the_room_is_known_only_what_needs_nothing_is_asked() -> None:
    assert decide((MaxSize(5),), None, 0.0) == Inlet(limit=5)
    assert decide((MaxSize(5), lambda room, now: 5), None, 0.0) is None
