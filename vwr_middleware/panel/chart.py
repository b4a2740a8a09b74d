"""The last hour of a room as three small charts, drawn here so that the page needs no library."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from vwr_middleware.report.chart import nice

SPAN = 3600.0  # seconds
WIDTH, HEIGHT = 720.0, 96.0
_GAP = 60.0  # seconds without an entry after which the line is broken
_MINUTES = 60

Points = list[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart: what the template draws, and what it says to those who do not see it."""

    name: str
    title: str
    now: str
    most: str  # the highest value of the hour
    top: str  # the label of the upper grid line
    paths: Sequence[str] = ()
    areas: Sequence[str] = ()
    bars: Sequence[tuple[float, float, float, float]] = ()  # x, y, width, height
    limits: Sequence[str] = ()  # the line of the limit, a step at each change
    hint: str = ""  # the values as text, for the script that shows one under the pointer


def charts(history: Sequence[Sequence[float]], now: float) -> list[Chart]:
    """Waiting, inside and admitted per minute, of history rows [time, waiting, active, claimed,
    limit]. Rows of an earlier release have no limit."""
    rows = [row for row in history if now - SPAN <= row[0] <= now + 1]
    line = [(row[0], row[1]) for row in rows]
    inside = [(row[0], row[2]) for row in rows]
    limits = [(row[0], row[4]) for row in rows if len(row) > 4]
    return [
        _line("waiting", "Waiting", line, now),
        _line("inside", "Inside", inside, now, limits),
        _bars("admitted", "Admitted per minute", per_minute(rows, now), now),
    ]


def per_minute(rows: Sequence[Sequence[float]], now: float) -> Points:
    """Admissions in each of the last sixty minutes, by the end of the minute."""
    entered = [(row[0], row[3]) for row in rows]
    counts = []
    for minute in range(_MINUTES, 0, -1):
        begin, end = now - 60 * minute, now - 60 * (minute - 1)
        if entered and (first := entered[0][0]) <= end:
            # A room that began in the middle of this minute is counted from its first row.
            counts.append((end, _value_at(end, entered) - _value_at(max(begin, first), entered)))
    return counts


def _value_at(when: float, points: Points) -> float:
    """The value at a moment, interpolated. The first point is no later than that."""
    before, value = points[0]
    for at, later in points:
        if at > when:
            return value + (when - before) / (at - before) * (later - value)
        before, value = at, later
    return value


def _line(
    name: str, title: str, points: Points, now: float, limits: Sequence[tuple[float, float]] = ()
) -> Chart:
    most = max((value for _, value in points), default=0.0)
    # A limit far above the line would press it flat.
    shown = [(at, limit) for at, limit in limits if 0 < limit <= 4 * max(most, 5)]
    top = nice(max(most, 1.0, *(limit for _, limit in shown)))
    paths, areas = [], []
    for piece in _pieces(points):
        drawn = " ".join(f"{_x(at, now):.1f},{_y(value, top):.1f}" for at, value in piece)
        paths.append(f"M{drawn}")
        begin, end = _x(piece[0][0], now), _x(piece[-1][0], now)
        areas.append(f"M{begin:.1f},{HEIGHT} L{drawn} L{end:.1f},{HEIGHT} Z")
    return Chart(
        name,
        title,
        _number(points[-1][1]) if points else "—",
        _number(most),
        _number(top),
        paths,
        areas,
        limits=[_steps(piece, now, top) for piece in _pieces(shown)],
        hint=_hint(points),
    )


def _bars(name: str, title: str, points: Points, now: float) -> Chart:
    most = max((value for _, value in points), default=0.0)
    top = nice(max(most, 1.0))
    width = WIDTH / _MINUTES
    bars = [
        (
            round(_x(at, now) - width + 1, 1),
            round(_y(value, top), 1),
            width - 2,
            round(HEIGHT - _y(value, top), 1),
        )
        for at, value in points
        if value > 0
    ]
    last = _number(points[-1][1]) if points else "—"
    return Chart(name, title, last, _number(most), _number(top), bars=bars, hint=_hint(points))


def _pieces(points: Points) -> list[Points]:
    """The points in runs. A longer gap separates two runs: then nobody visited the room."""
    pieces: list[Points] = []
    for point in points:
        if pieces and point[0] - pieces[-1][-1][0] <= _GAP:
            pieces[-1].append(point)
        else:
            pieces.append([point])
    return pieces


def _steps(points: Points, now: float, top: float) -> str:
    """A line that goes straight on until the value changes."""
    at, value = points[0]
    drawn = f"M{_x(at, now):.1f},{_y(value, top):.1f}"
    for at, new in points:
        if new != value:
            drawn += f" H{_x(at, now):.1f} V{_y(new, top):.1f}"
        value = new
    # A single moment has a line, too.
    return f"{drawn} H{max(_x(at, now), _x(points[0][0], now) + 2):.1f}"


def _x(at: float, now: float) -> float:
    return (1 - (now - at) / SPAN) * WIDTH


def _y(value: float, top: float) -> float:
    return HEIGHT - value / top * (HEIGHT - 2)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 or value == ceil(value) else f"{value:.1f}"


def _hint(points: Points) -> str:
    return " ".join(f"{at:.0f}:{value:.0f}" for at, value in points)
