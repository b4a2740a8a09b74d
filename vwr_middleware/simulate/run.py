"""The simulation: visitors at their pages, the app behind the room, and the room itself."""

from collections.abc import Callable
from random import Random

from vwr_middleware.blocking import finish
from vwr_middleware.errors import RoomLost, StoreUnavailable
from vwr_middleware.gate import intervals
from vwr_middleware.line.messages import Snapshot
from vwr_middleware.simulate.agenda import Agenda
from vwr_middleware.simulate.inside import Sessions
from vwr_middleware.simulate.lanes import results
from vwr_middleware.simulate.observer import Observer, Sample
from vwr_middleware.simulate.pages import Pages
from vwr_middleware.simulate.result import Result
from vwr_middleware.simulate.scenario import Changes, Scenario
from vwr_middleware.simulate.stock import SimulatedStock
from vwr_middleware.simulate.visitor import at_random
from vwr_middleware.simulate.workers import Workers, World
from vwr_middleware.stores import Store
from vwr_middleware.stores.memory.store import MemoryStore
from vwr_middleware.worker.current_room import CurrentRoom
from vwr_middleware.worker.stock_buyers import with_row
from vwr_middleware.worker.stock_odds import odds_of
from vwr_middleware.worker.wait_ranges import wait_range

STEP = 0.5  # seconds between two looks at the whole
_CLICK_EVERY = 10.0  # seconds between two requests of a visitor inside
_STEPS_AT_ONCE = 200
_ASK_EACH = 20  # looks between two samples of what people are told
_ASKED_AT_ONCE = 20

#: Told now and then: seconds simulated so far, and visitors done with.
Progress = Callable[[float, int], None]


