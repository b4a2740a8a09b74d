"""A room in front of a single view or action, whatever its path: what the decorators rest on."""

from vwr_middleware.decorated import unknown_room, warn_of_two_waits
from vwr_middleware.errors import ConfigurationError
from vwr_middleware.site import Site
from vwr_middleware.web.http import Pass, Reply, Request
from vwr_middleware.web.session import Session

NO_MIDDLEWARE = (
    "@waiting_room({name!r}) found no waiting room middleware around this app: add"
    " WaitingRoomMiddleware, which holds the settings and the store"
)


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
