"""What holds for each real proxy with the configuration that `vwr init` writes, beside the contract
of the doors: a room that is down, visitors who make headers up, WebSockets, answers of the app."""

import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import httpx
import pytest

from tests.doors.conftest import Open
from tests.support.asking_proxies import DECISION_KEY, PROGRAMS, AskingProxies, is_missing
from tests.support.clock import Clock
from tests.support.doors import Door, open_behind
from tests.support.servers import free_port
from tests.support.visitor import PAGE, is_inside

pytestmark = pytest.mark.outside

THROUGH = [
    pytest.param(
        name, marks=pytest.mark.skipif(is_missing(name), reason=f"{name} or node is not installed")
    )
    for name in PROGRAMS
]


@pytest.fixture(params=THROUGH)
def door_name(request: pytest.FixtureRequest) -> str:
    """Each of the proxies."""
    name: str = request.param
    return name


@pytest.fixture
def open_it(door_name: str, clock: Clock, proxies: AskingProxies) -> Iterator[Open]:
    """Opens a room behind it."""
    with ExitStack() as stack:

        def make(**settings: Any) -> Door:
            return open_behind(proxies, door_name, "memory://", clock, stack, **settings)

        yield make


@pytest.fixture
def door(open_it: Open) -> Door:
    """A room for one session at a time."""
    return open_it(max_active=1)


#: What the comments of a configuration say is to be done so that everybody is let in.
OPENS = {
    "nginx": lambda text: text.replace("# error_page 500", "error_page 500"),
    "haproxy": lambda text: text.replace("# http-request set-var", "http-request set-var"),
    "caddy": lambda text: re.sub(r"(?ms)^    # (?=handle_errors)(.*?^)    # }", _uncommented, text),
    "apache": lambda text: text.replace("-- if verdict ==", "if verdict =="),
    "envoy": lambda text: text.replace("failure_mode_allow: false", "failure_mode_allow: true"),
}


def _uncommented(found: re.Match[str]) -> str:
    return re.sub(r"(?m)^    # ", "    ", found[0])


@contextmanager
def without_room(proxies: AskingProxies, name: str, is_open: bool) -> Iterator[str]:
    """A proxy whose room is down."""
    known, proxies.room = proxies.room, f"http://127.0.0.1:{free_port()}"
    try:
        with proxies.started(name, OPENS[name] if is_open else str) as url:
            yield url
    finally:
        proxies.room = known


def test_while_the_room_is_down_nobody_is_let_in_unless_the_configuration_says_so(
    door_name: str, proxies: AskingProxies
) -> None:
    with without_room(proxies, door_name, is_open=False) as url:
        for path in ("/tickets", "/about", "/vwr/main/status"):
            assert httpx.get(f"{url}{path}", headers=PAGE).status_code in (500, 502, 503, 504)
    if door_name in OPENS:
        with without_room(proxies, door_name, is_open=True) as url:
            response = httpx.get(f"{url}/tickets", headers=PAGE)
            assert (response.status_code, response.json()["session"]) == (200, None)


@pytest.mark.skipif(is_missing("caddy"), reason="caddy or node is not installed")
@pytest.mark.parametrize("uri", ["/vwr/auth/caddy", "/vwr/auth/traefik", "/vwr/auth", "/tickets"])
def test_caddys_own_short_form_lets_nobody_in_either(
    uri: str, proxies: AskingProxies, clock: Clock
) -> None:
    room, app = (url.removeprefix("http://") for url in (proxies.service.url, proxies.shop))
    short = (
        f":80 {{\nforward_auth {room} {{\nuri {uri}\n"
        f"header_up VWR-Decision-Key {DECISION_KEY}\n}}\nreverse_proxy {app}\n}}\n"
    )
    with ExitStack() as stack:
        url = stack.enter_context(proxies.started("caddy", lambda text: short))
        door = open_behind(proxies, "caddy", "memory://", clock, stack, max_active=1)
        door.confirmed()
        name = door.transport.door  # type: ignore[attr-defined]
        asked = httpx.get(f"{url}/tickets", headers={**PAGE, "X-Test-Door": name})
        expected = 403 if uri == "/tickets" else 503
        assert asked.status_code == expected, asked.text[:200]
        assert "You are in line" in asked.text or expected == 403


MADE_UP = {
    "VWR-Session-Id": "1-7",
    "VWR-Position": "7",
    "VWR-Room": "main",
    "VWR-Decision": "admitted",
    "VWR-Decision-Key": "a-key-of-a-visitor",
    "X-Original-URI": "/about",
    "X-Original-URL": "http://shop.example/about",
    "X-Original-Method": "OPTIONS",
    "X-Forwarded-Uri": "/about",
    "X-Forwarded-Method": "OPTIONS",
    "X-Rewrite-URL": "/about",
    "X-HTTP-Method-Override": "OPTIONS",
}


