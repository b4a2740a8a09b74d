"""What came out of a simulation."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vwr_middleware.simulate.observer import Entry, Sample

if TYPE_CHECKING:
    from vwr_middleware.simulate.run import Simulation

WARM_UP = 60.0  # seconds after the first arrival that do not count as use of the room


@dataclass(frozen=True, slots=True)
class Result:
    """The figures, and the samples and entries that they come from."""

    samples: list[Sample]
    entries: list[Entry]
    positions: list[int]
    overshoot: int
    violations: int
    overtakings: int
    polls: int
    status_reads: float
    calls: dict[str, int]  # of the store, by step
    crashes: int
    missed: int
    events: int
    started: float
    totals: dict[str, int]

    @classmethod
    def of(cls, simulation: "Simulation") -> "Result":
        """What a simulation that has run shows."""
        observer, room = simulation.observer, simulation.newest
        return cls(
            observer.samples,
            observer.entries,
            observer.positions,
            observer.overshoot,
            observer.violations,
            observer.overtakings,
            simulation.pages.polls,
            simulation.status_reads,
            dict(simulation.workers.calls),
            simulation.workers.crashes,
            simulation.missed,
            simulation.agenda.done,
            simulation.agenda.start,
            dict(room.totals) if room else {},
        )

    @property
    def lasted(self) -> float:
        """Seconds that were simulated."""
        return self.samples[-1].at if self.samples else 0.0

    def used(self, since: float = WARM_UP, until: float = float("inf")) -> float:
        """The part of the slots in use, while enough people waited to fill them all."""
        counted = self._busy(since, until)
        parts = [s.active / s.limit for s in counted if s.limit]
        return sum(parts) / len(parts) if parts else 0.0

    def _busy(self, since: float, until: float) -> list[Sample]:
        first = next((s.at for s in self.samples if s.arrived), 0.0)
        wanted = [s.at for s in self.samples if s.active + s.here >= s.limit]
        last = min(until, wanted[-1]) if wanted else 0.0
        return [s for s in self.samples if first + since <= s.at <= last]

    def waits(self) -> list[float]:
        """How long those waited who came in, in order."""
        return sorted(entry.waited for entry in self.entries)

    def overtaken(self) -> list[int]:
        """By how many each was overtaken who found its turn come, in order."""
        return sorted(entry.overtaken for entry in self.entries)

    def most_above_pace(self, per_second: float) -> float:
        """The most admissions in any span of time, less what the pace makes of that span."""
        most, best = 0.0, float("-inf")
        for count, entry in enumerate(self.entries):
            best = max(best, entry.at * per_second - count)
            most = max(most, count + 1 - entry.at * per_second + best)
        return most

    def store_calls_per_second(self) -> float:
        """Steps of the store, all workers together."""
        return sum(self.calls.values()) / self.lasted if self.lasted else 0.0


def quantile(values: list[float] | list[int], part: float) -> float:
    """A quantile of values in order; 0 of none."""
    return float(values[min(len(values) - 1, int(part * len(values)))]) if values else 0.0
