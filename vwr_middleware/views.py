"""A room in front of a single view or action, whatever its path: what the decorators rest on."""

import logging
from collections.abc import Callable, Iterable
from typing import Any

from vwr_middleware.errors import ConfigurationError
from vwr_middleware.settings import Settings
from vwr_middleware.site import Site
from vwr_middleware.web.http import Pass, Reply, Request
from vwr_middleware.web.passes import rooms_of_views
from vwr_middleware.web.paths import PathRule
from vwr_middleware.web.session import Session

log = logging.getLogger("vwr_middleware")

NO_MIDDLEWARE = (
    "@waiting_room({name!r}) found no waiting room middleware around this app: add"
    " WaitingRoomMiddleware, which holds the settings and the store"
)
TWICE = (
    "@waiting_room(%r) stands at %s, which room %r protects already, so people wait twice: take the"
    " path out of that room, or the decorator off"
)

_said: set[tuple[str, str]] = set()


def check_is_name(name: object) -> None:
    """Refuse a decorator without its parentheses: what it was given is the view."""
    if not isinstance(name, str):
        raise ConfigurationError(['@waiting_room needs the name of a room: @waiting_room("main")'])


def leads_into(name: str, view: Callable[..., Any]) -> None:
    """Note of a decorated view that it leads into the room of this name."""
    view.waiting_room = name  # type: ignore[attr-defined]
    rooms_of_views.add(name)


async def ask_room(
    site: object, name: str, request: Request, session: object = None
) -> Pass | Reply:
    """What the room of this name says to a request to a decorated view.

    `site` and `session` are what the middleware left with the request. A pass without a session
    changes nothing: whoever is in this very room already is not asked twice. Raises
    ConfigurationError where it left nothing, or where no room has this name.
    """
    if not isinstance(site, Site):
        raise ConfigurationError([NO_MIDDLEWARE.format(name=name)])
    if not site.settings.enabled:
        return Pass()
    gate = site.gates.get(name)
    if gate is None:
        raise ConfigurationError([unknown_room(name, site.gates)])
    if isinstance(session, Session) and session.gate is gate.inside:
        return Pass()
    around = site.rooms.room_for(request)
    if around is not None:
        warn_of_two_waits(name, request.path, around.name)
    verdict = gate.glance(request)
    if isinstance(verdict, Session):
        return Pass(verdict)
    return verdict or await site.ask(gate, request)


def warn_of_two_waits(name: str, where: str, around: str | None) -> None:
    """Say once that a decorated view lies in another room already, if it does."""
    if around not in (None, name) and (name, str(around)) not in _said:
        _said.add((name, str(around)))
        log.warning(TWICE, name, where, around)


def room_around(settings: Settings, route: str) -> str | None:
    """The room whose paths cover the route of a decorated view, if one surely does."""
    for room in settings.rooms:
        limited = room.methods or room.hosts
        if not limited and PathRule(room.paths, room.exclude).covers(route, route, ""):
            return room.name
    return None


def unknown_room(name: str, rooms: Iterable[str]) -> str:
    """The problem of a decorator that names a room which is not there."""
    names = ", ".join(rooms)
    return f"@waiting_room({name!r}) names no room: add it to rooms, or name one of {names}"
