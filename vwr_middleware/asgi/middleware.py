"""The waiting room in front of an ASGI app: Starlette, FastAPI, Litestar, Quart, any other.

app.add_middleware(WaitingRoomMiddleware, secret_key=KEY, paths=["/tickets"], max_active=500)
"""

import logging
import sys
import time
from functools import partial
from types import FrameType
from typing import Any

from vwr_middleware.asgi.let_through import Incoming, Outgoing, WatchedPasses
from vwr_middleware.asgi.lifespan import fail, run_lifespan
from vwr_middleware.asgi.replies import send_reply
from vwr_middleware.asgi.request import App, AsgiRequest, Receive, Scope, Send, is_http_1
from vwr_middleware.asgi.sockets import Sockets
from vwr_middleware.errors import ConfigurationError
from vwr_middleware.settings import Settings, chosen
from vwr_middleware.site.routing import NOT_PLAIN, UNPROTECTED, AnswerPlain, Recognise, Site
from vwr_middleware.startup.wrapped_app import (
    CorsLayer,
    refuse_a_second,
    refuse_itself,
    refuse_wsgi,
)
from vwr_middleware.stores import Store
from vwr_middleware.stores.opening import open_store
from vwr_middleware.web.app_response import rooms_of_views
from vwr_middleware.web.http import PASSES_KEY, SITE_KEY, Pass, Reply
from vwr_middleware.web.replies import Ready
from vwr_middleware.web.session import Session, responded

# What is answered by a look at the Cookie header alone: most of what a crowd asks.


_SEEN_BY_PLAIN = frozenset(name.encode() for name in ("cookie", *NOT_PLAIN))


def recognised(recognise: Recognise, scope: Scope) -> Session | None:
    """The session of a visitor who is recognised by a Cookie header."""
    headers = scope["headers"]
    # From the end, where browsers send it.
    for name, value in reversed(headers) if isinstance(headers, list) else headers:
        if name == b"cookie":
            session = recognise(value)
            # Over HTTP/2 there may be one header for each cookie.
            if session is not None or is_http_1(scope):
                return session
    return None


def plain_answer(answer_plain: AnswerPlain, scope: Scope) -> Ready | None:
    """The answer to a plain GET, by its Cookie header alone."""
    if scope.get("query_string") or scope["method"] != "GET":
        return None
    cookies = None
    for name, value in scope["headers"]:
        if name in _SEEN_BY_PLAIN:
            if cookies is not None or name != b"cookie":
                return None
            cookies = value
    return answer_plain(cookies)


# The waiting room in front of an ASGI app: Starlette, FastAPI, Litestar, Quart, any other.


log = logging.getLogger("vwr_middleware")

_GATED = frozenset({"http", "websocket"})
_BUILDERS = ("build_middleware_stack", "_build_middleware_stack")  # Starlette's, Connexion's


