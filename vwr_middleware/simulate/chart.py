"""A simulation as a picture: arrivals, the line, who is inside, and how long it took."""

from pathlib import Path

from matplotlib.figure import Figure

from vwr_middleware.simulate.result import Result

_POINTS = 1000  # along the time axis; more say nothing more
_BLUE, _ORANGE, _GREY = "#0b62a4", "#d1591a", "#777777"


def draw(result: Result, path: Path) -> None:
    """Write the picture; the ending says which kind: .svg, .png or .pdf."""
    figure = Figure(figsize=(9, 9), layout="constrained")
    axes = figure.subplots(4, 1, sharex=True)
    unit, name = (60.0, "minutes") if result.lasted < 3 * 3600 else (3600.0, "hours")
    samples = result.samples[:: max(1, len(result.samples) // _POINTS)]
    times = [sample.at / unit for sample in samples]
    axes[0].plot(times, [s.arrived for s in samples], color=_ORANGE, label="arrived")
    axes[0].plot(times, [s.admitted for s in samples], color=_BLUE, label="entered")
    axes[1].plot(times, [s.waiting for s in samples], color=_ORANGE, label="in line")
    axes[1].plot(times, [s.here for s in samples], color=_BLUE, label="page open")
    axes[2].plot(times, [s.limit for s in samples], color=_GREY, ls="--", label="limit")
    axes[2].plot(times, [s.active for s in samples], color=_BLUE, label="inside")
    entries = result.entries[:: max(1, len(result.entries) // (5 * _POINTS))]
    axes[3].plot(
        [(entry.at - result.started) / unit for entry in entries],
        [entry.waited / 60 for entry in entries],
        ".",
        ms=2,
        color=_BLUE,
        label="wait of those who enter, minutes",
    )
    for one, title in zip(axes, ("People", "Line", "Room", "Wait"), strict=True):
        one.set_title(title, loc="left", fontsize=10)
        one.set_ylim(bottom=0)
        one.grid(alpha=0.3)
        one.legend(loc="upper right", fontsize=8)
    axes[3].set_xlabel(name)
    figure.savefig(path)
