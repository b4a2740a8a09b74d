"""AWS's API as an ASGI app: by itself, mounted, and in front of another app."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from tests.support.aws import EVENT, settings_of
from tests.support.house import SECRET, Shop
from vwr_middleware.asgi import WaitingRoomMiddleware
from vwr_middleware.aws import AwsApi
from vwr_middleware.site.routing import Site

GIVEN: dict[str, Any] = settings_of(
    secret_key=SECRET, store="memory://", paths="/tickets", mode="queue"
)


def ask(app: Any, what: Callable[[httpx.AsyncClient], Awaitable[None]]) -> None:
    """Do something to an app in this process."""

    async def asked() -> None:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://api.example") as client:
            await what(client)

    asyncio.run(asked())


async def joins(client: httpx.AsyncClient, path: str) -> int:
    """Somebody joins; the number."""
    joined = await client.post(f"{path}/assign_queue_num", json={"event_id": EVENT})
    asked = {"event_id": EVENT, "request_id": joined.json()["api_request_id"]}
    number: int = (await client.get(f"{path}/queue_num", params=asked)).json()["queue_number"]
    return number


def test_it_is_mounted_in_starlette() -> None:
    async def visit(client: httpx.AsyncClient) -> None:
        assert await joins(client, "/waiting-room") == 1
        assert await joins(client, "/waiting-room/api") == 2
        assert (await client.get("/queue_num")).status_code == 404
        assert (await client.get("/waiting-room/tickets")).status_code == 403

    ask(Starlette(routes=[Mount("/waiting-room", AwsApi(**GIVEN))]), visit)


def test_it_stands_in_front_of_the_room_that_it_shares() -> None:
    room = WaitingRoomMiddleware(Shop(), **GIVEN)

    async def visit(client: httpx.AsyncClient) -> None:
        assert await joins(client, "") == 1
        assert (await client.get("/vwr/main/status")).json()["issued"] == 1
        page = {"accept": "text/html"}
        assert (await client.get("/tickets", headers=page)).status_code == 202
        assert (await client.get("/open")).text == "the shop"

    ask(AwsApi(site=room.site, otherwise=room), visit)


@pytest.mark.parametrize("shares", [False, True])
def test_it_closes_a_store_that_is_its_own(monkeypatch: pytest.MonkeyPatch, shares: bool) -> None:
    closed: list[Site] = []

    async def close(site: Site) -> None:
        closed.append(site)

    monkeypatch.setattr(Site, "close", close)
    room = WaitingRoomMiddleware(Shop(), **GIVEN)
    app = AwsApi(site=room.site) if shares else AwsApi(**GIVEN)
    sent: list[str] = []

    async def live() -> None:
        messages = iter(({"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}))

        async def receive() -> Any:
            return next(messages)

        async def send(message: Any) -> None:
            sent.append(message["type"])

        await app({"type": "lifespan"}, receive, send)

    asyncio.run(live())
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert closed == ([] if shares else [app.site])
