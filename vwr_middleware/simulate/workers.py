"""The workers: each a real way to the store over the one store, which may crash, and lose or
repeat things.
"""

from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from vwr_middleware.errors import StoreUnavailable
from vwr_middleware.events import Hooks
from vwr_middleware.gate.turns import Turns
from vwr_middleware.line.messages import Ask, Snapshot
from vwr_middleware.simulate.agenda import Agenda
from vwr_middleware.simulate.observer import Observer
from vwr_middleware.simulate.scenario import Faults, Scenario
from vwr_middleware.simulate.stock import SimulatedStock
from vwr_middleware.stores import Store
from vwr_middleware.worker.stock_asking import StockAsking
from vwr_middleware.worker.store_access import StoreAccess

#: Hears of each reading of the room.
OnRead = Callable[[Snapshot], None]
#: Hears of each session that was ended in the store.
OnEnd = Callable[[str], None]


class Wire:
    """One worker's way to the store. It counts the calls, and can let them fail."""

    def __init__(
        self,
        store: Store,
        agenda: Agenda,
        faults: Faults,
        random: Random,
        calls: Counter[str],
        on_read: OnRead,
        on_end: OnEnd,
    ) -> None:
        self._store, self._agenda, self._faults = store, agenda, faults
        self._random, self._calls = random, calls
        self._on_read, self._on_end = on_read, on_end
        self._late: deque[list[Snapshot]] = deque()

    @property
    def blocking(self) -> bool:
        """As the store is."""
        return self._store.blocking

    @property
    def patience(self) -> float:
        """As the store's."""
        return self._store.patience

    def __getattr__(self, name: str) -> Any:
        """Any step but the refresh, which is below."""
        step = getattr(self._store, name)

        async def reached(*args: Any, **kwargs: Any) -> Any:
            self._reach(name)
            return await step(*args, **kwargs)

        self.__dict__[name] = reached
        return reached

    async def end(self, room_name: str, session: str, *args: Any, **kwargs: Any) -> bool:
        """The end of a session: from now on its slot is free."""
        self._reach("end")
        was_running: bool = await self._store.end(room_name, session, *args, **kwargs)
        self._on_end(session)
        return was_running

    async def refresh(self, asks: Sequence[Ask]) -> list[Snapshot]:
        """A refresh: perhaps without its batch, or twice, or answered with an old snapshot."""
        self._reach("refresh")
        faults, random = self._faults, self._random
        if faults.lost_batches and random.random() < faults.lost_batches:
            asks = [_without_batch(ask) for ask in asks]
        rooms = await self._store.refresh(asks)
        if faults.doubled_batches and random.random() < faults.doubled_batches:
            rooms = await self._store.refresh(asks)
        self._on_read(rooms[0])
        if not faults.stale_by:
            return rooms
        self._late.append(rooms)
        return self._late.popleft() if len(self._late) > faults.stale_by else self._late[0]

    def _reach(self, name: str) -> None:
        self._calls[name] += 1
        passed = self._agenda.passed
        if any(begin <= passed < end for begin, end in self._faults.outages):
            raise StoreUnavailable("simulated")


def _at_once(work: Callable[[], None]) -> Callable[[], bool]:
    """Does what a worker would do in a thread, in no time."""
    work()
    return lambda: False


def _without_batch(ask: Ask) -> Ask:
    return Ask(
        ask.room_name, ask.config, ask.starting, ask.seen, ask.inlet, ended_after=ask.ended_after
    )


class Worker:
    """One worker process."""

    def __init__(self, make: Callable[[], StoreAccess]) -> None:
        self._make = make
        self.is_up = True
        self.begin()

    def begin(self) -> None:
        """A fresh process: what the old one knew is gone."""
        self.store_access = self._make()
        (self.view,) = self.store_access.views.values()
        self.turns = Turns(self.store_access, self.view)


class Workers:
    """All workers; a request goes to any of them."""

    def __init__(
        self,
        scenario: Scenario,
        store: Store,
        agenda: Agenda,
        random: Random,
        on_read: OnRead,
        on_end: OnEnd,
        stock: SimulatedStock | None = None,
    ) -> None:
        self.calls: Counter[str] = Counter()
        self.crashes = 0
        self._agenda, self._random, self._faults = agenda, random, scenario.faults
        wires = Random(scenario.seed + 1)

        def make() -> StoreAccess:
            wire = Wire(store, agenda, scenario.faults, wires, self.calls, on_read, on_end)
            access = StoreAccess(wire, [scenario.room], Hooks(None), agenda, agenda)
            if stock is not None:
                (view,) = access.views.values()
                view.stock_asking = StockAsking(
                    view.name,
                    lambda: stock.left,
                    agenda,
                    lambda: access.now(view),
                    run=_at_once,
                )
            return access

        self.all = [Worker(make) for _ in range(scenario.workers)]
        if scenario.faults.crash_every:
            for worker in self.all:
                self._plan_crash(worker)

    def any(self) -> Worker | None:
        """The worker that a request meets; None: it was down."""
        worker = self.all[int(self._random.random() * len(self.all))]
        return worker if worker.is_up else None

    def _plan_crash(self, worker: Worker) -> None:
        mean = self._faults.crash_every or 0.0
        self._agenda.after(self._random.expovariate(1 / mean), self._crash, worker)

    def _crash(self, worker: Worker) -> None:
        self.crashes += 1
        worker.is_up = False
        worker.begin()
        self._agenda.after(self._faults.down_for, self._come_back, worker)

    def _come_back(self, worker: Worker) -> None:
        worker.is_up = True
        self._plan_crash(worker)


# What all parts of a simulation share.


@dataclass(frozen=True, slots=True)
class World:
    """The scenario, its clock and its chance, the workers of its room, and who watches."""

    scenario: Scenario
    agenda: Agenda
    random: Random
    workers: Workers
    observer: Observer
    stock: SimulatedStock | None = None
