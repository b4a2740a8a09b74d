"""The Starlette app, bare and behind each middleware; every function makes one app."""

import json
import os
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

PAGE = "<!doctype html><title>Tickets</title><h1>Tickets</h1><p>Two seats are left in row 7.</p>"


def all_join() -> None:
    """Turn no newcomer away: what a join costs is measured by more of them than can be served."""
    from vwr_middleware.worker import overload

    overload.BUSY_MOST = overload.LATE_MOST = overload.JOIN_MOST = float("inf")


def settings() -> dict[str, Any]:
    """What the harness wants this app's waiting room to be."""
    if os.environ.get("BENCHMARK_ALL_JOIN"):
        all_join()
    found: dict[str, Any] = json.loads(os.environ.get("BENCHMARK_SETTINGS", "{}"))
    return found


async def page(request: Request) -> HTMLResponse:
    return HTMLResponse(PAGE)


async def done(request: Request) -> HTMLResponse:
    """The last page of a visit."""
    return HTMLResponse(PAGE, headers={"VWR-Session": "completed"})


class NoOp:
    """The least that an ASGI middleware can do."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


def bare() -> Starlette:
    routes = [Route("/tickets", page), Route("/about", page), Route("/tickets/done", done)]
    return Starlette(routes=routes)


def no_op() -> Starlette:
    app = bare()
    app.add_middleware(NoOp)
    return app


def by_hand() -> Starlette:
    from benchmarks.apps.by_hand_asgi import WaitingRoom

    app = bare()
    app.add_middleware(WaitingRoom, **settings())
    return app


def by_hand_base() -> Starlette:
    from benchmarks.apps.by_hand_base import WaitingRoom

    app = bare()
    app.add_middleware(WaitingRoom, **settings())
    return app


def ours() -> Starlette:
    from vwr_middleware.asgi import WaitingRoomMiddleware

    app = bare()
    app.add_middleware(WaitingRoomMiddleware, **settings())
    return app


def ours_around() -> ASGIApp:
    from vwr_middleware.asgi import WaitingRoomMiddleware

    return WaitingRoomMiddleware(bare(), **settings())


def ready_made() -> Starlette:
    from benchmarks.apps.ready_made import ReadyMade

    app = bare()
    app.add_middleware(ReadyMade)
    return app


class Counted:
    """Counts what is asked for by the end of its address, and tells it at /counts."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.counts: dict[str, int] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            last = scope["path"].rpartition("/")[2]
            if last == "counts":
                await JSONResponse(self.counts)(scope, receive, send)
                return
            self.counts[last] = self.counts.get(last, 0) + 1
        await self.app(scope, receive, send)


def counted() -> ASGIApp:
    return Counted(ours())
