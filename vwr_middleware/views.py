"""A room in front of a single view or action, whatever its path: what the decorators rest on."""

import logging
from collections.abc import Iterable

from vwr_middleware.errors import ConfigurationError
from vwr_middleware.http import Pass, Reply, Request
from vwr_middleware.session import Session
from vwr_middleware.site import Site
from vwr_middleware.visit import Visit

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


async def ask_room(site: object, name: str, request: Request) -> Pass | Reply:
    """What the room of this name says to a request to a decorated view.

    `site` is what the middleware left with the request. Raises ConfigurationError where it left
    nothing, or where no room has this name.
    """
    if not isinstance(site, Site):
        raise ConfigurationError([NO_MIDDLEWARE.format(name=name)])
    if not site.settings.enabled:
        return Pass()
    gate = site.gates.get(name)
    if gate is None:
        raise ConfigurationError([unknown_room(name, site.gates)])
    around = site.rooms.room_for(request)
    if around is not None and around.name != name and (name, around.name) not in _said:
        _said.add((name, around.name))
        log.warning(TWICE, name, request.path, around.name)
    verdict = gate.glance(request)
    if isinstance(verdict, Session):
        return Pass(verdict)
    return verdict or await gate.decide(Visit(request, site.settings, gate.first_path))


def unknown_room(name: str, rooms: Iterable[str]) -> str:
    """The problem of a decorator that names a room which is not there."""
    names = ", ".join(rooms)
    return f"@waiting_room({name!r}) names no room: add it to rooms, or name one of {names}"
