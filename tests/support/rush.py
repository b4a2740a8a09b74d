"""One core that answers everybody in the order in which they ask, and a crowd before it: all in a
time of its own, in which each answer takes so long.
"""

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from random import Random

from tests.support.doors import Door
from vwr_middleware.worker.overload import LOOK_EVERY, Overload

INSIDE, NEW = "inside", "new"


@dataclass(order=True)
class Asks:
    """Somebody asks for something."""

    at: float
    number: int
    who: str = field(compare=False)
    since: float = field(compare=False)  # when somebody new asked first
    due: float | None = field(default=None, compare=False)  # the appointment, if there is one


@dataclass
class Core:
    """What each answer costs, in seconds, and what came of it."""

    inside: float = 0.001
    join: float = 0.001
    told: float = 0.0002
    seed: int = 1
    now: float = 1000.0
    worked: float = 0.0
    answers_inside: list[tuple[float, float]] = field(default_factory=list)  # when asked, how long
    first_answers: list[float] = field(default_factory=list)  # how long somebody new waited for one
    places: list[tuple[float, float]] = field(default_factory=list)  # when first asked, when given

    def __post_init__(self) -> None:
        self.random = Random(self.seed)
        self.overload = Overload(lambda: self.now, lambda: self.worked)
        self.overload.look(self.now)
        self._asking: list[Asks] = []
        self._number = 0
        self._look_at = self.now + LOOK_EVERY

    def comes(self, at: Iterable[float], who: str) -> None:
        """These ask at these moments."""
        for moment in at:
            self._put(self.now + moment, who, self.now + moment)

    def _put(self, at: float, who: str, since: float, due: float | None = None) -> None:
        self._number += 1
        heapq.heappush(self._asking, Asks(at, self._number, who, since, due))

    def run(self) -> None:
        """Until everybody has an answer, and a place."""
        while self._asking:
            if self._look_at <= max(self.now, self._asking[0].at):
                self.now = max(self.now, self._look_at)
                self.overload.look(self.now, self.now - self._look_at)
                self._look_at = self.now + LOOK_EVERY
                continue
            one = heapq.heappop(self._asking)
            self.now = max(self.now, one.at)
            if one.who == INSIDE:
                self._work(self.inside)
                self.answers_inside.append((one.at, self.now - one.at))
            else:
                self._answer(one)

    def _work(self, seconds: float) -> None:
        self.now += seconds
        self.worked += seconds

    def _answer(self, one: Asks) -> None:
        is_first = one.at == one.since
        if not self.overload.is_on or self.overload.lets_in(one.due):
            began = self.overload.begin_join()
            self._work(self.join)
            self.overload.end_join(began)
            self.places.append((one.since, self.now))
        else:
            due, seconds = self.overload.appoint(one.due)
            self._work(self.told)
            later = seconds + self.random.random() * max(1, seconds / 10)
            self._put(self.now + later, NEW, one.since, due)
        if is_first:
            self.first_answers.append(self.now - one.at)

    @property
    def overtaken(self) -> list[float]:
        """By how many seconds each was overtaken at most: how much later the latest one came who
        had a place before."""
        return list(_overtaken(self.places))


def _overtaken(places: Iterable[tuple[float, float]]) -> Iterator[float]:
    latest = 0.0
    for since, _ in places:
        yield max(0.0, latest - since)
        latest = max(latest, since)


def evenly(per_second: float, seconds: float, begin: float = 0.0) -> list[float]:
    """Moments, evenly spread."""
    return [begin + number / per_second for number in range(int(per_second * seconds))]


def part(values: Iterable[float], share: float) -> float:
    """The value below which this share of them lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def is_overloaded(door: Door) -> None:
    """From now on nobody may join for as long as the clock stands still."""
    overload = door.site.store_access.overload
    overload.look(door.clock())
    for _ in range(30):
        door.clock.pass_by(0.1)
        overload.look(door.clock(), late=1.0)
    assert overload.is_on
    while overload.lets_in(None):
        pass
