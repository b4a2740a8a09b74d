"""A store's clock that leaps: nobody loses a place by it."""

import pytest

from tests.support.clock import Clock
from tests.support.house import inside, make_house, waiting
from vwr_middleware.stores.memory.store import MemoryStore


def test_a_clock_that_is_set_back_takes_nothing_back(clock: Clock) -> None:
    host = Clock()
    house = make_house(clock, store=MemoryStore(host), monotonic=clock, max_active=1)
    visitor, second = inside(house), waiting(house)
    view = house.site.desk.views["main"]
    before, times = second.get("/vwr/main/position").json, list[float]()
    host.pass_by(-86_400)
    for _ in range(6):
        clock.pass_by(0.5)
        host.pass_by(0.5)
        now = second.get("/vwr/main/position").json
        times.append(view.snapshot.now if view.snapshot else 0.0)
        assert (now["serving"], now["position"]) == (before["serving"], 2)
        assert visitor.get().has_passed
    assert times == sorted(times)
    clock.pass_by(2)
    host.pass_by(2)
    told = second.get("/vwr/main/position").json["server_time"]
    assert told == pytest.approx(host(), abs=1), "what people read is what the clock shows"
    host.pass_by(86_400 + 30)
    clock.pass_by(30)
    assert visitor.get().has_passed
    assert second.open().status == 202


def test_a_clock_that_leaps_ahead_ends_sessions_and_loses_no_place(clock: Clock) -> None:
    host = Clock()
    house = make_house(clock, store=MemoryStore(host), monotonic=clock, max_active=1)
    visitor, second = inside(house), waiting(house)
    host.pass_by(86_400)
    for _ in range(8):
        clock.pass_by(0.5)
        host.pass_by(0.5)
        told = second.get("/vwr/main/position?door=1").json
    assert told["position"] == 2
    assert told["may_enter"]
    assert second.open().has_passed
    assert visitor.open().status == 202
