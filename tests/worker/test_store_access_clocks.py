"""A store whose clock somebody sets: nobody loses a place or a session by it."""

from pathlib import Path

import pytest

from tests.support.cases import cases
from tests.support.clock import Clock
from tests.support.faults import fault
from tests.support.house import House, Visitor, inside, make_house, waiting
from tests.support.our_log import our_log
from vwr_middleware.blocking import finish
from vwr_middleware.events import Hooks
from vwr_middleware.line.messages import Snapshot
from vwr_middleware.settings import RoomSettings
from vwr_middleware.stores.memory.store import MemoryStore
from vwr_middleware.stores.sqlite.store import SqliteStore
from vwr_middleware.worker.room_view import RoomView
from vwr_middleware.worker.store_access import StoreAccess


def pass_by(seconds: float, house: House, host: Clock) -> None:
    """Let time pass on both clocks, while the worker goes on refreshing."""
    for _ in range(round(seconds / 0.5)):
        host.pass_by(0.5)
        house.pass_by(0.5)


def last_read(house: House) -> Snapshot:
    """The room, as this worker has read it."""
    room = house.site.store_access.views["main"].room
    assert room is not None
    return room.snapshot


def comes_in(visitor: Visitor, host: Clock) -> bool:
    """Whether somebody who polls is called and let in."""
    for _ in range(4):
        visitor.get("/vwr/main/position?door=1")
        pass_by(1, visitor.house, host)
    return visitor.open().has_passed


@fault(
    "The clock is set, by seconds or by a day",
    inside="Go on, and for no longer than without.",
    line="Have the same places.",
    figure="10 minutes ahead or back, a day ahead.",
)
@pytest.mark.parametrize("leap", cases((30, 600, 3600, 86_400, -600, -86_400), (600, 86_400, -600)))
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


@fault(
    "The clocks of two machines differ by minutes",
    inside="Go on.",
    line="Are let in no more than the limit allows.",
    figure="20 minutes; each worker logs it once.",
)
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


def skewed(clock: Clock, fast: Clock, tmp_path: Path) -> list[SqliteStore]:
    """A file, as two containers open it whose clocks differ."""
    return [SqliteStore(tmp_path / "vwr.sqlite3", host) for host in (clock, fast)]


def test_a_worker_that_starts_with_a_wrong_clock_puts_nobody_out(
    tmp_path: Path, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """Twenty are inside when a second container starts, twenty minutes ahead."""
    fast = Clock(clock.now + 1200)
    stores = skewed(clock, fast, tmp_path)
    one = make_house(clock, store=stores[0], max_active=20)
    visitors = [inside(one) for _ in range(20)]
    late = waiting(one)
    clock.pass_by(0.7)
    other = make_house(clock, store=stores[1], max_active=20)
    newcomers = [other.visitor() for _ in range(5)]
    for _ in range(60):
        for newcomer in newcomers:
            assert not newcomer.open().has_passed
        fast.pass_by(1)
        other.pass_by(0.5)
        one.pass_by(0.5)
        late.get("/vwr/main/position?door=1")
        assert last_read(one).active == 20
    for house in (one, other):
        assert all(visitor.at(house).open().has_passed for visitor in visitors)
    assert late.open().status == 202
    told = our_log(caplog, "the clocks")
    assert len(told) == 2, "each worker says it once"
    assert all("are 119" in line or "are 120" in line for line in told), "seconds"


@pytest.mark.parametrize("ask", ["status", "advance"])
def test_a_command_where_the_clock_is_wrong_harms_nobody(
    tmp_path: Path, clock: Clock, ask: str, caplog: pytest.LogCaptureFixture
) -> None:
    fast = Clock(clock.now + 1200)
    stores = skewed(clock, fast, tmp_path)
    one = make_house(clock, store=stores[0], max_active=1, renew=False)
    visitor, late = inside(one), waiting(one)
    shell = StoreAccess(stores[1], (), Hooks(None), fast, fast)
    shell.views["main"] = RoomView(RoomSettings(name="main", paths="/"), only_looks=True)
    snapshot = finish(shell.fresh(shell.views["main"]))
    assert snapshot is not None and snapshot.active == 1
    if ask == "advance":
        finish(stores[1].advance("main", 1))
    for _ in range(10):
        fast.pass_by(1)
        one.pass_by(1)
        assert visitor.open().has_passed
        assert late.open().status == 202
    assert len(our_log(caplog, "the clocks")) == 1


@pytest.mark.parametrize("silence", [600, 3600])
def test_a_room_whose_only_worker_starts_again_goes_on(
    tmp_path: Path, clock: Clock, silence: float
) -> None:
    path = tmp_path / "vwr.sqlite3"
    house = make_house(clock, store=SqliteStore(path, clock), max_active=1, renew=False)
    inside(house)
    clock.pass_by(silence + 100)
    again = make_house(clock, store=SqliteStore(path, clock), max_active=1, renew=False)
    visitor = again.visitor()
    assert visitor.open().status == 202
    again.pass_by(3)
    assert visitor.open().has_passed
    assert last_read(again).now == clock()
