"""One simulated visitor: who it is, and where it stands."""

from dataclasses import dataclass
from math import log
from random import Random
from typing import Literal

from vwr_middleware.line.messages import Place
from vwr_middleware.simulate.scenario import Crowd

#: outside: not here yet, or gone without a place; line: has a place; inside; gone.
Where = Literal["outside", "line", "inside", "gone"]


@dataclass(slots=True, eq=False)
class Visitor:
    """Somebody at the site, and the browser's page."""

    number: int
    arrives: float
    visit: float
    is_bot: bool = False
    has_script: bool = True
    is_hidden: bool = False
    leaves_part: float | None = None  # closes the tab at this part of the wait; None: stays
    sleeps_part: float | None = None  # the device falls asleep there; None: it does not, any more
    sleeps_for: float = 0.0
    is_silent: bool = False
    lane: str = ""
    patience: float = float("inf")

    where: Where = "outside"
    generation: int = 0
    position: int = 0
    joined: float = 0.0
    gave_up: bool = False  # closed the tab while in line
    asleep: bool = False
    at_door: bool = False
    polls_planned: int = 0  # only the poll that was planned last counts
    #: Admissions so far when this one began to ask as told; None: it does not, or cannot.
    obeys_since: int | None = None
    returns_in: float = 2.0
    unheard: int = 0  # requests in a row
    expires_at: float = 0.0
    wants: int = 0  # units, if something is sold
    pages: int = 0  # still to see, where the app is simulated

    @property
    def is_here(self) -> bool:
        """Whether this one waits with the page open."""
        return self.where == "line" and not self.asleep

    @property
    def can_obey(self) -> bool:
        """Whether the page asks again when it is told to."""
        return self.is_here and self.has_script and not self.is_hidden

    @property
    def place(self) -> Place:
        """The place in line."""
        return Place(self.generation, self.position)


def at_random(crowd: Crowd, number: int, arrives: float, random: Random) -> Visitor:
    """Somebody of the crowd."""
    if number < crowd.bots:
        return Visitor(number, arrives, 0.0, is_bot=True)
    visitor = Visitor(number, arrives, _length(crowd, random))
    fate = random.random()
    if fate < crowd.absent:
        visitor.leaves_part = 0.0
    elif fate < crowd.absent + (1 - crowd.absent) * crowd.gives_up:
        visitor.leaves_part = random.random()
    if random.random() < crowd.sleepers:
        visitor.sleeps_part = random.random()
        visitor.sleeps_for = 60 + random.expovariate(1 / 300)
    kind = random.random()
    visitor.has_script = kind >= crowd.no_script
    visitor.is_hidden = crowd.no_script <= kind < crowd.no_script + crowd.hidden
    visitor.is_silent = random.random() < crowd.silent
    if crowd.patience is not None:
        visitor.patience = random.expovariate(1 / crowd.patience)
    if crowd.in_lanes:
        visitor.lane = _lane(crowd, random.random())
    return visitor


def _lane(crowd: Crowd, at: float) -> str:
    for lane, part in crowd.in_lanes.items():
        at -= part
        if at < 0:
            return lane
    return ""


def _length(crowd: Crowd, random: Random) -> float:
    spread = crowd.visit_spread
    return random.lognormvariate(log(crowd.visit) - spread * spread / 2, spread)
