"""The most that any middleware could reach: our very answers, ready-made.

It decides nothing. Whatever it costs over its floor is the server's price for sending these bytes
and headers, which no waiting room can save.
"""

import secrets
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from benchmarks.visitors import FETCH, NAVIGATION
from vwr_middleware.asgi import WaitingRoomMiddleware

PAGE, POSITION = "/tickets", "/vwr/main/position"


class ReadyMade:
    """Sends what a real waiting room answered to one visitor, to everybody."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.answers: dict[str, list[Message]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if not self.answers:
            self.answers = await _answers(self.app)
        for message in self.answers[scope["path"]]:
            await send(message)


async def _answers(app: ASGIApp) -> dict[str, list[Message]]:
    """The page and the poll's answer of somebody who waits in a full room."""
    room = WaitingRoomMiddleware(
        app, secret_key=secrets.token_hex(32), paths=[PAGE], max_active=1, store="memory://"
    )
    await _ask(room, PAGE, NAVIGATION)  # takes the only place
    joined = await _ask(room, PAGE, NAVIGATION)
    cookie = next(value for name, value in joined[0]["headers"] if name == b"set-cookie")
    waits = {"Cookie": cookie.decode().split(";")[0]}
    return {
        PAGE: await _ask(room, PAGE, {**NAVIGATION, **waits}),
        POSITION: await _ask(room, POSITION, {**FETCH, **waits}),
    }


async def _ask(app: ASGIApp, path: str, headers: dict[str, str]) -> list[Message]:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    scope: dict[str, Any] = {
        "type": "http", "method": "GET", "path": path, "raw_path": path.encode(),
        "query_string": b"", "root_path": "", "scheme": "http", "http_version": "1.1",
        "server": ("127.0.0.1", 8000), "client": ("127.0.0.1", 1),
        "headers": [(b"host", b"127.0.0.1:8000"),
                    *((k.lower().encode(), v.encode()) for k, v in headers.items())],
    }  # fmt: skip
    await app(scope, receive, send)
    return sent
