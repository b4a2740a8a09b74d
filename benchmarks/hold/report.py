"""What runs have shown: a file of figures for each, one table of all of them, and charts."""

import dataclasses
import itertools
import json
from collections.abc import Sequence
from pathlib import Path

from benchmarks.hold.figures import Run, Sample
from benchmarks.tables import render

#: What is told of each run, in a line each.
HEADINGS = [
    "store", "server", "connections", "people held", "polls/s",
    "server's CPU, of a core", "other work on that core", "server's CPU, us/s for each who is held",
    "store's CPU, of a core", "store trips/s", "store commands/s", "crowd's CPU, of a core",
    "server's memory, MB", "store's memory, MB",
    "polls: p50, ms", "polls: p99, ms", "polls: worst, ms", "pages inside: p99, ms",
    "errors", "out of order at the door", "of so many told to wait there", "over the limit",
    "slots in use",
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
        f"{run.held:,.0f}",
        f"{run.polls_per_second:,.0f}",
        f"{run.server_cores:.2f}",
        _known(run.other_work, "{:.2f}"),
        f"{run.micros_per_person:.1f}",
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
    return "-".join([*parts, run.connections])


def keep(run: Run, folder: Path) -> None:
    """Write down a run, and draw it."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(dataclasses.asdict(run), indent=1)
    (folder / f"{name_of(run)}.json").write_text(text)
    draw_run(run, folder / f"{name_of(run)}.svg")


def kept(folder: Path) -> list[Run]:
    """All runs that are written down here, the small ones first."""
    runs = []
    for path in folder.glob("*.json"):
        told = json.loads(path.read_text())
        told["samples"] = [Sample(**sample) for sample in told["samples"]]
        runs.append(Run(**told))
    return sorted(runs, key=lambda run: (*_kind(run), run.people))


def _kind(run: Run) -> tuple[str, str, int, str]:
    """All but how many were held."""
    return run.store, run.server, run.workers, run.connections


def draw_run(run: Run, path: Path) -> None:
    """One run over time: the crowd, its polls, the cores, the answers."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 8), layout="constrained")
    axes = figure.subplots(4, 1, sharex=True)
    minutes = [sample.at / 60 for sample in run.samples]
    axes[0].plot(minutes, [sample.held for sample in run.samples], label="held")
    axes[1].plot(minutes, [sample.polls for sample in run.samples], label="polls a second")
    axes[2].plot(minutes, [sample.server for sample in run.samples], label="server")
    axes[2].plot(minutes, [sample.load for sample in run.samples], label="crowd")
    if run.store_cores is not None:
        axes[2].plot(minutes, [sample.store for sample in run.samples], label="store")
    axes[3].plot(minutes, [sample.p99 for sample in run.samples], label="p99 of polls, ms")
    for one, title in zip(axes, ("People", "Polls", "Part of a core", "Answers"), strict=True):
        one.set_title(title, loc="left", fontsize=10)
        one.set_ylim(bottom=0)
        one.grid(alpha=0.3)
        one.legend(loc="upper left", fontsize=8)
    axes[3].set_xlabel("minutes")
    figure.savefig(path)


def draw_all(runs: Sequence[Run], path: Path) -> None:
    """How it grows: each kind of run, by how many were held."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 6), layout="constrained")
    axes = figure.subplots(2, 2, sharex=True).flat
    for number, (_, group) in enumerate(itertools.groupby(runs, key=_kind)):
        some, style = list(group), {"color": f"C{number}", "marker": "o"}
        held, kind = [run.held for run in some], ", ".join(cells(some[0])[:3])
        axes[0].plot(held, [run.micros_per_person for run in some], label=kind, **style)
        axes[1].plot(held, [run.server_cores for run in some], label=kind, **style)
        axes[3].plot(held, [run.polls_ms[1] for run in some], label=kind, **style)
        if some[0].commands_per_second is not None:
            axes[2].plot(held, [run.commands_per_second for run in some], label=kind, **style)
    titles = (
        "Server CPU for one person, us/s",
        "Server, part of a core",
        "Store commands/s",
        "p99 of polls, ms",
    )
    for one, title in zip(axes, titles, strict=True):
        one.set_title(title, loc="left", fontsize=10)
        one.set_xscale("log")
        one.xaxis.set_major_formatter("{x:,.0f}")
        one.set_ylim(bottom=0)
        one.grid(alpha=0.3)
        one.set_xlabel("people held")
    axes[0].legend(fontsize=8, loc="upper right")
    figure.savefig(path)
