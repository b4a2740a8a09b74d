"""A room in front of a single Django view."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from inspect import isawaitable
from typing import Any

from asgiref.sync import async_to_sync, iscoroutinefunction
from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.core.handlers.asgi import ASGIRequest
from django.http import Http404, HttpRequest
from django.http.multipartparser import MultiPartParserError

from vwr_middleware.blocking import finish
from vwr_middleware.decorated import ask_room, check_is_name, mark_decorated
from vwr_middleware.django.request import DjangoRequest, amend_response, give, to_response
from vwr_middleware.site import Site
from vwr_middleware.web.http import PASSES_KEY, SITE_KEY, Pass, Reply
from vwr_middleware.web.passes import Passes, unwatched

View = Callable[..., Any]
#: What Django answers with a 4xx when a view raises it.
_REFUSALS = (Http404, PermissionDenied, BadRequest, SuspiciousOperation, MultiPartParserError)


def waiting_room(name: str) -> Callable[[View], View]:
    """Let visitors into a view by the room of this name; the session is `request.vwr` there.

    For views synchronous and asynchronous; for a class, decorate its `dispatch` with
    `method_decorator`. Views of one room share its sessions.
    """
    check_is_name(name)

    def decorate(view: View) -> View:
        if iscoroutinefunction(view):
            decorated = _decorate_async(view, name)
        else:
            decorated = _decorate_sync(view, name)
        mark_decorated(decorated, name)
        return decorated

    return decorate


def _decorate_sync(view: View, name: str) -> View:
    in_loop = _decorate_async(view, name)

    @wraps(view)
    def decorated(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if _is_awaited(request):
            return in_loop(request, *args, **kwargs)
        verdict = _ask_from_here(request, name)
        if isinstance(verdict, Reply):
            return to_response(verdict, request)
        with _inside(request, verdict) as passes:
            return _amended(passes, view(request, *args, **kwargs))

    return decorated


def _decorate_async(view: View, name: str) -> View:
    @wraps(view)
    async def decorated(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        verdict = await _ask(request, name)
        if isinstance(verdict, Reply):
            return to_response(verdict, request)
        with _inside(request, verdict) as passes:
            response = view(request, *args, **kwargs)
            return _amended(passes, await response if isawaitable(response) else response)

    return decorated


def _is_awaited(request: HttpRequest) -> bool:
    """Whether our caller awaits the result.

    A class with asynchronous handlers has a `dispatch` that is a plain function, called in the
    event loop. Plain views under ASGI are called in a thread, where no loop runs.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return isinstance(request, ASGIRequest)


async def _ask(request: HttpRequest, name: str) -> Pass | Reply:
    session = getattr(request, "vwr", None) or request.META.get("vwr")
    return await ask_room(request.META.get(SITE_KEY), name, DjangoRequest(request), session)


def _ask_from_here(request: HttpRequest, name: str) -> Pass | Reply:
    """The same from a synchronous view: in place, or in the event loop.

    Under ASGI such a view runs in a thread, and an asynchronous store belongs to the event loop.
    """
    site = request.META.get(SITE_KEY)
    if isinstance(site, Site) and not site.store.blocking:
        return async_to_sync(_ask)(request, name)
    return finish(_ask(request, name))


@contextmanager
def _inside(request: HttpRequest, verdict: Pass) -> Iterator[Passes]:
    """Run the view with its session. Yields the passes by which its response must be amended here:
    none if the middleware does that."""
    if verdict.session is None:
        yield Passes()
        return
    give(request, verdict.session)
    kept = request.META.get(PASSES_KEY)
    if kept is not None:
        kept.add(verdict)
        yield Passes()
        return
    # The middleware for WSGI apps stands around Django.
    with unwatched(verdict, _status_of) as passes:
        yield passes


def _status_of(error: BaseException) -> int:
    return 400 if isinstance(error, _REFUSALS) else 500


def _amended(passes: Passes, response: Any) -> Any:
    if not passes:  # it may be no response at all, which Django says itself
        return response
    return passes.answered(response.status_code, response, amend_response)
