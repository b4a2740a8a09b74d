"""A room in front of a single Starlette view; the middleware is in `vwr_middleware.asgi`."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import wraps
from inspect import isawaitable, iscoroutinefunction, signature
from typing import Any, ParamSpec

from vwr_middleware.asgi import AsgiRequest
from vwr_middleware.asgi.let_through import Incoming
from vwr_middleware.errors import ConfigurationError
from vwr_middleware.site.decorated_views import ask_room, check_is_name, mark_decorated
from vwr_middleware.startup.missing_extras import missing
from vwr_middleware.web.http import PASSES_KEY, Reply

try:
    from starlette.concurrency import run_in_threadpool
    from starlette.requests import Request
    from starlette.responses import Response
except ModuleNotFoundError as error:
    raise missing("starlette", error) from error

P = ParamSpec("P")

_NO_REQUEST = "@waiting_room({!r}): the view must take the request, `request: Request`"


def waiting_room(name: str) -> Callable[[Callable[P, Any]], Callable[P, Awaitable[Any]]]:
    """Let visitors into a view by the room of this name, below the route's decorator.

    The view takes the request as one of its arguments and returns a response; the session is
    `request.scope["vwr"]` there. Views of one room share its sessions.
    """
    check_is_name(name)

    def decorate(view: Callable[P, Any]) -> Callable[P, Awaitable[Any]]:
        _refuse_without_parameters(name, view)
        run = _awaited(view)

        @wraps(view)
        async def decorated(*args: P.args, **kwargs: P.kwargs) -> Any:
            request = _request_among(name, args, kwargs)
            scope = request.scope
            asked = AsgiRequest(scope)
            verdict = await ask_room(scope, name, asked, scope.get("vwr"))
            if isinstance(verdict, Reply):
                if verdict.close:
                    scope[PASSES_KEY].refuse_body(asked)
                return _response(verdict)
            if (session := verdict.session) is not None:
                scope["vwr"] = session
                if session.measured is not None:
                    request._receive = Incoming(session.measured, request.receive).take
            return await run(*args, **kwargs)

        mark_decorated(decorated, name)
        return decorated

    return decorate


def _awaited(view: Callable[P, Any]) -> Callable[P, Awaitable[Any]]:
    """The view, awaited: one written with `def` runs in a thread, as it does without us."""
    if iscoroutinefunction(view):
        return view

    async def run(*args: P.args, **kwargs: P.kwargs) -> Any:
        answer = await run_in_threadpool(view, *args, **kwargs)
        return await answer if isawaitable(answer) else answer

    return run


def _refuse_without_parameters(name: str, view: Callable[..., Any]) -> None:
    """Raise at once what is sure at once. Of other views only the first request tells."""
    with suppress(TypeError, ValueError):  # not everything shows its parameters
        # Its own, not those of a function around which another decorator has put it.
        if not signature(view, follow_wrapped=False).parameters:
            raise ConfigurationError([_NO_REQUEST.format(name)])


def _request_among(name: str, args: Any, kwargs: Any) -> Request:
    for argument in (*args, *kwargs.values()):
        if isinstance(argument, Request):
            return argument
    raise ConfigurationError([_NO_REQUEST.format(name)])


def _response(reply: Reply) -> Response:
    response = Response(reply.body, reply.status)
    for name, value in reply.headers:
        response.headers.append(name, value)
    if not reply.may_have_body:
        del response.headers["content-length"]
    return response
