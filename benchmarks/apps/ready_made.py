"""The most that any middleware could reach: our very answers, ready-made.

It decides nothing. Whatever it costs over its floor is the server's price for sending these bytes
and headers, which no waiting room can save. For a visitor who is inside, and for one who joins, it
does just what nobody can do without: it looks a Cookie header up, or takes a number from the store,
with all who come in the same turn of the loop, and signs it.
"""

import asyncio
import secrets
import time

from httpx import ASGITransport, AsyncClient, Response
from itsdangerous import Signer
from redis.asyncio import Redis
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


class Inside:
    """Lets everybody in whose Cookie header it has seen before, as if that had been verified."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.until: dict[bytes, float] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == PAGE:
            for name, value in reversed(scope["headers"]):
                if name == b"cookie":
                    now = time.monotonic()
                    if self.until.setdefault(value, now + 7200) > now:
                        scope["vwr"] = value
                    break
        await self.app(scope, receive, send)


class Joining:
    """Gives everybody a number and the page."""

    def __init__(self, app: ASGIApp, redis_url: str, secret: str) -> None:
        self.app = app
        self.redis, self.signer = Redis.from_url(redis_url), Signer(secret)
        self.page: list[Message] = []
        self.joining: list[asyncio.Future[int]] = []
        self.trip: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if not self.page:
            self.page = (await _answers(self.app))[PAGE]
        ticket = self.signer.sign(b"%d" % await self.number())
        start, body = self.page
        cookie = (b"set-cookie", b"vwr_main=%b; Max-Age=604800; Path=/; HttpOnly" % ticket)
        await send({**start, "headers": [*start["headers"], cookie]})
        await send(body)

    async def number(self) -> int:
        """The next number."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[int] = loop.create_future()
        self.joining.append(future)
        if self.trip is None:
            self.trip = loop.create_task(self.trips())
        return await future

    async def trips(self) -> None:
        while self.joining:
            batch, self.joining = self.joining, []
            last = await self.redis.incrby("issued", len(batch))
            for number, future in enumerate(batch, last - len(batch) + 1):
                future.set_result(number)
        self.trip = None


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
