"""Real servers and proxies, which each read a path in their own way: no spelling opens a room."""

import json
import os
import posixpath
import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPResponse
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

import pytest

from tests.support.cases import cases
from tests.support.haproxy import HAPROXY, haproxy
from tests.support.nginx import NGINX, nginx
from tests.support.served_rooms import SPA
from tests.support.servers import free_port, running
from tests.support.visitor import PAGE

pytestmark = pytest.mark.outside

WSGI, ASGI = "tests.support.served_rooms:wsgi_app", "tests.support.served_rooms:asgi_app"
DJANGO = "tests.support.served_rooms_django"
SERVERS = {
    "gunicorn": f"gunicorn {WSGI} -b 127.0.0.1:{{port}} --threads 4",
    "waitress": f"waitress --listen=127.0.0.1:{{port}} {WSGI}",
    "granian, WSGI": f"granian --interface wsgi --host 127.0.0.1 --port {{port}} {WSGI}",
    "granian, ASGI": f"granian --interface asgi --host 127.0.0.1 --port {{port}} {ASGI}",
    "uvicorn": f"uvicorn {ASGI} --host 127.0.0.1 --port {{port}} --http httptools",
    "uvicorn, h11": f"uvicorn {ASGI} --host 127.0.0.1 --port {{port}} --http h11",
    "hypercorn": f"hypercorn {ASGI} -b 127.0.0.1:{{port}}",
    "hypercorn, WSGI": f"hypercorn wsgi:{WSGI} -b 127.0.0.1:{{port}}",
    "Django on gunicorn": f"gunicorn {DJANGO}:wsgi_app -b 127.0.0.1:{{port}} --threads 4",
    "Django on uvicorn": f"uvicorn {DJANGO}:asgi_app --host 127.0.0.1 --port {{port}}",
}
#: Those that hide how a path was sent: there a proxy's rule must decode it, as these here do.
HIDING = ("granian, WSGI", "hypercorn, WSGI")

#: What a proxy's rule that keeps the panel inside may look like.
BY_NGINX = """
    location ^~ /vwr-admin {{ deny all; }}
    location / {{ proxy_pass {url}; proxy_set_header Host $host; }}
"""
BY_HAPROXY = "http-request deny if { path,url_dec -m beg -i /vwr-admin }"

TO_ANOTHER_ROOM = [
    *("/tickets/..%2feasy", "/tickets/a%3f/../../easy", "/tickets/;/../../easy"),
    *("/tickets/%252e%252e/easy", "/tickets#/../easy", "http://easy/tickets", "/tickets?/../easy"),
    *("/easy/..%2ftickets", "/easy#/../tickets", "/easy/%2e%2e/tickets", "/easy/../tickets"),
    *("/easy;/../tickets", "//tickets", "/%fftickets", "/tickets%ff", "/\xfftickets"),
    *("/captcha/..%2ftickets", "/open#/../tickets", "/open/..;/tickets", "/tickets\\..\\easy"),
]
AROUND_A_CHALLENGE = [
    *("/%ffcaptcha", "/captcha%ff", "/captcha#x", "/captcha#/../proved", "http://proved/captcha"),
    *("/proved/../captcha", "/proved/..%2fcaptcha", "/captcha/..%2fproved", "/x/../captcha"),
    *("/captcha;/../proved", "/\xffcaptcha", "/captcha%00", "/captcha/%2e%2e/proved", "/proved"),
]
TO_THE_PANEL = [
    *("/%ffvwr-admin/sign-in", "/vwr%80-admin/sign-in", "/%ffvwr-admin/api/rooms"),
    *("/%ffvwr-admin/metrics", "//vwr-admin/sign-in", "/x/..%2fvwr-admin/sign-in"),
    *("/vwr-admin%2fsign-in", "/\xffvwr-admin/sign-in", "/vwr-admin;/sign-in"),
]


class Told(NamedTuple):
    """What came back."""

    status: int
    cookies: list[str]
    body: bytes
    headers: dict[str, str]


