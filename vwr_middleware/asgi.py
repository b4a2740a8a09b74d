"""The waiting room in front of an ASGI app: Starlette, FastAPI, Litestar, Quart, any other.

app.add_middleware(WaitingRoomMiddleware, secret_key=KEY, paths=["/tickets"], max_active=500)
"""

import logging
import sys
import time
from collections.abc import Awaitable, Callable
from types import FrameType
from typing import Any

from vwr_middleware.asgi_replies import Message, Receive, Send, read_body, send_reply
from vwr_middleware.asgi_request import AsgiRequest, Scope
from vwr_middleware.errors import ConfigurationError
from vwr_middleware.http import Pass, Reply
from vwr_middleware.outgoing import amend, needs_amending
from vwr_middleware.settings import Settings
from vwr_middleware.site import OPEN, Site
from vwr_middleware.stores.opening import open_store

__all__ = ["AsgiRequest", "WaitingRoomMiddleware", "make_site"]

App = Callable[[Scope, Receive, Send], Awaitable[None]]

log = logging.getLogger("vwr_middleware")

#: The messages with headers of the app's response, a refusal of a WebSocket among them.
_STARTS = frozenset({"http.response.start", "websocket.accept", "websocket.http.response.start"})
_ENDS = frozenset(
    {"http.response.body", "websocket.http.response.body", "http.response.zerocopysend"}
)


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
        scope.setdefault("vwr", None)  # there may be a session of a waiting room around this one
        scope["vwr.site"] = self.site
        if not self.settings.enabled:
            await self.app(scope, receive, send)
            return
        request = AsgiRequest(scope)
        verdict = self.site.glance(request) or await self._answer(request, receive)
        if verdict is OPEN:
            await self.app(scope, receive, send)
        elif isinstance(verdict, Reply):
            await send_reply(verdict, request, receive, send)
        else:
            await self._let_through(verdict, scope, receive, send)

    async def _answer(self, request: AsgiRequest, receive: Receive) -> Pass | Reply:
        """The decision about what a glance did not settle."""
        if self.site.takes_body(request):
            request.body = await read_body(receive)
        return await self.site.answer(request)

    async def _let_through(self, verdict: Pass, scope: Scope, receive: Receive, send: Send) -> None:
        session, gate = verdict.session, verdict.gate
        if session is not None:
            scope["vwr"] = session
        is_over = session is None or gate is None

        async def send_amended(message: Message) -> None:
            nonlocal is_over
            kind = message["type"]
            if kind in _STARTS:
                message = _started(verdict, message)
            await send(message)
            # Not when the app returns: tasks in the background may go on for long.
            if not is_over and (
                (kind in _ENDS and not message.get("more_body")) or kind == "http.response.pathsend"
            ):
                is_over = True
                gate.finished(session)  # type: ignore[union-attr]
                await gate.settle(session)  # type: ignore[union-attr]

        try:
            await self.app(scope, receive, send_amended)
        except Exception:
            if session is not None and session.began is not None and gate is not None:
                gate.responded(session, 500)
            raise
        finally:
            if session is not None and gate is not None:
                if not is_over:
                    gate.finished(session)
                await gate.settle(session)

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
    frame: FrameType | None = sys._getframe(2)
    for _ in range(4):  # a subclass of ours may lie between
        if frame is not None and frame.f_code.co_name == "build_middleware_stack":
            return True
        frame = frame and frame.f_back
    return False


def _started(verdict: Pass, message: Message) -> Message:
    """The head of the app's response as it goes to the visitor."""
    session, gate = verdict.session, verdict.gate
    if session is not None and session.began is not None and gate is not None:
        gate.responded(session, message.get("status", 101))
    headers = message.get("headers") or ()
    if not isinstance(headers, list | tuple):
        headers = list(headers)  # ASGI allows anything that can be gone through, perhaps once
        message = {**message, "headers": headers}
    if not needs_amending(verdict, headers):
        return message
    lowered = [(name.lower(), value) for name, value in headers]
    return {**message, "headers": amend(verdict, lowered)}


def make_site(settings: Settings) -> Site:
    """The site over the store that the settings name; Redis is asked asynchronously."""
    store = open_store(settings.store, settings.namespace, blocking=False)
    return Site(settings, store, time.monotonic, time.time)
