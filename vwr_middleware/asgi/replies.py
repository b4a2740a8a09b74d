"""Our own replies as ASGI messages."""

from vwr_middleware.asgi.request import AsgiRequest, Message, Receive, Send, headers_of, is_http_1
from vwr_middleware.web.http import BODY_LIMIT, Reply
from vwr_middleware.web.replies import Ready, encode


async def send_reply(reply: Reply, request: AsgiRequest, send: Send) -> None:
    """Answer in the app's place."""
    if isinstance(reply, Ready):
        headers = reply.encoded()
    elif request.is_websocket:
        return await _deny_websocket(reply, request, send)
    else:
        headers = [*map(encode, reply.headers)]
        if reply.may_have_body:
            headers.append((b"content-length", b"%d" % len(reply.body)))
        if reply.close:
            headers.extend(closing_headers(request))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    body = b"" if request.is_head else reply.body
    message: Message = {"type": "http.response.body", "body": body}
    if reply.close:
        message = await drained(message, request, request.receive, send)
    await send(message)


def closing_headers(request: AsgiRequest) -> list[tuple[bytes, bytes]]:
    """The headers that close the connection. HTTP/2 and HTTP/3 have none."""
    return [(b"connection", b"close")] if is_http_1(request.native) else []


async def drained(message: Message, request: AsgiRequest, receive: Receive, send: Send) -> Message:
    """The last message of an answer to a request whose body we have read in part, or not at all.

    First the answer is sent, so that a client that still uploads can stop. Then some of the rest is
    read: if a connection is closed with unread data, the client may lose the answer.
    """
    if "100-continue" in request.header("expect").lower():
        return message
    await send({**message, "more_body": True})
    await _drain(receive, len(request.body))
    return {"type": "http.response.body", "body": b""}


async def _drain(receive: Receive, taken: int) -> None:
    while taken < BODY_LIMIT:
        message = await receive()
        taken += len(message.get("body", b""))
        if message["type"] != "http.request" or not message.get("more_body", False):
            return


async def _deny_websocket(reply: Reply, request: AsgiRequest, send: Send) -> None:
    """Refuse a handshake: by a response where the server can, else by closing it.

    The message `websocket.connect` is not waited for: it tells nothing, and Quart's test client
    sends none.
    """
    if "websocket.http.response" not in (request.native.get("extensions") or {}):
        await send({"type": "websocket.close", "code": 1013, "reason": "waiting room"})
        return
    # Headers of one name are joined: a worker of granian dies of a second one.
    headers = [*headers_of([*map(encode, reply.headers)]).items()]
    start = {"type": "websocket.http.response.start", "status": reply.status}
    await send({**start, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": reply.body})