@contextmanager
def served(server: str, folder: Path) -> Iterator[dict[str, int]]:
    """The port of a server, and of the proxies in front of it that are installed."""
    port = free_port()
    with ExitStack() as stack:
        url = stack.enter_context(running(SERVERS[server].format(port=port).split(), port))
        ports = {"alone": url}
        if NGINX or "CI" in os.environ:
            ports["nginx"] = stack.enter_context(nginx(BY_NGINX.format(url=url), folder))
        if HAPROXY or "CI" in os.environ:
            behind = url.removeprefix("http://")
            ports["HAProxy"] = stack.enter_context(haproxy(BY_HAPROXY, behind, folder))
        yield {name: int(found.rpartition(":")[2]) for name, found in ports.items()}


def ask(port: int, target: str, method: str = "GET", **headers: str) -> Told:
    """What a browser gets that sends exactly this."""
    sent = {"Host": "shop.example", "Connection": "close", **PAGE, **headers}
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in sent.items())
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(f"{method} {target} HTTP/1.1\r\n{lines}\r\n".encode("latin-1"))
        answer = HTTPResponse(connection, method=method)
        answer.begin()
        cookies = answer.headers.get_all("Set-Cookie", [])
        found = {name.lower(): value for name, value in answer.headers.items()}
        return Told(answer.status, cookies, answer.read(), found)


def readings(seen: str) -> set[str]:
    """What an app may make of a path."""
    found = {seen, unquote(seen), seen.partition("#")[0], re.sub(";[^/]*", "", seen)}
    found |= {re.sub("[^\0-\x7e]", "", one) for one in found}
    found |= {one.replace("\\", "/") for one in found}
    return found | {posixpath.normpath(re.sub("//+", "/", one)) for one in found}


def opened(told: Told) -> str:
    """What the app showed that it should not have; "" if nothing."""
    if told.status != 200 or b'"seen"' not in told.body:
        return ""
    answer = json.loads(told.body)
    for read in readings(answer["seen"]):
        if re.match("/(tickets|proved)(/|$)", read):
            return f"{read} by {answer['room']}"
        if re.match("/easy(/|$)", read) and answer["room"] != "easy":
            return f"{read} by {answer['room']}"
    return ""


#: Each way of reading a path once: hypercorn builds on h11 as well.
USUAL = ("gunicorn", "waitress", "granian, WSGI", "uvicorn", "uvicorn, h11", "Django on gunicorn")


# All that is asked of a server is asked of one: to start it costs most of it.
@pytest.mark.parametrize("server", cases(SERVERS, USUAL))
def test_no_spelling_opens_a_room_or_the_panel_and_no_preflight_does(
    server: str, tmp_path: Path
) -> None:
    with served(server, tmp_path) as ports:
        for name, port in ports.items():
            open_nothing(port, server in HIDING and name == "alone")
            run_no_view_by_preflights(port)
        assert b"password" in ask(ports.pop("alone"), "/vwr-admin/sign-in").body
        assert all(ask(port, "/vwr-admin/sign-in").status == 403 for port in ports.values())


def open_nothing(port: int, is_hidden: bool) -> None:
    """No spelling leads into a room, around a challenge or to the panel."""
    assert b'"room": "easy"' in ask(port, "/easy").body
    assert ask(port, "/tickets").status == 202
    assert b'"seen"' in ask(port, "/captcha").body
    assert ask(port, "/proved").headers["location"] == "/captcha"
    for target in TO_ANOTHER_ROOM + AROUND_A_CHALLENGE + TO_THE_PANEL:
        told = ask(port, target)
        assert not opened(told), (target, opened(told))
        assert not re.search("vwr_(proved|rest)", str(told.cookies)), target
        if not (is_hidden and target == "/vwr-admin%2fsign-in"):
            assert b"password" not in told.body, target
        assert told.status < 500 or told.status == 503, target


def run_no_view_by_preflights(port: int) -> None:
    asked = {"Origin": "https://x", "Access_Control_Request_Method": "GET"}
    for path in ("/tickets", "/easy/..%2ftickets", "/tickets/x"):
        assert b'"seen"' not in ask(port, path, "OPTIONS", **asked).body, path
    allowed = ask(port, "/tickets", "OPTIONS", **asked | {"Origin": SPA})
    assert (allowed.status, allowed.headers["access-control-allow-methods"]) == (204, "GET")
