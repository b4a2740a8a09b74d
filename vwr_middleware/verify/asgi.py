"""Middleware for ASGI apps that are not behind the room: only visitors who have an access token of
it come through."""

from collections.abc import Awaitable, Callable, Collection, MutableMapping
from typing import Any

from vwr_middleware.verify.refusals import Unverified
from vwr_middleware.verify.verifier import Verifier

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]
#: WebSocket's word for "not by the rules of this place" (RFC 6455), before the handshake is done.
REFUSED = 1008


class RequireAccessToken:
    """Lets requests and WebSockets through to `app` that bring an access token, in
    `scope["vwr"]` the session; answers all others. `open_paths`, whole paths, need none."""

    def __init__(self, app: App, verifier: Verifier, open_paths: Collection[str] = ()) -> None:
        self._app, self._verifier, self._open = app, verifier, frozenset(open_paths)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or scope["path"] in self._open:
            await self._app(scope, receive, send)
            return
        client = scope.get("client")
        try:
            session = await self._verifier.averify_request(
                scope["headers"], client[0] if client else ""
            )
        except Unverified as refusal:
            await _refuse(scope, send, refusal)
            return
        await self._app({**scope, "vwr": session}, receive, send)


async def _refuse(scope: Message, send: Send, refusal: Unverified) -> None:
    prefix = "http"
    if scope["type"] == "websocket":
        if "websocket.http.response" not in (scope.get("extensions") or {}):
            await send({"type": "websocket.close", "code": REFUSED, "reason": refusal.reason})
            return
        prefix = "websocket.http"
    body = refusal.body
    headers = [*refusal.headers, ("Content-Length", str(len(body)))]
    encoded = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers]
    start = {"type": f"{prefix}.response.start", "status": refusal.status, "headers": encoded}
    await send(start)
    is_head = scope.get("method") == "HEAD"
    await send({"type": f"{prefix}.response.body", "body": b"" if is_head else body})
