"""An API whose single-page app is of another site, as `API_PAGES` says."""

import os

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


app = WaitingRoomMiddleware(
    Starlette(
        routes=[Route("/tickets/seats", seats, methods=["GET", "POST", "DELETE"])],
        middleware=[
            Middleware(
                CORSMiddleware,
                allow_origins=[PAGES],
                allow_methods=["*"],
                allow_headers=["VWR-Token"],
            )
        ],
    ),
    secret_key="a key for an API of another site",
    store="memory://",
    paths=["/tickets"],
    max_active=1,
    cors_origins=[PAGES],
)
