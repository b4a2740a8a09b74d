"""A page of every ASGI framework behind the room, each in the one line that its users write.

`VWR_TESTS_STORE` says where the store is. Servers are started with each, so that each function
imports its own framework; Starlette is what all have in common.
"""

import os
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route

from vwr_middleware.asgi import WaitingRoomMiddleware

#: For Litestar's apps: otherwise it sets the logging of the whole process up, and every request of
#: every later test is logged.
QUIET: dict[str, Any] = {"logging_config": None}
LINE: dict[str, Any] = {
    "secret_key": "a secret of the tests, long enough",
    "paths": ["/tickets"],
    "max_active": 1,
    "store": os.environ.get("VWR_TESTS_STORE", "memory://"),
}


def told(scope: Any) -> str:
    """What the app knows of the session."""
    session = scope["vwr"]
    return f"inside {session.id}" if session else "open"


async def page(request: Request) -> Response:
    return PlainTextResponse(told(request.scope))


def starlette_app(**changes: Any) -> Starlette:
    routes = [Route("/tickets", page), Route("/about", page)]
    app = Starlette(routes=routes)
    app.add_middleware(WaitingRoomMiddleware, **{**LINE, **changes})
    return app


def starlette_mounting_app() -> Starlette:
    """The room stands in a sub-app, below a prefix that it knows nothing of."""
    inner = Starlette(
        routes=[Route("/tickets", page), Route("/about", page)],
        middleware=[Middleware(WaitingRoomMiddleware, **LINE)],
    )
    return Starlette(routes=[Mount("/shop", inner)])


def fastapi_app() -> Any:
    from fastapi import FastAPI, WebSocket
    from fastapi import Request as FastRequest

    app = FastAPI()
    app.add_middleware(WaitingRoomMiddleware, **LINE, close_websockets=True)

    @app.get("/tickets")
    @app.get("/about")
    async def answer(request: FastRequest) -> Response:
        return PlainTextResponse(told(request.scope))

    @app.websocket("/tickets/live")
    async def live(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.send_text(told(websocket.scope))
        await websocket.close()

    @app.websocket("/tickets/echo")
    async def echo(websocket: WebSocket) -> None:
        await websocket.accept()
        async for text in websocket.iter_text():
            await websocket.send_text(text)

    return app


def litestar_app() -> WaitingRoomMiddleware:
    """Around the app: Litestar's own middleware is not asked about paths that it has no route for,
    as ours are."""
    from litestar import Litestar, Request, get

    @get(["/tickets", "/about"], media_type="text/plain")
    async def answer(request: Request[Any, Any, Any]) -> str:
        return told(request.scope)

    return WaitingRoomMiddleware(Litestar([answer], **QUIET), **LINE)  # type: ignore[arg-type]


def litestar_app_that_stays_one() -> Any:
    """The middleware is within it, since `litestar run` takes nothing but a Litestar."""
    from litestar import Litestar, Request, get

    @get(["/tickets", "/about"], media_type="text/plain")
    async def answer(request: Request[Any, Any, Any]) -> str:
        return told(request.scope)

    app = Litestar([answer], **QUIET)
    app.asgi_handler = WaitingRoomMiddleware(app.asgi_handler, **LINE)  # type: ignore[assignment, arg-type]
    return app


def quart_app() -> Any:
    from quart import Quart, request

    app = Quart(__name__)
    app.asgi_app = WaitingRoomMiddleware(app.asgi_app, **LINE)  # type: ignore[method-assign, assignment, arg-type]

    @app.get("/tickets")
    @app.get("/about")
    async def answer() -> str:
        return told(request.scope)

    return app


async def raw(scope: Any, receive: Any, send: Any) -> None:
    """No framework at all; it knows no lifespan."""
    assert scope["type"] == "http"
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": told(scope).encode()})


def raw_app() -> WaitingRoomMiddleware:
    return WaitingRoomMiddleware(raw, **LINE)


class Named(WaitingRoomMiddleware):
    """A user's own name for it."""


def broken_app() -> Starlette:
    """Its settings are wrong, which Starlette finds out only when it serves."""
    return starlette_app(max_active=0, pathz="/tickets", mode="sometimes")


def broken_app_of_a_subclass() -> Starlette:
    app = Starlette(routes=[Route("/tickets", page)])
    app.add_middleware(Named, **{**LINE, "max_active": 0})
    return app


def app_with_two_rooms_around_it() -> Starlette:
    app = starlette_app()
    app.add_middleware(GZipMiddleware)
    app.add_middleware(WaitingRoomMiddleware, **LINE)
    return app


def app_without_a_place_for_its_file() -> Starlette:
    return starlette_app(store="sqlite:////nowhere/at/all/vwr.sqlite3")
