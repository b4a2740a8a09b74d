"""How often the workers ask the store, whatever the crowd: simulated, and counted there."""

from collections import Counter
from typing import Any

import pytest

from tests.support.cases import rare
from vwr_middleware.line.messages import Turn
from vwr_middleware.settings import RoomSettings
from vwr_middleware.simulate import Crowd, Result, Scenario, simulate
from vwr_middleware.simulate.agenda import Agenda
from vwr_middleware.simulate.arrivals import burst
from vwr_middleware.stores.memory.store import MemoryStore

pytestmark = pytest.mark.long


class CountingStore(MemoryStore):
    """Knows of each called visitor whether it came for the first time."""

    def __init__(self, clock: Agenda) -> None:
        super().__init__(clock)
        self.came: Counter[int] = Counter()
        self.sent_away: Counter[int] = Counter()  # not counting the first time

    async def knock(self, *args: Any, **kwargs: Any) -> Turn:
        return self._count(await super().knock(*args, **kwargs))

    async def claim(self, *args: Any, **kwargs: Any) -> Turn:
        return self._count(await super().claim(*args, **kwargs))

    def _count(self, turn: Turn) -> Turn:
        if turn.verdict == "next" and self.came[turn.position]:
            self.sent_away[turn.position] += 1
        self.came[turn.position] += 1
        return turn


def run(workers: int, visit: float, lasts: float) -> tuple[Result, CountingStore]:
    room = RoomSettings(paths=["/"], max_active=150, mode="queue")
    crowd = Crowd(
        arrivals=burst(3000, 30), visit=visit, absent=0.3, sleepers=0.2, no_script=0.05, hidden=0.05
    )
    stores = []

    def make(agenda: Agenda) -> CountingStore:
        stores.append(CountingStore(agenda))
        return stores[0]

    scenario = Scenario(room=room, crowd=crowd, workers=workers, until=lasts)
    return simulate(scenario, make_store=make), stores[0]


@pytest.mark.parametrize(("workers", "visit"), [(4, 10), rare(1, 120), rare(1, 10), rare(4, 120)])
def test_four_steps_a_second_and_worker_besides_what_each_visitor_needs(
    workers: int, visit: float
) -> None:
    result, store = run(workers, visit, lasts=90)
    steps = result.calls["refresh"] + store.sent_away.total()
    assert steps / result.lasted / workers <= 4
    # What each needs: one to join, one when it comes, two to enter, and those of the session.
    entered = len(result.entries)
    assert store.came.total() - store.sent_away.total() <= 3.2 * entered
    assert store.sent_away.total() <= 0.5 * entered