def test_nothing_that_a_visitor_makes_up_leads_in(door: Door) -> None:
    inside = door.confirmed()
    assert door.visitor().opens(headers=MADE_UP).status_code == 202
    for name, value in MADE_UP.items():
        response = door.visitor().fetches(headers={name: value})
        assert response.status_code == 429, name
    told = inside.opens(headers=MADE_UP).json()
    assert told["session"] == {"id": "1-1", "room": "main", "position": 1}
    assert "vwr-decision-key" not in told["seen"]
    told = door.visitor().opens("/about", headers=dict(list(MADE_UP.items())[:5])).json()
    assert told["session"] is None
    assert not [name for name in told["seen"] if name in ("vwr-position", "vwr-decision-key")]


def test_no_spelling_of_a_name_tells_the_app_of_a_session_nor_hides_one(door: Door) -> None:
    inside = door.confirmed()
    made_up = dict.fromkeys(("VWR_Session_Id", "vwr-session_id", "VWR_Position", "VWR_Room"), "7")
    for visitor, path in ((inside, "/tickets"), (door.visitor(), "/about")):
        seen = visitor.opens(path, headers=made_up).json()["seen"]
        assert not [name for name in seen if name.startswith("vwr") and "_" in name]
    told = inside.opens(headers={"Connection": "keep-alive, VWR-Session-Id"}).json()
    assert told["session"]["id"] == "1-1"


def test_nobody_outside_may_ask_nor_have_the_page_of_another_address(door: Door) -> None:
    asks = {**MADE_UP, "X-Original-Method": "GET", "X-Forwarded-Method": "GET"}
    for name in (*PROGRAMS, "page"):
        for path in (f"/vwr/auth/{name}", f"/vwr/auth/{name}/about", f"/vwr/%61uth/{name}"):
            assert door.visitor().opens(path, headers=asks).status_code in (403, 404)


def test_the_apps_own_refusals_stay_its_own(door: Door) -> None:
    visitor = door.confirmed()
    for path, status in (("/tickets/login", 401), ("/tickets/forbidden", 403), ("/login", 401)):
        response = visitor.opens(path)
        assert (response.status_code, "vwr-state" in response.headers) == (status, False)


def test_a_handshake_of_a_websocket_passes_with_a_session_alone(door: Door) -> None:
    visitor = door.confirmed()
    cookies = "; ".join(f"{name}={value}" for name, value in visitor.client.cookies.items())
    assert _handshake(door, f"Cookie: {cookies}\r\n").startswith("HTTP/1.1 101 ")
    assert "X-Session: 1-1" in _handshake(door, f"Cookie: {cookies}\r\n").title()
    refused = _handshake(door, "")
    assert refused.startswith("HTTP/1.1 429 ")
    assert "X-Session" not in refused.title()


def _handshake(door: Door, headers: str) -> str:
    """What a proxy answers to a handshake, as far as its head goes."""
    transport = door.transport
    url, name = httpx.URL(transport.url), transport.door  # type: ignore[attr-defined]
    with socket.create_connection((url.host, url.port or 80), timeout=20) as connection:
        connection.sendall(
            f"GET /tickets/socket HTTP/1.1\r\nHost: shop.example\r\nX-Test-Door: {name}\r\n"
            f"{headers}Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
        )
        answer = b""
        while b"\r\n\r\n" not in answer and (part := connection.recv(65536)):
            answer += part
    return answer.decode("latin-1")


def test_the_wanted_page_is_the_one_that_was_asked_for(door: Door) -> None:
    door.confirmed()
    page = door.visitor().opens("/tickets/7?row=2&seat=a%20b")
    assert "/tickets/7?row=2&amp;seat=a%20b" in page.text
    told = door.visitor().fetches("/tickets/7?row=2").headers["vwr-waiting-room"]
    assert told in ("/vwr/main/?next=/tickets", "/vwr/main/?next=/tickets/7%3Frow%3D2")


def test_a_host_of_a_room_counts_as_the_visitor_sent_it(open_it: Open) -> None:
    rooms = [{"paths": "/", "hosts": "sale.example", "max_active": 1}]
    door = open_it(rooms=rooms)
    visitor = door.visitor(origin="http://sale.example")
    assert is_inside(visitor.opens("/"))
    assert door.visitor(origin="http://sale.example").opens("/").status_code == 202


def test_of_an_upload_that_may_not_pass_the_visitor_hears_so(door: Door) -> None:
    door.confirmed()
    answers = [door.visitor().fetches("/tickets", "POST", content=b"x" * 2**20) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [429] * 3
