"""WebSockets of an app behind the room: what either side sends or closes reaches the other."""

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.http11 import Request, Response
from websockets.sync.client import ClientConnection, connect

from tests.support.faults import fault
from tests.support.in_time import in_time
from tests.support.servers import free_port
from tests.support.serving import serving_asgi
from vwr_middleware.asgi import WaitingRoomMiddleware
from vwr_middleware.serve.upstream import proxying

seen: list[Any] = []


async def talk(socket: ServerConnection) -> None:
    """Says what it hears; closes when it is told to; tells how it was closed."""
    assert socket.request is not None
    seen.append(socket.request)
    try:
        async for message in socket:
            if message == "close":
                await socket.close(4321, "enough")
            elif message == "break off":
                socket.transport.abort()
            else:
                await socket.send(message)
    except ConnectionClosed:
        pass
    seen.append((socket.close_code, socket.close_reason))


def refuse(socket: ServerConnection, request: Request) -> Response | None:
    if request.path.startswith("/refused"):
        return socket.respond(403, "no\n")
    return None


def choose(socket: ServerConnection, offered: Sequence[str]) -> Any:
    return "two" if "two" in offered else None


@contextmanager
def talking() -> Iterator[str]:
    """The address of a server of WebSockets."""
    started, port = threading.Event(), free_port()
    loop = asyncio.new_event_loop()
    stopped = asyncio.Event()

    async def run() -> None:
        options: dict[str, Any] = {"select_subprotocol": choose, "process_request": refuse}
        async with serve(talk, "127.0.0.1", port, max_size=None, **options):
            started.set()
            await stopped.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=[run()])
    thread.start()
    try:
        assert started.wait(60)
        yield f"http://127.0.0.1:{port}"
    finally:
        loop.call_soon_threadsafe(stopped.set)
        thread.join()
        loop.close()


def room(upstream: str) -> WaitingRoomMiddleware:
    return WaitingRoomMiddleware(
        proxying(upstream), secret_key="a key for tests, long enough", store="memory://",
        paths="/shop", max_active=1,
    )  # fmt: skip


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with talking() as app, serving_asgi(room(app), proxy_headers=False) as base:
        yield base


def opened(url: str, path: str = "/chat", **options: Any) -> ClientConnection:
    socket: ClientConnection = connect(
        url.replace("http", "ws", 1) + path, max_size=None, **options
    )
    return socket


def asked() -> Request:
    """The latest handshake that the app has seen."""
    request: Request = [one for one in seen if isinstance(one, Request)][-1]
    return request


def test_messages_go_both_ways_as_they_are(url: str) -> None:
    with opened(url) as socket:
        for message in ("text ä", b"\x00\xff", "", b"", "x" * 300_000):
            socket.send(message)
            assert socket.recv(60) == message


def test_the_handshake_goes_on_and_the_subprotocol_comes_back(url: str) -> None:
    with opened(
        *(url, "/a%2Fb?c=d"),
        subprotocols=["one", "two"],
        additional_headers={"X-Mine": "1", "VWR-Session-Id": "1-1"},
        origin="http://shop.example",
    ) as socket:
        assert socket.subprotocol == "two"
    request = asked()
    headers = request.headers
    assert request.path == "/a%2Fb?c=d"
    assert (headers["X-Mine"], headers["Origin"]) == ("1", "http://shop.example")
    assert headers["Host"] == headers["X-Forwarded-Host"] == url.removeprefix("http://")
    assert headers["X-Forwarded-Proto"] == "http" and "VWR-Session-Id" not in headers


def test_whoever_closes_the_other_side_hears_the_code(url: str) -> None:
    with opened(url) as socket:
        socket.send("close")
        with pytest.raises(ConnectionClosed):
            socket.recv(60)
    assert (socket.close_code, socket.close_reason) == (4321, "enough")
    seen.clear()
    with opened(url) as socket:
        socket.close(4001, "bye")
    assert in_time(lambda: (4001, "bye") in seen)


def test_an_app_that_breaks_off_closes_the_visitors_socket(url: str) -> None:
    with opened(url) as socket:
        socket.send("break off")
        with pytest.raises(ConnectionClosed):
            socket.recv(60)
    assert socket.close_code not in (1000, None)


def test_a_refusal_reaches_the_visitor(url: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        opened(url, "/refused")
    assert refused.value.response.status_code == 403


@fault("The app behind the room is away (`vwr serve` as a proxy)", inside="502, until it is back.")
def test_an_app_that_is_away_is_a_502() -> None:
    with (
        serving_asgi(room(f"http://127.0.0.1:{free_port()}")) as url,
        pytest.raises(InvalidStatus) as refused,
    ):
        opened(url)
    assert refused.value.response.status_code == 502


def test_the_room_is_in_front_of_sockets_too(url: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        opened(url, "/shop/chat")
    assert refused.value.response.status_code == 429
    with httpx.Client(base_url=url) as client:
        # The app knows sockets only, and says so in its own way.
        cookies = client.get("/shop").headers.get_list("set-cookie")
        assert cookies
    papers = "; ".join(cookie.partition(";")[0] for cookie in cookies)
    with opened(url, "/shop/chat", additional_headers={"Cookie": papers}) as socket:
        socket.send("inside")
        assert socket.recv(60) == "inside"
    assert asked().headers["VWR-Session-Id"] == "1-1"
