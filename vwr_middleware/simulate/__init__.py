"""What settings would do on a given day: the real room, with simulated visitors and time."""

from vwr_middleware.simulate.result import Result
from vwr_middleware.simulate.run import simulate
from vwr_middleware.simulate.scenario import AppModel, Crowd, Faults, Scenario

__all__ = ["AppModel", "Crowd", "Faults", "Result", "Scenario", "simulate"]
