"""What visitors have met, on its way from where they are to whoever judges.

Everything in it is plain numbers and texts, since it goes from one process to another.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

#: How a visit went. The last two: the test was over.
Outcome = Literal[
    "completed", "left inside", "closed inside",  # were inside
    "absent", "gave up", "turned away", "lost the place", "sent elsewhere", "no answer",
    "an error page", "put out", "was in line at the end", "was inside at the end",
]  # fmt: skip


@dataclass(slots=True)
class Visit:
    """One visitor's way. Times are the clock's, in seconds; 0: it did not come to that."""

    kind: str
    arrived: float
    outcome: str = ""
    why: str = ""
    generation: int = 0
    position: int = 0
    joined: float = 0.0  # in line
    entered: float = 0.0
    left: float = 0.0  # was surely inside until then
    gone: float = 0.0
    polls: int = 0


@dataclass(slots=True)
class DoorAnswer:
    """What somebody who is called was told: to come in, or to wait on for some seconds."""

    generation: int
    position: int
    asked: float
    told: float  # when
    waits: float  # seconds; below 0: comes in; infinite: has gone


@dataclass(slots=True)
class Journal:
    """What has been met and not yet been told."""

    visits: list[Visit] = field(default_factory=list)
    door: list[DoorAnswer] = field(default_factory=list)
    begun: int = 0

    def take(self) -> dict[str, Any]:
        """All of it, as plain values; afterwards it is empty."""
        told = {
            "begun": self.begun,
            "visits": [list(asdict(visit).values()) for visit in self.visits],
            "door": [list(asdict(each).values()) for each in self.door],
        }
        self.visits, self.door, self.begun = [], [], 0
        return told

    def add(self, told: dict[str, Any]) -> None:
        """What another process has taken out of its own."""
        self.begun += told["begun"]
        self.visits.extend(Visit(*row) for row in told["visits"])
        self.door.extend(DoorAnswer(*row) for row in told["door"])


def counted(visits: Iterable[Visit]) -> dict[str, int]:
    """How many visits went how, the most first."""
    found: dict[str, int] = {}
    for visit in visits:
        found[visit.outcome] = found.get(visit.outcome, 0) + 1
    return dict(sorted(found.items(), key=lambda pair: -pair[1]))
