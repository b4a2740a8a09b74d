"""What people write wrong with `@waiting_room` is told with its fix."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from flask import Flask
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from tests.support.asgi import started
from tests.support.transport import PortalTransport
from tests.support.visitor import Visitor
from vwr_middleware import django, flask, starlette
from vwr_middleware.asgi import WaitingRoomMiddleware
from vwr_middleware.errors import ConfigurationError
from vwr_middleware.flask import WaitingRoom
from vwr_middleware.web.remembered import error_once, warn_once

KEY = "a key for tests, long enough"


def view(request: Request) -> PlainTextResponse:
    return PlainTextResponse("inside")


@pytest.mark.parametrize(
    "framework", [django, flask, starlette], ids=lambda module: module.__name__
)
def test_a_decorator_without_its_parentheses_is_refused(framework: Any) -> None:
    decorator: Callable[..., Any] = framework.waiting_room
    with pytest.raises(ConfigurationError, match=r'@waiting_room\("main"\)'):
        decorator(view)


def test_a_view_that_cannot_take_the_request_is_refused_where_it_is_written() -> None:
    """What FastAPI's own views may leave out."""
    with pytest.raises(ConfigurationError, match="the view must take the request, `request: Req"):
        starlette.waiting_room("main")(lambda: "inside")
    starlette.waiting_room("main")(lambda *given: "inside")
    starlette.waiting_room("main")(max)  # shows no parameters


def test_a_view_may_leave_the_request_to_another_decorator_of_its_own() -> None:
    async def plain() -> PlainTextResponse:
        return PlainTextResponse("inside")

    @wraps(plain)
    async def logged(request: Request) -> PlainTextResponse:
        return await plain()

    app = Starlette(routes=[Route("/tickets", starlette.waiting_room("main")(logged))])
    transport = PortalTransport(
        WaitingRoomMiddleware(app, secret_key=KEY, store="memory://", paths=[])
    )
    try:
        assert Visitor.of(transport).opens("/tickets").text == "inside"
    finally:
        transport.close()


def test_a_decorator_above_the_route_is_told_to_a_user_of_flask(
    caplog: pytest.LogCaptureFixture,
) -> None:
    app = Flask(__name__)
    WaitingRoom(app, secret_key=KEY, store="memory://", paths=[])

    @flask.waiting_room("main")
    @app.get("/above")
    def above() -> str:
        return "open to everybody"

    @app.get("/below")
    @flask.waiting_room("main")
    def below() -> str:
        return "inside"

    (told,) = caplog.messages
    assert "@waiting_room('main') does not protect /above" in told


def kept(view: Callable[[], str]) -> Callable[[], str]:
    """Marks a view as Flask-Caching's `cached` does."""

    @wraps(view)
    def from_the_cache() -> str:
        return view()

    from_the_cache.uncached = view  # type: ignore[attr-defined]
    return from_the_cache


def test_a_cache_around_a_decorated_view_is_told_to_a_user_of_flask(
    caplog: pytest.LogCaptureFixture,
) -> None:
    app = Flask(__name__)
    WaitingRoom(app, secret_key=KEY, store="memory://", paths=[])

    @app.get("/kept")
    @kept
    @flask.waiting_room("main")
    def everybody_gets_this() -> str:
        return "without a wait"

    @app.get("/kept/below")
    @flask.waiting_room("main")
    @kept
    def below() -> str:
        return "after the wait"

    (told,) = caplog.messages
    assert "@waiting_room('main') stands below a cache's decorator at /kept, so" in told


@pytest.mark.parametrize("is_around", [True, False])
def test_a_decorator_above_the_route_is_told_when_fastapi_starts(
    is_around: bool, caplog: pytest.LogCaptureFixture
) -> None:
    error_once.cache_clear()
    router = APIRouter(prefix="/shop")

    @starlette.waiting_room("main")
    @router.get("/above")
    async def above(request: Request) -> str:
        return "open to everybody"

    @router.get("/below")
    @starlette.waiting_room("main")
    async def below(request: Request) -> PlainTextResponse:
        return PlainTextResponse("inside")

    assert started(with_room(router, is_around)) == "lifespan.startup.complete"
    (told,) = caplog.messages
    assert "@waiting_room('main') does not protect /shop/above" in told


def test_the_address_of_an_included_view_is_told_whole(
    caplog: pytest.LogCaptureFixture,
) -> None:
    error_once.cache_clear()
    inner, outer = APIRouter(prefix="/shop"), APIRouter()

    @starlette.waiting_room("main")
    @inner.get("/above")
    async def above(request: Request) -> str:
        return "open to everybody"

    outer.include_router(inner, prefix="/v1")
    assert started(with_room(outer, is_around=False)) == "lifespan.startup.complete"
    (told,) = caplog.messages
    assert "@waiting_room('main') does not protect /v1/shop/above" in told


@pytest.mark.parametrize("is_around", [True, False])
def test_fastapi_does_not_start_with_a_view_whose_room_is_not_there(is_around: bool) -> None:
    router = APIRouter()

    @router.get("/buy")
    @starlette.waiting_room("nowhere")
    async def buy(request: Request) -> PlainTextResponse:
        return PlainTextResponse("inside")

    assert "'nowhere') names no room" in started(with_room(router, is_around))


def test_a_view_in_the_paths_of_another_room_is_told_when_fastapi_starts(
    caplog: pytest.LogCaptureFixture,
) -> None:
    warn_once.cache_clear()
    router = APIRouter(prefix="/shop")

    @router.get("/buy/{seat}")
    @router.get("/free")
    @starlette.waiting_room("buy")
    async def buy(request: Request) -> PlainTextResponse:
        return PlainTextResponse("inside")

    rooms = [{"name": "main", "paths": "/shop/buy"}, {"name": "buy", "paths": []}]
    assert started(with_room(router, is_around=False, rooms=rooms)) == "lifespan.startup.complete"
    (told,) = caplog.messages
    assert "stands at /shop/buy/{seat}, which room 'main' already protects" in told


def with_room(router: APIRouter, is_around: bool, **given: Any) -> Any:
    """An app with these routes, and the middleware around it or among its own."""
    app = FastAPI()
    given = {"secret_key": KEY, "store": "memory://", **(given or {"paths": []})}
    app.include_router(router)
    if is_around:
        return WaitingRoomMiddleware(app, **given)
    app.add_middleware(WaitingRoomMiddleware, **given)
    return app
