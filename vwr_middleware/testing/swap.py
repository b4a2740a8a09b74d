"""How a room for tests takes the place of an app's own, and how the app gets its own back."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from vwr_middleware.asgi import middleware as asgi
from vwr_middleware.client import WaitingRooms
from vwr_middleware.errors import ConfigurationError
from vwr_middleware.settings import Settings
from vwr_middleware.site.routing import Site
from vwr_middleware.startup.wrapped_app import DEEPEST
from vwr_middleware.wsgi import middleware as wsgi

#: Makes the site that stands in for one with these settings; `in_loop` as in Site.
MakeSite = Callable[[Settings, bool], Site]

#: What wrappers and frameworks call the app that they wrap.
_WITHIN = ("middleware_stack", "asgi_handler", "app", "wsgi_app", "asgi_app", "application")

_NO_ROOM = (
    "there is no waiting room middleware around this app: hand in the app that the server runs,"
    " with the middleware; for a Django project hand in nothing"
)


@contextmanager
def swapped(app: Any, make: MakeSite) -> Iterator[Site]:
    """Have the middleware around an app of ASGI or WSGI answer by another site for a while."""
    with _stack_of(app):
        middleware = _middleware_around(app)
        if isinstance(middleware, asgi.WaitingRoomMiddleware):
            middleware.refuse_what_failed()
        before = middleware.site
        site = make(middleware.settings, isinstance(middleware, asgi.WaitingRoomMiddleware))
        middleware.answer_by(site)
        with _known_to_flask(app, site):
            try:
                yield site
            finally:
                middleware.answer_by(before)


@contextmanager
def _stack_of(app: Any) -> Iterator[None]:
    """Starlette's and FastAPI's middleware, which they make at the first request."""
    build = getattr(app, "build_middleware_stack", None)
    if build is None or getattr(app, "middleware_stack", None) is not None:
        yield
        return
    app.middleware_stack = build()
    try:
        yield
    finally:
        app.middleware_stack = None  # so that more middleware can be added


def _middleware_around(app: Any) -> asgi.WaitingRoomMiddleware | wsgi.WaitingRoomMiddleware:
    """Ours, wherever it stands among what is around an app."""
    for _ in range(DEEPEST):
        if isinstance(app, asgi.WaitingRoomMiddleware | wsgi.WaitingRoomMiddleware):
            return app
        within = [found for name in _WITHIN if (found := getattr(app, name, None)) is not None]
        if not within:
            break
        app = within[0]
    raise ConfigurationError([_NO_ROOM])


@contextmanager
def _known_to_flask(app: Any, site: Site) -> Iterator[None]:
    """Where Flask's extension keeps the rooms, whose sessions an app ends by their ids."""
    extensions = getattr(app, "extensions", None)
    if not isinstance(extensions, dict) or "vwr" not in extensions:
        yield
        return
    before, extensions["vwr"] = extensions["vwr"], WaitingRooms(site=site)
    try:
        yield
    finally:
        extensions["vwr"] = before


def is_djangos(app: Any) -> bool:
    """Whether an app is a Django project: none at all, or one of Django's own handlers."""
    base = sys.modules.get("django.core.handlers.base")
    return app is None or (base is not None and isinstance(app, base.BaseHandler))


@contextmanager
def swapped_in_django(make: MakeSite) -> Iterator[tuple[Site, Any]]:
    """A site in the place of the project's own, and a handler for clients, with its middleware."""
    from django.test.client import ClientHandler

    from vwr_middleware.django import settings
    from vwr_middleware.django.middleware import WaitingRoomMiddleware

    made: list[Site] = []

    def make_once(self: Any) -> Site:
        made.append(make(settings.read_settings(), self.is_async))
        return made[-1]

    before = settings.remember(None)
    try:
        with patch.object(WaitingRoomMiddleware, "_make_site", make_once):
            handler = ClientHandler()
            handler.load_middleware()
        if not made:
            raise ConfigurationError([_NOT_IN_DJANGO])
        yield made[-1], handler
    finally:
        settings.remember(before)


_NOT_IN_DJANGO = (
    'MIDDLEWARE has no waiting room: add "vwr_middleware.django.WaitingRoomMiddleware" at its top'
)
