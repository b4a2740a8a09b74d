"""An API whose single-page app is of another site, as `API_PAGES` says.

Its CORS layer stands behind the waiting room, or around it if `API_CORS` is `around`.
"""

import os
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from vwr_middleware.asgi import WaitingRoomMiddleware

PAGES = os.environ["API_PAGES"]


async def seats(request: Request) -> PlainTextResponse:
    """Tells which session asks, and with which body; a DELETE ends the session."""
    session = request.scope["vwr"]
    if request.method == "DELETE":
        session.complete()
    return PlainTextResponse(f"inside {session.id} {(await request.body()).decode()}".strip())


CORS: dict[str, Any] = {
    "allow_origins": [PAGES],
    "allow_methods": ["*"],
    "allow_headers": ["VWR-Ticket", "VWR-Token"],
}
EXPOSED = ["Retry-After", "VWR-State", "VWR-Waiting-Room", "VWR-Token", "VWR-Session-Expires"]
ROOM = Middleware(
    WaitingRoomMiddleware,
    secret_key="a key for an API of another site",
    store="memory://",
    paths=["/tickets"],
    max_active=1,
    cors_origins=[PAGES],
)
AROUND = [Middleware(CORSMiddleware, **CORS, expose_headers=["X-Seats", *EXPOSED]), ROOM]
BEHIND = [ROOM, Middleware(CORSMiddleware, **CORS)]

app = Starlette(
    routes=[Route("/tickets/seats", seats, methods=["GET", "POST", "DELETE"])],
    middleware=AROUND if os.environ.get("API_CORS") == "around" else BEHIND,
)
