"""What happens in a room besides alarms: it opens soon, opens, is over, is drawn, changed or reset.

How far that is told stands in the book, for each room, and moves on in the same step in which an
event is written down. So each event is told once, by whichever worker finds it out first, and what
happened while no worker looked is told afterwards. What operators do is taken from the audit log,
which says who it was and forgets nothing in between; when rooms open, from their settings.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from vwr_middleware.alarms.conditions import in_words
from vwr_middleware.alarms.messages import moment
from vwr_middleware.line.messages import Snapshot
from vwr_middleware.line.openings import boundaries, openings_of
from vwr_middleware.settings.room import STORED

#: So many seconds before it opens, a room opens soon.
SOON = 600.0
#: What is too long ago to be told.
_OLD = 86_400.0
#: Settings whose change is told. What is left to sell is a fact, of which an alarm tells.
_SETTINGS = frozenset({*STORED, "draw_beacon", "inlet"} - {"stock_left", "mode"})
#: Modes in which a room opens by itself, or would if it was not paused.
_OPENING = ("auto", "queue", "paused")
#: A change of these says from when on the schedule counts.
_SCHEDULE = ("opens_at", "closes_at", "openings")
_LONGEST = 200
_CHANGES_MOST = 20

#: How far the events of a room are told, as it stands in the book; None: it is not in it yet.
Progress = Mapping[str, Any] | None
AuditRow = Sequence[Any]


@dataclass(frozen=True, slots=True)
class RoomEvent:
    """Something that has happened in a room. `subject` is that of the event for `on_event`."""

    name: str
    room_name: str
    at: float  # in store time
    subject: str
    value: str = ""  # in words
    by: str = ""
    changes: tuple[Mapping[str, Any], ...] = ()

    def as_row(self, number: int) -> dict[str, Any]:
        """The event as the book keeps it until it is sent."""
        return {
            "number": number,
            "kind": self.name,
            "room": self.room_name,
            "severity": "info",
            "value": self.value,
            "subject": self.subject,
            "by": self.by,
            "changes": [*self.changes],
        }


@dataclass(frozen=True, slots=True)
class RoomLook:
    """What a worker has read of a room: its audit log only if that may say something new."""

    room_name: str
    snapshot: Snapshot
    audit: Sequence[AuditRow] = ()


def has_changed(progress: Progress, snapshot: Snapshot) -> bool:
    """Whether the audit log may say something new."""
    if progress is None or progress["room_id"] != snapshot.room_id:
        return False
    is_later = snapshot.changes > progress["changes"]
    return bool(is_later or snapshot.generation > progress["generation"])


def is_news(progress: Progress, snapshot: Snapshot) -> bool:
    """Whether there is something to write down."""
    if progress is None or progress["room_id"] != snapshot.room_id:
        return True
    is_changed = has_changed(progress, snapshot)
    return is_changed or any(_by_schedule(progress, "", snapshot, progress["followed"]))


def events_since(progress: Progress, look: RoomLook) -> tuple[list[RoomEvent], dict[str, Any]]:
    """What has happened since, in order, and how far that is told with it."""
    snapshot = look.snapshot
    if progress is None or progress["room_id"] != snapshot.room_id:
        return [], _told(snapshot, snapshot.now, snapshot.wall, 0.0)
    rows = [row for row in look.audit if row[0] > progress["audit"]]
    moved = [row[0] - snapshot.ahead for row in rows if row[2] in _SCHEDULE]
    followed = max((progress["followed"], *moved))
    found = [*_by_audit(look.room_name, rows)]
    found += _by_schedule(progress, look.room_name, snapshot, followed)
    audit = max((progress["audit"], *(row[0] for row in rows)))
    soon = _soon(snapshot) or progress["soon"]
    told = _told(snapshot, audit, max(followed, snapshot.wall), soon)
    for name in ("changes", "generation"):
        told[name] = max(told[name], progress[name])
    found = [event for event in found if snapshot.now - event.at < _OLD]
    return sorted(found, key=lambda event: event.at), told


def _told(snapshot: Snapshot, audit: float, followed: float, soon: float) -> dict[str, Any]:
    return {
        "room_id": snapshot.room_id,
        "read": snapshot.now,
        "changes": snapshot.changes,
        "generation": snapshot.generation,
        "audit": audit,  # the time of the last row that was told
        "followed": followed,  # by the clock on the wall, the time up to which openings were told
        "soon": soon,  # the opening of which it was told last that it comes soon
    }


# By the schedule.


def _soon(snapshot: Snapshot) -> float:
    """When the room opens next, if that is soon; else 0."""
    if snapshot.mode not in _OPENING:
        return 0.0
    ahead = [
        opening["opens_at"]
        for opening in openings_of(snapshot.rules)
        if opening.get("opens_at") is not None and opening["opens_at"] > snapshot.wall
    ]
    first: float = min(ahead, default=0.0)
    return first if first - snapshot.wall <= SOON else 0.0


def _by_schedule(
    progress: Mapping[str, Any], room_name: str, snapshot: Snapshot, followed: float
) -> Iterator[RoomEvent]:
    if snapshot.doubted_at:
        return
    openings = openings_of(snapshot.rules)
    for at, name, number in sorted(boundaries(openings, followed, snapshot.wall)):
        yield RoomEvent(name, room_name, at + snapshot.ahead, str(number))
    soon = _soon(snapshot)
    if soon and soon != progress["soon"]:
        number = next(n for n, each in enumerate(openings, 1) if each.get("opens_at") == soon)
        value = in_words(soon - snapshot.wall)
        if snapshot.mode == "paused":
            value += ", but is paused: resume it, or it stays shut"
        yield RoomEvent("opening_soon", room_name, snapshot.now, str(number), value)


# By the audit log.


def _by_audit(room_name: str, rows: Sequence[AuditRow]) -> Iterator[RoomEvent]:
    """Rows of one time are of one step."""
    for (at, who), step in groupby(rows, key=lambda row: (row[0], row[1])):
        changed = []
        for _at, _who, what, old, new in step:
            if what == "mode" and old != new:
                yield RoomEvent("mode_changed", room_name, at, str(new), str(new), who)
            elif what == "reset":
                yield RoomEvent("reset", room_name, at, str(new), by=who)
            elif what == "draw":
                yield RoomEvent("drawn", room_name, at, str(new), str(new))
            elif what in _SETTINGS and old != new:
                changed.append((str(what), old, new))
        if changed:
            yield _settings_changed(room_name, at, who, changed[:_CHANGES_MOST])


def _settings_changed(
    room_name: str, at: float, who: str, changed: Sequence[tuple[str, Any, Any]]
) -> RoomEvent:
    words = (f"{name} {said(name, old)} → {said(name, new)}" for name, old, new in changed)
    rows = tuple({"what": name, "from": brief(old), "to": brief(new)} for name, old, new in changed)
    subject = ",".join(name for name, _old, _new in changed)
    return RoomEvent("settings_changed", room_name, at, subject, "; ".join(words), who, rows)


def brief(value: Any) -> str | float | bool | None:
    """A setting's value for programs: what is long or has parts is text, cut off."""
    if value is None or isinstance(value, bool | int | float):
        return value
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def said(name: str, value: Any) -> str:
    """The same for people."""
    if value is None:
        return "none"
    if name.endswith("_at") and isinstance(value, int | float):
        return str(moment(value))
    found = brief(value)
    return found if isinstance(found, str) else json.dumps(found)
