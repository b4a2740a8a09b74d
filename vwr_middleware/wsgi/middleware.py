"""The waiting room in front of a WSGI app: Flask, Bottle, Pyramid, any other.

app = WaitingRoomMiddleware(app, secret_key=KEY, paths=["/tickets"], max_active=500)

For Flask there is an extension, `vwr_middleware.flask`.
"""

import time
from collections.abc import Callable, Iterable
from functools import partial
from http import HTTPStatus
from typing import Any

from vwr_middleware.blocking import finish
from vwr_middleware.settings import Settings, chosen
from vwr_middleware.site.routing import Site
from vwr_middleware.startup.wrapped_app import refuse_a_second, refuse_asgi, refuse_itself
from vwr_middleware.stores.opening import open_store
from vwr_middleware.web.app_response import rooms_of_views
from vwr_middleware.web.http import SITE_KEY, Reply
from vwr_middleware.wsgi.let_through import Headers, Outgoing, StartResponse, WatchedOutgoing, give
from vwr_middleware.wsgi.request import Environ, WsgiRequest, drain

App = Callable[[Environ, StartResponse], Iterable[bytes]]


class WaitingRoomMiddleware:
    """Gates a WSGI app. Settings are keyword arguments, or a Settings object as `settings`.

    Required are `secret_key` and `paths`. All settings are explained in docs/settings.md, and in
    `Settings` and `RoomSettings` of `vwr_middleware.settings`. The app finds the visitor's session,
    or None, at `environ["vwr"]`.

    Raises ConfigurationError with every problem when it is made. It keeps nothing open before the
    first request, so that servers may fork before.
    """

    def __init__(
        self, app: App, settings: Settings | None = None, *, site: Site | None = None, **kwargs: Any
    ) -> None:
        self.app = app
        self.settings = chosen(kwargs, settings, site and site.settings)
        refuse_asgi(app)
        refuse_a_second(app, WaitingRoomMiddleware, self.settings)
        self.answer_by(site or make_site(self.settings))

    def answer_by(self, site: Site) -> None:
        """Answer by this site from now on: at the start, and where a test brings its own."""
        self.site, self.settings = site, site.settings
        site.refuse_at_first = partial(refuse_itself, self.app, self)
        self._way, self._stands_aside = site.way, site.stands_aside

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Pass, or answer."""
        environ[SITE_KEY] = self.site
        if self._stands_aside:
            environ.setdefault("vwr", None)  # there may be a session of a waiting room around us
            return self.app(environ, start_response)
        request = WsgiRequest(environ)
        way = self._way(request)
        session = way.recognise(request.cookies) if way.recognise and not rooms_of_views else None
        if session is not None:
            environ["vwr"] = session  # it is not measured
            return self._run(environ, Outgoing(session, start_response))
        verdict = way.glance(request)
        if verdict is None:
            verdict = finish(way.answer(request))
        if isinstance(verdict, Reply):
            return _send_reply(verdict, request, start_response)
        session = verdict.session
        if session is None:
            return self._open(environ, start_response)
        give(environ, session)
        if verdict.is_unheard or rooms_of_views:
            return self._run(environ, WatchedOutgoing(environ, start_response, verdict))
        return self._run(environ, Outgoing(session, start_response, verdict))

    def _open(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """The wrapped app on an open path, where a decorated view may still lead into a room."""
        environ.setdefault("vwr", None)
        if rooms_of_views:
            return self._run(environ, WatchedOutgoing(environ, start_response))
        return self.app(environ, start_response)

    def _run(self, environ: Environ, outgoing: Outgoing) -> Iterable[bytes]:
        """The wrapped app, where its response is looked after."""
        try:
            body = self.app(environ, outgoing.start)
        except BaseException:
            outgoing.failed()
            outgoing.done()
            raise
        wrapper = environ.get("wsgi.file_wrapper")
        is_file = isinstance(wrapper, type) and isinstance(body, wrapper)
        if is_file or isinstance(body, list | tuple):  # it is whole: the server sends it in its way
            outgoing.done()
            return body
        outgoing.body = body
        return outgoing


def make_site(settings: Settings) -> Site:
    """The site over the store that the settings name, which is asked in place."""
    store = open_store(settings.store, settings.namespace, blocking=True)
    return Site(settings, store, time.monotonic, time.time, work=time.process_time)


def _send_reply(
    reply: Reply, request: WsgiRequest, start_response: StartResponse
) -> Iterable[bytes]:
    if reply.close:
        drain(request.environ)
    start_response(f"{reply.status} {HTTPStatus(reply.status).phrase}", reply_headers(reply))
    # Always one part: hypercorn sends no headers before the first.
    return [b"" if request.environ["REQUEST_METHOD"] == "HEAD" else reply.body]


def reply_headers(reply: Reply) -> Headers:
    """A reply's headers with its length and kind, where it may have these."""
    headers = list(reply.headers)
    if reply.may_have_body:
        headers.append(("Content-Length", str(len(reply.body))))
        if not any(name == "Content-Type" for name, _ in headers):
            headers.append(("Content-Type", "text/plain"))
    return headers
