"""Pairs: a case and its floor right after each other, round by round, until they count."""

import contextlib
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median

from benchmarks.cases import Case
from benchmarks.load import Sample, Target, run
from benchmarks.processes import Cores
from benchmarks.sites import SITES, Running, running
from benchmarks.store import Valkey
from benchmarks.visitors import Door


@dataclass(frozen=True)
class Pair:
    """A case and its floor, measured right after each other."""

    floor: Sample
    case: Sample

    @property
    def ratio(self) -> float:
        return self.case.per_second / self.floor.per_second

    @property
    def added(self) -> float:
        """Microseconds of CPU per request over the floor."""
        return self.case.cpu_micros - self.floor.cpu_micros


@dataclass
class Result:
    """All pairs of one case; those in which a server did not get its core stand apart."""

    case: Case
    pairs: list[Pair] = field(default_factory=list)
    starved: list[Pair] = field(default_factory=list)

    @property
    def counted(self) -> list[Pair]:
        """The pairs that the figures come from: starved ones only where there are no others."""
        return self.pairs or self.starved

    def middle(self, figure: str) -> float:
        """The median of a figure over the counted pairs."""
        return float(
            median(getattr(p if hasattr(p, figure) else p.case, figure) for p in self.counted)
        )


class Bench:
    """The sites that serve, and the rounds that are run on them."""

    def __init__(self, sites: dict[str, Running], valkey: Valkey, seconds: int) -> None:
        self.sites = sites
        self.valkey = valkey
        self.seconds = seconds

    def measure(self, cases: Sequence[Case], rounds: int) -> list[Result]:
        """Interleaved rounds over all cases, then more for those that lack a pair."""
        results = [Result(case) for case in cases]
        for case in cases:
            self.warm_up(case)
        for number in range(rounds):
            say(f"round {number + 1} of {rounds}")
            for result in results:
                self.pair(result)
        # Bounded: on a machine that others use, starved pairs would follow each other for ever.
        for number in range(rounds // 2):
            lacking = [result for result in results if len(result.pairs) < rounds]
            if lacking:
                say(f"again, {len(lacking)} cases whose server did not get its core ({number + 1})")
            for result in lacking:
                self.pair(result)
        return results

    def warm_up(self, case: Case) -> None:
        """Whatever a worker remembers of its visitors, it has seen them once before."""
        self.check(case)
        run(self.target(case), self.valkey, self.seconds)

    def pair(self, result: Result) -> None:
        case = result.case
        self.check(case)
        floor = run(self.floor(case), self.valkey, self.seconds)
        pair = Pair(floor, run(self.target(case), self.valkey, self.seconds))
        starved = pair.floor.starved(True) or pair.case.starved(case.saturates)
        (result.starved if starved else result.pairs).append(pair)

    def check(self, case: Case) -> None:
        """The answer is the one that the case is about; otherwise its figures would be lies."""
        target = self.target(case)
        headers = dict(target.headers)
        if target.cookies is not None:
            with target.cookies.open() as lines:
                headers["Cookie"] = next(lines).strip()
        status, text, _ = Door(target.server.port).ask(target.path, headers)
        if status != case.expect or case.text not in text:
            raise RuntimeError(f"{case.name}: expected {case.expect}, got {status}: {text[:200]}")

    def target(self, case: Case) -> Target:
        site = self.sites[case.site]
        cookies = site.cookies[case.cookies] if case.cookies else None
        return Target(site.server, case.path, case.headers, cookies)

    def floor(self, case: Case) -> Target:
        """The floor gets the case's headers and cookies, which cost any server something."""
        target = self.target(case)
        floor = self.sites[case.floor].server
        return Target(floor, case.floor_path, target.headers, target.cookies)


@contextlib.contextmanager
def bench(cases: Sequence[Case], cores: Cores, valkey: Valkey, seconds: int) -> Iterator[Bench]:
    """Start every site that the cases need."""
    with contextlib.ExitStack() as stack:
        served: dict[str, Running] = {}
        for name in dict.fromkeys(name for case in cases for name in (case.floor, case.site)):
            say(f"starting {name}")
            served[name] = stack.enter_context(running(SITES[name], cores, valkey))
        yield Bench(served, valkey, seconds)


def say(text: str) -> None:
    """What is going on, for whoever waits; the table alone goes to standard output."""
    print(text, file=sys.stderr, flush=True)
