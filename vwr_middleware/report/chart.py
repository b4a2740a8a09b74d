"""The charts of a report, drawn here as SVG: no library, no script, and the same on paper."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from itertools import pairwise
from math import floor, log10
from typing import Any

from vwr_middleware.pages.operator_language import _, number
from vwr_middleware.report.lanes import per_minute
from vwr_middleware.report.moments import ticks

WIDTH, HEIGHT = 720.0, 180.0
#: In report.css.
COLOURS = 6

Points = list[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Series:
    """One line of a chart: its name, its colour by number, and how it is drawn."""

    name: str
    colour: int
    paths: Sequence[str]
    areas: Sequence[str] = ()
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart, with what is said of it to those who do not see it."""

    title: str
    top: str
    half: str
    series: Sequence[Series]
    ticks: Sequence[tuple[float, str]]  # where in percent, and the label
    marks: Sequence[tuple[float, int]]  # where, and the number of the change
    bands: Sequence[tuple[float, float]]  # from where, and how wide: outages
    told: str


@dataclass(frozen=True, slots=True)
class Bar:
    """How many waited how long."""

    label: str
    people: int
    percent: float  # of the longest bar


class Drawing:
    """Draws the charts of one report, all along the same time."""

    def __init__(self, facts: Mapping[str, Any], zone: tzinfo) -> None:
        self._facts, self._steps = facts, facts["steps"]
        self._begin = float(facts["from"])
        self._span = max(1.0, float(facts["until"]) - self._begin)
        labels = ticks(self._begin, self._begin + self._span, zone, day=_("%d %b"))
        self._ticks = [(self._part(at) * 100, label) for at, label in labels]
        self._marks = [
            (self._part(change["at"]) * WIDTH, number)
            for number, change in enumerate(facts["changes"], 1)
            if 0 <= self._part(change["at"]) <= 1
        ]
        self._bands = [
            (self._part(o["from"]) * WIDTH, max(2.0, (o["until"] - o["from"]) / self._span * WIDTH))
            for o in facts["outages"]
        ]

    def charts(self) -> list[Chart]:
        """People, line, room, waits; and those who passed or were turned away, if there were."""
        rates = {
            _("came"): self._per_minute("arrivals"),
            _("went in"): self._per_minute("entries"),
        }
        waits = {
            _("half waited no longer"): self._minutes_of("wait_median"),
            _("nine in ten waited no longer"): self._minutes_of("wait_p90"),
        }
        inside = {_("inside"): self._values("inside"), _("limit"): self._values("limit")}
        found = [
            self._chart(_("People per minute"), rates),
            self._chart(_("In line"), {_("waiting"): self._values("waiting")}, filled=True),
            self._chart(_("Inside"), inside, dashed=(_("limit"),)),
        ]
        if lanes := per_minute(self._facts):
            found.append(self._chart(_("Went in per minute, by lane"), lanes))
        if any(points for points in waits.values()):
            found.append(self._chart(_("Wait of those who went in, in minutes"), waits))
        others = {
            _("passed without the line"): self._per_minute("bypassed"),
            _("turned away"): self._per_minute("turned_away"),
        }
        if self._facts["shadow"]:
            shadow = {_("would have been in line"): self._values("shadow_line")}
            title = _("In line, if it had not been shadow mode")
            found.append(self._chart(title, shadow, filled=True))
        seen = {
            name: points for name, points in others.items() if any(value for __, value in points)
        }
        if seen:
            found.append(self._chart(_("Requests per minute"), seen))
        return found

    def _part(self, at: float) -> float:
        return (float(at) - self._begin) / self._span

    def _middle(self, step: Mapping[str, Any]) -> float:
        """The moment for which a step stands: of the last one only a part may have passed."""
        over = min(step["at"] + step["seconds"], self._begin + self._span)
        return float(max(self._begin, step["at"]) + over) / 2

    def _values(self, name: str) -> Points:
        return [(self._middle(step), float(step[name])) for step in self._steps]

    def _per_minute(self, name: str) -> Points:
        minutes = [(self._middle(step), step["seconds"] / 60) for step in self._steps]
        return [
            (at, step[name] / length)
            for (at, length), step in zip(minutes, self._steps, strict=True)
        ]

    def _minutes_of(self, name: str) -> Points:
        return [
            (self._middle(step), step[name] / 60) for step in self._steps if step[name] is not None
        ]

    def _chart(
        self,
        title: str,
        lines: Mapping[str, Points],
        *,
        filled: bool = False,
        dashed: Sequence[str] = (),
    ) -> Chart:
        most = max((value for points in lines.values() for __, value in points), default=0.0)
        top = nice(max(most, 1.0))
        series = [
            self._series(name, number, points, top, filled and number == 0, name in dashed)
            for number, (name, points) in enumerate(lines.items())
            if points
        ]
        told = ", ".join(
            _("{name}: at most {n}", name=name, n=count(max(value for __, value in points)))
            for name, points in lines.items()
            if points
        )
        return Chart(
            title, count(top), count(top / 2), series, self._ticks, self._marks, self._bands, told
        )

    def _series(
        self, name: str, number: int, points: Points, top: float, filled: bool, dashed: bool
    ) -> Series:
        paths, areas = [], []
        for piece in self._pieces(points):
            drawn = [
                f"{self._part(at) * WIDTH:.1f},{HEIGHT - value / top * HEIGHT:.1f}"
                for at, value in piece
            ]
            if len(drawn) == 1:  # one moment has a line, too
                x, __, y = drawn[0].partition(",")
                drawn.append(f"{min(float(x) + 3, WIDTH):.1f},{y}")
            paths.append("M" + " L".join(drawn))
            if filled:
                first, last = drawn[0].split(",")[0], drawn[-1].split(",")[0]
                areas.append(f"M{first},{HEIGHT} L{' L'.join(drawn)} L{last},{HEIGHT} Z")
        return Series(name, number % COLOURS, paths, areas, dashed)

    def _pieces(self, points: Points) -> list[Points]:
        """The points in runs: a line is broken where nothing is known."""
        step, pieces = float(self._facts["step"]), list[Points]()
        for point in points:
            if pieces and point[0] - pieces[-1][-1][0] <= 2.5 * step:
                pieces[-1].append(point)
            else:
                pieces.append([point])
        return pieces


