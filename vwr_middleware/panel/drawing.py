"""How points in time become one chart: lines, areas, steps and bands, all to one scale."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from vwr_middleware.report.chart import nice
from vwr_middleware.spoken import said

WIDTH, HEIGHT = 720.0, 100.0
#: Steps without a point after which a line is broken: then nobody visited the room.
_GAP = 2.5

#: A time and a value; of a band, what it ends with above as well.
Points = Sequence[tuple[float, ...]]
Read = Callable[[float], str]


@dataclass(frozen=True, slots=True)
class Range:
    """The time that is drawn, and how long a step of it is, in seconds."""

    begin: float
    length: float
    step: float

    def part(self, at: float) -> float:
        """Where a moment is: 0 at the left, 1 at the right."""
        return (at - self.begin) / self.length

    def x(self, at: float) -> float:
        """The same in the units of the drawing."""
        return self.part(at) * WIDTH


@dataclass(frozen=True, slots=True)
class Series:
    """What is drawn in one way: its name for style, its words, and its points."""

    name: str
    label: str
    points: Points
    kind: Literal["line", "area", "step", "band"] = "line"
    gap: float = 0.0  # seconds after which it is broken; 0: by the window's step
    paths: Sequence[str] = ()
    areas: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart as the template draws it, and what it says to those who do not see it."""

    name: str
    title: str
    traces: Sequence[Series]
    top: str
    half: str
    told: str
    #: Of each trace its words, when (seconds from the left) and what: for the script.
    values: Sequence[tuple[str, Sequence[int], Sequence[str]]] = field(default_factory=tuple)


#: Lengths of time at which a scale may end, in seconds.
_LENGTHS = (60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 14400, 21600, 28800, 43200, 86400)


def round_length(seconds: float) -> float:
    """The next length of time that people call round."""
    return next((float(each) for each in _LENGTHS if each >= seconds), nice(seconds / 3600) * 3600)


def plot(
    window: Range,
    name: str,
    title: str,
    traces: Sequence[Series],
    read: Read,
    end: Callable[[float], float] = nice,
) -> Chart:
    """Draw them to one scale, from 0 to a round number."""
    shown = [_within(window, trace) for trace in traces]
    shown = [trace for trace in shown if trace.points]
    most = max((max(values) for trace in shown for _, *values in trace.points), default=0.0)
    top = end(max(most, 1.0))
    told = ", ".join(
        f"{trace.label}: {read(trace.points[-1][-1])}" for trace in shown if trace.kind != "step"
    )
    return Chart(
        name,
        title,
        [_drawn(window, trace, top) for trace in shown],
        read(top),
        read(top / 2),
        told,
        [_values(window, trace, read) for trace in shown],
    )


def _within(window: Range, trace: Series) -> Series:
    end = window.begin + window.length + 1
    return replace(trace, points=[each for each in trace.points if window.begin <= each[0] <= end])


def _values(window: Range, trace: Series, read: Read) -> tuple[str, Sequence[int], Sequence[str]]:
    texts = [_range(*map(read, values)) for _, *values in trace.points]
    return trace.label, [round(at - window.begin) for at, *_ in trace.points], texts


def _range(low: str, high: str = "") -> str:
    return said("{low} to {high}", low=low, high=high) if high else low


def _drawn(window: Range, trace: Series, top: float) -> Series:
    paths, areas = [], []
    for piece in _pieces(trace.points, trace.gap or _GAP * window.step):
        points = [(window.x(at), [_y(value, top) for value in values]) for at, *values in piece]
        if trace.kind == "step":
            paths.append(_stairs(points))
            continue
        last = [f"{x:.1f},{ys[-1]:.1f}" for x, ys in points]
        if trace.kind == "band":
            first = [f"{x:.1f},{ys[0]:.1f}" for x, ys in reversed(points)]
            areas.append(f"M{' L'.join([*last, *first])} Z")
            continue
        if len(last) == 1:  # a single moment has a line, too
            last.append(f"{points[0][0] + 2:.1f},{points[0][1][-1]:.1f}")
        paths.append(f"M{' L'.join(last)}")
        if trace.kind == "area":
            begin, end = (where.split(",")[0] for where in (last[0], last[-1]))
            areas.append(f"M{begin},{HEIGHT:.0f} L{' L'.join(last)} L{end},{HEIGHT:.0f} Z")
    return replace(trace, paths=paths, areas=areas)


def _stairs(points: Sequence[tuple[float, list[float]]]) -> str:
    """A line that goes straight on until the value changes, and leaves the past as it was."""
    (x, (y,)), *others = points
    drawn = f"M{x:.1f},{y:.1f}"
    for at, (new,) in others:
        if new != y:
            drawn += f" H{at:.1f} V{new:.1f}"
        y = new
    return f"{drawn} H{max(points[-1][0], x + 2):.1f}"


def _pieces(points: Points, gap: float) -> Iterator[Points]:
    """The points in runs, broken where nothing is known."""
    piece: list[tuple[float, ...]] = []
    for point in points:
        if piece and point[0] - piece[-1][0] > gap:
            yield piece
            piece = []
        piece.append(point)
    if piece:
        yield piece


def _y(value: float, top: float) -> float:
    return HEIGHT - value / top * (HEIGHT - 2)
