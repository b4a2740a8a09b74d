"""One simulated day on every store: the same figures as in memory, entry by entry."""

from functools import cache

import pytest

from tests.support.cases import cases
from vwr_middleware.settings import RoomSettings
from vwr_middleware.simulate import Crowd, Faults, Result, Scenario, simulate
from vwr_middleware.simulate.agenda import Agenda
from vwr_middleware.simulate.arrivals import burst
from vwr_middleware.stores import Store
from vwr_middleware.stores.opening import open_store

pytestmark = pytest.mark.long

SCENARIOS = {
    "half of them gone": Scenario(
        room=RoomSettings(paths=["/"], max_active=20),
        crowd=Crowd(arrivals=burst(240), visit=30, absent=0.5, sleepers=0.2, no_script=0.05),
        workers=2,
        until=200,
    ),
    "paced, with faults": Scenario(
        room=RoomSettings(paths=["/"], max_active=50, per_minute=120),
        crowd=Crowd(arrivals=burst(200), visit=20, absent=0.2, hidden=0.1),
        faults=Faults(crash_every=60, lost=0.1, doubled=0.1, doubled_batches=0.1),
        until=120,
    ),
    "opened by the clock": Scenario(
        room=RoomSettings(paths=["/"], max_active=20, opens_at=Scenario.starts_at + 60),
        crowd=Crowd(arrivals=burst(240), visit=30, absent=0.5, sleepers=0.2, no_script=0.05),
        workers=2,
        until=200,
    ),
}


@cache
def in_memory(name: str) -> Result:
    return simulate(SCENARIOS[name])


@pytest.mark.parametrize("name", cases(SCENARIOS, usual=["paced, with faults"]))
def test_every_store_lets_in_the_same_people_at_the_same_moments(
    shared_url: str, name: str
) -> None:
    def make(agenda: Agenda) -> Store:
        return open_store(shared_url, clock=agenda)

    scenario, expected = SCENARIOS[name], in_memory(name)
    result = simulate(scenario, make_store=make)
    assert result.overshoot == result.violations == 0
    assert result.positions == list(range(1, len(result.positions) + 1))
    assert result.used() >= (0.9 if scenario.room.per_minute is None else 0)
    assert [entry.position for entry in result.entries] == [e.position for e in expected.entries]
    assert [entry.at for entry in result.entries] == pytest.approx(
        [entry.at for entry in expected.entries], abs=0.01
    )
