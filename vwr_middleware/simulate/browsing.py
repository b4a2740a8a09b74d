"""What visitors do inside where the app itself is simulated: page after page, as fast as it is."""

from random import Random
from typing import TYPE_CHECKING, Any

from vwr_middleware.simulate.app import App
from vwr_middleware.simulate.scenario import AppModel
from vwr_middleware.simulate.visitor import Visitor
from vwr_middleware.worker.load import Meter

if TYPE_CHECKING:
    from vwr_middleware.simulate.run import Simulation

_RETRY = 2.0


class Browsing:
    """The clicks of all who are inside, through the workers to one app."""

    def __init__(self, simulation: "Simulation", model: AppModel) -> None:
        self._simulation, self._model = simulation, model
        self._agenda, self._random = simulation.agenda, simulation.random
        random = Random(simulation.scenario.seed + 4)
        self.app = App(self._agenda, random, model.servers, model.service)
        for at, servers in model.changes:
            self._agenda.at(at, self.app.set_servers, servers)

    def begin(self, visitor: Visitor) -> None:
        """Somebody came in, and asks for the first page."""
        visitor.pages = self._model.pages
        self._click(visitor)

    def _click(self, visitor: Visitor) -> None:
        worker = self._simulation.workers.any()
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
            self._simulation.stays.end(visitor)
