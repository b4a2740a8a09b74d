"""The waiting room in front of an ASGI app: Starlette, FastAPI, Litestar, Quart, any other.

app.add_middleware(WaitingRoomMiddleware, secret_key=KEY, paths=["/tickets"], max_active=500)
"""

import logging
import sys
import time
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from functools import lru_cache
from typing import Any

from vwr_middleware.errors import ConfigurationError
from vwr_middleware.http import BODY_LIMIT, Pass, Reply
from vwr_middleware.outgoing import amend, needs_amending
from vwr_middleware.settings import Settings
from vwr_middleware.site import OPEN, Site
from vwr_middleware.stores.opening import open_store

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

log = logging.getLogger("vwr_middleware")


#: Names of headers as bytes, remembered: the gate asks for the same dozen again and again.
_NAMES: dict[str, bytes] = {}


def _name(name: str) -> bytes:
    return _NAMES.setdefault(name, name.encode("latin-1"))


def _by_name(pairs: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Headers by name; several of one name joined, as HTTP says, and cookies by a semicolon."""
    pairs = list(pairs)
    headers = dict(pairs)
    if len(headers) < len(pairs):
        headers.clear()
        for name, value in pairs:
            if name in headers:
                joint = b"; " if name == b"cookie" else b", "
                value = headers[name] + joint + value
            headers[name] = value
    return headers


class AsgiRequest:
    """A request as the gate reads it, over an ASGI scope."""

    __slots__ = ("_headers", "body", "method", "mount", "native", "path")

    def __init__(self, scope: Scope) -> None:
        self.native = scope
        self.method: str = scope.get("method", "GET")
        mount: str = scope.get("root_path", "")
        path: str = scope["path"]
        if mount:
            # `path` includes `root_path`, as ASGI was clarified; some servers leave it out.
            mount = mount.rstrip("/")
            path = path[len(mount) :] or "/" if _below(path, mount) else path
        self.path, self.mount = path, mount
        self.body = b""
        self._headers: dict[bytes, bytes] | None = None

    def header(self, name: str) -> str:
        """One header by its lower-case name."""
        headers = self._headers
        if headers is None:
            headers = self._headers = _by_name(self.native["headers"])
        value = headers.get(_NAMES.get(name) or _name(name))
        return value.decode("latin-1") if value else ""

    @property
    def raw_path(self) -> str:
        """The path as it was sent."""
        raw, path = self.native.get("raw_path"), self.native["path"]
        if not raw or raw == path.encode("utf-8", "surrogatepass"):
            return str(path)
        text: str = raw.decode("latin-1")
        return text.partition("?")[0]

    @property
    def query(self) -> str:
        """The query string as it was sent."""
        query: bytes = self.native.get("query_string", b"")
        return query.decode("latin-1")

    @property
    def scheme(self) -> str:
        """`http` or `https`."""
        scheme = self.native.get("scheme", "http")
        return "https" if scheme in ("https", "wss") else "http"

    @property
    def host(self) -> str:
        """The Host header in lower case."""
        return self.header("host").lower()

    @property
    def client(self) -> str:
        """The peer's address."""
        client = self.native.get("client")
        return str(client[0]) if client else ""

    @property
    def is_websocket(self) -> bool:
        """Whether this is a WebSocket handshake."""
        return bool(self.native["type"] == "websocket")


def _below(path: str, mount: str) -> bool:
    return path == mount or path.startswith(mount + "/")


class WaitingRoomMiddleware:
    """Gates an ASGI app. Settings are keyword arguments, or a Settings object as `settings`.

    Raises ConfigurationError with every problem when it is made, not at the first request.
    """

    def __init__(
        self, app: App, settings: Settings | None = None, *, site: Site | None = None, **kwargs: Any
    ) -> None:
        self.app = app
        self._problem: ConfigurationError | None = None
        try:
            self.settings = settings or (site.settings if site else Settings(**kwargs))
            self.site = site or make_site(self.settings)
        except ConfigurationError as error:
            if not _is_built_late():
                raise
            self._problem = error
            log.critical("%s", error)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass, or answer."""
        kind = scope["type"]
        if kind == "lifespan":
            await self._lifespan(scope, receive, send)
            return
        if self._problem is not None:
            raise self._problem
        if kind not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        scope["vwr"], scope["vwr.site"] = None, self.site
        if not self.settings.enabled:
            await self.app(scope, receive, send)
            return
        request = AsgiRequest(scope)
        verdict = self.site.glance(request) or await self._answer(request, receive)
        if verdict is OPEN:
            await self.app(scope, receive, send)
        elif isinstance(verdict, Reply):
            await _send_reply(verdict, request, receive, send)
        else:
            await self._let_through(verdict, scope, receive, send)

    async def _answer(self, request: AsgiRequest, receive: Receive) -> Pass | Reply:
        """The decision about what a glance did not settle."""
        if self.site.takes_body(request):
            request.body = await _read_body(receive)
        return await self.site.answer(request)

    async def _let_through(self, verdict: Pass, scope: Scope, receive: Receive, send: Send) -> None:
        session = verdict.session
        scope["vwr"] = session

        async def send_amended(message: Message) -> None:
            if message["type"] in ("http.response.start", "websocket.accept"):
                headers = message.get("headers", ())
                if needs_amending(verdict, headers):
                    lowered = [(name.lower(), value) for name, value in headers]
                    message = {**message, "headers": amend(verdict, lowered)}
            await send(message)

        try:
            await self.app(scope, receive, send_amended)
        finally:
            if session is not None and verdict.gate is not None:
                verdict.gate.finished(session)
                await verdict.gate.settle(session)

    async def _lifespan(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The app's own; the store is closed after the app's shutdown. Nothing depends on it."""
        if self._problem is not None:
            await receive()
            await send({"type": "lifespan.startup.failed", "message": str(self._problem)})
            return

        async def send_and_close(message: Message) -> None:
            if message["type"] in ("lifespan.shutdown.complete", "lifespan.shutdown.failed"):
                await self.site.close()
            await send(message)

        await self.app(scope, receive, send_and_close)


def _is_built_late() -> bool:
    """Whether Starlette makes us only now, when it serves already.

    It builds its middleware at the first call. An error raised there does not stop the server: it
    is taken for an app without a lifespan. So the lifespan itself must say that start-up failed.
    """
    frame = sys._getframe(2)
    return frame.f_code.co_name == "build_middleware_stack"


def make_site(settings: Settings) -> Site:
    """The site over the store that the settings name; Redis is asked asynchronously."""
    store = open_store(settings.store, settings.namespace, blocking=False)
    return Site(settings, store, time.monotonic, time.time)


async def _read_body(receive: Receive) -> bytes:
    """The body, up to a little more than our own endpoints take."""
    body = b""
    while len(body) <= BODY_LIMIT:
        message = await receive()
        if message["type"] != "http.request":
            break
        body += message.get("body", b"")
        if not message.get("more_body", False):
            break
    return body


def _encoded(pair: tuple[str, str]) -> tuple[bytes, bytes]:
    """A header as bytes. All but a visitor's own cookies come again and again."""
    return _encode(pair) if pair[0] == "Set-Cookie" else _remembered(pair)


def _encode(pair: tuple[str, str]) -> tuple[bytes, bytes]:
    return pair[0].lower().encode("latin-1"), pair[1].encode("latin-1")


_remembered = lru_cache(maxsize=1024)(_encode)


async def _send_reply(reply: Reply, request: AsgiRequest, receive: Receive, send: Send) -> None:
    headers = [_encoded(pair) for pair in reply.headers]
    if request.is_websocket:
        await _deny_websocket(reply, headers, request, receive, send)
        return
    if reply.may_have_body:
        headers.append((b"content-length", str(len(reply.body)).encode()))
    if reply.close and not request.native.get("http_version", "1.1").startswith(("2", "3")):
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    body = b"" if request.method == "HEAD" else reply.body
    await send({"type": "http.response.body", "body": body})


async def _deny_websocket(
    reply: Reply,
    headers: list[tuple[bytes, bytes]],
    request: AsgiRequest,
    receive: Receive,
    send: Send,
) -> None:
    """Refuse a handshake: by a response where the server can, else by closing it."""
    await receive()  # the handshake itself
    if "websocket.http.response" not in (request.native.get("extensions") or {}):
        await send({"type": "websocket.close", "code": 1013, "reason": "waiting room"})
        return
    await send(
        {"type": "websocket.http.response.start", "status": reply.status, "headers": headers}
    )
    await send({"type": "websocket.http.response.body", "body": reply.body})
