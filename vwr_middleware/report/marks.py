"""What happened at moments of a room's time: operators' changes, outages, corrections of the clock,
and times in which nobody asked for the room.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC
from itertools import pairwise
from typing import Any

from vwr_middleware.line.minutes import Minute
from vwr_middleware.line.schedule import is_planned
from vwr_middleware.pages.operator_language import (
    ENGLISH,
    _,
    isolated,
    number,
    percent,
    said_later,
    several,
    speaking,
)
from vwr_middleware.report.moments import told

#: Seconds without a minute that are told of, while people were in line or inside.
_GAP_LEAST = 180.0
#: Settings that an operator changes, in plain words.
_SETTINGS = {
    "max_active": said_later("people inside at once"),
    "per_minute": said_later("people let in per minute"),
    "opens_at": said_later("the opening time"),
    "closes_at": said_later("the closing time"),
    "draw_from": said_later("the time from which people register"),
    "max_waiting": said_later("people in line at most"),
    "inlet": said_later("the rule that calls people"),
    "lanes": said_later("the lanes"),
    "stock_left": said_later("what is left to sell"),
    "draw_beacon": said_later("the public value for the draw"),
}
_SAID = {
    "reset": said_later("reset the room: a new line began"),
    "restore": said_later("brought a lost line back"),
    "openings": said_later("changed when the room opens and closes"),
}
_MODES = {
    "auto": said_later("lets people in as there is space"),
    "queue": said_later("everybody new waits"),
    "paused": said_later("paused: nobody is let in"),
    "closed": said_later("closed"),
    "off": said_later("off: everybody passes"),
    "shadow": said_later("shadow: everybody passes, and it is counted who would have waited"),
}
_MOMENTS = ("opens_at", "closes_at", "draw_from")
#: Says a moment in words.
At = Callable[[float], str]


def changes_of(
    audit: Iterable[Mapping[str, Any]], begin: float, end: float
) -> list[dict[str, Any]]:
    """What operators did in this time, the oldest first, also in words."""
    rows = sorted(audit, key=lambda row: float(row["time"]))
    with speaking(ENGLISH):
        return [
            {"at": row["time"]}
            | {name: row[name] for name in ("who", "what", "from", "to")}
            | {"told": change_in_words(row, _in_utc)}
            for row in rows
            # A message in full stands there twice, first by its text alone.
            if begin <= row["time"] < end and row["what"] != "announcement"
        ]


def _in_utc(moment: float) -> str:
    return told(moment, UTC, "%Y-%m-%d %H:%M UTC")


def change_in_words(change: Mapping[str, Any], at: At) -> str:
    """A change in the language that is spoken."""
    what, old, new = change["what"], change["from"], change["to"]
    if is_planned(what):
        return _("planned a change of settings") if new else _("withdrew a planned change")
    if what in _SAID:
        return _(_SAID[what])
    if what in _DEEDS:
        return _DEEDS[what](old, new)
    old, new = (_value(what, value, at) for value in (old, new))
    name = _(_SETTINGS[what]) if what in _SETTINGS else isolated(what)
    return _("changed {what} from {old} to {new}", what=name, old=old, new=new)


def _called(old: Any, new: Any) -> str:
    count = int(new) - int(old)
    if not count:
        return _("called by hand; nobody was in line")
    return _("called {n} more by hand", n=number(count))


def _mode(old: Any, new: Any) -> str:
    return _("changed the mode: {mode}", mode=_(_MODES[new]) if new in _MODES else new)


def _message(old: Any, new: Any) -> str:
    if not new:
        return _("took the message away")
    return _("showed everybody in line: {message}", message=isolated(new))


def draw_in_words(count: int) -> str:
    """That a draw was made, among so many."""
    return several(
        "the place of {n} registration was drawn",
        "the places of {n} registrations were drawn",
        count,
    )


#: What is said of deeds that are no mere change of a setting, from what was before and after.
_DEEDS: Mapping[str, Callable[[Any, Any], str]] = {
    "advance": _called,
    "serve": _called,
    "mode": _mode,
    "message": _message,
    "draw": lambda _old, new: draw_in_words(new),
    "revoke": lambda old, _new: _("ended the session {session}", session=isolated(old)),
}


def _value(name: str, value: object, at: At) -> str:
    if value is None:
        return _("none")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if name in _MOMENTS and isinstance(value, int | float):
        return at(value)
    if isinstance(value, int | float):
        return number(value, 6)
    if isinstance(value, Mapping) and name == "lanes":
        return ", ".join(f"{lane} {percent(share)}" for lane, share in value.items())
    if isinstance(value, Mapping):
        return ", ".join(f"{each} {_value('', of, at)}" for each, of in value.items())
    return isolated(str(value))


def outages_of(minutes: Sequence[Minute]) -> list[dict[str, float]]:
    """When workers found the store away. Several that say so of the same time are one."""
    spans: list[list[float]] = []
    for minute in minutes:
        if not minute.away:
            continue
        end = minute.at + minute.seconds
        begin = end - max(minute.seconds, minute.away)
        if spans and begin <= spans[-1][1]:
            spans[-1] = [min(begin, spans[-1][0]), end, max(spans[-1][2], float(minute.away))]
        else:
            spans.append([begin, end, float(minute.away)])
    return [{"from": begin, "until": end, "seconds": away} for begin, end, away in spans]


def corrections_of(minutes: Iterable[Minute]) -> list[dict[str, float]]:
    """When the clock was corrected, and by how many seconds: forward, or (below 0) back."""
    return [{"at": minute.at, "seconds": minute.leapt} for minute in minutes if minute.leapt]


def gaps_of(minutes: Sequence[Minute]) -> list[dict[str, float]]:
    """Times of which nothing is known, while people were in line: nobody asked for the room."""
    return [
        {"from": one.at + one.seconds, "until": other.at}
        for one, other in pairwise(minutes)
        if other.at - one.at - one.seconds >= max(_GAP_LEAST, 2 * one.seconds) and one.waiting
    ]