class WaitingRoomMiddleware:
    """Gates an ASGI app. Settings are keyword arguments, or a Settings object as `settings`.

    Required are `secret_key` and `paths`. All settings are explained in docs/settings.md, and in
    `Settings` and `RoomSettings` of `vwr_middleware.settings`. The app finds the visitor's session,
    or None, at `scope["vwr"]`.

    Raises ConfigurationError with every problem when it is made, not at the first request.
    """

    def __init__(
        self,
        app: App,
        /,  # Starlette's types say that a keyword named `app` would be a setting
        settings: Settings | None = None,
        *,
        site: Site | None = None,
        **kwargs: Any,
    ) -> None:
        self.app = app
        self._sockets = Sockets()
        self._problem: ConfigurationError | None = None
        try:
            self.settings = chosen(kwargs, settings, site and site.settings)
            refuse_wsgi(app)
            refuse_a_second(app, WaitingRoomMiddleware, self.settings)
            self.site = site or make_site(self.settings)
        except ConfigurationError as error:
            if not _is_built_late():
                raise
            self._problem = error
            log.critical("%s", error)
            self._stands_aside = True
        else:
            self.answer_by(self.site)

    def answer_by(self, site: Site) -> None:
        """Answer by this site from now on: at the start, and where a test brings its own."""
        self.site, self.settings, self._ways = site, site.settings, site.ways
        site.refuse_at_first = partial(refuse_itself, self.app, self)
        site.has_layer(CorsLayer(self.app).answers)
        self._stands_aside = site.stands_aside

    def refuse_what_failed(self) -> None:
        """Raise the error with which it started, if its first request was to do that."""
        if self._problem is not None:
            raise self._problem

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass, or answer."""
        if scope["type"] not in _GATED or self._stands_aside:
            return await self._not_gated(scope, receive, send)
        scope[SITE_KEY] = self.site
        # `where_of`, written out: every request passes here.
        where = scope["type"], scope["path"], scope.get("raw_path"), scope.get("root_path")
        way = self._ways.get(where)
        if way is UNPROTECTED:
            scope.setdefault("vwr", None)  # there may be a session of a waiting room around us
            await (self._open if rooms_of_views else self.app)(scope, receive, send)
        elif (
            way
            and way.recognise
            and not rooms_of_views
            and (session := recognised(way.recognise, scope))
        ):
            # `_let_through` for a session that is not measured, written out: a coroutine less.
            outgoing = Outgoing(session, send)
            scope["vwr"] = session
            try:
                await self.app(scope, receive, outgoing.hand_on)
            finally:
                if not outgoing.is_finished or session.has_ended:  # hot: no coroutine for nothing
                    await outgoing.done()
        else:
            ready = plain_answer(way.answer_plain, scope) if way and way.answer_plain else None
            if ready is None:
                request = AsgiRequest(scope, where)
                if not isinstance(found := (way or self.site.way(request)).glance(request), Ready):
                    return await self._look_closer(found, request, receive, send)
                ready = found
            # `send_reply` for such a reply, written out: a coroutine less.
            await send(
                {
                    "type": "http.response.start",
                    "status": ready.status,
                    "headers": ready.encoded(),
                }
            )
            await send({"type": "http.response.body", "body": ready.body})

    async def _look_closer(
        self, verdict: Pass | Reply | None, request: AsgiRequest, receive: Receive, send: Send
    ) -> None:
        """Pass, or answer, where a glance has given no reply that is ready."""
        request.receive = receive
        if verdict is None:
            verdict = await self.site.way(request).answer(request)
        if isinstance(verdict, Reply):
            await send_reply(verdict, request, send)
        else:
            await self._let_through(verdict, request.native, receive, send)

    async def _let_through(self, verdict: Pass, scope: Scope, receive: Receive, send: Send) -> None:
        session = verdict.session
        if session is None:
            return await self._open(scope, receive, send)
        scope["vwr"] = session
        measured = session.measured
        take = receive if measured is None else Incoming(measured, receive).take
        if verdict.is_unheard or (rooms_of_views and scope["type"] == "http"):
            return await self._watched(WatchedPasses(take, send, verdict), scope)
        outgoing = Outgoing(session, send, verdict)
        watch = session.watch() if scope["type"] == "websocket" else None
        try:
            if watch is None:
                await self.app(scope, take, outgoing.hand_on)
            else:
                await self._sockets.run(self.app, scope, watch, receive, outgoing.hand_on)
        except Exception:
            responded(session, 500)
            raise
        finally:
            await outgoing.done()

    async def _open(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The wrapped app on an open path, where a decorated view may still lead into a room."""
        scope.setdefault("vwr", None)
        if rooms_of_views:
            await self._watched(WatchedPasses(receive, send), scope)
        else:
            await self.app(scope, receive, send)

    async def _watched(self, passes: WatchedPasses, scope: Scope) -> None:
        """The wrapped app, where its response may have to bring our cookies: see `Passes`."""
        scope[PASSES_KEY] = passes
        try:
            await self.app(scope, passes.take, passes.hand_on)
        except Exception:
            passes.failed()
            raise
        finally:
            passes.lost()  # if there is no answer yet, somebody outside of us will answer instead
            await passes.done()

    async def _not_gated(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Lifespans, unknown kinds of scope, and everything while `enabled` is false."""
        if self._problem is not None:
            if scope["type"] != "lifespan":
                raise self._problem
            await fail(self._problem, receive, send)
        if scope["type"] == "lifespan":
            await run_lifespan(self.app, self.site, scope, receive, send)
            return
        if scope["type"] in _GATED:
            scope.setdefault("vwr", None)
            scope[SITE_KEY] = self.site
        await self.app(scope, receive, send)


def _is_built_late() -> bool:
    """Whether Starlette or Connexion makes this middleware at its first call: the lifespan.

    An error raised there does not stop the server, which takes it for an app without a lifespan. So
    the lifespan itself must say that start-up failed. Only the call stack tells this case apart.
    """
    frame: FrameType | None = sys._getframe(2)
    for _ in range(4):  # a subclass of ours may lie between
        if frame is not None and frame.f_code.co_name in _BUILDERS:
            return True
        frame = frame and frame.f_back
    return False


def make_site(settings: Settings, store: Store | None = None) -> Site:
    """The site over the store that the settings name; Redis is asked asynchronously. `store`: the
    same, if it is open already."""
    store = store or open_store(settings.store, settings.namespace, blocking=False)
    clocks = time.monotonic, time.time
    return Site(settings, store, *clocks, in_loop=True, work=time.thread_time)
