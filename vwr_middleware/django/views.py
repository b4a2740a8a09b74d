"""A room in front of a single Django view."""

import asyncio
from collections.abc import Callable
from functools import wraps
from inspect import isawaitable
from typing import Any

from asgiref.sync import async_to_sync, iscoroutinefunction
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse

from vwr_middleware.blocking import finish
from vwr_middleware.django.request import DjangoRequest, give, to_response
from vwr_middleware.site.decorated_views import ask_room, check_is_name, mark_decorated
from vwr_middleware.site.routing import Site
from vwr_middleware.web.http import SITE_KEY, Reply

View = Callable[..., Any]


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
        stopped = _ask_from_here(request, name)
        return view(request, *args, **kwargs) if stopped is None else stopped

    return decorated


def _decorate_async(view: View, name: str) -> View:
    @wraps(view)
    async def decorated(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        stopped = await _ask(request, name)
        if stopped is not None:
            return stopped
        response = view(request, *args, **kwargs)
        return await response if isawaitable(response) else response

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


async def _ask(request: HttpRequest, name: str) -> HttpResponse | None:
    """The room's answer instead of the view's; None: the visitor is inside."""
    session = getattr(request, "vwr", None) or request.META.get("vwr")
    verdict = await ask_room(request.META, name, DjangoRequest(request), session)
    if isinstance(verdict, Reply):
        return to_response(verdict, request)
    if verdict.session is not None:
        give(request, verdict.session)
    return None


def _ask_from_here(request: HttpRequest, name: str) -> HttpResponse | None:
    """The same from a synchronous view: in place, or in the event loop.

    Under ASGI such a view runs in a thread, and an asynchronous store belongs to the event loop.
    """
    site = request.META.get(SITE_KEY)
    if isinstance(site, Site) and not site.store.blocking:
        return async_to_sync(_ask)(request, name)
    return finish(_ask(request, name))