class Simulation:
    """One scenario on one store. The store's clock must be the agenda."""

    def __init__(self, scenario: Scenario, store: Store, agenda: Agenda) -> None:
        self._scenario, self._store, self._agenda = scenario, store, agenda
        self._random, self._observer = Random(scenario.seed), Observer()
        self._observer.change(scenario.room.store_config(), agenda.now)
        model = scenario.stock
        self._stock = SimulatedStock(model, Random(scenario.seed + 5)) if model else None
        ended = self._on_end
        self._workers = Workers(
            scenario, store, agenda, self._random, self._on_read, ended, self._stock
        )
        world = World(scenario, agenda, self._random, self._workers, self._observer, self._stock)
        self._sessions = Sessions(world)
        self._pages = Pages(world, self._sessions)
        self._newest: CurrentRoom | None = None
        self._status_reads = 0.0
        self._asked: list[tuple[int, float, int, int]] = []  # position, when, low, high
        self._asking = Random(scenario.seed + 3)
        crowd, drawn = scenario.crowd, Random(scenario.seed + 2)
        self._visitors = [at_random(crowd, i, at, drawn) for i, at in enumerate(crowd.arrivals)]

    def run(self, progress: Progress | None = None) -> Result:
        """From the first arrival until everybody has gone."""
        if self._visitors:
            self._agenda.at(self._visitors[0].arrives, self._arrival, 0)
        for at, changes in self._scenario.changes:
            self._agenda.at(at, self._change, changes)
        for at, units in self._scenario.stock.changes if self._scenario.stock else ():
            self._agenda.at(at, self._deliver, units)
        self._agenda.after(0, self._look)
        end = self._scenario.until or float("inf")
        at = 0.0
        while at < end and self._observer.gone < len(self._visitors):
            at = min(end, at + STEP * _STEPS_AT_ONCE)
            self._agenda.run(at)
            if progress is not None:
                progress(at, self._observer.gone)
        return self._result()

    def _result(self) -> Result:
        observer, room, browsing = self._observer, self._newest, self._sessions.browsing
        shares = self._scenario.room.all_lanes
        return Result(
            samples=observer.samples,
            entries=observer.entries,
            positions=observer.positions,
            overshoot=observer.overshoot,
            violations=observer.violations,
            slots_taken=observer.slots_taken,
            freed=observer.freed,
            polls=self._pages.requests.polls,
            status_reads=self._status_reads,
            calls=dict(self._workers.calls),
            crashes=self._workers.crashes,
            missed=observer.missed,
            started=self._agenda.start,
            totals=dict(room.snapshot.totals) if room else {},
            app=browsing.app if browsing else None,
            asked=self._asked,
            stock=self._stock,
            left_the_line={v.position for v in self._visitors if v.gave_up},
            lanes=results(shares, self._visitors, observer.entries, observer.lanes),
        )

    def _deliver(self, units: int) -> None:
        if self._stock is not None:
            self._stock.add(units)

    def _arrival(self, number: int) -> None:
        """The next one comes. One is planned at a time, to keep the agenda short."""
        if number + 1 < len(self._visitors):
            self._agenda.at(self._visitors[number + 1].arrives, self._arrival, number + 1)
        self._observer.arrived += 1
        self._pages.arrive(self._visitors[number])

    def _on_end(self, session: str) -> None:
        self._observer.ended(session, self._agenda.now)

    def _on_read(self, snapshot: Snapshot) -> None:
        sales = self._newest.sales if self._newest else ()
        self._newest = CurrentRoom(snapshot)
        self._newest.sales = with_row(sales, snapshot)
        self._pages.on_read(self._newest)

    def _look(self, _: object) -> None:
        now, room, observer = self._agenda.now, self._newest, self._observer
        active = observer.active(now)
        self._keep_going(active)
        observer.samples.append(
            Sample(
                at=self._agenda.passed,
                active=active,
                limit=observer.limit,
                here=observer.here,
                waiting=room.waiting if room else 0,
                arrived=observer.arrived,
                admitted=len(observer.entries),
                adaptive=dict(room.snapshot.adaptive) if room else {},
            )
        )
        if len(observer.samples) % _ASK_EACH == 0 and room is not None:
            self._ask_about_waits(room)
        if self._observer.gone < len(self._visitors):
            self._agenda.after(STEP, self._look)

    def _ask_about_waits(self, room: CurrentRoom) -> None:
        """What some who wait are told now, to be compared with what comes."""
        for _ in range(_ASKED_AT_ONCE):
            visitor = self._visitors[int(self._asking.random() * len(self._visitors))]
            if (
                not visitor.is_here
                or visitor.sleeps_part is not None
                or visitor.position <= room.serving
            ):
                continue
            odds = odds_of(room, visitor.position)
            if odds is not None and self._stock is not None:
                self._stock.asked.append((visitor.position, odds.tenths))
            told = wait_range(room, visitor.position)
            if told is not None:
                self._asked.append((visitor.position, self._agenda.now, *told))

    def _keep_going(self, active: int) -> None:
        """The requests that are not simulated one by one: far polls, and clicks of those inside."""
        room, requests = self._newest, active * STEP / _CLICK_EVERY
        if room is not None and self._pages.far:
            interval = intervals.far(room, (room.serving + room.queue) // 2, room.now)
            reads = len(self._pages.far) * STEP / interval
            self._status_reads += reads
            requests += reads
        for worker in self._workers.all:
            if worker.is_up and self._random.random() < requests / len(self._workers.all):
                worker.store_access.keep_fresh(worker.view)

    def _change(self, changes: Changes) -> None:
        name = self._scenario.room.name
        try:
            rules = finish(self._store.change(name, changes, who="simulation"))
        except (StoreUnavailable, RoomLost):  # the first who comes makes the room
            self._agenda.after(1.0, lambda _: self._change(changes))
            return
        self._observer.change(rules, self._agenda.now)


def simulate(
    scenario: Scenario,
    progress: Progress | None = None,
    make_store: Callable[[Agenda], Store] = MemoryStore,
) -> Result:
    """Run a scenario, on the memory store unless another is made for the simulated clock."""
    agenda = Agenda(scenario.starts_at)
    store = make_store(agenda)
    try:
        return Simulation(scenario, store, agenda).run(progress)
    finally:
        finish(store.close())
