"""The report's charts: lines over time, as SVG without a script, in the page's colours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from vwr_middleware.report.chart import nice

WIDTH, HEIGHT = 720.0, 200.0
_BUCKETS = 60

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Series:
    """One line of a chart: its name, its colour by number, and its path."""

    name: str
    colour: int
    path: str
    last: str


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart. `times` are the labels below, from the left to the right."""

    title: str
    top: str
    half: str
    times: Sequence[str]
    series: Sequence[Series]
    told: str  # for those who do not see it


def charts(timeline: Mapping[str, Points], lasted: float) -> list[Chart]:
    """People, and how long they waited, over the time of a test."""
    people = {name: timeline[name] for name in ("came", "waiting", "inside", "came in")}
    waits = _by_bucket(timeline["wait"], max(lasted, 1.0))
    return [
        _chart("People", people, lasted, ""),
        _chart("Wait of those who came in, by when they came in", waits, lasted, " s"),
    ]


def _by_bucket(points: Points, lasted: float) -> dict[str, Points]:
    """The longest and the median of the values in each piece of the time."""
    buckets: dict[int, list[float]] = {}
    for at, value in points:
        buckets.setdefault(min(int(at / lasted * _BUCKETS), _BUCKETS - 1), []).append(value)
    middles = {number: (number + 0.5) * lasted / _BUCKETS for number in sorted(buckets)}
    return {
        "longest": [(middles[number], max(buckets[number])) for number in middles],
        "median": [(middles[number], median(buckets[number])) for number in middles],
    }


def _chart(title: str, lines: Mapping[str, Points], lasted: float, unit: str) -> Chart:
    most = max((value for points in lines.values() for _, value in points), default=0.0)
    top, span = nice(max(most, 1.0)), max(lasted, 1.0)
    series = [
        Series(name, number, _path(points, span, top), f"{points[-1][1]:,.0f}{unit}")
        for number, (name, points) in enumerate(lines.items())
        if points
    ]
    told = ", ".join(
        f"{name} at most {max(value for _, value in points):,.0f}{unit}"
        for name, points in lines.items()
        if points
    )
    times = [_time(span * part / 4) for part in range(5)]
    return Chart(title, f"{top:,g}{unit}", f"{top / 2:,g}{unit}", times, series, told)


def _path(points: Points, span: float, top: float) -> str:
    drawn = [f"{at / span * WIDTH:.1f},{HEIGHT - value / top * HEIGHT:.1f}" for at, value in points]
    if len(drawn) == 1:  # one moment has a line, too
        x, _, y = drawn[0].partition(",")
        drawn.append(f"{min(float(x) + 6, WIDTH):.1f},{y}")
    return "M" + " L".join(drawn)


def _time(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
