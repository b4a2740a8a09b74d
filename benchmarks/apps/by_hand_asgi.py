"""A waiting room as people write it by hand today, as a pure ASGI middleware: the baseline."""

import time

import jwt
from redis.asyncio import Redis
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

WAITING = """<!doctype html><title>Please wait</title><meta http-equiv="refresh" content="10">
<h1>You are in line</h1><p>Your position: {position}. Now serving: {serving}.</p>"""


class Papers:
    """The position and the pass as JWTs in cookies."""

    secret: str

    def encode(self, position: int) -> str:
        claims = {"position": position, "exp": int(time.time()) + 3600}
        return jwt.encode(claims, self.secret, algorithm="HS256")

    def decode(self, token: str | None) -> int | None:
        if token is None:
            return None
        try:
            return int(jwt.decode(token, self.secret, algorithms=["HS256"])["position"])
        except (jwt.InvalidTokenError, KeyError, ValueError):
            return None


class WaitingRoom(Papers):
    """Counters in Redis, and papers."""

    def __init__(self, app: ASGIApp, redis_url: str, secret: str, prefix: str = "/tickets") -> None:
        self.app = app
        self.redis = Redis.from_url(redis_url)
        self.secret = secret
        self.prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        if request.url.path == "/queue/status":
            await self.respond(JSONResponse(await self.status(request)), scope, receive, send)
            return
        if not request.url.path.startswith(self.prefix):
            await self.app(scope, receive, send)
            return
        serving = int(await self.redis.get("serving") or 0)
        if self.decode(request.cookies.get("pass")) is not None:
            await self.app(scope, receive, send)
            return
        position = self.decode(request.cookies.get("ticket"))
        await self.respond(await self.wait_or_enter(position, serving), scope, receive, send)

    async def wait_or_enter(self, position: int | None, serving: int) -> Response:
        if position is not None and position <= serving:
            entered = Response(status_code=307, headers={"Location": self.prefix})
            entered.set_cookie("pass", self.encode(position), httponly=True)
            return entered
        new = position is None
        if position is None:
            position = int(await self.redis.incr("issued"))
        page = HTMLResponse(WAITING.format(position=position, serving=serving), status_code=202)
        if new:
            page.set_cookie("ticket", self.encode(position), httponly=True)
        return page

    async def status(self, request: Request) -> dict[str, int | None]:
        serving = int(await self.redis.get("serving") or 0)
        return {"serving": serving, "position": self.decode(request.cookies.get("ticket"))}

    async def respond(self, answer: Response, scope: Scope, receive: Receive, send: Send) -> None:
        await answer(scope, receive, send)
