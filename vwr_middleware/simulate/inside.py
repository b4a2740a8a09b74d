"""What a visitor does inside: bring the token back, keep the session alive, click through a model
of the app, end the session.
"""

from collections import deque
from collections.abc import Callable
from random import Random
from typing import Any

from vwr_middleware.blocking import finish
from vwr_middleware.errors import StoreUnavailable
from vwr_middleware.line.messages import Ending, Turn
from vwr_middleware.line.session_ids import session_id
from vwr_middleware.simulate.agenda import Agenda
from vwr_middleware.simulate.scenario import AppModel
from vwr_middleware.simulate.visitor import Visitor
from vwr_middleware.simulate.workers import World
from vwr_middleware.worker.app_load import Meter

# A model of an app: some servers, each with one request at a time, first come first served.


#: Told when a request has been answered.
Answered = Callable[[Any], None]


class App:
    """Requests wait in one line for a free server; `servers` may change while it runs."""

    def __init__(self, agenda: Agenda, random: Random, servers: int, service: float) -> None:
        self._agenda, self._random = agenda, random
        self.servers, self.service = servers, service  # mean seconds of work per request
        self._busy = 0
        self._line: deque[tuple[float, Answered, Any]] = deque()
        self.latencies: list[tuple[float, float]] = []  # when it was answered, after how long

    def set_servers(self, servers: int) -> None:
        """Some servers fail, or come back. Requests that they serve already are finished."""
        self.servers = servers
        self._serve()

    def request(self, answered: Answered, what: Any) -> None:
        """One more request."""
        self._line.append((self._agenda.now, answered, what))
        self._serve()

    def _serve(self) -> None:
        while self._line and self._busy < self.servers:
            self._busy += 1
            asked = self._line.popleft()
            self._agenda.after(self._random.expovariate(1 / self.service), self._done, asked)

    def _done(self, asked: tuple[float, Answered, Any]) -> None:
        began, answered, what = asked
        self._busy -= 1
        self.latencies.append((self._agenda.passed, self._agenda.now - began))
        answered(what)
        self._serve()


# What visitors do inside where the app itself is simulated: page after page, as fast as it is.


class Browsing:
    """The clicks of all who are inside, through the workers to one app. `on_end` hears of each who
    has seen all pages."""

    def __init__(self, world: World, model: AppModel, on_end: Callable[[Visitor], None]) -> None:
        self._model, self._on_end = model, on_end
        self._agenda, self._random, self._workers = world.agenda, world.random, world.workers
        random = Random(world.scenario.seed + 4)
        self.app = App(self._agenda, random, model.servers, model.service)
        for at, servers in model.changes:
            self._agenda.at(at, self.app.set_servers, servers)

    def begin(self, visitor: Visitor) -> None:
        """Somebody came in, and asks for the first page."""
        visitor.pages = self._model.pages
        self._click(visitor)

    def _click(self, visitor: Visitor) -> None:
        worker = self._workers.any()
        if worker is None:
            self._agenda.after(_RETRY, self._click, visitor)
            return
        worker.store_access.keep_fresh(worker.view)
        meter = worker.view.meter
        began = meter.begin(self._agenda.now) if meter else 0.0
        self.app.request(self._answered, (visitor, meter, began))

    def _answered(self, asked: Any) -> None:
        visitor, meter, began = asked
        if isinstance(meter, Meter):
            meter.end(began, self._agenda.now, 200)
        visitor.pages -= 1
        if visitor.pages > 0:
            think = self._random.expovariate(1 / self._model.think)
            self._agenda.after(think, self._click, visitor)
        else:
            self._on_end(visitor)


# What a visitor does inside: bring the token back, keep the session alive, end it.


_RETRY = 2.0


class Sessions:
    """The sessions of all visitors, as events of one simulation."""

    def __init__(self, world: World) -> None:
        self._agenda, self._random = world.agenda, world.random
        self._workers, self._observer = world.workers, world.observer
        self._room, app, self._stock = world.scenario.room, world.scenario.app, world.stock
        self._visits_change = world.scenario.crowd.visits_change
        self.browsing = Browsing(world, app, self.end) if app else None

    def begin(self, visitor: Visitor, turn: Turn) -> None:
        """A claim was granted: the browser is on its way in."""
        visitor.where, visitor.expires_at = "inside", turn.expires_at
        session = session_id(turn.generation, turn.position)
        self._observer.let_in(visitor, session, self._slot_until(turn), self._agenda.now)
        if visitor.is_bot:
            self._observer.left(visitor)
            return
        way = 0.15 + self._random.expovariate(1 / 0.3)
        self._agenda.after(way, self._confirm, visitor)
        if self.browsing is not None:
            self._agenda.after(way, self.browsing.begin, visitor)
        else:
            stays = self._stock.visit_begins(visitor) if self._stock else visitor.visit
            self._agenda.after(way + stays * self._longer(), self.end, visitor)

    def _longer(self) -> float:
        """How many times as long as usual a visit lasts that begins now."""
        longer = 1.0
        for at, times in self._visits_change:
            longer = times if at <= self._agenda.passed else longer
        return longer

    def _slot_until(self, turn: Turn) -> float:
        return turn.expires_at + (0.0 if turn.unconfirmed else self._room.session_grace)

    def _confirm(self, visitor: Visitor) -> None:
        """A request brings the token back, and gets a fresh one."""
        if visitor.where != "inside":
            return
        worker = self._workers.any()
        session = session_id(visitor.generation, visitor.position)
        try:
            if worker is None:
                raise StoreUnavailable("the worker is down")
            finish(worker.store_access.fresh(worker.view))
            turn = finish(worker.store_access.renew(worker.view, session))
        except StoreUnavailable:
            self._agenda.after(_RETRY, self._confirm, visitor)
            return
        if turn.verdict != "entered":
            self._observer.ended(session, self._agenda.now)
            self._observer.left(visitor)
            return
        visitor.expires_at = turn.expires_at
        self._observer.runs_until(session, self._slot_until(turn))
        if self._room.renew:
            half = (visitor.expires_at - self._agenda.now) / 2
            self._agenda.after(half + self._random.expovariate(1 / 5), self._confirm, visitor)

    def end(self, visitor: Visitor) -> None:
        """The visit is over. The app says so, or the visitor leaves without a word."""
        if visitor.where != "inside":
            return
        worker = self._workers.any()
        if worker is None:
            self._agenda.after(_RETRY, self.end, visitor)
            return
        self._observer.left(visitor)
        has_bought = self._stock is None or self._stock.visit_ends(visitor)
        if visitor.is_silent and not (self._stock and has_bought):
            return
        session = session_id(visitor.generation, visitor.position)
        how: Ending = "completed" if has_bought else "abandoned"
        worker.store_access.endings.mark(worker.view, session, how)
        finish(worker.store_access.endings.tell(worker.view))
