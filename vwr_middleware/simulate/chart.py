"""A simulation as a picture: arrivals, the line, who is inside, and how long it took."""

from itertools import cycle
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from vwr_middleware.simulate.lanes import EVERYBODY_ELSE
from vwr_middleware.simulate.result import Result

_POINTS = 1000  # along the time axis; more say nothing more
_BLUE, _ORANGE, _GREY = "#0b62a4", "#d1591a", "#777777"
_LANE_COLOURS = (_BLUE, _ORANGE, "#2e7d32", "#8e44ad", "#b8860b", "#00838f", "#ad1457", _GREY)


def draw(result: Result, path: Path) -> None:
    """Write the picture; the ending says which kind: .svg, .png or .pdf."""
    figure = Figure(figsize=(9, 11), layout="constrained")
    axes = figure.subplots(5, 1, sharex=True)
    unit, name = (60.0, "minutes") if result.lasted < 3 * 3600 else (3600.0, "hours")
    samples = result.samples[:: max(1, len(result.samples) // _POINTS)]
    times = [sample.at / unit for sample in samples]
    axes[0].plot(times, [s.arrived for s in samples], color=_ORANGE, label="arrived")
    axes[0].plot(times, [s.admitted for s in samples], color=_BLUE, label="entered")
    axes[1].plot(times, [s.waiting for s in samples], color=_ORANGE, label="in line")
    axes[1].plot(times, [s.here for s in samples], color=_BLUE, label="page open")
    axes[2].plot(times, [s.limit for s in samples], color=_GREY, ls="--", label="limit")
    axes[2].plot(times, [s.active for s in samples], color=_BLUE, label="inside")
    _draw_waits(axes[3], result, unit)
    _draw_ranges(axes[4], result, unit)
    titles = ("People", "Line", "Room", "Wait, minutes", "Wait ranges, each ten minutes")
    for one, title in zip(axes, titles, strict=True):
        one.set_title(title, loc="left", fontsize=10)
        one.set_ylim(bottom=0)
        one.grid(alpha=0.3)
        one.legend(loc="upper right", fontsize=8)
    axes[4].set_xlabel(name)
    figure.savefig(path)


def _draw_waits(axis: Axes, result: Result, unit: float) -> None:
    """The wait of each who entered; where there are lanes, by lane."""
    lanes = [(lane.lane, lane.lane or EVERYBODY_ELSE) for lane in result.lanes]
    told = lanes or [("", "wait of those who enter, minutes")]
    entries = result.entries[:: max(1, len(result.entries) // (5 * _POINTS))]
    for (lane, label), colour in zip(told, cycle(_LANE_COLOURS), strict=False):
        own = [entry for entry in entries if entry.lane == lane]
        times = [(entry.at - result.started) / unit for entry in own]
        minutes = [entry.waited / 60 for entry in own]
        axis.plot(times, minutes, ".", ms=2, color=colour)
        axis.plot([], [], "o", ms=5, color=colour, label=label)  # for the legend


def _draw_ranges(axis: Axes, result: Result, unit: float) -> None:
    """For what part of the visitors the ranges held, and how wide they were."""
    in_turn = result.told_in_turn()
    minutes = [minute * 60 / unit for minute in in_turn]
    held, widths = [n.held for n in in_turn.values()], [n.width for n in in_turn.values()]
    axis.plot(minutes, held, "o-", ms=3, color=_BLUE, label="range held")
    axis.plot(minutes, widths, color=_ORANGE, label="width over the wait")
    axis.axhline(0.8, color=_GREY, ls="--", label="meant to hold")
