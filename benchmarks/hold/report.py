"""What runs have shown: a file of figures for each, and one table of all of them."""

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path

from benchmarks.hold.figures import Run, Sample
from benchmarks.report import machine
from benchmarks.tables import render

#: What is told of each run, in a line each.
HEADINGS = [
    "store", "server", "connections", "places", "measured on", "people held", "polls/s",
    "answers/s",
    "server's CPU, of a core", "other work on that core", "server's CPU, us/s for each who is held",
    "server's CPU, us for each answer",
    "store's CPU, of a core", "store trips/s", "store commands/s", "crowd's CPU, of a core",
    "server's memory, MB", "store's memory, MB",
    "polls: p50, ms", "polls: p99, ms", "polls: worst, ms", "pages inside: p99, ms",
    "errors", "out of order at the door", "of so many told to wait there", "over the limit",
    "slots in use", "asked late by the crowd's own fault: p99, ms",
]  # fmt: skip
NOTES = """\
People held wait and poll; as many places in line again belong to people who have given up. \
Figures are of the minutes after all had come; errors, out of order (who was told to come in \
before somebody who stood at the door before them) and over the limit are counted from the \
beginning. A dash: the store does not tell, or is a part of the server."""


def cells(run: Run) -> list[str]:
    """What is told of one run."""
    workers = f", {run.workers} workers" if run.workers > 1 else ""
    return [
        run.store,
        run.server + workers,
        CONNECTIONS[run.connections],
        "beforehand" if run.beforehand else "by pages",
        run.date or "-",
        f"{run.held:,.0f}",
        f"{run.polls_per_second:,.0f}",
        _known(run.answers_per_second or None, "{:,.0f}"),
        f"{run.server_cores:.2f}",
        _known(run.other_work, "{:.2f}"),
        f"{run.micros_per_person:.1f}",
        _known(run.micros_per_answer or None, "{:.0f}"),
        _known(run.store_cores, "{:.3f}"),
        _known(run.trips_per_second, "{:,.0f}"),
        _known(run.commands_per_second, "{:,.0f}"),
        f"{run.load_cores:.2f}",
        f"{run.server_bytes / 1e6:,.0f}",
        _known(run.store_bytes and run.store_bytes / 1e6, "{:,.1f}"),
        *(f"{each:,.1f}" for each in (*run.polls_ms, run.inside_ms[1])),
        f"{sum(run.errors.values()):,}",
        f"{run.out_of_order:,}",
        f"{run.refused_at_door:,}",
        f"{run.over_limit:,}",
        f"{run.slots_used:.0%}",
        f"{run.late_ms[1]:,.1f}",
    ]


#: How `--connections` is told.
CONNECTIONS = {"kept": "kept", "each": "one for each poll"}


def _known(value: float | None, form: str) -> str:
    return "-" if value is None else form.format(value)


def table(runs: Sequence[Run], as_markdown: bool) -> str:
    """All runs beside each other."""
    rows = list(zip(HEADINGS, *(cells(run) for run in runs), strict=True))
    return render(rows, range(1, len(runs) + 1), as_markdown)


def name_of(run: Run) -> str:
    """The name of a run's files: a later run of the same kind takes its place."""
    parts = [run.store.lower(), run.server, f"{run.people}"]
    parts += [f"{run.workers}-workers"] if run.workers > 1 else []
    parts += ["beforehand"] if run.beforehand else []
    return "-".join([*parts, run.connections])


def keep(run: Run, folder: Path) -> None:
    """Write down a run."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(dataclasses.asdict(run), indent=1)
    (folder / f"{name_of(run)}.json").write_text(text)


def kept(folder: Path) -> list[Run]:
    """All runs that are written down here, the small ones first."""
    runs = []
    for path in folder.glob("*.json"):
        told = json.loads(path.read_text())
        told["samples"] = [Sample(**sample) for sample in told["samples"]]
        runs.append(Run(**told))
    return sorted(runs, key=lambda run: (*kind_of(run), run.people))


def kind_of(run: Run) -> tuple[str, str, int, str, bool]:
    """All but how many were held."""
    return run.store, run.server, run.workers, run.connections, run.beforehand


#: Between these two lines stands the table in a document.
BEGIN, END = "<!-- hold -->\n", "<!-- /hold -->"


def section(runs: Sequence[Run]) -> str:
    """What stands in a document: where it was measured, the table, and what its words mean."""
    alike = {(run.slots, run.stay) for run in runs}
    told = ", ".join(f"{slots:,} slots and visits of {stay:g} s" for slots, stay in sorted(alike))
    return f"Measured on {machine()}, with {told}.\n\n{table(runs, True)}\n\n{NOTES}\n"


def publish(runs: Sequence[Run], document: Path) -> None:
    """Write the table into a document, in the place of the one that is there."""
    before, _, rest = document.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    document.write_text(f"{before}{BEGIN}{section(runs)}{END}{after}")
