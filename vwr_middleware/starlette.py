"""A room in front of a single Starlette view; the middleware is in `vwr_middleware.asgi`."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, ParamSpec

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from vwr_middleware.asgi import AsgiRequest
from vwr_middleware.errors import ConfigurationError
from vwr_middleware.http import Pass, Reply
from vwr_middleware.outgoing import amend
from vwr_middleware.session import done, responded
from vwr_middleware.views import ask_room

P = ParamSpec("P")


def waiting_room(
    name: str,
) -> Callable[[Callable[P, Awaitable[Any]]], Callable[P, Awaitable[Any]]]:
    """Let visitors into an async view by the room of this name, below the route's decorator.

    The view takes the request as one of its arguments and returns a response; the session is
    `request.scope["vwr"]` there. Views of one room share its sessions.
    """

    def decorate(view: Callable[P, Awaitable[Any]]) -> Callable[P, Awaitable[Any]]:
        @wraps(view)
        async def decorated(*args: P.args, **kwargs: P.kwargs) -> Any:
            scope = _request_among(name, args, kwargs).scope
            verdict = await ask_room(scope.get("vwr.site"), name, AsgiRequest(scope))
            if isinstance(verdict, Reply):
                return _response(verdict)
            before = scope.get("vwr")
            scope["vwr"] = verdict.session or before
            try:
                response = await view(*args, **kwargs)
                responded(verdict.session, getattr(response, "status_code", 500))
                return _amended(verdict, name, response)
            except Exception as error:
                # Starlette turns these into answers; of all others it makes a 500.
                responded(
                    verdict.session, error.status_code if isinstance(error, HTTPException) else 500
                )
                raise
            finally:
                scope["vwr"] = before
                await done(verdict.session)

        return decorated

    return decorate


def _request_among(name: str, args: Any, kwargs: Any) -> Request:
    for argument in (*args, *kwargs.values()):
        if isinstance(argument, Request):
            return argument
    raise ConfigurationError([f"@waiting_room({name!r}): the view must take the request"])


def _response(reply: Reply) -> Response:
    response = Response(reply.body, reply.status)
    for name, value in reply.headers:
        if name == "Content-Type":
            response.headers[name] = value
        else:
            response.headers.append(name, value)
    if not reply.may_have_body:
        del response.headers["content-length"]
    return response


def _amended(verdict: Pass, name: str, response: Any) -> Response:
    if not isinstance(response, Response):
        raise ConfigurationError([f"@waiting_room({name!r}): the view must return a Response"])
    response.raw_headers = amend(verdict, response.raw_headers)
    return response
