"""What came out of a simulation."""

from dataclasses import dataclass

from vwr_middleware.simulate.inside import App
from vwr_middleware.simulate.observer import Entry, Sample

WARM_UP = 60.0  # seconds after the first arrival that do not count as use of the room


@dataclass(frozen=True, slots=True)
class Result:
    """The figures, and the samples and entries that they come from."""

    samples: list[Sample]
    entries: list[Entry]
    positions: list[int]
    overshoot: int
    violations: int
    polls: int
    status_reads: float
    calls: dict[str, int]  # of the store, by step
    crashes: int
    missed: int
    started: float
    totals: dict[str, int]
    app: App | None
    asked: list[tuple[int, float, int, int]]  # position, when, low and high of what it was told

    @property
    def lasted(self) -> float:
        """Seconds that were simulated."""
        return self.samples[-1].at if self.samples else 0.0

    def used(self, since: float = WARM_UP) -> float:
        """The part of the slots in use, while enough people waited to fill them all."""
        parts = [s.active / s.limit for s in self._busy(since) if s.limit]
        return sum(parts) / len(parts) if parts else 0.0

    @property
    def had_a_line(self) -> bool:
        """Whether enough people waited to fill all slots, so that their use says something."""
        return bool(self._busy(WARM_UP))

    def _busy(self, since: float) -> list[Sample]:
        first = next((s.at for s in self.samples if s.arrived), 0.0)
        wanted = [s.at for s in self.samples if s.active + s.here >= s.limit]
        last = wanted[-1] if wanted else 0.0
        return [s for s in self.samples if first + since <= s.at <= last]

    def waits(self) -> list[float]:
        """How long those who came in had waited, the shortest first."""
        return sorted(entry.waited for entry in self.entries)

    def overtaken(self) -> list[int]:
        """By how many each was overtaken after its turn had come, the fewest first."""
        return sorted(entry.overtaken for entry in self.entries)

    def told(self) -> "Told":
        """How good the estimates were that people were given."""
        entered = {entry.position: entry.at for entry in self.entries}
        rows = [
            (low, high, entered[position] - at)
            for position, at, low, high in self.asked
            if position in entered
        ]
        held = sum(low <= waited <= high for low, high, waited in rows)
        widths = sorted((high - low) / max(1.0, waited) for low, high, waited in rows)
        return Told(len(rows), held / len(rows) if rows else 0.0, quantile(widths, 0.5))

    def store_calls_per_second(self) -> float:
        """Steps of the store, all workers together."""
        return sum(self.calls.values()) / self.lasted if self.lasted else 0.0


@dataclass(frozen=True, slots=True)
class Told:
    """How many were asked, the part for whom the range held, its median width over the wait."""

    asked: int
    held: float
    width: float


def quantile(values: list[float] | list[int], part: float) -> float:
    """A quantile of values in order; 0 of none."""
    return float(values[min(len(values) - 1, int(part * len(values)))]) if values else 0.0
