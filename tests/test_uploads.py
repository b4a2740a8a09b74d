"""Large bodies at our own addresses: a little is read of them, and the connection is closed."""

import asyncio
from typing import Any

import pytest

from tests.support.asgi import Answer, House, make_house, scope_of
from tests.support.clock import Clock

PART = 16_384


@pytest.fixture
def house(clock: Clock) -> House:
    return make_house(clock, max_active=1, admin_password="a long password")


def uploads(house: House, method: str, path: str, size: int) -> tuple[Answer, int]:
    """The answer to a body of so many parts, and how many of them were asked for."""
    sent: list[dict[str, Any]] = []
    taken: list[int] = []

    async def receive() -> dict[str, Any]:
        assert len(taken) < max(1, size), "it waits for more than was sent"
        taken.append(PART)
        part = b"x" * PART if size else b""
        return {"type": "http.request", "body": part, "more_body": len(taken) < size}

    async def send(message: Any) -> None:
        sent.append(message)

    async def run() -> None:
        await house.middleware(scope_of(path, {"host": "x"}, method), receive, send)

    asyncio.run(run())
    return Answer(sent), len(taken)


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
