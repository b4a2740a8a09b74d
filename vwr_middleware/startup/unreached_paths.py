"""Paths of rooms that no route of the app leads to: nobody would wait there, and none would notice.

`paths=["/ticket"]` in front of an app that answers at `/tickets` is a mistake that shows only when
everybody comes. Frameworks that show their routes are asked for them; this says no more than they
surely tell, so whatever may lead to a path counts as leading there.
"""

import logging
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from difflib import get_close_matches
from urllib.parse import unquote

from vwr_middleware.settings import RoomSettings, Settings
from vwr_middleware.settings.clashes import covers, plain
from vwr_middleware.web.paths import PathRule

log = logging.getLogger("vwr_middleware")

#: In a route: what stands for a part of one name, and for a part that may have slashes in it; and
#: what stands between names of which any may be there.
ONE, MANY, OR = "\1", "\2", "\3"

#: Paths times routes that are compared to find what was meant: that takes a second at most.
MOST_COMPARED = 10_000

NOWHERE = "room {room!r}: no route of this app leads to {path!r}, so nobody waits there{hint}"
_NEAR = "; did you mean {!r}?"
#: What stands for any text in the routes of Django and Flask, and of Starlette.
_ANY = re.compile(r"<[^/<>]*>|\{[^/{}]*\}")
_WRITTEN = ": write paths as the app sees them"

Placeholder = re.Pattern[str]
#: Whether what stands in place of this placeholder may have slashes in it.
Spans = Callable[[re.Match[str]], bool]


def marked(text: str, placeholder: Placeholder, spans: Spans) -> str:
    """The text of a route with its framework's placeholders replaced."""
    return placeholder.sub(lambda found: MANY if spans(found) else ONE, text)


class Route:
    """A route as its framework writes it, its parts between slashes, and its view, if known."""

    def __init__(self, text: str, marked_text: str, view: object = None) -> None:
        self.text, self._parts, self.view = text, _names(marked_text), view

    def leads_to(self, names: Sequence[str]) -> bool:
        """Whether this route may answer at the path of these names, or below it."""
        for name, part in zip(names, self._parts, strict=False):
            if MANY in part:  # it takes all that follows, too
                before = part.partition(MANY)[0]
                return ONE in before or name.startswith(before)
            if ONE not in part and name not in part.split(OR):
                return False
        return len(self._parts) >= len(names)

    def beginning(self, parts: int) -> str:
        """So many of its parts, as they are written."""
        return "/".join(self.text.split("/")[: parts + 1])


def _names(path: str) -> list[str]:
    return [name for name in path.casefold().split("/") if name]


def astray(settings: Settings, routes: Iterable[Route], *, only_near: bool = False) -> list[str]:
    """A line for each path of a room that none of these routes leads to; none without routes.

    `only_near`: something else may answer there, so only paths are told that are nearly a route.
    """
    routes = list(routes)
    rooms = settings.rooms if settings.enabled and routes else ()
    lost = [
        (room.name, path)
        for room in rooms
        for path in room.paths
        if isinstance(path, str) and not _is_reached(path, routes)
    ]
    compared = routes if len(lost) * len(routes) <= MOST_COMPARED else ()
    hints = [(name, path, _hint(path, compared)) for name, path in lost]
    return [
        NOWHERE.format(room=name, path=path, hint=hint)
        for name, path, hint in hints
        if hint != _WRITTEN or not only_near
    ]


def warn_of_astray(settings: Settings, routes: Iterable[Route]) -> None:
    """Log them."""
    with suppress(Exception):  # an app's routes may be anything, and no start fails for a warning
        for line in astray(settings, routes):
            log.warning("%s", line)


def _is_reached(path: str, routes: Sequence[Route]) -> bool:
    # What stands for a star may have slashes in it, so only the names before it are known.
    before, star, _ = path.partition("*")
    names = _names(unquote(before.rpartition("/")[0] if star else path))
    # Paths may be written with the prefix at which the app is mounted, which it need not know.
    lasts = [names[at:] for at in range(len(names) or 1)]
    return any(route.leads_to(last) for last in lasts for route in routes)


def _hint(path: str, routes: Sequence[Route]) -> str:
    # One part more, since it may be a prefix that was forgotten.
    lengths = range(1, len(_names(path)) + 2)
    # A star can be written in `paths`; what stands for any text in a route is refused there.
    beginnings = {_ANY.sub("*", route.beginning(parts)) for route in routes for parts in lengths}
    # The name itself after a forgotten language is likelier than a name like it without one.
    within = f"/*/{path.strip('/')}"
    near = [within] if within in beginnings else get_close_matches(path, sorted(beginnings), n=1)
    return _NEAR.format(near[0]) if near else _WRITTEN


NEVER_REACHED = (
    "room {room!r}: {path!r} never leads to it, since room {by!r} comes first and covers that path:"
    " put {room!r} before {by!r}, or remove the path"
)


def never_reached(settings: Settings) -> Iterator[str]:
    """A warning for each path of a room that an earlier room covers, so that nobody comes to the
    room by it; as far as plain paths show it."""
    for number, room in enumerate(settings.rooms):
        for path in room.paths:
            if isinstance(path, str) and (by := _covered(path, room, settings.rooms[:number])):
                yield NEVER_REACHED.format(room=room.name, path=path, by=by.name)


def _covered(
    path: str, room_settings: RoomSettings, earlier: Sequence[RoomSettings]
) -> RoomSettings | None:
    """The first of the rooms that takes all requests to a path of this room."""
    for first in earlier:
        whole = [one for one in map(plain, first.paths) if one and "*" not in one]
        is_below = any(covers(one, path) for one in whole) and not first.exclude
        takes_all = _takes(first.hosts, room_settings.hosts) and _takes(
            first.methods, room_settings.methods
        )
        if is_below and takes_all and PathRule(whole).covers(path):  # some stay open below "/"
            return first
    return None


def _takes(mine: Sequence[str], theirs: Sequence[str]) -> bool:
    """Whether the hosts, or methods, of one room include those of another; none means all."""
    return not mine or (bool(theirs) and set(theirs) <= set(mine))
