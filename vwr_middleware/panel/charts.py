"""A room's past as charts, drawn here as SVG: no library, no need of a script, and the page's own
colours, also in the dark.

drawing.py draws. Here is what is shown: of which time, beside which other day, with which marks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, tzinfo
from math import inf
from typing import Any

from vwr_middleware.errors import Refused
from vwr_middleware.line.messages import Record
from vwr_middleware.line.minutes import Minute, percentile
from vwr_middleware.panel import history
from vwr_middleware.panel.drawing import Chart, Points, Range, Series, plot, round_length
from vwr_middleware.panel.language import _
from vwr_middleware.panel.operations import Operations
from vwr_middleware.panel.records import audit_rows
from vwr_middleware.panel.words import count, duration
from vwr_middleware.report.marks import outages_of
from vwr_middleware.report.moments import ticks, zone_of
from vwr_middleware.worker.current_room import CurrentRoom

#: The spans that can be chosen: how long each is, and how long a step of it, in seconds.
SPANS = {
    "1h": (3600.0, 60.0),
    "6h": (6 * 3600.0, 120.0),
    "24h": (86400.0, 600.0),
    "30d": (30 * 86400.0, 3 * 3600.0),
}
#: Marks that are listed at most, the latest.
MARKS_MOST = 30
#: Marks whose labels would lie over each other, in parts of a hundred of the width.
_CLOSE = 5.0
#: What a limit above this is to the line: it would press it flat, and holds nobody back.
_FAR = 4


@dataclass(frozen=True, slots=True)
class Choice:
    """What somebody wants to see: a span, a day to compare with or None, and the zone of times."""

    span: str
    against: date | None
    zone: tzinfo

    @classmethod
    def of(cls, wanted: Mapping[str, str]) -> "Choice":
        """What an address says. Raises Refused."""
        span = wanted.get("span") or "1h"
        if span not in SPANS:
            raise Refused(_("span must be one of {names}", names=", ".join(SPANS)))
        text = wanted.get("against", "")
        try:
            against = date.fromisoformat(text) if text else None
        except ValueError as error:
            raise Refused(_("against must be a day, like 2026-11-27")) from error
        return cls(span, against, zone_of(wanted.get("zone", "")))

    def earlier(self, now: float) -> float:
        """How many seconds before today the other day was; 0: there is none to compare with."""
        if self.against is None:
            return 0.0
        today = datetime.fromtimestamp(now, self.zone).date()
        begins = [
            datetime.combine(day, time(), self.zone).timestamp() for day in (today, self.against)
        ]
        return max(0.0, begins[0] - begins[1])


async def charts_of(
    operations: Operations, name: str, room: CurrentRoom, record: Record, choice: Choice
) -> dict[str, Any]:
    """All that the page shows of a room's past."""
    length, step = SPANS[choice.span]
    window, shift = Range(room.now - length, length, step), choice.earlier(room.now)
    minutes = await history.past(operations, name, window.begin, room.now, step)
    before = await _earlier(operations, name, window, shift) if shift else []
    fine = record.history if choice.span == "1h" else ()
    bands = ((window.x(each["from"]), window.x(each["until"])) for each in outages_of(minutes))
    labels = ticks(window.begin, room.now, choice.zone, day=_("%d %b"))
    return {
        "plots": plots(window, Past(minutes, before, levels(minutes, fine, room))),
        "ticks": [(window.part(at) * 100, label) for at, label in labels],
        "marks": marks(window, record),
        "bands": [(begin, max(2.0, end - begin)) for begin, end in bands],
        "span": choice.span,
        "against": choice.against,
        "compared": bool(before),
        "zone": datetime.fromtimestamp(room.now, choice.zone).strftime("%Z"),
        "begin": round(window.begin),
        "length": round(length),
    }


async def _earlier(operations: Operations, name: str, window: Range, shift: float) -> list[Minute]:
    """The other day, laid over this one."""
    begin, end = window.begin - shift, window.begin - shift + window.length
    found = await history.past(operations, name, begin, end, window.step)
    return [replace(minute, at=minute.at + shift) for minute in found]


@dataclass(frozen=True, slots=True)
class Past:
    """What is drawn: the steps of this time and of the other day, and how many waited and were
    inside at which moment, with the limit of then."""

    minutes: Sequence[Minute]
    before: Sequence[Minute]
    levels: Sequence[tuple[float, float, float, float]]  # time, waiting, inside, limit


