"""The ASGI door: of a body that we do not want a little is read, and the connection is closed."""

import asyncio
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route

from tests.support.asgi import Answer, call, scope_of
from tests.support.clock import Clock
from tests.support.house import House, make_house
from vwr_middleware.starlette import waiting_room

PART = 16_384


@pytest.fixture
def house(clock: Clock) -> House:
    return make_house(clock, max_active=1, admin_password="a long password")


def uploads(
    house: House,
    method: str,
    path: str,
    size: int,
    headers: Mapping[str, str] = MappingProxyType({}),
    **more: Any,
) -> tuple[Answer, int]:
    """The answer to a body of so many parts, and how many of them were asked for."""
    sent: list[dict[str, Any]] = []
    taken = 0

    async def receive() -> dict[str, Any]:
        nonlocal taken
        assert taken < max(1, size), "it waits for more than was sent"
        taken += 1
        part = b"x" * PART if size else b""
        return {"type": "http.request", "body": part, "more_body": taken < size}

    async def send(message: Any) -> None:
        sent.append({**message, "taken": taken})

    async def run() -> None:
        await house.middleware(
            scope_of(path, {"host": "x", **headers}, method, **more), receive, send
        )

    asyncio.run(run())
    return Answer(sent), taken


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/vwr/main/tickets", 413),
        ("PUT", "/vwr/main/tickets", 405),
        ("BREW", "/vwr/main/tickets", 405),
        ("POST", "/vwr/main/status", 405),
        ("DELETE", "/vwr/main/position", 405),
        ("POST", "/vwr/nowhere/tickets", 404),
        ("PUT", "/vwr/nowhere/tickets", 404),
        ("POST", "/vwr/main", 308),
        ("PUT", "/vwr/healthz", 405),
        ("POST", "/vwr/static/vwr.js", 405),
        ("PATCH", "/vwr/static/nothing.js", 405),
        ("POST", "/vwr-admin/nothing", 404),
        ("PUT", "/vwr-admin/sign-in", 405),
        ("POST", "/vwr-admin/api/rooms", 401),
    ],
)
def test_a_large_body_is_not_read_to_its_end(
    house: House, method: str, path: str, status: int
) -> None:
    answer, parts = uploads(house, method, path, 1000)
    assert answer.status == status
    assert answer.header("connection") == "close"
    assert parts * PART <= 65_536 + PART


@pytest.mark.parametrize("size", [0, 1])
@pytest.mark.parametrize(
    ("path", "status"),
    [("/vwr/main/token", 401), ("/vwr/nowhere/tickets", 404), ("/vwr/main/tickets", 201)],
)
def test_after_a_body_that_was_read_the_connection_stays(
    house: House, path: str, status: int, size: int
) -> None:
    answer, _ = uploads(house, "POST", path, size)
    assert answer.status == status
    assert answer.all("connection") == []


@pytest.mark.parametrize("path", ["/vwr/main/tickets", "/vwr/main/leave"])
def test_a_body_that_breaks_off_takes_no_place(house: House, path: str) -> None:
    begun = {"type": "http.request", "body": b"{}", "more_body": True}
    scope = scope_of(path, {"content-type": "application/json"}, "POST")
    answer = call(house.middleware, scope, begun, {"type": "http.disconnect"})
    assert (answer.status, house.issued) == (400, 0)


# At a view with a room of its own, as at a room's path.


@waiting_room("main")
async def sell(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())))


async def sell_openly(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())))


async def read_first(request: Request, call_next: Any) -> Response:
    await request.body()
    response: Response = await call_next(request)
    return response


@pytest.fixture
def full(clock: Clock) -> House:
    """A room that is full, in front of a path and of a view."""
    app: Any = Starlette(
        routes=[
            Route("/view", sell, methods=["POST"]),
            Route("/tickets", sell_openly, methods=["POST"]),
            Mount(
                "/read",
                Starlette(
                    routes=[Route("/view", sell, methods=["POST"])],
                    middleware=[Middleware(BaseHTTPMiddleware, dispatch=read_first)],
                ),
            ),
        ]
    )
    house = make_house(clock, app, max_active=1)
    assert house.visitor().open().status == 405
    return house


@pytest.mark.parametrize("path", ["/tickets", "/view"])
@pytest.mark.decorated_views
@pytest.mark.parametrize(("version", "closes"), [("1.1", ["close"]), ("2", []), ("3", [])])
def test_a_stopped_upload_is_not_read_to_its_end(
    full: House, path: str, version: str, closes: list[str]
) -> None:
    answer, parts = uploads(full, "POST", path, 1000, http_version=version)
    assert (answer.status, answer.all("connection")) == (429, closes)
    assert parts * PART == 65_536
    assert answer.json["you"] == "none"
    answered, *_ = (message for message in answer.messages if message.get("body"))
    assert answered["taken"] == 0, "a client that still uploads can stop"
    assert answer.header("vwr-state") == "none"
    assert int(answer.header("retry-after")) > 0


@pytest.mark.parametrize("size", [1, 3])
@pytest.mark.decorated_views
def test_what_the_app_has_read_of_a_stopped_upload_is_not_waited_for(
    full: House, size: int
) -> None:
    answer, parts = uploads(full, "POST", "/read/view", size)
    assert (answer.status, answer.all("connection")) == (429, [])
    assert parts == size


@pytest.mark.parametrize("path", ["/tickets", "/view"])
@pytest.mark.decorated_views
def test_a_body_that_waits_for_a_word_of_ours_is_not_asked_for(full: House, path: str) -> None:
    answer, parts = uploads(full, "POST", path, 1000, {"expect": "100-continue"})
    assert (answer.status, answer.header("connection"), parts) == (429, "close", 0)


@pytest.mark.parametrize("path", ["/tickets", "/view"])
@pytest.mark.decorated_views
def test_a_client_that_hangs_up_while_its_upload_is_drained_is_no_error(
    full: House, path: str
) -> None:
    answer = call(full.middleware, scope_of(path, {}, "POST"), {"type": "http.disconnect"})
    assert answer.status == 429
