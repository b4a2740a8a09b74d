"""Apps with some routes, and the paths of rooms that are told since no route leads there."""

import re
from collections.abc import Iterable
from typing import Any

from flask import Flask
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from vwr_middleware.asgi.lifespan import routes_of
from vwr_middleware.settings import Settings
from vwr_middleware.startup.unreached_paths import Route as AnyRoute
from vwr_middleware.startup.unreached_paths import astray

MAIN: dict[str, Any] = {"secret_key": "a key for tests, long enough", "store": "memory://"}


def view(*_: Any, **__: Any) -> Any:
    return PlainTextResponse("inside")


def flask_app(*routes: str) -> Flask:
    app = Flask(__name__)
    for number, route in enumerate(routes):
        app.add_url_rule(route, str(number), lambda **_: "inside")
    return app


def starlette_routes(*routes: str) -> Iterable[AnyRoute]:
    return routes_of(Starlette(routes=[Route(route, view) for route in routes]))


def named(routes: Iterable[AnyRoute], *paths: Any) -> list[str]:
    """The paths that are told."""
    lines = astray(Settings(**MAIN, paths=paths), routes)
    return [str(re.findall(r"leads to '([^']+)'", line)[0]) for line in lines]
