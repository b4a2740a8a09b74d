"""A room in front of a single Django view."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from asgiref.sync import async_to_sync, iscoroutinefunction
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase

from vwr_middleware.blocking import finish
from vwr_middleware.django.request import DjangoRequest, amend_response, to_response
from vwr_middleware.http import Pass, Reply
from vwr_middleware.session import done, responded
from vwr_middleware.site import Site
from vwr_middleware.views import ask_room

View = Callable[..., Any]


def waiting_room(name: str) -> Callable[[View], View]:
    """Let visitors into a view by the room of this name; the session is `request.vwr` there.

    For views synchronous and asynchronous; for a class, decorate its `dispatch` with
    `method_decorator`. Views of one room share its sessions.
    """

    def decorate(view: View) -> View:
        if iscoroutinefunction(view):
            decorated = _decorate_async(view, name)
        else:
            decorated = _decorate_sync(view, name)
        decorated.waiting_room = name  # type: ignore[attr-defined]
        return decorated

    return decorate


def _decorate_sync(view: View, name: str) -> View:
    @wraps(view)
    def decorated(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        run = _run(request)
        verdict = run(_ask, request, name)
        if isinstance(verdict, Reply):
            return to_response(verdict, request)
        before = _enter(request, verdict)
        try:
            return _leave(request, before, verdict, view(request, *args, **kwargs))
        except Exception as error:
            responded(verdict.session, _status_of(error))
            raise
        finally:
            run(done, verdict.session)

    return decorated


def _decorate_async(view: View, name: str) -> View:
    @wraps(view)
    async def decorated(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        verdict = await _ask(request, name)
        if isinstance(verdict, Reply):
            return to_response(verdict, request)
        before = _enter(request, verdict)
        try:
            return _leave(request, before, verdict, await view(request, *args, **kwargs))
        except Exception as error:
            responded(verdict.session, _status_of(error))
            raise
        finally:
            await done(verdict.session)

    return decorated


def _run(request: HttpRequest) -> Callable[..., Any]:
    """How a synchronous view runs our coroutines: in place, or where the store lives.

    Under ASGI such a view has a thread, and an asynchronous store belongs to the event loop.
    """
    site = request.META.get("vwr.site")
    if isinstance(site, Site) and not site.store.blocking:
        return lambda work, *args: async_to_sync(work)(*args)
    return lambda work, *args: finish(work(*args))


async def _ask(request: HttpRequest, name: str) -> Pass | Reply:
    return await ask_room(request.META.get("vwr.site"), name, DjangoRequest(request))


def _enter(request: HttpRequest, verdict: Pass) -> Any:
    before = getattr(request, "vwr", None)
    if verdict.session is not None:
        request.vwr = verdict.session  # type: ignore[attr-defined]
    return before


def _leave(
    request: HttpRequest, before: Any, verdict: Pass, response: HttpResponseBase
) -> HttpResponseBase:
    responded(verdict.session, response.status_code)
    amend_response(verdict, response)
    request.vwr = before  # type: ignore[attr-defined]
    return response


def _status_of(error: Exception) -> int:
    """What Django answers for an error of a view, as the adaptive strategy counts it."""
    return 400 if isinstance(error, (Http404, PermissionDenied, SuspiciousOperation)) else 500
