"""The table: ratios, cost and store trips of each case, beside what it may cost."""

import platform
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.cases import Budget
from benchmarks.measure import Result

HEADINGS = [
    "case", "requests/s", "of floor", "range", "CPU us", "added us", "store trips",
    "commands", "trips/s", "p99 ms", "budget", "",
]  # fmt: skip

#: The columns of `table` that hold figures.
FIGURES = range(1, len(HEADINGS) - 2)

NOTES = """\
of floor: requests per second of the case / of its floor (the bare app, or behind a no-op \
middleware for unprotected paths), medians of the pairs; range: lowest and highest pair.
CPU us: the server's own CPU time per request; added us: that less the floor's. store trips, \
commands: per request, commands inside a script counted too."""


def table(results: Sequence[Result], failed: Sequence[str]) -> list[list[str]]:
    """The rows of the report, headings first, and a line for each case that failed."""
    rows = [HEADINGS, *(_row(result) for result in results)]
    return rows + [[line, *[""] * (len(HEADINGS) - 1)] for line in failed]


def _row(result: Result) -> list[str]:
    middle = result.middle
    ratios = [pair.ratio for pair in result.counted]
    return [
        result.case.name,
        f"{middle('per_second'):,.0f}",
        f"{middle('ratio'):.2f}",
        f"{min(ratios):.2f}-{max(ratios):.2f}",
        f"{middle('cpu_micros'):.1f}",
        f"{middle('added'):+.1f}",
        f"{middle('trips'):.4f}",
        f"{middle('commands'):.4f}",
        f"{middle('trips_per_second'):.1f}",
        f"{middle('p99'):.1f}",
        str(result.case.budget),
        _verdict(result),
    ]


def _verdict(result: Result) -> str:
    """The verdict on a case: within budget or over it, and whether it was a fair run."""
    remarks = []
    if str(result.case.budget):
        over = _over(result.case.budget, result.middle)
        remarks.append("over: " + ", ".join(over) if over else "ok")
    if not result.pairs:
        remarks.append("never had its core: not to be trusted")
    elif len(result.starved) > 0:
        remarks.append(f"{len(result.starved)} pairs without its core left out")
    failures = sum(pair.case.failures + pair.floor.failures for pair in result.counted)
    if failures:
        remarks.append(f"{failures} requests failed")
    return "; ".join(remarks)


def _over(budget: Budget, middle: Callable[[str], float]) -> list[str]:
    """The names of what is over the budget."""
    over = []
    if budget.ratio is not None and middle("ratio") < budget.ratio:
        over.append("ratio")
    over += [
        name.replace("_", " ")
        for name in ("added", "trips", "trips_per_second")
        if getattr(budget, name) is not None and middle(name) > getattr(budget, name)
    ]
    return over


def machine() -> str:
    """What the figures were measured on."""
    models = [
        line.split(":", 1)[1].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    model = models[0] if models else platform.machine()
    return f"{len(models)} cores ({model}), Linux, Python {platform.python_version()}"
