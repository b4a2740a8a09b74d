"""The same waiting room by hand as a `BaseHTTPMiddleware`, the way most tutorials show it."""

from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp

from benchmarks.apps import by_hand_asgi


class WaitingRoom(BaseHTTPMiddleware):
    def __init__(self, app: ASGIApp, redis_url: str, secret: str, prefix: str = "/tickets") -> None:
        super().__init__(app)
        self.prefix = prefix
        self.room = by_hand_asgi.WaitingRoom(app, redis_url, secret, prefix)

    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        if request.url.path == "/queue/status":
            return JSONResponse(await self.room.status(request))
        if not request.url.path.startswith(self.prefix):
            return await call_next(request)
        serving = int(await self.room.redis.get("serving") or 0)
        if self.room.decode(request.cookies.get("pass")) is not None:
            return await call_next(request)
        position = self.room.decode(request.cookies.get("ticket"))
        return await self.room.wait_or_enter(position, serving)
