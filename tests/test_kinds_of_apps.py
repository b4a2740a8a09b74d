"""The middleware of one kind of server around an app of the other kind."""

from typing import Any

import pytest
from bottle import Bottle
from fastapi import FastAPI
from flask import Flask
from litestar import Litestar
from quart import Quart
from starlette.applications import Starlette
from werkzeug.middleware.proxy_fix import ProxyFix

from vwr_middleware.asgi import WaitingRoomMiddleware as AsgiRoom
from vwr_middleware.errors import ConfigurationError
from vwr_middleware.wsgi import WaitingRoomMiddleware as WsgiRoom

SETTINGS: dict[str, Any] = {
    "secret_key": "a secret of the tests, long enough",
    "paths": "/tickets",
    "store": "memory://",
}


def application(environ: Any, start_response: Any) -> list[bytes]:
    raise NotImplementedError


def asgi_apps() -> list[Any]:
    return [Starlette(), FastAPI(), Litestar(), Litestar().asgi_handler, Quart("q").asgi_app]


def wsgi_apps() -> list[Any]:
    flask = Flask("f")
    return [flask, flask.wsgi_app, ProxyFix(flask.wsgi_app), Bottle(), application]


def test_the_wsgi_middleware_says_which_one_an_asgi_app_needs() -> None:
    for app in asgi_apps():
        with pytest.raises(ConfigurationError, match=r"from vwr_middleware\.asgi"):
            WsgiRoom(app, **SETTINGS)
    for app in wsgi_apps():
        WsgiRoom(app, **SETTINGS)


def test_the_asgi_middleware_says_which_one_a_wsgi_app_needs() -> None:
    for app in wsgi_apps():
        with pytest.raises(ConfigurationError, match=r"from vwr_middleware\.wsgi, or for Flask"):
            AsgiRoom(app, **SETTINGS)
    for app in asgi_apps():
        AsgiRoom(app, **SETTINGS)
