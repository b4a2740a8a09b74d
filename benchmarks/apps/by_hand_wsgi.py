"""A waiting room as people write it by hand today, as a WSGI middleware: the baseline."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from redis import Redis
from werkzeug.wrappers import Request, Response

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

from benchmarks.apps.by_hand_asgi import WAITING, Papers


class WaitingRoom(Papers):
    """Counters in Redis, and papers."""

    def __init__(
        self, app: "WSGIApplication", redis_url: str, secret: str, prefix: str = "/tickets"
    ) -> None:
        self.app = app
        self.redis = Redis.from_url(redis_url)
        self.secret = secret
        self.prefix = prefix

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        request = Request(environ)
        if request.path == "/queue/status":
            return self.status(request)(environ, start_response)
        if not request.path.startswith(self.prefix):
            return self.app(environ, start_response)
        serving = int(self.redis.get("serving") or 0)
        if self.decode(request.cookies.get("pass")) is not None:
            return self.app(environ, start_response)
        position = self.decode(request.cookies.get("ticket"))
        return self.wait_or_enter(position, serving)(environ, start_response)

    def wait_or_enter(self, position: int | None, serving: int) -> Response:
        if position is not None and position <= serving:
            entered = Response(status=307, headers={"Location": self.prefix})
            entered.set_cookie("pass", self.encode(position), httponly=True)
            return entered
        new = position is None
        if position is None:
            position = int(self.redis.incr("issued"))
        text = WAITING.format(position=position, serving=serving)
        page = Response(text, status=202, mimetype="text/html")
        if new:
            page.set_cookie("ticket", self.encode(position), httponly=True)
        return page

    def status(self, request: Request) -> Response:
        serving = int(self.redis.get("serving") or 0)
        position = self.decode(request.cookies.get("ticket"))
        return Response(
            f'{{"serving": {serving}, "position": {position or 0}}}', mimetype="application/json"
        )
