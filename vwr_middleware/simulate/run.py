"""The simulation: visitors at their pages, the app behind the room, and the room itself."""

from collections.abc import Callable
from heapq import heappop, heappush
from random import Random

from vwr_middleware.blocking import finish
from vwr_middleware.errors import RoomLost, StoreUnavailable
from vwr_middleware.gate import intervals
from vwr_middleware.line.answers import Snapshot
from vwr_middleware.simulate.agenda import Agenda
from vwr_middleware.simulate.browsing import Browsing
from vwr_middleware.simulate.observer import Observer, Sample
from vwr_middleware.simulate.pages import Pages
from vwr_middleware.simulate.result import Result
from vwr_middleware.simulate.scenario import Changes, Scenario
from vwr_middleware.simulate.stay import Stays
from vwr_middleware.simulate.visitor import Visitor, at_random
from vwr_middleware.simulate.workers import Workers
from vwr_middleware.stores import Store
from vwr_middleware.stores.memory.store import MemoryStore
from vwr_middleware.worker.estimates import wait_range

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
        self.scenario, self.store, self.agenda = scenario, store, agenda
        self.random = Random(scenario.seed)
        self.observer = Observer()
        self.observer.change(scenario.room.store_config(), agenda.now)
        self.workers = Workers(
            scenario, store, agenda, self.random, self._on_read, self.observer.ended
        )
        self.stays = Stays(self)
        self.pages = Pages(self)
        self.browsing = Browsing(self, scenario.app) if scenario.app else None
        self.newest: Snapshot | None = None
        self.gone = self.missed = 0
        self.status_reads = 0.0
        self.far: list[tuple[int, int, Visitor]] = []  # polls the public status
        self._marks: list[tuple[float, int, Visitor, str]] = []  # by serving counter
        self.asked: list[tuple[int, float, int, int]] = []  # position, when, low, high
        self._asking = Random(scenario.seed + 3)
        crowd, drawn = scenario.crowd, Random(scenario.seed + 2)
        self.visitors = [at_random(crowd, i, at, drawn) for i, at in enumerate(crowd.arrivals)]

    def run(self, progress: Progress | None = None) -> Result:
        """From the first arrival until everybody has gone."""
        if self.visitors:
            self.agenda.at(self.visitors[0].arrives, self._arrival, 0)
        for at, changes in self.scenario.changes:
            self.agenda.at(at, self._change, changes)
        self.agenda.after(0, self._look)
        end = self.scenario.until or float("inf")
        at = 0.0
        while at < end and self.gone < len(self.visitors):
            at = min(end, at + STEP * _STEPS_AT_ONCE)
            self.agenda.run(at)
            if progress is not None:
                progress(at, self.gone)
        return Result.of(self)

    def _arrival(self, number: int) -> None:
        """The next one comes. One is planned at a time, to keep the agenda short."""
        if number + 1 < len(self.visitors):
            self.agenda.at(self.visitors[number + 1].arrives, self._arrival, number + 1)
        self.observer.arrived += 1
        self.pages.arrive(self.visitors[number])

    def plan_leaving(self, visitor: Visitor, serving: int) -> None:
        """Absent people and sleepers: at which serving counter they leave or fall asleep."""
        for part, what in ((visitor.leaves_part, "leave"), (visitor.sleeps_part, "sleep")):
            if part >= 0:
                at = serving + part * (visitor.position - serving)
                heappush(self._marks, (at, visitor.number, visitor, what))

    def go_far(self, visitor: Visitor) -> None:
        """From now on this page reads the public status, until the horizon reaches it."""
        heappush(self.far, (visitor.position, visitor.number, visitor))

    def left(self, visitor: Visitor) -> None:
        """Somebody is gone for good."""
        if visitor.where != "gone":
            visitor.where = "gone"
            self.gone += 1

    def _on_read(self, room: Snapshot) -> None:
        """The room was just read: some leave, some fall asleep, some are near now."""
        self.newest = room
        marks = self._marks
        while marks and marks[0][0] <= room.serving:
            _, _, visitor, what = heappop(marks)
            if what == "leave":
                self.pages.close(visitor)
            else:
                self.pages.sleep(visitor)
        edge = intervals.near_edge(room)
        while self.far and self.far[0][0] <= edge:
            position, _, visitor = heappop(self.far)
            if visitor.is_here and visitor.position == position:
                interval = visitor.returns_in
                if visitor.has_script:
                    interval = max(interval, intervals.far(room, position, room.now))
                self.pages.plan(visitor, self.random.random() * interval)

    def _look(self, _: object) -> None:
        now, room, observer = self.agenda.now, self.newest, self.observer
        active = observer.active(now)
        self._keep_going(active)
        observer.samples.append(
            Sample(
                at=self.agenda.passed,
                active=active,
                limit=observer.limit,
                here=observer.here,
                waiting=room.waiting if room else 0,
                arrived=observer.arrived,
                admitted=len(observer.entries),
                adaptive=dict(room.adaptive) if room else {},
            )
        )
        if len(observer.samples) % _ASK_EACH == 0 and room is not None:
            self._ask_about_waits(room)
        if self.gone < len(self.visitors):
            self.agenda.after(STEP, self._look)

    def _ask_about_waits(self, room: Snapshot) -> None:
        """What some who wait are told now, to be compared with what comes."""
        for _ in range(_ASKED_AT_ONCE):
            visitor = self.visitors[int(self._asking.random() * len(self.visitors))]
            if not visitor.is_here or visitor.sleeps_part >= 0 or visitor.position <= room.serving:
                continue
            told = wait_range(room, visitor.position)
            if told is not None:
                self.asked.append((visitor.position, self.agenda.now, *told))

    def _keep_going(self, active: int) -> None:
        """The requests that are not simulated one by one: far polls, and clicks of those inside."""
        room, requests = self.newest, active * STEP / _CLICK_EVERY
        if room is not None and self.far:
            interval = intervals.far(room, (room.serving + room.queue) // 2, room.now)
            reads = len(self.far) * STEP / interval
            self.status_reads += reads
            requests += reads
        for worker in self.workers.all:
            if worker.is_up and self.random.random() < requests / len(self.workers.all):
                worker.desk.keep_fresh(worker.view)

    def _change(self, changes: Changes) -> None:
        name = self.scenario.room.name
        try:
            rules = finish(self.store.change(name, changes, who="simulation"))
        except (StoreUnavailable, RoomLost):  # the first who comes makes the room
            self.agenda.after(1.0, lambda _: self._change(changes))
            return
        self.observer.change(rules, self.agenda.now)


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
