"""A store whose clock somebody sets: nobody loses a place or a session by it."""

from pathlib import Path

import pytest

from tests.support.clock import Clock
from tests.support.house import House, Visitor, inside, make_house, waiting
from tests.support.our_log import our_log
from vwr_middleware.stores.memory.store import MemoryStore
from vwr_middleware.stores.sqlite.store import SqliteStore


def pass_by(seconds: float, house: House, host: Clock) -> None:
    """Let time pass on both clocks, while the worker goes on refreshing."""
    for _ in range(round(seconds / 0.5)):
        host.pass_by(0.5)
        house.pass_by(0.5)


def comes_in(visitor: Visitor, host: Clock) -> bool:
    """Whether somebody who polls is called and let in."""
    for _ in range(4):
        visitor.get("/vwr/main/position?door=1")
        pass_by(1, visitor.house, host)
    return visitor.open().has_passed


@pytest.mark.parametrize("leap", [30, 600, 3600, 86_400, -600, -86_400])
def test_a_clock_that_is_set_ends_no_session_and_loses_no_place(clock: Clock, leap: float) -> None:
    host = Clock()
    house = make_house(clock, store=MemoryStore(host), monotonic=clock, max_active=1, renew=False)
    visitor, second = inside(house), waiting(house)
    host.pass_by(leap)
    for _ in range(8):
        pass_by(60, house, host)
        assert visitor.open().has_passed
        told = second.get("/vwr/main/position?door=1").json
        assert (told["position"], told["may_enter"]) == (2, False)
    pass_by(200, house, host)
    assert comes_in(second, host), "a session lasts no longer by it either"


def test_a_clock_that_is_put_right_later_ends_no_session_either(clock: Clock) -> None:
    host = Clock()
    house = make_house(clock, store=MemoryStore(host), monotonic=clock, max_active=1, renew=False)
    visitor, second = inside(house), waiting(house)
    for leap in (3600, -3600, -600, 600):
        host.pass_by(leap)
        pass_by(60, house, host)
        assert visitor.open().has_passed
        assert second.open().status == 202
    pass_by(430, house, host)
    assert comes_in(second, host), "a session lasts no longer by it either"


def test_workers_whose_clocks_differ_share_a_file_and_say_so_once(
    tmp_path: Path, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """As in two containers, one of which has the wrong time: nobody is let in beyond the limit."""
    fast = Clock(clock.now + 1200)
    stores = [SqliteStore(tmp_path / "vwr.sqlite3", host) for host in (clock, fast)]
    one, other = (make_house(clock, store=store, max_active=2, renew=False) for store in stores)
    for house in (one, other):
        house.visitor().get("/vwr/main/status")
    visitors = [inside(one), inside(other)]
    late = [waiting(one), waiting(other)]
    for _ in range(100):
        fast.pass_by(1)
        one.pass_by(0.5)
        other.pass_by(0.5)
        for each in late:
            each.get("/vwr/main/position?door=1")
    assert [visitor.open().has_passed for visitor in visitors] == [True, True]
    assert [each.open().status for each in late] == [202, 202]
    assert len(our_log(caplog)) == 2, "each worker says it once"
    assert all("the clocks" in told and "NTP" in told for told in our_log(caplog))
