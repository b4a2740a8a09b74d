"""An app of Node's behind the room: what a proxy must hand on, and what it must not."""

import json
from collections.abc import Iterator
from http.client import HTTPConnection
from typing import Any

import httpx
import pytest

from tests.support.in_time import in_time
from tests.support.servers import free_port, running
from tests.support.serving import serving_asgi
from tests.support.upstreams import connected, foreign_app, until
from tests.support.visitor import TOKEN, set_cookies, visitor_at
from vwr_middleware.asgi import WaitingRoomMiddleware
from vwr_middleware.errors import ConfigurationError
from vwr_middleware.serve.upstream import proxying

pytestmark = pytest.mark.outside

SETTINGS: dict[str, Any] = {"secret_key": "a key for tests, long enough", "store": "memory://"}


@pytest.fixture(scope="module")
def node() -> Iterator[str]:
    """The app itself."""
    with foreign_app() as url:
        yield url


@pytest.fixture(
    scope="module", params=["granian", pytest.param("uvicorn", marks=pytest.mark.thorough)]
)
def url(node: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """The app behind a room for its shop."""
    if request.param == "uvicorn":
        room = WaitingRoomMiddleware(proxying(node), **SETTINGS, paths="/shop", max_active=50)
        with serving_asgi(room, proxy_headers=False) as base:
            yield base
    else:
        port = free_port()
        where = ["--interface", "asgi", "--port", str(port), "tests.support.served_upstream:app"]
        with running(["granian", *where], port, {"UPSTREAM": node}) as base:
            yield base


def asked(url: str, target: str, method: str = "GET", **headers: str) -> dict[str, Any]:
    """What the app tells of a request; the client changes nothing of the path."""
    connection = HTTPConnection(url.removeprefix("http://"), timeout=30)
    connection.putrequest(method, target, skip_host="Host" in headers, skip_accept_encoding=True)
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    told: dict[str, Any] = json.loads(connection.getresponse().read())
    connection.close()
    return told


def named(told: dict[str, Any], name: str) -> list[str]:
    """A header, as often as the app has got it."""
    pairs = zip(told["headers"][::2], told["headers"][1::2], strict=True)
    return [value for given, value in pairs if given.lower() == name.lower()]


TARGETS = (
    *("/a%2Fb", "/a/../b", "/./a//b", "//twice", "/%zz%00", "/a;b=c,d", "/~a+b%20c@:!$&'()*"),
    *("/q?a=%20+b&a=%2F&&c", "/q?a=//x?y", "/%C3%A9%FF", "/x%252Fy"),
)


@pytest.mark.parametrize("target", TARGETS)
def test_the_path_goes_on_byte_by_byte(url: str, target: str) -> None:
    assert asked(url, target)["url"] == target


def test_bytes_that_no_client_should_send_go_on_too(url: str) -> None:
    with connected(url) as connection:
        connection.sendall(
            b"GET /caf\xc3\xa9?\xc3\xa9 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        )
        answer = until(connection, b"}")
    if b" 400 " not in answer:  # some servers refuse it
        assert '"url":"/caf\u00c3\u00a9?\u00c3\u00a9"'.encode() in answer


def test_the_host_is_kept_and_the_visitor_named(url: str) -> None:
    told = asked(url, "/", Host="shop.example")
    assert named(told, "host") == named(told, "x-forwarded-host") == ["shop.example"]
    assert named(told, "x-forwarded-for") == ["127.0.0.1"]
    assert named(told, "x-forwarded-proto") == ["http"]


MADE_UP = {
    "X-Forwarded-For": "203.0.113.7",
    "X-Forwarded-Proto": "https",
    "X-Real-IP": "203.0.113.7",
    "Forwarded": "for=203.0.113.7",
    "Proxy": "http://evil.example",
    "VWR-Session-Id": "1-1",
    "VWR_Session_Id": "1-1",
    "X_Forwarded_For": "203.0.113.7",
}


def test_what_a_visitor_makes_up_does_not_go_on(url: str) -> None:
    told = asked(url, "/", **MADE_UP)
    text = json.dumps(told["headers"])
    for made_up in ("203.0.113.7", "https", "evil.example", "1-1"):
        assert made_up not in text


def test_what_a_trusted_proxy_says_goes_on(node: str) -> None:
    room = WaitingRoomMiddleware(proxying(node), **SETTINGS, paths="/shop", trusted_proxies=1)
    with serving_asgi(room, proxy_headers=False) as url:
        told = asked(url, "/", **MADE_UP, **{"X-Forwarded-Host": "shop.example"})
    assert named(told, "x-forwarded-for") == ["203.0.113.7, 127.0.0.1"]
    assert named(told, "x-forwarded-proto") == ["https"]
    assert named(told, "x-forwarded-host") == ["shop.example"]
    assert named(told, "x-real-ip") == ["203.0.113.7"]
    assert named(told, "proxy") == named(told, "vwr-session-id") == []


def test_what_is_about_the_connection_alone_goes_no_further(url: str) -> None:
    told = asked(
        *(url, "/"),
        **{"Connection": "X-Mine, Host", "X-Mine": "1", "Keep-Alive": "5", "TE": "trailers"},
    )
    assert named(told, "x-mine") == named(told, "keep-alive") == named(told, "te") == []
    assert named(told, "host")
    answer = httpx.get(f"{url}/headers")
    assert "x-of-connection" not in answer.headers and answer.headers["x-kept"]


def test_nothing_is_added_to_what_the_visitor_sends(url: str) -> None:
    told = asked(url, "/", Host="a")
    added = {"X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "Connection"}
    assert set(told["headers"][::2]) <= {"host", *added}


def test_several_cookies_arrive_as_several(url: str) -> None:
    answer = httpx.get(f"{url}/headers")
    assert answer.headers.get_list("set-cookie") == ["one=1; Path=/", "two=2"]
    answer = httpx.get(f"{url}/shop/headers")
    assert {"one", "two", TOKEN} <= set(set_cookies(answer))


def test_the_apps_word_to_the_room_does_not_reach_the_visitor(url: str) -> None:
    for path in ("/headers", "/shop/headers"):
        assert "vwr-session" not in httpx.get(f"{url}{path}").headers


def test_the_app_ends_the_session_by_a_header(url: str) -> None:
    with visitor_at(url) as visitor:
        visitor.opens("/shop/a")
        told = visitor.opens("/shop/a").json()
        assert named(told, "vwr-room") == ["main"]
        assert named(told, "vwr-session-id") == [f"1-{named(told, 'vwr-position')[0]}"]
        assert visitor.opens("/shop/done").text == "thanks"
        assert visitor.opens("/shop/a").headers["vwr-state"] == "ended"


@pytest.mark.parametrize("path", ["/none", "/unchanged", "/gzip", "/trailers"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_responses_are_as_the_app_has_made_them(
    url: str, node: str, path: str, method: str
) -> None:
    with (
        httpx.stream(method, f"{url}{path}") as ours,
        httpx.stream(method, f"{node}{path}") as own,
    ):
        assert ours.status_code == own.status_code
        assert [*ours.iter_raw()] == [*own.iter_raw()]
        for name in ("etag", "content-encoding", "content-length"):
            assert ours.headers.get(name) == own.headers.get(name)
        assert "trailer" not in ours.headers


@pytest.mark.parametrize("method", ["DELETE", "OPTIONS", "PATCH", "PUT", "POST"])
def test_methods_go_on_with_and_without_a_body(url: str, method: str) -> None:
    assert httpx.request(method, f"{url}/a", content=b"1234").json()["length"] == 4
    told = httpx.request(method, f"{url}/a").json()
    assert (told["method"], told["length"]) == (method, 0)


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("CONNECT 127.0.0.1:80 HTTP/1.1\r\nHost: a\r\n\r\n", b"405"),
        ("CONNECT /about HTTP/1.1\r\nHost: a\r\n\r\n", b"405"),
        ("GET /about HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", b"400"),
    ],
)
def test_no_tunnel_begins_here_and_no_request_is_to_two_hosts(
    url: str, said: str, status: bytes
) -> None:
    with connected(url) as connection:
        connection.sendall(said.encode())
        assert until(connection, b"\r\n\r\n").startswith(b"HTTP/1.1 " + status)


def test_an_upload_goes_on_while_it_comes(url: str) -> None:
    connection = HTTPConnection(url.removeprefix("http://"), timeout=30)
    connection.putrequest("POST", "/upload")
    connection.putheader("Transfer-Encoding", "chunked")
    connection.endheaders()
    connection.send(b"5\r\nfirst\r\n")
    # The app has the first part before the second is sent.
    assert in_time(lambda: "part of /upload" in httpx.get(f"{url}/seen").json())
    connection.send(b"400000\r\n" + bytes(0x400000) + b"\r\n0\r\n\r\n")
    assert json.loads(connection.getresponse().read())["length"] == 5 + 0x400000
    connection.close()


def test_whoever_waits_for_it_is_told_to_go_on(url: str) -> None:
    with connected(url) as connection:
        connection.sendall(
            b"POST /a HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n"
        )
        assert until(connection, b"\r\n\r\n").startswith(b"HTTP/1.1 100 ")
        connection.sendall(b"1234")
        assert b'"length":4' in until(connection, b"}")


def test_an_upload_that_the_app_refuses_brings_its_answer(url: str) -> None:
    with connected(url) as connection:
        connection.sendall(
            b"POST /too-large HTTP/1.1\r\nHost: a\r\nContent-Length: 900000\r\n\r\n1234"
        )
        assert b"too large" in until(connection, b"too large")


def test_events_come_one_by_one_and_the_app_hears_who_leaves(url: str) -> None:
    with httpx.stream("GET", f"{url}/events", timeout=30) as answer:
        parts = answer.iter_raw()
        assert next(parts) == b"data: first\n\n"
        httpx.get(f"{url}/next")
        assert next(parts) == b"data: second\n\n"
    assert in_time(lambda: "events closed" in httpx.get(f"{url}/seen").json())


@pytest.mark.parametrize("body", [b"", b"Content-Length: 4\r\n\r\n1234"])
def test_the_app_hears_who_leaves_before_it_has_answered(url: str, body: bytes) -> None:
    path = f"/shop/hang?{len(body)}"
    with connected(url) as connection:
        head = f"{'POST' if body else 'GET'} {path} HTTP/1.1\r\nHost: a\r\n".encode()
        connection.sendall(head + (body or b"\r\n"))
        assert in_time(lambda: f"{path} hangs" in httpx.get(f"{url}/seen").json())
    assert in_time(lambda: f"{path} was left" in httpx.get(f"{url}/seen").json())


def test_connections_are_kept_for_what_may_be_asked_twice(url: str) -> None:
    ports = {httpx.get(f"{url}/a").json()["port"] for _ in range(4)}
    assert len(ports) == 1
    single = {httpx.post(f"{url}/a").json()["port"] for _ in range(3)}
    assert len(single) == 3 and not single & ports


@pytest.mark.parametrize(
    "address",
    ["", "127.0.0.1:3000", "ftp://a", "http://", "http://a/shop", "http://u:p@a", "http://a b"],
)
def test_an_address_that_cannot_work_is_refused_at_the_start(address: str) -> None:
    with pytest.raises(ConfigurationError, match=r"like http://127\.0\.0\.1:3000"):
        proxying(address)
