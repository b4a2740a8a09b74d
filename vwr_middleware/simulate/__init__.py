"""What settings would do on a given day: the real room, with simulated visitors and time.

command.py is `vwr simulate`. It makes a scenario (scenario.py; arrivals.py says when people come,
shapes.py has twenty shapes of a day), which run.py plays by a clock of its own, agenda.py:
    visitor.py  one simulated visitor
    pages.py    what all of them do outside, by requests
    inside.py   what they do inside, also where the app is simulated too
    stock.py    what they buy of what is left, and how true the odds were that they were told
    lanes.py    which lane they belong to, and what each lane got
    workers.py  the room itself, as real workers over a real store; and what all of these share

observer.py knows where everybody really is, and judges the room. result.py has what came out,
summary.py tells it, chart.py draws it. drawing.py looks at a draw alone.
"""

from vwr_middleware.simulate.result import Result
from vwr_middleware.simulate.run import simulate
from vwr_middleware.simulate.scenario import AppModel, Crowd, Faults, Scenario

__all__ = ["AppModel", "Crowd", "Faults", "Result", "Scenario", "simulate"]
