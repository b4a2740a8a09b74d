"""The small app in Starlette."""

from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
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


async def last(request: Request) -> Response:
    return Response("thanks", headers=stream_headers({"last"}))


@waiting_room("action")
async def gone(request: Request) -> Response:
    raise HTTPException(404)


@waiting_room("action")
async def broken(request: Request) -> Response:
    raise RuntimeError("the view has a fault")


@waiting_room("action")
async def seat(request: Request) -> Response:
    return Response(request.path_params["number"])


@waiting_room("action")
async def stream_of_action(request: Request) -> Response:
    async def parts() -> AsyncIterator[bytes]:
        async for part in _parts():
            yield part + request.scope["vwr"].id.encode()

    headers = stream_headers(request.query_params)
    return StreamingResponse(parts(), media_type="text/plain", headers=headers)


def starlette_app(has_action: bool = True) -> Starlette:
    """A fresh app; one with views that are decorated does not start without their room."""
    views = [
        Route("/action/gone", gone),
        Route("/action/within", waiting_room("action")(page)),
        Route("/action/within/last", waiting_room("action")(last)),
        Route("/action/broken", broken),
        Route("/action/seat/{number}", seat),
        Route("/tickets/seat/{number}", seat),
        Route("/action/stream", stream_of_action),
        Route("/action", waiting_room("action")(page), methods=["GET", "POST"]),
    ]
    rest = Route("/{path:path}", page, methods=METHODS)
    return Starlette(
        routes=[Route("/tickets/stream", stream), *(views if has_action else ()), rest]
    )
