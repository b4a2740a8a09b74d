"""A rush: so many newcomers within so many seconds, beside a crowd that waits and people inside.

It is measured three times what each of them sees: before, while they come, and until the last of
those who were told to come again has a place.
"""

import argparse
import dataclasses
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.hold.crowd import Crowd
from benchmarks.hold.figures import Spread
from benchmarks.hold.page import INSIDE, NAMES
from benchmarks.hold.watch import Watch
from benchmarks.processes import Server
from benchmarks.tables import render

#: Seconds after the rush at most, until the last who was told to come again has a place.
AFTER = 180.0
#: Seconds within which a page should come.
IN_TIME = 1.0


@dataclass
class Phase:
    """What was seen in one part of a rush. Times are p50, p99 and the worst, in milliseconds."""

    name: str
    seconds: float = 0.0
    newcomers: int = 0
    places: int = 0
    told_later: int = 0
    pages: int = 0
    pages_in_time: float = 0.0  # part of them
    pages_ms: list[float] = field(default_factory=list)
    waited_ms: list[float] = field(default_factory=list)  # from the first question to a place
    overtaken_ms: list[float] = field(default_factory=list)
    polls_ms: list[float] = field(default_factory=list)
    inside_ms: list[float] = field(default_factory=list)
    errors: dict[str, int] = field(default_factory=dict)
    errors_inside: int = 0
    server_cores: float = 0.0
    load_cores: float = 0.0


def three(spread: Spread) -> list[float]:
    return [round(spread.below(part), 1) for part in (0.5, 0.99)] + [round(spread.worst, 1)]


class Rush:
    """Measures one."""

    def __init__(self, crowd: Crowd, server: Server, watch: Watch) -> None:
        self._crowd, self._server, self._watch = crowd, server, watch

    def phases(self, options: argparse.Namespace) -> Iterator[Phase]:
        """The three parts."""
        crowd = self._crowd
        yield self._measured("before", lambda passed: passed > options.calm)
        crowd.begin_rush(options.rush / options.within, options.within)
        yield self._measured("the rush", lambda passed: passed > options.within)
        yield self._measured(
            "after it",
            lambda passed: passed > AFTER or (passed > options.calm and not crowd.visits.expected),
        )

    def _measured(self, name: str, is_over: Callable[[float], bool]) -> Phase:
        crowd, visits = self._crowd, self._crowd.visits
        self._watch.say(name)
        spreads = crowd.of_polls, crowd.of_pages, crowd.of_inside
        for spread in spreads:
            spread.clear()
        visits.order.clear()
        errors, came, told = Counter(visits.errors), visits.came, visits.told_later
        began, used, load = time.monotonic(), self._server.cpu_seconds(), time.process_time()
        crowd.run(lambda now: is_over(now - began), lambda now: None)
        passed, order = time.monotonic() - began, visits.order
        wrong = dict(visits.errors - errors)
        return Phase(
            name,
            seconds=round(passed, 1),
            newcomers=visits.came - came,
            places=order.waited.count,
            told_later=visits.told_later - told,
            pages=crowd.of_pages.count,
            pages_in_time=round(crowd.of_pages.part_within(IN_TIME), 4),
            pages_ms=three(crowd.of_pages),
            waited_ms=three(order.waited),
            overtaken_ms=three(order.overtaken),
            polls_ms=three(crowd.of_polls),
            inside_ms=three(crowd.of_inside),
            errors=wrong,
            errors_inside=sum(
                count for what, count in wrong.items() if any(NAMES[one] in what for one in INSIDE)
            ),
            server_cores=round((self._server.cpu_seconds() - used) / passed, 2),
            load_cores=round((time.process_time() - load) / passed, 2),
        )


def table(phases: Sequence[Phase], as_markdown: bool) -> str:
    """The parts beside each other."""
    rows = list(zip(HEADINGS, *map(_cells, phases), strict=True))
    return render(rows, range(1, len(phases) + 1), as_markdown)


HEADINGS = [
    "", "seconds", "newcomers/s", "places/s", "told to come again/s",
    "pages within a second", "page: p50, ms", "page: p99, ms", "page: worst, ms",
    "to a place: p50, s", "to a place: p99, s", "to a place: worst, s",
    "overtaken by: p99, s", "overtaken by: worst, s",
    "polls: p99, ms", "pages inside: p50, ms", "pages inside: p99, ms", "pages inside: worst, ms",
    "errors", "of these, of people inside", "server's CPU, of a core", "crowd's CPU, of a core",
]  # fmt: skip


def _cells(phase: Phase) -> list[str]:
    return [
        phase.name,
        f"{phase.seconds:.0f}",
        *(
            f"{count / phase.seconds:,.0f}"
            for count in (phase.newcomers, phase.places, phase.told_later)
        ),
        f"{phase.pages_in_time:.1%}",
        *(f"{ms:,.1f}" for ms in phase.pages_ms),
        *(f"{ms / 1000:,.1f}" for ms in (*phase.waited_ms, *phase.overtaken_ms[1:])),
        *(f"{ms:,.1f}" for ms in (phase.polls_ms[1], *phase.inside_ms)),
        f"{sum(phase.errors.values()):,}",
        f"{phase.errors_inside:,}",
        f"{phase.server_cores:.2f}",
        f"{phase.load_cores:.2f}",
    ]


def keep(phases: Sequence[Phase], name: str, folder: Path) -> None:
    """Write down what was seen."""
    folder.mkdir(parents=True, exist_ok=True)
    told = [dataclasses.asdict(phase) for phase in phases]
    (folder / f"{name}.json").write_text(json.dumps(told, indent=1))
    (folder / f"{name}.md").write_text(table(phases, True) + "\n")
