"""What people write wrong with `@waiting_room` is told with its fix."""

from collections.abc import Callable
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from tests.support.transport import PortalTransport
from tests.support.visitor import Visitor
from vwr_middleware import django, flask, starlette
from vwr_middleware.asgi import WaitingRoomMiddleware
from vwr_middleware.errors import ConfigurationError


def view(request: Request) -> PlainTextResponse:
    return PlainTextResponse("inside")


@pytest.mark.parametrize(
    "framework", [django, flask, starlette], ids=lambda module: module.__name__
)
def test_a_decorator_without_its_parentheses_is_refused(framework: Any) -> None:
    decorator: Callable[..., Any] = framework.waiting_room
    with pytest.raises(ConfigurationError, match=r'@waiting_room\("main"\)'):
        decorator(view)


def test_a_view_of_starlette_that_is_not_async_is_told_so() -> None:
    decorator: Callable[..., Any] = starlette.waiting_room("main")
    app = Starlette(routes=[Route("/buy", decorator(view))])
    gated = WaitingRoomMiddleware(
        app, secret_key="a key for tests, long enough", paths=[], store="memory://"
    )
    transport = PortalTransport(gated)
    try:
        with pytest.raises(ConfigurationError, match="must be written with async def"):
            Visitor.of(transport).opens("/buy")
    finally:
        transport.close()
