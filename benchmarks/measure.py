"""Pairs: a case and its floor right after each other, round by round, until they count."""

import contextlib
import random
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

#: Seconds in which every cookie of the longest list is asked for once, verified for the first time.
WARM_UP = 5


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
    """All pairs of one case. Those in which a server did not get its core are kept apart."""

    case: Case
    pairs: list[Pair] = field(default_factory=list)
    starved: list[Pair] = field(default_factory=list)

    def add(self, other: "Result") -> None:
        """The pairs of another life of the same servers."""
        self.pairs += other.pairs
        self.starved += other.starved

    @property
    def counted(self) -> list[Pair]:
        """The pairs that the figures come from: starved ones only if there are no others."""
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
        self.failed: list[str] = []

    def measure(self, cases: Sequence[Case], rounds: int) -> list[Result]:
        """Interleaved rounds over all cases, then more for those that lack a pair."""
        results = [Result(case) for case in cases if self.warm_up(case)]
        for number in range(rounds):
            say(f"round {number + 1} of {rounds}")
            results = [result for result in results if self.pair(result)]
        # Bounded: on a machine that others use, starved pairs would follow each other for ever.
        for number in range(rounds // 2):
            lacking = [result for result in results if len(result.pairs) < rounds]
            if lacking:
                say(f"again, {len(lacking)} cases whose server did not get its core ({number + 1})")
            results = [r for r in results if r not in lacking or self.pair(r)]
        return results

    def warm_up(self, case: Case) -> bool:
        """Whatever a worker remembers of its visitors, it has seen them once before.

        False if the case cannot be measured, which is said in the report.
        """
        if case.site not in self.sites or case.floor not in self.sites:
            self.failed.append(f"failed: {case.name} (its site did not come up)")
            return False
        if not self.answers(case):
            return False
        run(self.target(case), self.valkey, max(self.seconds, WARM_UP))
        return True

    def pair(self, result: Result) -> bool:
        """Measure one pair; False if the case does not answer as it should any more."""
        case = result.case
        if not self.answers(case):
            return False
        floor = run(self.floor(case), self.valkey, self.seconds)
        pair = Pair(floor, run(self.target(case), self.valkey, self.seconds))
        starved = pair.floor.starved(True) or pair.case.starved(case.saturates)
        (result.starved if starved else result.pairs).append(pair)
        return True

    def answers(self, case: Case) -> bool:
        """Whether the answer is the one that the case is about; else its figures would be lies."""
        target = self.target(case)
        cookies = target.cookies.read_text().splitlines() if target.cookies else []
        last = cookies[len(cookies) // 2 :]  # the first in line may have been called meanwhile
        for cookie in random.sample(last, 5) if last else [""]:
            headers = {**target.headers, **({"Cookie": cookie} if cookie else {})}
            status, text, _ = Door(target.server.port).ask(target.path, headers)
            if status != case.expect or case.text not in text:
                shown = " ".join(text.split())[:120]
                self.failed.append(
                    f"failed: {case.name} (expected {case.expect}, got {status}: {shown})"
                )
                return False
        return True

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
    """Start every site that the cases need; one that fails costs only its own cases."""
    with contextlib.ExitStack() as stack:
        served: dict[str, Running] = {}
        for name in dict.fromkeys(name for case in cases for name in (case.floor, case.site)):
            say(f"starting {name}")
            try:
                served[name] = stack.enter_context(running(SITES[name], cores, valkey))
            except (RuntimeError, OSError) as problem:
                say(f"{name}: {problem}")
        yield Bench(served, valkey, seconds)


def say(text: str) -> None:
    """Tell the person who waits what is going on; only the table goes to standard output."""
    print(text, file=sys.stderr, flush=True)