def levels(
    minutes: Sequence[Minute], fine: Sequence[Sequence[float]], room: CurrentRoom
) -> list[tuple[float, float, float, float]]:
    """Counts at moments, with this moment at the end. The last hour is known by ten seconds."""
    now = (room.now, float(room.waiting), float(room.active), float(room.limit))
    if fine:  # rows of an earlier release have no limit
        rows = [
            (at, waiting, inside, most[0] if most else 0.0)
            for at, waiting, inside, _, *most in fine
        ]
    else:
        rows = [
            (middle(minute), float(minute.waiting), float(minute.inside), float(minute.limit))
            for minute in minutes
        ]
    return [*(row for row in rows if row[0] < room.now), now]


def plots(window: Range, past: Past) -> list[Chart]:
    """People, line, room, waits, and who did not come."""
    minutes, before = past.minutes, past.before
    fine = 60.0 if window.step == 60 else 0.0
    highest = max((inside for _, _, inside, _ in past.levels), default=0.0)
    limits = [(at, most) for at, _, _, most in past.levels if 0 < most <= _FAR * max(highest, 5)]
    other, now = _("the other day"), window.begin + window.length
    return [
        plot(window, "people", _("People per minute"), [
            Series("other", _("came, {when}", when=other), _rate(before, "arrivals")),
            Series("one", _("came"), _rate(minutes, "arrivals", now)),
            Series("two", _("went in"), _rate(minutes, "entries", now)),
        ], _few),
        plot(window, "line", _("In line"), [
            Series("other", other, [(middle(m), float(m.waiting)) for m in before]),
            Series("one", _("waiting"), [row[:2] for row in past.levels], "area", fine),
        ], count),
        plot(window, "room", _("Inside"), [
            Series("other", other, [(middle(m), float(m.inside)) for m in before]),
            Series("two", _("inside"), [(at, n) for at, _, n, _ in past.levels], "area", fine),
            Series("limit", _("limit"), limits, "step", fine),
        ], count),
        plot(window, "waits", _("Wait"), [
            Series("other", _("half waited no longer, {when}", when=other), _waits(before, 0.5)),
            Series("expected", _("told to newcomers"), _told(minutes), "band"),
            Series("one", _("half waited no longer"), _waits(minutes, 0.5)),
            Series("three", _("nine in ten waited no longer"), _waits(minutes, 0.9)),
        ], duration, round_length),
        plot(window, "lost", _("Did not go in, per minute"), [
            Series("other", _("did not come, {when}", when=other), _rate(before, "no_shows")),
            Series("three", _("did not come when called"), _rate(minutes, "no_shows", now)),
            Series("one", _("left the line"), _rate(minutes, "left", now)),
        ], _few),
    ]  # fmt: skip


def middle(minute: Minute) -> float:
    """The moment that stands for a step."""
    return minute.at + minute.seconds / 2


def _rate(minutes: Sequence[Minute], name: str, now: float = inf) -> Points:
    """By the minute; of the step that is not over, what has passed of it, if that is enough."""
    passed = [(m, min(m.seconds, now - m.at)) for m in minutes]
    return [
        (m.at + seconds / 2, getattr(m, name) * 60 / seconds)
        for m, seconds in passed
        if seconds >= m.seconds / 4
    ]


def _waits(minutes: Sequence[Minute], part: float) -> Points:
    found = [(middle(m), percentile(m.waits, part)) for m in minutes]
    return [(at, wait) for at, wait in found if wait is not None]


def _told(minutes: Sequence[Minute]) -> Points:
    return [(middle(m), m.told_low, m.told_high) for m in minutes if m.told_high]


def _few(value: float) -> str:
    return count(round(value, 1))


def marks(window: Range, record: Record) -> list[dict[str, Any]]:
    """What operators changed in this time, numbered, the earliest first."""
    rows = [
        row
        for row in audit_rows(record)
        if row["what"] != "announcement" and 0 <= window.part(row["time"]) <= 1
    ]
    found = [
        row
        | {"number": number, "x": window.x(row["time"]), "percent": 100 * window.part(row["time"])}
        for number, row in enumerate(reversed(rows[:MARKS_MOST]), 1)
    ]
    return labelled(found)


def labelled(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same, each with its number as a label. Of those that stand close together the first has
    a label for all of them, like `1-3`."""
    groups = list[list[dict[str, Any]]]()
    for row in found:
        if groups and row["percent"] - groups[-1][-1]["percent"] < _CLOSE:
            groups[-1].append(row)
        else:
            groups.append([row])
    for first, *rest in groups:
        last = rest[-1]["number"] if rest else first["number"]
        first["label"] = f"{first['number']}-{last}" if rest else str(last)
        for row in rest:
            row["label"] = ""
    return found
