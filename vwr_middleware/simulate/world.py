"""What all parts of a simulation share."""

from dataclasses import dataclass
from random import Random

from vwr_middleware.simulate.agenda import Agenda
from vwr_middleware.simulate.observer import Observer
from vwr_middleware.simulate.scenario import Scenario
from vwr_middleware.simulate.workers import Workers


@dataclass(frozen=True, slots=True)
class World:
    """The scenario, its clock and its chance, the workers of its room, and who watches."""

    scenario: Scenario
    agenda: Agenda
    random: Random
    workers: Workers
    observer: Observer
