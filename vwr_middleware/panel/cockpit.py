"""What an operator needs in a hurry, at the top of a room's page: since when the mode holds, what
was changed last, whether store and workers are well, what comes next, and what to look at before
the room opens.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from vwr_middleware.errors import StoreUnavailable
from vwr_middleware.line.messages import Record
from vwr_middleware.panel.explain import why_limit
from vwr_middleware.panel.forecast import forecast
from vwr_middleware.panel.language import _, several
from vwr_middleware.panel.operations import Operations
from vwr_middleware.panel.records import audit_rows
from vwr_middleware.panel.undoing import last_change
from vwr_middleware.panel.words import count, duration, in_words, short
from vwr_middleware.settings.room import STORED
from vwr_middleware.worker.current_room import CurrentRoom
from vwr_middleware.worker.overload import POSTED_LATELY

#: The part of `max_waiting` from which a line is nearly full.
_NEARLY = 0.9
#: Seconds by which clocks may differ before an opening.
_APART_MOST = 1.0


async def cockpit(operations: Operations, name: str) -> dict[str, Any]:
    """The facts. While the store is away, those that this worker knows."""
    room = await operations.room(name)
    try:
        record: Record | None = await operations.record(name)
    except StoreUnavailable:
        record = None
    return cockpit_of(operations, name, room, record, await operations.posts())


def cockpit_of(
    operations: Operations,
    name: str,
    room: CurrentRoom,
    record: Record | None,
    posts: Mapping[str, Any],
) -> dict[str, Any]:
    """The same of a room and a record that were just read, in this order."""
    is_up = not operations.store_access.breaker.is_open
    workers = workers_of(posts, room.now)
    last = last_change(room, record) if record else None
    since, by = mode_since(room, record)
    opens: float = room.rules.get("opens_at") or 0.0
    is_ahead = opens > room.wall and room.mode in ("auto", "queue", "paused")
    return {
        "mode": room.mode,
        "state": room.state,
        "since": since,
        "by": by,
        "most": room.rules["max_active"],
        "number": room.snapshot.changes,
        "last_change": last.as_json() if last else None,
        "workers": workers,
        "forecast": forecast(record.history, room) if record else [],
        "opens_in": round(opens - room.wall) if is_ahead else None,
        "checks": list(_checks(room, workers, is_up=is_up)) if is_ahead else [],
    }


def mode_since(room: CurrentRoom, record: Record | None) -> tuple[float | None, str]:
    """Since when the mode in force holds, and who set it; nobody, if it did so by itself."""
    since, by = None, ""
    for row in audit_rows(record) if record else ():
        if row["what"] == "mode" and row["from"] != row["to"]:
            since, by = row["time"], row["who"]
            break
    for name, states in (("opens_at", ("open", "queueing")), ("closes_at", ("closed",))):
        at = room.rules.get(name)
        if at is not None and room.state in states and (since or 0.0) < at <= room.wall:
            since, by = at, ""
    return since, by


def workers_of(posts: Mapping[str, Any], now: float) -> dict[str, int]:
    """How many workers were heard of lately, and how many of them take on no newcomers."""
    told = [post["overload"] for post in posts.values() if post.get("overload")]
    lately = [each for each in told if now - each["at"] < POSTED_LATELY]
    return {"heard": len(lately), "overloaded": sum(bool(each["on"]) for each in lately)}


def _checks(
    room: CurrentRoom, workers: Mapping[str, int], *, is_up: bool
) -> Iterator[dict[str, Any]]:
    """What to look at before the room opens: each with what is so, and whether that is well."""
    yield _check("store", is_up, _("The store answers"), _("The store does not answer"))
    yield _check("workers", workers["heard"] > 0 and not workers["overloaded"], _heard(workers))
    apart = room.snapshot.clocks_apart
    differ = _("Clocks differ by {time}", time=duration(apart))
    yield _check("clocks", apart <= _APART_MOST, _("The clocks agree"), differ)
    shut = _("Paused: it stays shut until you resume")
    yield _check("mode", room.mode != "paused", _("Opens by itself"), shut)
    inside = _("{n} inside: {why}", n=count(room.limit), why=why_limit(room))
    yield _check("max_active", room.limit > 0, inside)
    yield _line(room)
    before = _("People were let in before: reset the room, or they go in first")
    is_new = room.serving == 0 == room.active
    yield _check("before", is_new, _("Nobody was let in before"), before)
    message = room.rules.get("message")
    read = _("People read: {message}", message=short(message or ""))
    yield _check("message", True, read if message else _("No message is shown"))
    yield _check("changed", True, _changed(room))


def _check(what: str, is_ok: bool, told: str, otherwise: str = "") -> dict[str, Any]:
    return {"what": what, "ok": is_ok, "told": told if is_ok or not otherwise else otherwise}


def _line(room: CurrentRoom) -> dict[str, Any]:
    most = room.rules.get("max_waiting")
    if most is None:
        held = several("{n} holds a place", "{n} hold a place", room.waiting)
        return _check("line", True, held)
    told = several(
        "{n} of {most} holds a place", "{n} of {most} hold a place", room.waiting, most=count(most)
    )
    return _check("line", room.waiting < _NEARLY * most, told)


def _heard(workers: Mapping[str, int]) -> str:
    if not workers["heard"]:
        return _("No worker was heard of in the last half minute")
    told = several("{n} worker at work", "{n} workers at work", workers["heard"])
    if not workers["overloaded"]:
        return told
    busy = several("{n} has too much to do", "{n} have too much to do", workers["overloaded"])
    return f"{told}; {busy}"


def _changed(room: CurrentRoom) -> str:
    names = [name for name in (*STORED, "inlet") if name in room.snapshot.overrides]
    if not names:
        return _("All settings are as configured")
    values = (f"{name}: {short(in_words(room.rules.get(name), name))}" for name in names)
    return _("Changed by operators: {settings}", settings="; ".join(values))
