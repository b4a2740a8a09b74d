"""The most that any middleware could reach: our very answers, ready-made.

It decides nothing. Whatever it costs over its floor is the server's price for sending these bytes
and headers, which no waiting room can save.
"""

import secrets
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from httpx import ASGITransport, AsyncClient, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from werkzeug.test import Client, TestResponse

from benchmarks.visitors import FETCH, NAVIGATION
from vwr_middleware import wsgi
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
    async with _visitor(room) as first, _visitor(room) as second:
        await first.get(PAGE, headers=NAVIGATION)  # takes the only place
        await second.get(PAGE, headers=NAVIGATION)
        return {
            PAGE: _messages(await second.get(PAGE, headers=NAVIGATION)),
            POSITION: _messages(await second.get(POSITION, headers=FETCH)),
        }


def _visitor(room: WaitingRoomMiddleware) -> AsyncClient:
    return AsyncClient(transport=ASGITransport(room), base_url="http://127.0.0.1:8000")


def _messages(answer: Response) -> list[Message]:
    head = {"status": answer.status_code, "headers": answer.headers.raw}
    return [
        {"type": "http.response.start", **head},
        {"type": "http.response.body", "body": answer.content},
    ]


class ReadyMadeWsgi:
    """The same for WSGI."""

    def __init__(self, app: WSGIApplication) -> None:
        room = wsgi.WaitingRoomMiddleware(
            app, secret_key=secrets.token_hex(32), paths=[PAGE], max_active=1, store="memory://"
        )
        first, second = Client(room), Client(room)
        first.get(PAGE, headers=NAVIGATION)  # takes the only place
        second.get(PAGE, headers=NAVIGATION)
        asked = {PAGE: NAVIGATION, POSITION: FETCH}
        self.answers = {path: _whole(second.get(path, headers=asked[path])) for path in asked}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        status, headers, body = self.answers[environ["PATH_INFO"]]
        start_response(status, headers)
        return [body]


def _whole(answer: TestResponse) -> tuple[str, list[tuple[str, str]], bytes]:
    return answer.status, list(answer.headers), answer.get_data()
