"""The adaptive strategy: alone, at a meter, and chosen by an operator."""

from dataclasses import replace
from typing import Any

import pytest

from tests.support.clock import Clock
from tests.support.faults import fault
from vwr_middleware.adaptive import Adaptive
from vwr_middleware.blocking import finish
from vwr_middleware.errors import ConfigurationError
from vwr_middleware.inlet import choices
from vwr_middleware.inlet.strategies import decide
from vwr_middleware.line.messages import Ask, Inlet, Load, Snapshot
from vwr_middleware.settings import RoomSettings
from vwr_middleware.stores.memory.store import MemoryStore
from vwr_middleware.worker.app_load import Meter
from vwr_middleware.worker.refresh import ask_of
from vwr_middleware.worker.room_view import RoomView

STRATEGY = Adaptive(target=1.0, floor=5, ceiling=100)


class Looks:
    """A room as the strategy sees it, half a second after another."""

    def __init__(self, clock: Clock, active: int = 100) -> None:
        settings = RoomSettings(paths=["/"], max_active=100)
        ask = Ask("main", settings.store_config())
        (self.room,) = finish(MemoryStore(clock).refresh([ask]))
        self.look(active=active)

    def look(self, **changes: Any) -> None:
        """The room is read anew, and has changed so."""
        self.room = replace(self.room, **changes)

    def see(self, seconds: float, latency: float, arrivals: int = 100, errors: int = 0) -> None:
        """The app answers so fast for so long."""
        for _ in range(int(seconds / 0.5)):
            load = [5.0, arrivals, arrivals, arrivals * latency, errors, arrivals * latency]
            self.look(now=self.room.now + 0.5, load=[float(value) for value in load])
            self.look(adaptive=STRATEGY.next(self.room) or self.room.adaptive)

    @property
    def limit(self) -> int | None:
        return STRATEGY(self.room, self.room.now).limit

    @property
    def state(self) -> dict[str, Any]:
        return self.room.adaptive


@pytest.fixture
def looks(clock: Clock) -> Looks:
    return Looks(clock)


def test_an_app_in_time_may_be_full(looks: Looks) -> None:
    looks.see(30, latency=0.2)
    assert looks.limit == 100
    assert looks.state["reason"] == "at the ceiling"


def test_an_overload_is_cut_after_three_seconds_from_what_is_inside(looks: Looks) -> None:
    looks.look(active=60)
    looks.see(3, latency=1.5)
    assert looks.limit == 100
    looks.see(1, latency=1.5)
    assert looks.limit == 51
    assert looks.state["reason"] in ("overload", "draining")


def test_one_overload_is_cut_once_until_those_inside_have_left(looks: Looks) -> None:
    looks.see(60, latency=2.0)
    assert looks.state["cuts"] == 1
    looks.look(active=looks.limit or 0)
    looks.see(10, latency=2.0)
    assert looks.state["cuts"] == 2


def test_the_limit_recovers_with_the_app_though_those_inside_stay(looks: Looks) -> None:
    looks.look(active=80)
    looks.see(25, latency=2.0)
    assert looks.limit == 68
    assert looks.state["reason"] == "draining"
    looks.see(40, latency=0.1)
    assert (looks.limit or 0) > 68
    looks.see(300, latency=0.1)
    assert (looks.limit or 0) > 80, "more may enter"


@fault(
    "The app gets slow (`Adaptive`)",
    inside="Stay inside.",
    line="Are not called until enough have left: the limit is lowered.",
)
def test_nobody_enters_a_slow_app_while_those_inside_stay(looks: Looks) -> None:
    looks.see(25, latency=2.0)
    looks.see(300, latency=0.6)
    assert looks.limit == 85
    assert looks.state["reason"] == "draining"


def test_the_limit_never_falls_below_the_floor(looks: Looks) -> None:
    for _ in range(60):
        looks.see(11, latency=9.0)
        looks.look(active=looks.limit or 0)
    assert looks.limit == 5


def test_one_error_in_twenty_counts_like_a_latency_at_the_target(looks: Looks) -> None:
    looks.see(5, latency=0.1, errors=5)
    assert looks.state["signal"] == 1


def test_too_few_requests_freeze_the_limit(looks: Looks) -> None:
    looks.see(60, latency=9.0, arrivals=19)
    assert looks.limit == 100
    assert looks.state["reason"] == "few samples"


def test_a_raise_needs_a_room_that_is_full_and_an_app_with_much_time_to_spare(
    looks: Looks,
) -> None:
    looks.see(4, latency=2.0)
    cut = looks.limit
    looks.look(active=10)
    looks.see(120, latency=0.1)
    assert looks.limit == cut
    looks.look(active=cut or 0)
    looks.see(60, latency=0.6)
    assert looks.limit == cut
    looks.see(60, latency=0.1)
    assert (looks.limit or 0) > (cut or 0)


def test_a_small_room_is_full_when_all_the_slots_in_force_are_taken(looks: Looks) -> None:
    looks.see(4, latency=2.0)
    looks.look(active=10)
    looks.see(60, latency=2.0)
    for _ in range(30):
        looks.look(active=looks.limit or 0)
        looks.see(10, latency=0.1)
    assert (looks.limit or 0) > 20


