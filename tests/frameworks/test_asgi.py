"""One line in front of every ASGI framework, in process and under uvicorn."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
from quart.testing import WebsocketResponseError
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from tests.support import framework_apps as apps
from tests.support.cases import cases, in_long, rare
from tests.support.live import served, starting
from tests.support.one_line import assert_the_room_stands
from tests.support.transport import PortalTransport
from tests.support.visitor import PAGE

APPS: dict[str, tuple[Callable[[], Any], str]] = {
    "starlette": (apps.starlette_app, ""),
    "starlette, mounted": (apps.starlette_mounting_app, "/shop"),
    "fastapi": (apps.fastapi_app, ""),
    "litestar": (apps.litestar_app, ""),
    "litestar, within": (apps.litestar_app_that_stays_one, ""),
    "quart": (apps.quart_app, ""),
    "no framework": (apps.raw_app, ""),
}
UNDER_UVICORN = ["starlette_app", "fastapi_app", "litestar_app", "raw_app"]


@pytest.fixture(params=APPS)
def opened(request: pytest.FixtureRequest) -> Iterator[tuple[PortalTransport, str]]:
    """The app, and the prefix at which it is reached."""
    make, prefix = APPS[request.param]
    transport = PortalTransport(make())
    yield transport, prefix
    transport.close()


def visitor(opened: tuple[PortalTransport, str]) -> httpx.Client:
    transport, prefix = opened
    return httpx.Client(transport=transport, base_url=f"http://shop.example{prefix}", headers=PAGE)


def test_one_line_puts_a_room_in_front_of_an_app(opened: tuple[PortalTransport, str]) -> None:
    assert_the_room_stands(visitor(opened), visitor(opened))


@pytest.mark.parametrize("name", cases(UNDER_UVICORN, ("raw_app",), ("litestar_app",)))
def test_it_serves_under_uvicorn_and_ends_in_peace(name: str, tmp_path: Path) -> None:
    env = {"VWR_TESTS_STORE": f"sqlite:///{tmp_path / 'rooms.sqlite3'}"}
    app = f"tests.support.framework_apps:{name}"
    with served(tmp_path, env, "--factory", app=app) as server:
        with httpx.Client(base_url=server.url, headers=PAGE) as client:
            assert client.get("/tickets").text == "inside 1-1"
        with httpx.Client(base_url=server.url, headers=PAGE) as client:
            assert client.get("/tickets").status_code == 202
    assert "Finished server process" in server.log
    assert "Traceback" not in server.log


def test_behind_a_proxy_that_takes_a_prefix_off_our_addresses_have_it(tmp_path: Path) -> None:
    app = "tests.support.framework_apps:fastapi_app"
    with (
        served(tmp_path, {}, "--factory", "--root-path", "/shop", app=app) as server,
        httpx.Client(base_url=server.url, headers=PAGE) as first,
        httpx.Client(base_url=server.url, headers=PAGE) as second,
    ):
        assert first.get("/tickets").text == "inside 1-1"
        page = second.get("/tickets")
        assert page.status_code == 202
        assert "/shop/vwr/main/leave?next=/shop/tickets" in page.text
        assert second.get("/vwr/main/status").json()["room"] == "main"
        assert second.get("/about").text == "open"


@pytest.mark.parametrize(
    "target", ["x:/tickets", "x:tickets", "%20/tickets", "http://x/tick%09ets"]
)
def test_no_request_that_begins_with_no_slash_is_a_way_around(target: str) -> None:
    """Quart hands to urllib what begins with none; uvicorn with h11, and hypercorn, pass it on."""
    inner = apps.quart_app()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        path = {"path": unquote(target), "raw_path": target.encode()}
        await inner({**scope, **path}, receive, send)

    transport = PortalTransport(app)
    with httpx.Client(transport=transport, base_url="http://shop.example", headers=PAGE) as client:
        assert client.get("/").text == "inside 1-1"
        client.cookies.clear()
        assert client.get("/").status_code == 202


@pytest.mark.parametrize("make", [apps.litestar_app, apps.quart_app])
@pytest.mark.parametrize("mount", ["/shop", "/shop/"])
def test_where_a_server_leaves_the_prefix_out_naming_it_is_no_way_around(
    make: Callable[[], Any], mount: str
) -> None:
    """Litestar takes away all up to it, Quart the beginning of a longer name."""
    transport = PortalTransport(make(), root_path=mount)
    with httpx.Client(transport=transport, base_url="http://shop.example", headers=PAGE) as client:
        assert client.get("/shop/tickets").text == "inside 1-1"
        client.cookies.clear()
        for path in ("/shoptickets", "/x/shop/tickets", "/x/%73hop/tickets", "/x%2Fshop/tickets"):
            assert client.get(path).status_code in (202, 404), path
        assert client.get("/shop/about").text == "open"


@pytest.mark.parametrize("make", [apps.litestar_app, apps.litestar_app_that_stays_one])
def test_nor_is_it_in_litestar_where_all_but_some_paths_are_protected(
    make: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(apps.LINE, "paths", ["/"])
    transport = PortalTransport(make(), root_path="/shop")
    with httpx.Client(transport=transport, base_url="http://shop.example", headers=PAGE) as client:
        assert client.get("/shop/tickets").text == "inside 1-1"
        client.cookies.clear()
        assert client.get("/.well-known/shop/tickets").status_code == 202
        assert client.get("/.well-known/shoptickets").status_code == 202


@pytest.mark.parametrize("library", ["websockets", rare("websockets-sansio"), rare("wsproto")])
def test_a_websocket_needs_a_token_under_uvicorn(library: str, tmp_path: Path) -> None:
    app = "tests.support.framework_apps:fastapi_app"
    try:
        with served(tmp_path, {}, "--factory", "--ws", library, app=app) as server:
            _use_a_websocket(server.url)
        assert "Finished server process" in server.log
        assert "Traceback" not in server.log
    except RuntimeError as error:
        if "not a valid choice" in str(error) or "No module named" in str(error):
            pytest.skip(f"this uvicorn has no {library}")
        raise


def _use_a_websocket(url: str) -> None:
    address = url.replace("http", "ws") + "/tickets/live"
    token = httpx.get(f"{url}/tickets", headers=PAGE).cookies["vwr_main_token"]
    own = {"Cookie": f"vwr_main_token={token}"}
    with pytest.raises(InvalidStatus) as refused:
        connect(address)
    assert refused.value.response.status_code == 429
    assert b'"you":"none"' in (refused.value.response.body or b"")
    with connect(address, additional_headers=own) as socket:
        assert socket.recv() == "inside 1-1"
    with connect(url.replace("http", "ws") + "/tickets/echo", additional_headers=own) as socket:
        socket.send("still here")
        assert socket.recv() == "still here"
        assert httpx.post(f"{url}/vwr/main/leave", headers=own).status_code == 200
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(10)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4401


def test_quarts_test_client_is_told_of_a_denied_websocket() -> None:
    async def journey() -> None:
        async with apps.quart_app().test_client().websocket("/tickets/live") as socket:
            await socket.receive()

    with pytest.raises(WebsocketResponseError) as refused:
        asyncio.run(journey())
    assert refused.value.response.status_code == 429


# What is wrong is said at start-up.


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("broken_app", ("max_active", "pathz", "mode")),
        rare("broken_app_of_a_subclass", ("max_active",)),
        rare("app_with_two_rooms_around_it", ("already has a waiting room",)),
        in_long("app_without_a_place_for_its_file", ("/nowhere/at/all",)),
    ],
)
def test_a_server_does_not_start_with_wrong_settings(
    name: str, words: tuple[str, ...], tmp_path: Path
) -> None:
    app = f"tests.support.framework_apps:{name}"
    with starting(tmp_path, {}, "--factory", app=app) as server:
        assert server.process.wait(60) != 0
    for word in ("the waiting room cannot start", *words):
        assert word in server.log
    assert "Application startup complete" not in server.log


@pytest.mark.long
def test_without_a_lifespan_wrong_settings_are_told_at_once_and_at_each_request(
    tmp_path: Path,
) -> None:
    app = "tests.support.framework_apps:broken_app"
    with served(tmp_path, {}, "--factory", "--lifespan", "off", app=app) as server:
        answer = httpx.get(f"{server.url}/about")
        assert answer.status_code == 500
        assert "max_active" not in answer.text
        assert "the waiting room cannot start" in server.log
