"""What visitors do inside where the app itself is simulated: page after page, as fast as it is."""

from collections.abc import Callable
from random import Random
from typing import Any

from vwr_middleware.simulate.app import App
from vwr_middleware.simulate.scenario import AppModel
from vwr_middleware.simulate.visitor import Visitor
from vwr_middleware.simulate.world import World
from vwr_middleware.worker.app_load import Meter

_RETRY = 2.0


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
        worker.desk.keep_fresh(worker.view)
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
