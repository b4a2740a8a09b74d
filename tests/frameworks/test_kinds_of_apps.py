"""The middleware of one kind of server around an app of the other kind."""

from functools import partial, wraps
from types import FunctionType
from typing import Any
from unittest.mock import MagicMock

import httpx
import pytest
from bottle import Bottle
from fastapi import FastAPI
from flask import Flask
from litestar import Litestar
from quart import Quart
from starlette.applications import Starlette
from werkzeug.middleware.proxy_fix import ProxyFix

from tests.support.framework_apps import QUIET
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


def application_of_falcon(env: Any, start_response: Any) -> list[bytes]:
    raise NotImplementedError


def application_of_emmett(scope: Any, receive: Any, send: Any) -> Any:
    raise NotImplementedError


@wraps(application)
async def bridge(scope: Any, receive: Any, send: Any) -> None:
    """An ASGI app, which shows the signature of the WSGI app within it."""
    raise NotImplementedError


def without_signature(scope: Any, receive: Any, send: Any) -> None:
    raise NotImplementedError


without_signature.__signature__ = "nothing to read"  # type: ignore[attr-defined]


def asgi_apps() -> list[Any]:
    quart, emmett, litestar = Quart("q"), application_of_emmett, Litestar(**QUIET)
    return [Starlette(), FastAPI(), litestar, litestar.asgi_handler, quart.asgi_app, emmett]


def wsgi_apps() -> list[Any]:
    flask, falcon = Flask("f"), application_of_falcon
    return [flask, flask.wsgi_app, ProxyFix(flask.wsgi_app), Bottle(), application, falcon]


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


def test_an_app_is_known_by_its_own_parameters_and_not_by_the_signature_that_it_shows() -> None:
    apps: list[Any] = [bridge, without_signature, MagicMock(spec=application)]
    for app in apps:
        AsgiRoom(app, **SETTINGS)


class AppOfAiohttp:
    """What aiohttp's own server is given: called, it returns itself."""

    def __call__(self) -> Any:
        raise NotImplementedError


class AppOfTornado:
    def __call__(self, request: Any) -> Any:
        raise NotImplementedError


def create_app(settings: Any = None) -> Any:
    raise NotImplementedError


def anything(*args: Any) -> Any:
    raise NotImplementedError


def of_both(first: Any, second: Any, third: Any = None) -> Any:
    raise NotImplementedError


def test_what_no_server_of_ours_can_call_is_told_at_once_and_not_at_each_request() -> None:
    for app in (AppOfAiohttp(), AppOfTornado(), create_app, object()):
        with pytest.raises(ConfigurationError, match="not a WSGI app: it cannot be called with"):
            WsgiRoom(app, **SETTINGS)  # type: ignore[arg-type]
        with pytest.raises(ConfigurationError, match="not an ASGI app: it cannot be called with"):
            AsgiRoom(app, **SETTINGS)  # type: ignore[arg-type]


def test_what_may_take_any_arguments_is_taken_at_its_word() -> None:
    apps: list[Any] = [anything, of_both, partial(create_app), AppOfAiohttp, MagicMock().method]
    for app in apps:
        WsgiRoom(app, **SETTINGS)
        AsgiRoom(app, **SETTINGS)


class Given:
    """What a decorator of wrapt makes: it shows itself as the function that it wraps."""

    __class__ = FunctionType  # type: ignore[assignment]

    def __init__(self, wrapped: Any, *first: Any) -> None:
        self.wrapped, self.first = wrapped, first

    def __getattr__(self, name: str) -> Any:
        return getattr(self.wrapped, name)

    def __call__(self, *args: Any) -> Any:
        return self.wrapped(*self.first, *args)


def test_what_gives_an_app_further_arguments_is_not_taken_for_the_app_within() -> None:
    def wsgi(shop: str, environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [])
        return [shop.encode()]

    async def asgi(shop: str, scope: Any, receive: Any, send: Any) -> None:
        raise NotImplementedError

    app: Any = Given(wsgi, "the shop")
    with httpx.Client(transport=httpx.WSGITransport(WsgiRoom(app, **SETTINGS))) as client:
        assert client.get("http://shop/").text == "the shop"
    app = Given(asgi, "the shop")
    AsgiRoom(app, **SETTINGS)


def test_a_method_is_known_by_what_it_takes_besides_its_object() -> None:
    class Shop:
        def wsgi(self, environ: Any, start: Any) -> Any:
            raise NotImplementedError

        def asgi(self, scope: Any, take: Any, give: Any) -> Any:
            raise NotImplementedError

    shop = Shop()
    WsgiRoom(shop.wsgi, **SETTINGS)
    AsgiRoom(shop.asgi, **SETTINGS)
    with pytest.raises(ConfigurationError, match="this is a WSGI app"):
        AsgiRoom(shop.wsgi, **SETTINGS)  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match="this is an ASGI app"):
        WsgiRoom(shop.asgi, **SETTINGS)  # type: ignore[arg-type]
