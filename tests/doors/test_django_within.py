"""A Django project with the waiting room in MIDDLEWARE, within another that is put around it."""

import asyncio
from typing import Any

import pytest
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler
from werkzeug.test import Client

from tests.support.asgi import nowhere, scope_of
from tests.support.django_project import project
from vwr_middleware.asgi import WaitingRoomMiddleware as AsgiRoom
from vwr_middleware.wsgi import WaitingRoomMiddleware as WsgiRoom

SETTINGS: dict[str, Any] = {
    "secret_key": "a secret of the tests, long enough",
    "paths": "/seats",
    "store": "memory://",
}
TOLD = "around it, with pages below /vwr"


def get_by_wsgi(path: str, mount: str = "", **changes: Any) -> None:
    room = WsgiRoom(WSGIHandler(), **{**SETTINGS, **changes})
    Client(room).get(path, environ_overrides={"SCRIPT_NAME": mount})


def get_by_asgi(path: str, mount: str = "", **changes: Any) -> None:
    django: Any = ASGIHandler()  # its stubs take narrower messages
    room = AsgiRoom(django, **{**SETTINGS, **changes})
    received = [{"type": "http.request"}]

    async def receive() -> Any:
        # Django hears here, too, of somebody who goes away: nobody does.
        return received.pop() if received else await asyncio.Event().wait()

    asyncio.run(room(scope_of(mount + path, root_path=mount), receive, nowhere))


ways = pytest.mark.parametrize("get", [get_by_wsgi, get_by_asgi])


@ways
def test_it_is_told_at_the_first_request(get: Any, caplog: pytest.LogCaptureFixture) -> None:
    """Each newcomer would take two places, and those who wait within would never be called."""
    with project():
        get("/tickets")
    assert TOLD in caplog.text


@ways
@pytest.mark.parametrize("given", [{"prefix": "/vip"}, {"enabled": False}, {"mount": "/shop"}])
def test_it_is_welcome_where_each_answers_for_itself(
    get: Any, given: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    with project():
        get("/tickets", **given)
    assert TOLD not in caplog.text
