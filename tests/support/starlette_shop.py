"""The small app in Starlette."""

from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from tests.support.shop import METHODS, PARTS, shop, stream_headers
from vwr_middleware.starlette import waiting_room

closed: list[str] = []  # paths whose stream was closed


async def page(request: Request) -> Response:
    body = await request.body()
    answer = shop(request.url.path, request.method, body, request.scope["vwr"])
    response = Response(answer.body, answer.status, media_type=answer.kind)
    for name, value in answer.headers:
        response.headers.append(name, value)
    return response


async def stream(request: Request) -> Response:
    headers = stream_headers(request.query_params)
    return StreamingResponse(_parts(), media_type="text/plain", headers=headers)


async def _parts() -> AsyncIterator[bytes]:
    try:
        for part in PARTS:
            yield part
    finally:
        closed.append("/tickets/stream")


def starlette_app() -> Starlette:
    """A fresh app."""
    return Starlette(
        routes=[
            Route("/tickets/stream", stream),
            Route("/action", waiting_room("action")(page), methods=["GET", "POST"]),
            Route("/{path:path}", page, methods=METHODS),
        ]
    )