def bars(classes: Sequence[Mapping[str, Any]], at_once: int) -> list[Bar]:
    """How many waited how long: several classes of short waits are one bar."""
    bounds = (0, 60, 300, 600, 1200, 1800, 3600, 7200, 14400, None)
    counts = []
    for low, high in pairwise(bounds):
        people = sum(
            each["people"]
            for each in classes
            if low is not None
            and each["from"] >= low
            and (high is None or (each["to"] is not None and each["to"] <= high))
        )
        counts.append((_between(low or 0, high), people))
    counts = [(_("at once"), at_once), *counts]
    while len(counts) > 1 and not counts[-1][1]:
        counts.pop()
    most = max(people for __, people in counts) or 1
    return [Bar(label, people, people / most * 100) for label, people in counts]


def _between(low: int, high: int | None) -> str:
    if not low:
        return _("up to {time}", time=_length(high or 0))
    if high is None:
        return _("over {time}", time=_length(low))
    first, last = _length(low), _length(high)
    first = first.split()[0] if first[-1] == last[-1] else first
    return _("{low} to {high}", low=first, high=last)


def _length(seconds: int) -> str:
    return _("{n} h", n=seconds // 3600) if seconds >= 3600 else _("{n} min", n=seconds // 60)


def nice(value: float) -> float:
    """The next of 1, 2, 3, 5, 8 times a power of ten."""
    power = 10.0 ** floor(log10(value))
    return next((step * power for step in (1, 2, 3, 5, 8) if step * power >= value), 10 * power)


def count(value: float) -> str:
    """A number as the report writes it."""
    return number(value, 0 if value >= 10 else 1)
