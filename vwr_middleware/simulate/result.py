"""What came out of a simulation."""

from collections import deque
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from typing import NamedTuple

from vwr_middleware.simulate.inside import App
from vwr_middleware.simulate.lanes import LaneResult
from vwr_middleware.simulate.observer import Entry, Sample
from vwr_middleware.simulate.stock import SimulatedStock, ToldOdds

WINDOW = 600.0  # seconds for which it is said together how good the ranges were
WARM_UP = 60.0  # seconds after the first arrival that do not count as use of the room


@dataclass(frozen=True, slots=True)
class Result:
    """The figures, and the samples and entries that they come from."""

    samples: list[Sample]
    entries: list[Entry]
    positions: list[int]
    overshoot: int
    violations: int
    slots_taken: int
    freed: list[float]  # when a slot became free, each, or the pace let another one in
    polls: int
    status_reads: float
    calls: dict[str, int]  # of the store, by step
    crashes: int
    missed: int
    started: float
    totals: dict[str, int]
    app: App | None
    asked: list[tuple[int, float, int, int]]  # position, when, low and high of what it was told
    stock: SimulatedStock | None = None
    left_the_line: Set[int] = frozenset()  # positions of those who did so by themselves
    lanes: Sequence[LaneResult] = ()  # the main line first; none in a room without lanes

    def told_odds(self) -> list[ToldOdds]:
        """What people were told of their odds, and what came."""
        return self.stock.told(self.left_the_line) if self.stock else []

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
        """By how many each was overtaken while it asked as told, the fewest first."""
        return sorted(entry.overtaken for entry in self.entries)

    def order(self) -> "Order":
        """How people who asked as told were overtaken: those behind them came in earlier."""
        behind = [entry for entry in self.entries if entry.overtaken]
        return Order(
            len(behind),
            max((entry.overtaken for entry in behind), default=0),
            max((entry.overtaken_for for entry in behind), default=0.0),
        )

    def told(self) -> "Told":
        """How good the ranges were that people were given."""
        return Told.by(self._ranges())

    def told_in_turn(self, each: float = WINDOW) -> dict[int, "Told"]:
        """The same for each ten minutes in which ranges were given, by the minute at which they
        begin."""
        rows: dict[int, list[Row]] = {}
        for row in self._ranges():
            rows.setdefault(int(row.at // each * each / 60), []).append(row)
        return {minute: Told.by(told) for minute, told in sorted(rows.items())}

    def _ranges(self) -> list["Row"]:
        entered = {entry.position: entry.at for entry in self.entries}
        return [
            Row(at - self.started, low, high, entered[position] - at)
            for position, at, low, high in self.asked
            if position in entered
        ]

    def store_calls_per_second(self) -> float:
        """Steps of the store, all workers together."""
        return sum(self.calls.values()) / self.lasted if self.lasted else 0.0


class Row(NamedTuple):
    """What somebody was told: when, the range, and how long it took from then on."""

    at: float
    low: int
    high: int
    waited: float


@dataclass(frozen=True, slots=True)
class Order:
    """How many were overtaken, by how many places at most, and for how many seconds at most."""

    overtaken: int
    most: int
    longest: float


@dataclass(frozen=True, slots=True)
class Told:
    """How many were asked, the part for whom the range held, its median width over the wait."""

    asked: int
    held: float
    width: float

    @classmethod
    def by(cls, rows: list[Row]) -> "Told":
        """Of these."""
        held = sum(row.low <= row.waited <= row.high for row in rows)
        widths = sorted((row.high - row.low) / max(1.0, row.waited) for row in rows)
        return cls(len(rows), held / len(rows) if rows else 0.0, quantile(widths, 0.5))


def most_within(moments: Iterable[float], seconds: float) -> int:
    """How many of these moments lie within so many seconds, at most."""
    window, most = deque[float](), 0
    for moment in sorted(moments):
        window.append(moment)
        while window[0] < moment - seconds:
            window.popleft()
        most = max(most, len(window))
    return most


def quantile(values: list[float] | list[int], part: float) -> float:
    """A quantile of values in order; 0 of none."""
    return float(values[min(len(values) - 1, int(part * len(values)))]) if values else 0.0
