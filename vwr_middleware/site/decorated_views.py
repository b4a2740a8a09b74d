"""A room in front of a single view, whatever its path: what the decorators have in common, and
warnings of those that stand in the wrong place."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any
from weakref import WeakKeyDictionary

from vwr_middleware.errors import ConfigurationError
from vwr_middleware.settings import Settings
from vwr_middleware.site.routing import Site
from vwr_middleware.web.app_response import rooms_of_views
from vwr_middleware.web.http import PASSES_KEY, SITE_KEY, Pass, Reply, Request
from vwr_middleware.web.paths import PathRule
from vwr_middleware.web.remembered import error_once, warn_once
from vwr_middleware.web.replies import PRIVATE, REFERRER
from vwr_middleware.web.session import Session

NO_MIDDLEWARE = (
    "@waiting_room({name!r}) found no waiting room middleware around this app: add"
    " WaitingRoomMiddleware, which has the settings and the store"
)
TWICE = (
    "@waiting_room(%r) stands at %s, which room %r already protects, so people wait twice: remove"
    " the path from that room, or the decorator from the view"
)
UNDECORATED = (
    "@waiting_room(%r) does not protect %s, which serves the undecorated view, so nobody waits"
    " there: put it below the route's decorator"
)
CACHED = (
    "@waiting_room(%r) stands below a cache's decorator at %s, so everybody gets what is cached,"
    " even somebody's place in line: put it above the cache's decorator"
)

#: The undecorated function of each decorated view, with its room; and each undecorated view that is
#: served, with its route. A view in both has its decorators in the wrong order: the route's
#: decorator ran first, and registered the function without a room. Nothing else shows that mistake.
_bare: WeakKeyDictionary[Any, str] = WeakKeyDictionary()
_routes: WeakKeyDictionary[Any, str] = WeakKeyDictionary()


def check_is_name(name: object) -> None:
    """Refuse `@waiting_room` without parentheses, where `name` is the view itself."""
    if not isinstance(name, str):
        raise ConfigurationError(['@waiting_room needs the name of a room: @waiting_room("main")'])


async def ask_room(
    left: Mapping[str, Any], name: str, request: Request, session: object
) -> Pass | Reply:
    """What the room of this name says to a request to a decorated view.

    `left` and `session` are what the middleware has left with the request. A pass that brings a
    session is left with it too, for the response. One without changes nothing: it is for those whom
    the middleware has let into this very room already. Raises ConfigurationError if there is no
    middleware, or no room of this name.
    """
    site, passes = left.get(SITE_KEY), left.get(PASSES_KEY)
    if not isinstance(site, Site):
        raise ConfigurationError([NO_MIDDLEWARE.format(name=name)])
    if not site.settings.enabled:
        return Pass()
    gate = site.gates.get(name)
    if gate is None:
        raise ConfigurationError([unknown_room(name, site.gates)])
    if isinstance(session, Session) and session.keeper is gate.inside:
        return Pass()
    # The first decorated view may be loaded by this very request, behind the middleware.
    if passes is None:
        return Reply(307, b"", (("Location", f"?{request.query}"), *PRIVATE, REFERRER))
    verdict = gate.glance(request) or await gate.answer(request)
    if isinstance(verdict, Pass) and verdict.session is not None:
        passes.add(verdict)
    return verdict


def mark_decorated(view: Callable[..., Any], name: str) -> None:
    """Remember that a decorated view leads into the room of this name.

    `view` is what `functools.wraps` made, so that the undecorated view is known too.
    """
    view.waiting_room = name  # type: ignore[attr-defined]
    rooms_of_views.add(name)
    bare = view.__wrapped__  # type: ignore[attr-defined]
    with suppress(TypeError):  # not everything that can be called can be referred to weakly
        _bare[bare] = name
        if bare in _routes:
            error_once(UNDECORATED, name, _routes[bare])


def look_at_view(route: str, view: object, settings: Settings) -> None:
    """Log if a view's decorators are in the wrong order, or lead into a second room.

    Raises ConfigurationError if there is no room of the name that a decorator gives.
    """
    name = getattr(view, "waiting_room", None)
    if not isinstance(name, str):
        with suppress(TypeError):
            _routes[view] = route
            if view in _bare:
                error_once(UNDECORATED, _bare[view], route)
        return
    rooms = [room.name for room in settings.rooms]
    if name not in rooms:
        raise ConfigurationError([unknown_room(name, rooms)])
    # Flask-Caching leaves the view that it has decorated here.
    if hasattr(getattr(view, "uncached", None), "waiting_room"):
        error_once(CACHED, name, route)
    around = room_around(settings, route)
    if around not in (None, name):
        warn_once(TWICE, name, route, around)


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
