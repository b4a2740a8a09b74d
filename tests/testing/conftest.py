"""Small apps of each framework behind a room, as a reader would write them."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import pytest
from bottle import Bottle
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import path
from fastapi import FastAPI
from flask import Flask
from quart import Quart
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

import tests.support.django_shop  # noqa: F401  (sets Django up)
from vwr_middleware.asgi import WaitingRoomMiddleware
from vwr_middleware.django.checks import OURS
from vwr_middleware.flask import WaitingRoom
from vwr_middleware.pytest_plugin import vwr_room
from vwr_middleware.wsgi import WaitingRoomMiddleware as WsgiMiddleware

__all__ = ["vwr_room"]

KEY = "a secret of an app that is tested"
#: A store that no test could reach.
GIVEN: dict[str, Any] = {"secret_key": KEY, "paths": "/tickets", "store": "redis://nowhere.invalid"}


def starlette_app() -> Any:
    def tickets(request: Request) -> PlainTextResponse:
        if request.method == "POST":
            request.scope["vwr"].complete()
        return PlainTextResponse("tickets")

    app = Starlette(routes=[Route("/tickets", tickets, methods=["GET", "POST"])])
    app.add_middleware(WaitingRoomMiddleware, **GIVEN)
    return app


def fastapi_app() -> Any:
    app = FastAPI()
    app.get("/tickets", response_class=PlainTextResponse)(lambda: "tickets")
    app.add_middleware(WaitingRoomMiddleware, **GIVEN)
    return app


def quart_app() -> Any:
    app = Quart(__name__)

    @app.route("/tickets")
    async def tickets() -> str:
        return "tickets"

    app.asgi_app = WaitingRoomMiddleware(app.asgi_app, **GIVEN)  # type: ignore[method-assign, arg-type, assignment]
    return app


def flask_app() -> Any:
    app = Flask(__name__)
    app.config.update(SECRET_KEY=KEY, VWR_PATHS="/tickets", VWR_ENABLED=False)
    WaitingRoom(app)
    app.route("/tickets")(lambda: "tickets")
    return app


def bottle_app() -> Any:
    app = Bottle()
    app.route("/tickets")(lambda: "tickets")
    return WsgiMiddleware(app, **GIVEN)


def tickets(request: HttpRequest) -> HttpResponse:
    return HttpResponse("tickets")


urlpatterns = [path("tickets", tickets)]


def django_project() -> AbstractContextManager[Any]:
    rooms = {"PATHS": "/tickets", "STORE": GIVEN["store"]}
    return override_settings(MIDDLEWARE=[OURS], ROOT_URLCONF=__name__, VWR=rooms)


APPS: dict[str, Callable[[], Any]] = {
    "starlette": starlette_app,
    "fastapi": fastapi_app,
    "quart": quart_app,
    "flask": flask_app,
    "bottle": bottle_app,
    "django": lambda: None,
}


@pytest.fixture(scope="session")
def made() -> dict[str, Any]:
    """Each app is made once, as apps are that are made on import."""
    return {name: make() for name, make in APPS.items()}


def text_of(response: Any) -> str:
    """The body of a response of any client."""
    body = response.content if hasattr(response, "content") else response.data
    return str(body, "utf-8")


@pytest.fixture(params=APPS)
def app(request: pytest.FixtureRequest, made: dict[str, Any]) -> Iterator[Any]:
    """An app of each framework; None for the project of Django."""
    with django_project() if request.param == "django" else nullcontext():
        yield made[request.param]
