"""The ASGI door: start-up and shutdown."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.support.asgi import acall, call, scope_of, started
from tests.support.house import House, Shop
from vwr_middleware.asgi import WaitingRoomMiddleware
from vwr_middleware.blocking import finish
from vwr_middleware.errors import ConfigurationError
from vwr_middleware.starlette import waiting_room

SECRET = "a secret of the tests, long enough"


LIFESPAN = {"type": "lifespan"}


def refused(app: Any, because: str, scope: dict[str, Any] = LIFESPAN) -> list[dict[str, Any]]:
    """What an app sends that refuses to start, and raises its reason. No loop of asyncio runs."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "lifespan.startup"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    with pytest.raises(ConfigurationError, match=because):
        finish(app(scope, receive, send))
    return sent


def test_all_problems_are_told_when_it_is_made() -> None:
    with pytest.raises(ConfigurationError) as caught:
        WaitingRoomMiddleware(Shop(), secret_key="", max_active=0, pathz="/x")
    assert len(caught.value.problems) >= 3


def test_a_store_that_cannot_work_here_is_told_when_it_is_made(tmp_path: Any) -> None:
    url = f"sqlite:///{tmp_path}/nowhere/vwr.sqlite3"
    with pytest.raises(ConfigurationError, match="nowhere"):
        WaitingRoomMiddleware(Shop(), secret_key=SECRET, paths="/tickets", store=url)


@pytest.mark.parametrize(
    ("store", "told"),
    [
        ("sqlite:///{}/nowhere/vwr.sqlite3", "nowhere does not exist: make it, or name another"),
        ("redis://host/x/y", "after the host comes only the database's number"),
        ("sqlite:///{}/vwr.sqlite3", ""),
        ("redis://127.0.0.1:1", ""),
    ],
)
def test_where_a_store_cannot_be_is_told_beside_what_else_is_wrong(
    store: str, told: str, tmp_path: Path
) -> None:
    given: dict[str, Any] = {"paths": "/tickets", "store": store.format(tmp_path)}
    with pytest.raises(ConfigurationError) as caught:
        WaitingRoomMiddleware(Shop(), **given)
    of_secret, *of_store = caught.value.problems
    assert of_secret.startswith("secret_key is missing")
    assert [told in problem for problem in of_store] == [True] * bool(told)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ({"store": "redis://127.0.0.1:1/0"}, "Redis needs asyncio"),
        ({"close_websockets": True}, "close_websockets needs asyncio"),
        (
            {
                "rooms": [
                    {"name": "quiet", "paths": "/tickets"},
                    {"name": "live", "paths": "/live", "close_websockets": True},
                ],
            },
            "close_websockets needs asyncio",
        ),
    ],
)
def test_what_needs_asyncio_is_told_where_none_runs(setting: dict[str, Any], told: str) -> None:
    """As under trio."""
    given = {"secret_key": SECRET, "store": "memory://", **setting}
    given |= {} if "rooms" in setting else {"paths": "/tickets"}
    (message,) = refused(WaitingRoomMiddleware(Shop(), **given), told)
    assert message["type"] == "lifespan.startup.failed"
    assert told in message["message"]


@pytest.mark.parametrize(
    "setting",
    [{"close_websockets": True, "store": "redis://127.0.0.1:1/0", "enabled": False}, {}],
)
def test_what_needs_no_asyncio_starts_without_it(setting: dict[str, Any]) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "lifespan.startup.complete"})

    given = {"secret_key": SECRET, "paths": "/tickets", "store": "memory://", **setting}
    assert started(WaitingRoomMiddleware(app, **given)) == "lifespan.startup.complete"


@pytest.mark.parametrize("setting", [{"store": "redis://127.0.0.1:1/0"}, {"enabled": False}])
def test_an_app_starts_whose_room_needs_nothing_that_is_not_there(setting: dict[str, Any]) -> None:
    @waiting_room("main" if setting.get("enabled", True) else "of the live shop")
    async def tickets(request: Request) -> Response:
        return Response("inside")

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        order.append("starts")
        yield

    order: list[str] = []
    app = Starlette(routes=[Route("/tickets", tickets)], lifespan=lifespan)
    given = {"secret_key": SECRET, "paths": "/seats", "store": "memory://", **setting}
    room = WaitingRoomMiddleware(app, **given)
    scope, end = {"type": "lifespan"}, {"type": "lifespan.shutdown"}
    answer = asyncio.run(acall(room, scope, {"type": "lifespan.startup"}, end))
    order += [message["type"] for message in answer.messages]
    assert order == ["starts", "lifespan.startup.complete", "lifespan.shutdown.complete"]


def test_what_is_wrong_is_raised_in_the_lifespan_too() -> None:
    """Test clients hear of it in no other way."""
    app = Starlette()
    app.add_middleware(WaitingRoomMiddleware, secret_key=SECRET, paths="tickets")
    (message,) = refused(app, "paths must begin with a slash")
    assert message["type"] == "lifespan.startup.failed"
    # Where the server has no lifespans, each request fails by it, with Starlette's own answer.
    answer = refused(app, "paths must begin with a slash", scope_of("/tickets"))
    assert [message["type"] for message in answer] == ["http.response.start", "http.response.body"]


def test_what_is_wrong_is_told_in_the_lifespan_of_a_connexion_app() -> None:
    """It makes what `add_middleware` was given at its first call, as Starlette does."""

    class Connexion:
        app: Any = None

        def _build_middleware_stack(self) -> Any:
            return WaitingRoomMiddleware(Starlette(), secret_key=SECRET, paths="tickets")

        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            self.app = self.app or self._build_middleware_stack()
            await self.app(scope, receive, send)

    (message,) = refused(Connexion(), "paths must begin with a slash")
    assert message["type"] == "lifespan.startup.failed"
    assert "paths must begin with a slash" in message["message"]


def test_the_store_is_closed_after_the_apps_shutdown(house: House) -> None:
    order = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        order.append("app")
        await send({"type": "lifespan.shutdown.complete"})

    async def close() -> None:
        order.append("store")

    house.site.close = close  # type: ignore[method-assign]
    house.middleware.app = app
    answer = call(house.middleware, {"type": "lifespan"}, {"type": "lifespan.startup"})
    assert [message["type"] for message in answer.messages] == [
        "lifespan.startup.complete",
        "lifespan.shutdown.complete",
    ]
    assert order == ["app", "store"]
