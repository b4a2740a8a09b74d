"""Charts that can be read on a light and on a dark page: one run over time, and how runs grow."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.hold.figures import Run
from benchmarks.hold.report import cells, kind_of

#: Seen well on white and on black.
TEXT, LINE = "#7d8590", "#7d859055"
COLOURS = "#2f81f7", "#e3702d", "#2da44e", "#a371f7", "#d4437c", "#1b9aaa"
STYLE: Any = {
    "font.size": 10,
    "text.color": TEXT,
    "axes.labelcolor": TEXT,
    "axes.edgecolor": LINE,
    "axes.grid": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "grid.color": LINE,
    "xtick.color": TEXT,
    "ytick.color": TEXT,
    "legend.frameon": False,
    "lines.linewidth": 2,
    "savefig.transparent": True,
    "savefig.dpi": 150,
    "svg.hashsalt": "hold",  # so that the same figures make the same file
}
CONNECTIONS = {"kept": "kept connections", "each": "a connection for each poll"}
#: Lines that a chart shows of each run: how they are called, and whose figure it is.
GROWS: dict[str, Callable[[Run], float | None]] = {
    "Server's CPU for one person held, us/s": lambda run: run.micros_per_person,
    "Server's CPU, of one core": lambda run: run.server_cores,
    "Commands of the store, a second": lambda run: run.commands_per_second,
    "Answers to polls, p99 in ms": lambda run: run.polls_ms[1],
}


def draw_run(run: Run, path: Path) -> None:
    """One run over time: the crowd, its polls, the cores, the answers."""
    with _figure(path, (9, 8), 4, 1) as (_, axes):
        minutes = [sample.at / 60 for sample in run.samples]
        lines = (
            ("People", ("held",)),
            ("Polls a second", ("polls",)),
            ("Part of a core", ("server", "store", "load")),
            ("Answers to polls, p99 in ms", ("p99",)),
        )
        for one, (title, names) in zip(axes, lines, strict=True):
            _title(one, title)
            for name, colour in zip(names, COLOURS, strict=False):
                values = [getattr(sample, name) for sample in run.samples]
                if None not in values:
                    one.plot(minutes, values, color=colour, label=name.replace("load", "crowd"))
            if len(names) > 1:
                one.legend(loc="upper left", fontsize=8, ncols=len(names))
        axes[-1].set_xlabel("minutes")


def draw_all(runs: Sequence[Run], path: Path) -> None:
    """How it grows: each kind of run, by how many were held."""
    with _figure(path, (9, 5.6), 2, 2) as (figure, axes):
        for (_, group), colour in zip(
            itertools.groupby(runs, key=kind_of), itertools.cycle(COLOURS), strict=False
        ):
            some = list(group)
            kind = _kind(some[0], runs)
            for one, value in zip(axes, GROWS.values(), strict=True):
                values = [value(run) for run in some]
                if None not in values:
                    held = [run.held for run in some]
                    one.plot(held, values, color=colour, label=kind, marker="o", clip_on=False)
        held = sorted({run.people for run in runs})
        for one, title in zip(axes, GROWS, strict=True):
            _title(one, title)
            one.set_xscale("log")
            one.set_xticks(held, [f"{number:,}" for number in held])
            one.minorticks_off()
            one.grid(axis="x", visible=False)
            one.yaxis.set_major_formatter("{x:,g}")
        axes[2].set_xlabel("people held in line"), axes[3].set_xlabel("people held in line")
        handles, labels = axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=min(2, len(labels)))


def _kind(run: Run, runs: Sequence[Run]) -> str:
    """What a run's line is called: its store, and whatever is not the same for all lines."""
    told = [_told(other) for other in runs]
    parts = [part for part, *all_of in zip(_told(run), *told, strict=True) if len(set(all_of)) > 1]
    return ", ".join(dict.fromkeys([run.store, *parts]))


def _told(run: Run) -> list[str]:
    places = "places given beforehand" if run.beforehand else "places by pages"
    return [*cells(run)[:2], CONNECTIONS[run.connections], places]


def _title(one: Any, title: str) -> None:
    one.set_title(title, loc="left", fontsize=10, color=TEXT)
    one.set_ylim(bottom=0)


@contextmanager
def _figure(
    path: Path, size: tuple[float, float], rows: int, columns: int
) -> Iterator[tuple[Any, list[Any]]]:
    """A drawing of several charts, which is written as what the file's name says."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context(STYLE):
        figure = Figure(figsize=size, layout="constrained")
        yield figure, list(figure.subplots(rows, columns, sharex=True, squeeze=False).flat)
        path.parent.mkdir(parents=True, exist_ok=True)
        metadata = {"Date": None} if path.suffix == ".svg" else {}
        figure.savefig(path, metadata=metadata)
