"""What happened at moments of a room's time: operators' changes, outages, corrections of the clock,
and times in which nobody asked for the room.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from vwr_middleware.line.minutes import Minute
from vwr_middleware.line.schedule import is_planned

#: Seconds without a minute that are told of, while people were in line or inside.
_GAP_LEAST = 180.0
#: Settings that an operator changes, in plain words.
_SETTINGS = {
    "max_active": "people inside at once",
    "per_minute": "people let in per minute",
    "mode": "the mode",
    "message": "the message to everybody in line",
    "opens_at": "the opening time",
    "closes_at": "the closing time",
    "max_waiting": "people in line at most",
    "inlet": "the rule that calls people",
}
_SAID = {
    "reset": "reset the room: a new line began",
    "restore": "brought a lost line back",
    "openings": "changed when the room opens and closes",
}
_MODES = {
    "auto": "lets people in as there is space",
    "queue": "everybody new waits",
    "paused": "paused: nobody is let in",
    "closed": "closed",
    "off": "off: everybody passes",
    "shadow": "shadow: everybody passes, and it is counted who would have waited",
}


def changes_of(
    audit: Iterable[Mapping[str, Any]], begin: float, end: float
) -> list[dict[str, Any]]:
    """What operators did in this time, the oldest first, in words."""
    rows = sorted(audit, key=lambda row: float(row["time"]))
    return [
        {"at": row["time"], "who": row["who"], "what": row["what"], "told": _told(row)}
        for row in rows
        if begin <= row["time"] < end
    ]


def _told(row: Mapping[str, Any]) -> str:
    what, old, new = row["what"], row["from"], row["to"]
    if is_planned(what):
        return "planned a change of settings" if new else "withdrew a planned change"
    if what in ("advance", "serve"):
        count = int(new) - int(old)
        return f"called {count:,} more by hand" if count else "called by hand; nobody was in line"
    if what in _SAID:
        return _SAID[what]
    if what == "revoke":
        return f"ended the session {old}"
    if what == "mode":
        return f"changed the mode: {_MODES.get(str(new), new)}"
    if what == "message":
        return f"showed everybody in line: {new}" if new else "took the message away"
    name = _SETTINGS.get(what, what)
    return f"changed {name} from {_value(old)} to {_value(new)}"


def _value(value: object) -> str:
    if value is None:
        return "none"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


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
