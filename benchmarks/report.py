"""The table: ratios, cost and store trips of each case, beside what nobody can beat."""

import platform
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from benchmarks.cases import Budget, Case
from benchmarks.measure import Result

HEADINGS = [
    "case", "requests/s", "of the app", "range", "limit", "CPU us", "added us", "store trips",
    "commands", "trips/s", "p99 ms", "keeps", "",
]  # fmt: skip

#: The columns of `table` that hold figures.
FIGURES = range(1, len(HEADINGS) - 2)

NOTES = """\
of the app: requests per second of the case / of the bare app (behind a no-op middleware for \
unprotected paths), medians of the pairs; range: lowest and highest pair; limit: what an app \
reaches in the same run that decides nothing and sends such bytes ready-made: nobody is faster.
CPU us: the server's own CPU time per request; added us: that less the app's. store trips, \
commands: per request, commands inside a script counted too. keeps: a floor against regression."""


def table(results: Sequence[Result], failed: Sequence[str]) -> list[list[str]]:
    """The rows of the report, headings first, and a line for each case that failed."""
    reached = {result.case.name: result.middle("ratio") for result in results}
    rows = [HEADINGS, *(_row(result, _limit(result.case, reached)) for result in results)]
    return rows + [[line, *[""] * (len(HEADINGS) - 1)] for line in failed]


def _limit(case: Case, reached: Mapping[str, float]) -> str:
    """What nobody can beat; whoever is inside gets the app's own answer."""
    if case.name.partition(":")[0].endswith(("admitted", "path")):
        return "1.00"
    limit = reached.get(case.limit)
    return "" if limit is None else f"{limit:.2f}"


def _row(result: Result, limit: str) -> list[str]:
    middle = result.middle
    ratios = [pair.ratio for pair in result.counted]
    return [
        result.case.name,
        f"{middle('per_second'):,.0f}",
        f"{middle('ratio'):.2f}",
        f"{min(ratios):.2f}-{max(ratios):.2f}",
        limit,
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
    """The verdict on a case: whether it has kept what it had, and whether it was a fair run."""
    remarks = []
    if str(result.case.budget):
        over = _over(result.case.budget, result.middle)
        remarks.append("worse: " + ", ".join(over) if over else "ok")
    if not result.pairs:
        remarks.append("never had its core: not to be trusted")
    elif len(result.starved) > 0:
        remarks.append(f"{len(result.starved)} pairs without its core left out")
    failures = sum(pair.case.failures + pair.floor.failures for pair in result.counted)
    if failures:
        remarks.append(f"{failures} requests failed")
    return "; ".join(remarks)


def _over(budget: Budget, middle: Callable[[str], float]) -> list[str]:
    """The names of what is worse than it was."""
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
