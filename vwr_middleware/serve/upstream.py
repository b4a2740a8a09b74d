"""The app behind `vwr serve --upstream`: another server, in any language, as an ASGI app.

`proxying` makes the app that the middleware wraps. Bodies go on as they come, in both directions;
whoever hangs up does not keep the app busy; and where nobody answers, visitors are told.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from vwr_middleware.asgi.replies import send_reply
from vwr_middleware.asgi.request import AsgiRequest, Receive, Scope, Send, is_http_1
from vwr_middleware.errors import WaitingRoomError
from vwr_middleware.serve.upstream_client import (
    AWAY,
    UpstreamClient,
    answer_instead,
    has_body,
    until_one_ends,
)
from vwr_middleware.serve.upstream_headers import to_upstream, to_visitor
from vwr_middleware.serve.upstream_sockets import hand_on_socket
from vwr_middleware.web.http import READS, USUAL_METHODS, Reply
from vwr_middleware.web.replies import problem

#: Seconds for a connection to the app, and, once it has the whole request, for the head of its
#: response. The body may take as long as it likes: it may be a stream of events.
CONNECT_WITHIN, ANSWER_WITHIN = 5.0, 60.0
TAKES = ", ".join(sorted(USUAL_METHODS))
BROKEN_OFF = "the request's body breaks off, or cannot be read: send it again"


def proxying(
    upstream: str,
    *,
    connect_within: float = CONNECT_WITHIN,
    answer_within: float = ANSWER_WITHIN,
) -> "Upstream":
    """An ASGI app that hands each request on to the server at this address, for the middleware.

    Raises ConfigurationError for an address that cannot work. It needs asyncio.
    """
    return Upstream(UpstreamClient(upstream, connect_within, answer_within))


class BrokenResponse(WaitingRoomError):
    """The app has broken its response off, so ours must not look whole either."""


class LostVisitor(WaitingRoomError):
    """The visitor has hung up in the middle of a request."""


class Upstream:
    """Hands requests on to one server."""

    def __init__(self, client: UpstreamClient) -> None:
        self._client = client

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with what the app behind us answers."""
        if scope["type"] == "http":
            await self._hand_on(scope, receive, send)
        elif scope["type"] == "websocket":
            await hand_on_socket(self._client, scope, receive, send)
        elif scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await self.close()
            await send({"type": "lifespan.shutdown.complete"})

    async def close(self) -> None:
        """Close the connections to the app."""
        await self._client.close()

    async def _hand_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request on, and give up as soon as its visitor has left."""
        if refusal := _refusal(scope):
            request = AsgiRequest(scope)
            request.receive = receive
            return await send_reply(refusal, request, send)
        body = Body(scope, receive)
        exchange = asyncio.ensure_future(self._exchange(scope, body, send))
        if exchange in await until_one_ends(exchange, asyncio.ensure_future(body.visitor_left())):
            exchange.result()

    async def _exchange(self, scope: Scope, body: "Body", send: Send) -> None:
        request = AsgiRequest(scope)
        request.receive = body.receive
        try:
            response = await self._head(scope, body)
        except ValueError:  # such as a control character in a header
            return await send_reply(problem(400, "this request cannot be handed on"), request, send)
        except AWAY as error:
            if body.has_broken_off:  # so it is not the app's fault
                return await answer_instead(400, request, send, BROKEN_OFF)
            return await answer_instead(self._client.is_away(error), request, send)
        self._client.is_there()
        is_whole = False
        try:
            await _hand_back(response, scope, send)
            is_whole = True
        finally:
            response.release() if is_whole else response.close()

    async def _head(self, scope: Scope, body: "Body") -> Any:
        """The app's response, as soon as its head is there."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(None) as limit:
            # An upload may take long; what counts is the time after it.
            body.at_end = lambda: limit.reschedule(loop.time() + self._client.answer_within)
            parts = body.parts() if body.is_there else None
            if parts is None:
                body.ends()
            try:
                return await self._client.ask(scope, to_upstream(scope), parts)
            finally:
                body.at_end = None


def _refusal(scope: Scope) -> Reply | None:
    """The answer to what no app may get: a tunnel's beginning, and a request to two hosts."""
    if scope["method"].upper() == "CONNECT":
        return problem(405, "there is no tunnel here", [("Allow", TAKES)]).closing()
    if sum(name == b"host" for name, _ in scope["headers"]) > 1:
        return problem(400, "the request names several hosts: send one Host header").closing()
    return None


async def _hand_back(response: Any, scope: Scope, send: Send) -> None:
    """The app's response, part by part as it comes."""
    headers = to_visitor(response.raw_headers, scope)
    start = {"type": "http.response.start", "status": response.status, "headers": headers}
    await send(start)
    parts = response.content.iter_any()
    while (part := await _next_of(parts)) is not None:
        await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _next_of(parts: AsyncIterator[bytes]) -> bytes | None:
    """The next part of a response; None at its end."""
    try:
        return await anext(parts, None)
    except AWAY as error:
        raise BrokenResponse(f"the app has broken its response off: {error}") from error


class Body:
    """A request's body on its way to the app, and the news that its visitor has left."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.receive = receive
        # HTTP/2 needs no header that says so.
        self.is_there = has_body(scope) or not (is_http_1(scope) or scope["method"] in READS)
        self._is_read = asyncio.Event()
        self.has_broken_off = False
        #: Called once the whole body is on its way.
        self.at_end: Any = None

    async def parts(self) -> AsyncIterator[bytes]:
        """The parts as they come. None is asked for before the app takes it: only then a visitor
        who waits for `100 Continue` is told to go on."""
        while True:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                self.has_broken_off = True
                self._is_read.set()
                raise LostVisitor("the visitor has hung up")
            if part := message.get("body", b""):
                yield part
            if not message.get("more_body", False):
                break
        self.ends()

    def ends(self) -> None:
        """Note that there is no more of it."""
        self._is_read.set()
        if self.at_end is not None:
            self.at_end()

    async def visitor_left(self) -> None:
        """Return once the visitor has hung up; noticed after the body has been read."""
        await self._is_read.wait()
        while (await self.receive())["type"] != "http.disconnect":
            pass
