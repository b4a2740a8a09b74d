"""WaitingRoomMiddleware for Django."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any
from weakref import finalize

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from vwr_middleware.asgi import middleware as asgi
from vwr_middleware.blocking import finish
from vwr_middleware.django.checks import log_what_is_astray, place_problems
from vwr_middleware.django.request import DjangoRequest, amend_response, give, to_response
from vwr_middleware.django.settings import bypasses_staff, read_settings, remember
from vwr_middleware.django.signals import told_by_signals
from vwr_middleware.django.staff import StaffInHand, note_staff
from vwr_middleware.settings import Settings
from vwr_middleware.site.routing import OPEN, UNPROTECTED, Site, Way
from vwr_middleware.startup.wrapped_app import refuse_within
from vwr_middleware.web.app_response import Passes, rooms_of_views
from vwr_middleware.web.http import PASSES_KEY, SITE_KEY, Reply, Request
from vwr_middleware.wsgi import middleware as wsgi

log = logging.getLogger("vwr_middleware")


class WaitingRoomMiddleware:
    """Gates a Django project by the settings in VWR, under WSGI and ASGI.

    A view finds the visitor's session, or None, at `request.vwr`.

    Raises ConfigurationError with every problem when Django starts.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)
        self.staff = StaffInHand() if bypasses_staff() is True else None
        self.site = self._make_site()
        self.settings = self.site.settings
        self.site.refuse_at_first = partial(_look_at_first, self.settings)
        remember(self.site)
        for problem in place_problems():
            log.warning("%s", problem.msg)

    def _make_site(self) -> Site:
        settings = told_by_signals(read_settings())
        return asgi.make_site(settings) if self.is_async else wsgi.make_site(settings)

    def __call__(self, request: HttpRequest) -> Any:
        """Pass, or answer; under ASGI this is awaited."""
        answer = self._answer(request)
        return answer if self.is_async else finish(answer)

    async def _answer(self, request: HttpRequest) -> HttpResponseBase:
        asked = DjangoRequest(request)
        # Before META names our site: the first request is looked at for another around this one.
        way = self.site.way(asked) if not self.site.stands_aside else UNPROTECTED
        request.META[SITE_KEY] = self.site
        if self.staff is None or (way is UNPROTECTED and not rooms_of_views):
            return await self._answer_by(way, request, asked)
        account = await self.staff.look(request, asked)
        try:
            return await self._answer_by(way, request, asked)
        finally:
            if account:
                self.staff.ends(account)

    async def _answer_by(
        self, way: Way, request: HttpRequest, asked: DjangoRequest
    ) -> HttpResponseBase:
        verdict = way.glance(asked)
        if verdict is None:
            verdict = await way.answer(asked)
        if isinstance(verdict, Reply):
            return self._note_staff(request, to_response(verdict, request))
        give(request, verdict.session)
        # Kept where a decorated view finds them.
        passes = request.META[PASSES_KEY] = Passes() if verdict is OPEN else Passes(verdict)
        response = None
        try:
            answered = self.get_response(request)
            response = self._let_out(request, passes, await answered if self.is_async else answered)
        except Exception:
            passes.failed()
            raise
        finally:
            if response is None:
                passes.lost()
            if response is None or not response.streaming:
                await passes.done()
        if response.streaming:
            self._follow(response, passes)
        return response

    def _let_out(
        self, request: HttpRequest, passes: Passes, response: HttpResponseBase
    ) -> HttpResponseBase:
        """The app's response on its way out."""
        passes.answered(response.status_code, response, amend_response)
        return self._note_staff(request, response)

    def _note_staff(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if self.staff is not None:
            note_staff(request, response, self.settings)
        return response

    def _follow(self, response: HttpResponseBase, passes: Passes) -> None:
        """See a stream out, which goes on when we have answered."""
        if self.is_async:
            _at_close(response, passes, _in_this_loop(passes.done))
        else:
            _watch(response, passes)
            _at_close(response, passes, lambda: finish(passes.done()))


def _look_at_first(settings: Settings, request: Request) -> None:
    """What shows only with the first request: what is around the project, and all its routes."""
    refuse_within(settings, request)
    log_what_is_astray()


def _watch(response: Any, passes: Passes) -> None:
    """Notice a stream that fails before its first part, if it is to bring a new session's cookies.

    Files are left alone, so that the server can send them in its own way.
    """
    is_file = getattr(response, "file_to_stream", None) is not None
    if passes.is_unheard and not (is_file or response.is_async):
        response.streaming_content = passes.watched(response.streaming_content)


def _at_close(response: HttpResponseBase, passes: Passes, and_then: Callable[[], object]) -> None:
    """Do something when the server has sent the response to its end and closes it.

    Some responses are never closed: a middleware around us may replace one (by a 304, say), and the
    visitor may hang up. Such a request counts as done when the response object is freed.
    """
    finalize(response, passes.finished)
    close = response.close

    def close_and_then() -> None:
        try:
            close()
        finally:
            and_then()

    response.close = close_and_then  # type: ignore[method-assign]


def _in_this_loop(work: Callable[[], Awaitable[None]]) -> Callable[[], object]:
    """A function that starts the work in this event loop. Django closes responses in a thread."""
    loop = asyncio.get_running_loop()
    tasks: set[asyncio.Future[None]] = set()

    def start() -> None:
        task = asyncio.ensure_future(work())
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    return lambda: loop.call_soon_threadsafe(start)
