"""Rooms whose cookies would have the name of other cookies."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vwr_middleware.settings.room import RoomSettings

#: What else we keep in a browser: the panel, Django's staff, what somebody chose while waiting.
TAKEN = frozenset({"vwr_panel", "vwr_staff", "vwr_lang", "vwr_refresh"})


def cookie_clashes(values: Mapping[str, Any]) -> Iterator[str]:
    """Rooms that must have another name, or the namespace must."""
    namespace: str = values.get("namespace") or ""
    rooms: tuple[RoomSettings, ...] = values.get("rooms") or ()
    for room in rooms:
        ticket = f"{namespace}_{room.name}"
        if ticket in TAKEN:
            whose = "another cookie of ours"
        elif room.name == "token" and "_" in namespace:
            before, _, other = namespace.rpartition("_")
            whose = f"the access token of a room {other!r} in the namespace {before!r}"
        else:
            continue
        yield f"room {room.name!r}: its cookie {ticket} would be {whose} too: rename the room"
