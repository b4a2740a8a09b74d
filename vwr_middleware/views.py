"""A room in front of a single view, whatever its path: what the decorators have in common."""

from vwr_middleware.decorated import met_two_waits, unknown_room
from vwr_middleware.errors import ConfigurationError
from vwr_middleware.site import Site
from vwr_middleware.web.http import Pass, Reply, Request
from vwr_middleware.web.session import Session

NO_MIDDLEWARE = (
    "@waiting_room({name!r}) found no waiting room middleware around this app: add"
    " WaitingRoomMiddleware, which holds the settings and the store"
)


async def ask_room(site: object, name: str, request: Request, session: object) -> Pass | Reply:
    """What the room of this name says to a request to a decorated view.

    `site` and `session` are what the middleware has left with the request. A pass without a session
    changes nothing: it is for those whom the middleware has let into this very room already. Raises
    ConfigurationError if there is no middleware, or no room of this name.
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
        met_two_waits(name, request.path, around.name)
    verdict = gate.glance(request)
    if isinstance(verdict, Session):
        return Pass(verdict)
    return verdict or await site.ask(gate, request)
