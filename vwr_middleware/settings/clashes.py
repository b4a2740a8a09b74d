"""Cookies that cannot work: with the name of other cookies, or not sent where we need them."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vwr_middleware.settings.room import RoomSettings

#: What else we keep in a browser: the panel, Django's staff, what somebody chose while waiting.
TAKEN = frozenset({"vwr_panel", "vwr_staff", "vwr_lang", "vwr_refresh"})

#: How the names of a room's further cookies end, and what they hold.
KINDS = {"token": "the access token", "kept": "a kept ticket or token"}


def cookie_clashes(values: Mapping[str, Any]) -> Iterator[str]:
    """Rooms that must have another name, or the namespace must."""
    namespace: str = values.get("namespace") or ""
    rooms: tuple[RoomSettings, ...] = values.get("rooms") or ()
    for room in rooms:
        ticket = f"{namespace}_{room.name}"
        if ticket in TAKEN:
            whose = "another cookie of ours"
        elif room.name in KINDS and "_" in namespace:
            before, _, other = namespace.rpartition("_")
            whose = f"{KINDS[room.name]} of a room {other!r} in the namespace {before!r}"
        else:
            continue
        yield f"room {room.name!r}: its cookie {ticket} would be {whose} too: rename the room"


def cookies_out_of_reach(values: Mapping[str, Any]) -> Iterator[str]:
    """A cookie path that covers a room, and not our own pages: no poll would bring the ticket.

    One that covers no room either is taken for that of an app below a mount prefix, which nobody
    knows before the first request.
    """
    cookie_path: str = values.get("cookie_path") or "/"
    prefix: str = values.get("prefix") or ""
    rooms: tuple[RoomSettings, ...] = values.get("rooms") or ()
    paths = (path for room in rooms for path in room.paths if isinstance(path, str))
    if not prefix or _reaches(cookie_path, prefix):
        return
    if any(_reaches(cookie_path, path) for path in paths):
        inside = f"{cookie_path.rstrip('/')}/_vwr"
        yield (
            f'cookie_path "{cookie_path}" does not cover prefix "{prefix}", where our own pages'
            f' need the cookies: set prefix to "{inside}", or cookie_path to "/"'
        )


def _reaches(cookie_path: str, path: str) -> bool:
    """Whether a browser sends a cookie of this path to the pages below another one."""
    return f"{path.rstrip('/')}/".startswith(f"{cookie_path.rstrip('/')}/")
