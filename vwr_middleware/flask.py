"""The waiting room as a Flask extension.

room = WaitingRoom(app)        # or room.init_app(app); settings: app.config["VWR_PATHS"] and so on
"""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import wraps
from typing import Any, ParamSpec

from werkzeug.local import LocalProxy
from werkzeug.middleware.proxy_fix import ProxyFix

from vwr_middleware.blocking import finish
from vwr_middleware.client import Room, WaitingRooms
from vwr_middleware.errors import ConfigurationError
from vwr_middleware.settings import Settings, chosen
from vwr_middleware.site.decorated_views import (
    ask_room,
    check_is_name,
    look_at_view,
    mark_decorated,
)
from vwr_middleware.startup.missing_extras import missing
from vwr_middleware.startup.unreached_paths import Route, marked, warn_of_astray
from vwr_middleware.web.http import BODY_LIMIT, Reply
from vwr_middleware.web.session import Session
from vwr_middleware.wsgi import WaitingRoomMiddleware, reply_headers
from vwr_middleware.wsgi.let_through import give
from vwr_middleware.wsgi.request import WsgiRequest

try:
    from flask import Flask, Response, current_app, request, request_started
except ModuleNotFoundError as error:
    raise missing("flask", error) from error

P = ParamSpec("P")

#: Arguments of a converter may be a regular expression, with `<` and `>` in it.
_PLACEHOLDER = re.compile(r"<(?:(\w+)(?:\(.*?\))?:)?\w+>")

#: The session of the visitor whose request is handled; false where there is none.
current_session: Session = LocalProxy(lambda: request.environ.get("vwr"))  # type: ignore[assignment]


class WaitingRoom:
    """Puts the middleware around a Flask app.

    Settings are the app's `VWR_…` values, and keyword arguments, which win over those. Without a
    secret_key the app's own key and its SECRET_KEY_FALLBACKS are used. A Settings object as
    `settings` replaces all of that. A view finds the visitor's session as `current_session`, and
    `room["main"].complete(id)` ends one by its id. Raises ConfigurationError with every problem.
    """

    def __init__(
        self, app: Flask | None = None, settings: Settings | None = None, **given: Any
    ) -> None:
        self._made, self._given = settings, given
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask) -> None:
        """Gate this app; its configuration must be complete."""
        within = app.wsgi_app
        middleware = WaitingRoomMiddleware(within, self._settings(app))
        app.wsgi_app = middleware  # type: ignore[method-assign]
        app.extensions["vwr"] = WaitingRooms(site=middleware.site)
        if middleware.settings.enabled:
            _look_at_views(app, middleware.settings)
        if _is_all_there_is(app, within):
            _look_at_routes_once(app, middleware.settings)

    def _settings(self, app: Flask) -> Settings:
        if self._made is not None:
            return chosen(self._given, self._made)
        config = {n[4:].lower(): value for n, value in app.config.items() if n.startswith("VWR_")}
        given = {**config, **self._given}
        if "secret_key" not in given and app.secret_key:
            keys = [app.secret_key, *(app.config.get("SECRET_KEY_FALLBACKS") or ())]
            given["secret_key"] = [_text(key) for key in keys]
        return Settings.from_mapping(given)

    def __getitem__(self, name: str) -> Room:
        """A room of the current app, by its name. Raises ConfigurationError if there is none."""
        return _rooms()[name]

    def __iter__(self) -> Iterator[str]:
        # Without this Python would ask for rooms 0, 1, 2 … without end while we are switched off.
        return iter(_rooms())


def _rooms() -> WaitingRooms:
    rooms: WaitingRooms | None = current_app.extensions.get("vwr")
    if rooms is None:
        raise ConfigurationError(["this app has no waiting room: call room.init_app(app)"])
    return rooms


def _look_at_views(app: Flask, settings: Settings) -> None:
    """Check decorated views at start-up: those of the routes so far, and of each route added later.

    Flask does not tell when the last route is added, so each is looked at as it comes.
    """
    for rule in app.url_map.iter_rules():
        look_at_view(rule.rule, app.view_functions.get(rule.endpoint), settings)
    add = app.add_url_rule

    @wraps(add)
    def add_and_look(
        rule: str, endpoint: str | None = None, view_func: Any = None, *args: Any, **options: Any
    ) -> None:
        look_at_view(rule, view_func, settings)
        add(rule, endpoint, view_func, *args, **options)

    app.add_url_rule = add_and_look  # type: ignore[method-assign]


def _is_all_there_is(app: Flask, within: Any) -> bool:
    """Whether nothing but the app itself answers: what was put around it may have more routes."""
    while isinstance(within, ProxyFix):
        within = within.app
    return getattr(within, "__self__", None) is app


def _look_at_routes_once(app: Flask, settings: Settings) -> None:
    """Warn of paths that lead nowhere at the app's first request, when all routes are there."""

    # What is connected stays. So this holds no app: one that is never asked would stay with it.
    def look(sender: Flask, **_: Any) -> None:
        request_started.disconnect(look, sender)
        if not sender.error_handler_spec[None][404]:  # that of a single-page app shows its page
            warn_of_astray(settings, routes_of(sender))

    request_started.connect(look, app, weak=False)


def routes_of(app: Flask) -> Iterator[Route]:
    """The app's routes."""
    converters = app.url_map.converters

    def has_slashes(placeholder: re.Match[str]) -> bool:
        return not converters[placeholder[1] or "default"].part_isolating

    for rule in app.url_map.iter_rules():
        yield Route(rule.rule, marked(rule.rule, _PLACEHOLDER, has_slashes))


def _text(key: str | bytes) -> str:
    return key.decode("latin-1") if isinstance(key, bytes) else key


def waiting_room(name: str) -> Callable[[Callable[P, Any]], Callable[P, Any]]:
    """Let visitors into a view by the room of this name, below `@app.route`.

    The session is `current_session` there. Views of one room share its sessions.
    """
    check_is_name(name)

    def decorate(view: Callable[P, Any]) -> Callable[P, Any]:
        @wraps(view)
        def decorated(*args: P.args, **kwargs: P.kwargs) -> Any:
            environ = request.environ
            asked = WsgiRequest(environ)
            verdict = finish(ask_room(environ, name, asked, environ.get("vwr")))
            if isinstance(verdict, Reply):
                return _stopped(verdict)
            if verdict.session is not None:
                give(environ, verdict.session)
            return current_app.ensure_sync(view)(*args, **kwargs)

        mark_decorated(decorated, name)
        return decorated

    return decorate


def _stopped(reply: Reply) -> Response:
    """Our answer instead of the view's. A small body is read first, as on the paths of a room."""
    is_small = (request.content_length or 0) <= BODY_LIMIT
    if reply.close and is_small and not request.headers.get("Expect"):
        with suppress(Exception):  # each server has its own error for a body that was broken off
            request.get_data(cache=False)
    return Response(reply.body, reply.status, reply_headers(reply))