def test_a_room_that_is_full_again_after_a_night_goes_on_from_its_last_limit(looks: Looks) -> None:
    looks.see(4, latency=2.0)
    for _ in range(4):
        looks.look(active=looks.limit or 0)
        looks.see(20, latency=0.1)
    assert STRATEGY.state(looks.room).near_bad_since, "where it was overloaded it is raised slowly"
    evening = looks.limit or 0
    looks.look(now=looks.room.now + 10 * 3600)
    looks.look(active=evening)
    looks.see(20, latency=0.1)
    assert (looks.limit or 0) > evening


def test_no_more_than_half_a_second_is_looked_at_twice(looks: Looks) -> None:
    looks.see(0.5, latency=0.1)
    assert STRATEGY.next(looks.room) is None


def test_without_a_ceiling_the_most_is_that_of_the_room(clock: Clock) -> None:
    room = Looks(clock).room
    for strategy in (Adaptive(1.0), choices.make({"kind": "adaptive", "target": 1})):
        assert strategy(room, room.now) == Inlet(limit=100)
    assert Adaptive(1.0, floor=200)(room, room.now) == Inlet(limit=100)


@pytest.mark.parametrize(
    "given", [{"target": 0}, {"target": 1, "floor": 0}, {"target": 1, "floor": 9, "ceiling": 8}]
)
def test_an_impossible_strategy_is_refused_when_it_is_made(given: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        Adaptive(**given)


def test_what_another_release_left_in_the_store_is_no_failure(
    looks: Looks, caplog: pytest.LogCaptureFixture
) -> None:
    looks.look(adaptive={"limit": 40, "cuts": 3, "weather": "fine"})
    for _ in range(3):
        assert decide([STRATEGY], looks.room, looks.room.now) == Inlet(limit=40)
    assert STRATEGY.state(looks.room).cuts == 3
    looks.look(adaptive={"reason": "an older one knew no limit"})
    assert STRATEGY.state(looks.room).limit == 100
    assert not caplog.records


# What a worker measures.


def test_a_meter_adds_up_what_was_in_flight() -> None:
    meter = Meter(now=0.0)
    one = meter.begin(1.0)
    other = meter.begin(2.0)
    meter.end(one, 3.0, 200)
    meter.end(other, 5.0, 500)
    assert meter.hand_in(6.0) == Load(arrivals=2, finished=2, latency=5.0, errors=1, in_flight=5.0)
    assert meter.hand_in(7.0) == Load()


def test_a_request_is_in_flight_again_once_its_body_has_come() -> None:
    meter = Meter(now=0.0)
    meter.begin(0.0)
    began = meter.begin(0.0)
    meter.pause(1.0)
    meter.resume(11.0)
    meter.end(began + 10, 14.0, 200)
    assert meter.hand_in(14.0) == Load(arrivals=2, finished=1, latency=4.0, in_flight=18.0)


def test_a_request_that_hangs_is_seen_before_it_is_answered() -> None:
    meter = Meter(now=0.0)
    meter.begin(0.0)
    meter.hand_in(1.0)
    assert meter.hand_in(3.5).in_flight == 2.5


def test_a_request_that_began_at_an_earlier_meter_hides_no_later_one() -> None:
    meter = Meter(now=0.0)
    meter.end(0.0, 1.0, 200)
    meter.hand_in(1.0)
    meter.begin(1.0)
    assert meter.hand_in(3.0).in_flight == 2


def test_workers_share_what_they_measure_and_one_state(clock: Clock) -> None:
    settings = RoomSettings(paths=["/"], max_active=100, inlet=[STRATEGY])
    store, views = MemoryStore(clock), [RoomView(settings) for _ in range(2)]

    def refresh(view: RoomView) -> Snapshot:
        (room,) = finish(store.refresh([ask_of(view, clock())]))
        view.take(room, clock())
        return room

    for _ in range(16):
        for view in views:
            refresh(view)
            assert view.meter is not None
            for _ in range(3):
                view.meter.end(view.meter.begin(clock()), clock() + 2.0, 200)
        clock.pass_by(0.5)
    room = refresh(views[0])
    assert room.load[1] >= 50, "the sums of both"
    assert room.adaptive["cuts"] == 1
    assert refresh(views[1]).adaptive["cuts"] == 1


# Chosen by an operator.


def test_an_operator_may_choose_it_while_the_room_runs(clock: Clock) -> None:
    chosen = choices.check({"kind": "adaptive", "target": 0.5, "ceiling": 50})
    assert choices.build(chosen) == Adaptive(0.5, 1, 50)
    view, store = RoomView(RoomSettings(paths=["/"])), MemoryStore(clock)
    view.take(finish(store.refresh([ask_of(view, clock())]))[0], clock())
    finish(store.change("main", {"inlet": chosen}))
    view.take(finish(store.refresh([ask_of(view, clock())]))[0], clock())
    inlet = ask_of(view, clock()).inlet
    assert inlet is not None
    assert inlet.limit == 50
    assert view.meter is not None


@pytest.mark.parametrize(
    "later", [{"kind": "weekly"}, {"kind": "weekly", "days": [1, 2]}, {"kind": "manual", "by": {}}]
)
def test_a_strategy_that_only_a_later_release_knows_is_none_here(later: object) -> None:
    assert choices.build(later) is None
