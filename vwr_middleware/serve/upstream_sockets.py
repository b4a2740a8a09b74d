"""WebSockets between a visitor and the app behind us: messages go on one by one, both ways."""

import asyncio
from contextlib import suppress
from typing import Any

import aiohttp

from vwr_middleware.asgi.replies import send_reply
from vwr_middleware.asgi.request import AsgiRequest, Receive, Scope, Send
from vwr_middleware.serve.upstream_client import (
    AWAY,
    UpstreamClient,
    answer_instead,
    until_one_ends,
)
from vwr_middleware.serve.upstream_headers import to_upstream, to_visitor
from vwr_middleware.web.http import Reply
from vwr_middleware.web.replies import problem

#: Bytes of one message at most, as servers take from visitors by default.
LONGEST_MESSAGE = 16 * 1024 * 1024
#: Seconds for the app to answer that a socket is closed.
_CLOSE_WITHIN = 5.0
#: What may not be sent (RFC 6455, section 7.4.1), and what is sent instead.
_NEVER_SENT, _NORMAL, _LOST = (1005, 1006, 1015), 1000, 1014

#: What is handed on of a refusal.
_TOLD = ("Location", "Retry-After", "WWW-Authenticate")
_DATA = (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY)


async def hand_on_socket(
    client: UpstreamClient, scope: Scope, receive: Receive, send: Send
) -> None:
    """Open the socket at the app, and only then accept the visitor's."""
    request = AsgiRequest(scope)
    try:
        async with asyncio.timeout(client.answer_within):
            socket = await client.single().ws_connect(
                client.url(scope),
                protocols=scope.get("subprotocols") or (),
                headers=without_handshake(to_upstream(scope)),
                timeout=aiohttp.ClientWSTimeout(ws_close=_CLOSE_WITHIN),
                max_msg_size=LONGEST_MESSAGE,
            )
    except aiohttp.WSServerHandshakeError as refused:
        client.is_there()
        return await send_reply(_refusal(refused), request, send)
    except ValueError:
        return await send_reply(problem(400, "this request cannot be handed on"), request, send)
    except AWAY as error:
        status = client.is_away(error)
        with suppress(RuntimeError):  # the visitor has not waited for this
            await answer_instead(status, request, send)
        return
    client.is_there()
    try:
        await _accept(socket, scope, receive, send)
        await _carry(socket, receive, send)
    finally:
        await socket.close()


def without_handshake(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The visitor's handshake is between him and us: the one with the app is another, without a
    body, for which the app would wait."""
    ours = ("sec-websocket-", "content-length", "content_length")
    return [pair for pair in headers if not pair[0].lower().startswith(ours)]


def _refusal(refused: aiohttp.WSServerHandshakeError) -> Reply:
    """The app's answer that is no WebSocket. Its body is lost on the way."""
    status = refused.status if refused.status >= 300 else 502  # a 200 is no refusal
    told: Any = refused.headers or {}
    headers = [(name, str(told[name])) for name in _TOLD if name in told]
    return problem(status, "the app refuses this WebSocket", headers)


async def _accept(socket: Any, scope: Scope, receive: Receive, send: Send) -> None:
    await receive()  # `websocket.connect`
    headers = to_visitor(socket._response.raw_headers, scope)
    accepted = {"type": "websocket.accept", "subprotocol": socket.protocol, "headers": headers}
    await send(accepted)


async def _carry(socket: Any, receive: Receive, send: Send) -> None:
    """Messages in both directions until either side closes."""
    there = asyncio.ensure_future(_to_app(socket, receive))
    back = asyncio.ensure_future(_to_visitor(socket, send))
    for task in await until_one_ends(there, back):
        with suppress(*AWAY):  # the app is gone: the other direction has told the visitor
            task.result()


async def _to_app(socket: Any, receive: Receive) -> None:
    while (message := await receive())["type"] != "websocket.disconnect":
        if (text := message.get("text")) is not None:
            await socket.send_str(text)
        else:
            await socket.send_bytes(message.get("bytes") or b"")
    code = message.get("code") or _NORMAL
    reason = (message.get("reason") or "").encode()
    await socket.close(code=_NORMAL if code in _NEVER_SENT else code, message=reason)


async def _to_visitor(socket: Any, send: Send) -> None:
    while (message := await socket.receive()).type in _DATA:
        kind = "text" if message.type is aiohttp.WSMsgType.TEXT else "bytes"
        await send({"type": "websocket.send", kind: message.data})
    is_closed = message.type is aiohttp.WSMsgType.CLOSE
    code = (message.data or 1005) if is_closed else _LOST
    code = _NORMAL if code in _NEVER_SENT else code
    reason = message.extra if is_closed else ""
    with suppress(RuntimeError):  # the visitor has closed it meanwhile
        await send({"type": "websocket.close", "code": code, "reason": reason or ""})
