"""What is measured of a run: how long answers took, and what it cost."""

from dataclasses import dataclass, field

#: Steps of a spread in a second: a tenth of a millisecond.
_STEPS = 10_000


class Spread:
    """Many spans of time, each rounded to a tenth of a millisecond."""

    def __init__(self) -> None:
        self._counts: dict[int, int] = {}
        self.count = 0

    def add(self, seconds: float, count: int = 1) -> None:
        step = int(seconds * _STEPS)
        self._counts[step] = self._counts.get(step, 0) + count
        self.count += count

    def take_in(self, other: "Spread") -> None:
        """Add all that another one has, and empty it."""
        for step, count in other._counts.items():
            self._counts[step] = self._counts.get(step, 0) + count
        self.count += other.count
        other.clear()

    def clear(self) -> None:
        self._counts.clear()
        self.count = 0

    def below(self, part: float) -> float:
        """The milliseconds within which this part of them lies."""
        wanted, seen = part * self.count, 0
        for step in sorted(self._counts):
            seen += self._counts[step]
            if seen >= wanted:
                return (step + 1) * 1000 / _STEPS
        return 0.0

    def part_within(self, seconds: float) -> float:
        """The part of them that took no longer."""
        inside = sum(count for step, count in self._counts.items() if step < seconds * _STEPS)
        return inside / self.count if self.count else 1.0

    @property
    def worst(self) -> float:
        """The longest, in milliseconds."""
        return (max(self._counts, default=-1) + 1) * 1000 / _STEPS


@dataclass(frozen=True)
class Sample:
    """A few seconds of a run."""

    at: float  # seconds since its beginning
    held: int
    inside: int
    polls: float  # a second
    server: float  # the part of a core that it used
    store: float | None
    load: float
    p99: float  # milliseconds, of polls


@dataclass
class Run:
    """What one run has shown. None: cannot be told."""

    store: str
    server: str
    workers: int
    connections: str
    people: int
    slots: int
    minutes: float
    date: str = ""
    stay: float = 20.0  # seconds inside, on average
    beforehand: bool = False  # they had their places before
    held: float = 0.0
    came: int = 0
    entered: int = 0
    completed: int = 0
    gave_up: int = 0
    polls_per_second: float = 0.0
    answers_per_second: float = 0.0  # of all kinds
    server_cores: float = 0.0
    store_cores: float | None = None
    load_cores: float = 0.0
    other_work: float | None = None  # of others, on the server's core
    trips_per_second: float | None = None
    commands_per_second: float | None = None
    server_bytes: int = 0
    store_bytes: int | None = None
    load_bytes: int = 0
    polls_ms: list[float] = field(default_factory=list)  # p50, p99, worst
    pages_ms: list[float] = field(default_factory=list)
    inside_ms: list[float] = field(default_factory=list)
    late_ms: list[float] = field(default_factory=list)
    errors: dict[str, int] = field(default_factory=dict)
    without_place: int = 0
    refused_at_door: int = 0
    out_of_order: int = 0
    overtaken: int = 0
    over_limit: int = 0
    slots_used: float = 0.0
    samples: list[Sample] = field(default_factory=list)

    @property
    def micros_per_person(self) -> float:
        """Of the server's CPU, in a second, for each who is held."""
        return self.server_cores / self.held * 1e6 if self.held else 0.0

    @property
    def micros_per_answer(self) -> float:
        """Of the server's CPU, for an answer of any kind."""
        rate = self.answers_per_second
        return self.server_cores / rate * 1e6 if rate else 0.0
