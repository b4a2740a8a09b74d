"""A room as operators read it: numbers, settings in force, and what they replaced."""

from typing import Any

from vwr_middleware.inlet import choices
from vwr_middleware.line.lanes import ENTERED, JOINED, TAIL, count_of
from vwr_middleware.pages.announcements import announced
from vwr_middleware.panel.changes import NAMES
from vwr_middleware.panel.explain import why_limit, why_nobody_is_called
from vwr_middleware.panel.language import _
from vwr_middleware.panel.stock import stock_of
from vwr_middleware.settings import RoomSettings
from vwr_middleware.worker.current_room import CurrentRoom
from vwr_middleware.worker.room_view import RoomView
from vwr_middleware.worker.store_access import StoreAccess
from vwr_middleware.worker.wait_ranges import wait_range


def overview(store_access: StoreAccess, view: RoomView) -> dict[str, Any]:
    """One room in a few numbers; while the store was never seen, only that it is down."""
    room = view.room
    if room is None:
        return {"room": view.name, "state": "unknown", "store": "down"}
    return numbers(room) | {
        "room": view.name,
        "store": "down" if store_access.breaker.is_open else "ok",
        "age": round(max(0.0, view.age(store_access.monotonic())), 1),
        "two_stores": store_access.room_identity.met_lately(view),
        "overloaded_workers": store_access.overload.overloaded_workers,
    }


def lanes_of(room: CurrentRoom) -> list[dict[str, Any]]:
    """The lanes of a room, the main line first; none of a room without."""
    layout, shares = room.snapshot.layout, room.rules.get("lanes") or {}
    if not layout:
        return []
    rest = round(1 - sum(shares.values()), 2)
    return [
        {
            "lane": lane,
            "share": shares.get(lane, 0.0) if lane else rest,
            "waiting": count_of(layout, lane, room.serving, row[TAIL]),
            "joined": row[JOINED],
            "entered": row[ENTERED],
        }
        for lane, row in sorted(room.lanes.items())
    ]


def numbers(room: CurrentRoom) -> dict[str, Any]:
    """The counters of a room."""
    wait = wait_range(room, room.queue) if room.waiting else None
    return {
        "state": room.state,
        "mode": room.mode,
        "generation": room.generation,
        "serving": room.serving,
        "issued": room.queue,
        "waiting": room.waiting,
        "present": min(room.waiting, room.snapshot.present_ahead + room.snapshot.seen_ahead),
        "called": max(0, room.snapshot.called),
        "at_the_door": room.door_size,
        "credit": room.snapshot.credit,
        "active": room.active,
        "unconfirmed": room.snapshot.unconfirmed,
        "limit": room.limit,
        "limit_reason": why_limit(room),
        "held_back": " ".join(why_nobody_is_called(room)),
        "per_minute": None
        if room.snapshot.per_second is None
        else round(room.snapshot.per_second * 60, 2),
        "admitted_per_minute": round(room.snapshot.flow * 60, 1),
        "longest_wait": longest_wait(room),
        "longest_waited": round(room.snapshot.waited) if room.snapshot.waited > 0 else None,
        "last_in_line": None if wait is None else {"low": wait[0], "high": wait[1]},
        "record": record(room),
        "stock": stock_of(room),
        "lanes": lanes_of(room),
        "totals": dict(room.snapshot.totals),
        "message": room.rules.get("message"),
        "announcement": _announcement(room),
        "opens_at": room.rules.get("opens_at"),
        "closes_at": room.rules.get("closes_at"),
        "server_time": round(room.now, 3),
    }


def record(room: CurrentRoom) -> dict[str, Any]:
    """How true the ranges are that people are told: of how many it is known, how many held."""
    settled, held, settled_lately, held_lately = map(int, room.snapshot.record)
    return {
        "settled": settled,
        "held": held,
        "settled_lately": settled_lately,
        "held_lately": held_lately,
        "is_off": room.snapshot.estimates_off > 0 and settled_lately > 0,
    }


def _announcement(room: CurrentRoom) -> dict[str, Any] | None:
    """The message in full, if its plain words do not say it all."""
    found = announced(room.rules)
    return found.as_stored() if found and not found.is_plain else None


def longest_wait(room: CurrentRoom) -> int | None:
    """Seconds that the first to have joined, of those in line, waits by now; None: nobody does."""
    anybody = room.snapshot.oldest > 0 and (room.waiting > 0 or room.snapshot.called > 0)
    return round(max(0.0, room.now - room.snapshot.oldest)) if anybody else None


def settings_of(room: CurrentRoom, configured: RoomSettings) -> list[dict[str, Any]]:
    """Each setting that can be changed: its value, the configured one, and whether it differs."""
    config = {**room.snapshot.config, "inlet": configured_inlet(configured)}
    rules = {**config, **room.rules}
    return [
        {
            "name": name,
            "value": rules.get(name),
            "configured": config.get(name),
            "overridden": name in room.snapshot.overrides,
        }
        for name in NAMES
    ]


def configured_inlet(configured: RoomSettings) -> str:
    """The configured strategies by their names, since they are code."""
    if not configured.inlet:
        return choices.in_words(None)
    first, *more = map(_name_of, configured.inlet)
    for name in more:
        first = _("{one} and {other}", one=first, other=name)
    return first


def _name_of(strategy: object) -> str:
    name = getattr(strategy, "__qualname__", None)
    return str(name) if name else repr(strategy)
