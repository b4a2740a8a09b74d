"""A store's clock that leaps ahead: nobody loses a place by it."""

from tests.support.clock import Clock
from tests.support.house import inside, make_house, waiting
from vwr_middleware.stores.memory.store import MemoryStore


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
