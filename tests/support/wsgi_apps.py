"""A page of every WSGI framework behind the room, each in the one line that its users write."""

from collections.abc import Iterable
from typing import Any
from warnings import catch_warnings

from bottle import Bottle, request
from flask import Flask
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from tests.support.framework_apps import LINE, told
from vwr_middleware.flask import WaitingRoom
from vwr_middleware.wsgi import WaitingRoomMiddleware


def flask_app() -> Flask:
    app = _flask()
    app.wsgi_app = WaitingRoomMiddleware(app.wsgi_app, **LINE)  # type: ignore[method-assign]
    return app


def flask_app_with_others_beside_it() -> Flask:
    app = _flask()
    app.wsgi_app = DispatcherMiddleware(app.wsgi_app, {"/api": _flask()})  # type: ignore[method-assign]
    app.wsgi_app = WaitingRoomMiddleware(app.wsgi_app, **LINE)  # type: ignore[method-assign]
    return app


def flask_app_with_the_extension() -> Flask:
    app = _flask()
    WaitingRoom(app, **LINE)
    return app


def _flask() -> Flask:
    from flask import request as flask_request

    app = Flask(__name__)

    @app.get("/tickets")
    @app.get("/about")
    def answer() -> str:
        return told(flask_request.environ)

    return app


def bottle_app() -> WaitingRoomMiddleware:
    app = Bottle()

    @app.get("/tickets")  # type: ignore[untyped-decorator]
    @app.get("/about")  # type: ignore[untyped-decorator]
    def answer() -> str:
        return told(request.environ)

    return WaitingRoomMiddleware(app, **LINE)


def pyramid_app() -> WaitingRoomMiddleware:
    with catch_warnings(action="ignore"):  # what it imports is old
        from pyramid.config import Configurator
        from pyramid.response import Response

    def answer(request: Any) -> Any:
        return Response(told(request.environ))

    with Configurator() as config:
        config.add_route("page", "/{page}")
        config.add_view(answer, route_name="page")
        app = config.make_wsgi_app()
    return WaitingRoomMiddleware(app, **LINE)


def raw(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """No framework at all."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [told(environ).encode()]


def raw_app() -> WaitingRoomMiddleware:
    return WaitingRoomMiddleware(raw, **LINE)
