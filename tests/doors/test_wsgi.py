"""What only WSGI has: mount prefixes, files, write(), chunked bodies, threads."""

import io
import os
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any
from wsgiref.util import FileWrapper
from wsgiref.validate import validator

import httpx
import pytest
from bottle import Bottle, request
from werkzeug.test import EnvironBuilder, run_wsgi_app

from tests.support.bodies import BrokenBody
from tests.support.clock import Clock
from tests.support.transport import Counted, EnvironTransport
from tests.support.visitor import PAGE, Visitor
from vwr_middleware.blocking import finish
from vwr_middleware.errors import ConfigurationError
from vwr_middleware.settings import Settings
from vwr_middleware.site import Site
from vwr_middleware.stores.memory.store import MemoryStore
from vwr_middleware.web.http import BODY_LIMIT
from vwr_middleware.worker.load import Meter
from vwr_middleware.wsgi import WaitingRoomMiddleware
from vwr_middleware.wsgi.request import WsgiRequest

KEY = "a key for tests, long enough"


def around(app: Any, **settings: Any) -> WaitingRoomMiddleware:
    given = {"secret_key": KEY, "store": "memory://", "paths": "/tickets", **settings}
    return WaitingRoomMiddleware(app, **given)


def visitor(app: Any, **environ: Any) -> Visitor:
    return Visitor.of(EnvironTransport(validator(app), **environ))


def plain(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [environ["PATH_INFO"].encode("latin-1")]


def test_problems_are_told_when_it_is_made() -> None:
    with pytest.raises(ConfigurationError, match="secret_key is missing"):
        WaitingRoomMiddleware(plain, paths="/tickets")


def test_who_was_seen_once_is_known_at_sight(clock: Clock) -> None:
    settings = Settings(secret_key=KEY, store="memory://", paths="/tickets")
    site = Site(settings, MemoryStore(clock), clock, clock)
    guest = visitor(WaitingRoomMiddleware(plain, site=site))
    for _ in range(5):
        assert guest.opens().status_code == 200
    assert site.desk.views["main"].guests.greeted == 2


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="open files are not told here")
def test_nothing_is_open_before_the_first_request(tmp_path: Path) -> None:
    def is_open() -> bool:
        return any(str(tmp_path) in os.path.realpath(fd) for fd in Path("/proc/self/fd").iterdir())

    app = around(plain, store=f"sqlite:///{tmp_path / 'rooms.sqlite3'}")
    assert not is_open()
    assert visitor(app).opens().status_code == 200
    assert is_open()
    finish(app.site.close())
    assert not is_open()


def test_who_names_no_host_is_led_into_no_other_room_than_that_of_the_servers_name() -> None:
    """Apache and uWSGI put the name of their first host there, and apps take it for the Host."""
    busy = {"name": "busy", "paths": "/tickets", "hosts": "busy.example", "mode": "closed"}
    idle = {"name": "idle", "paths": "/tickets", "hosts": "idle.example"}

    def status(server: str, *rooms: dict[str, str]) -> str:
        app = WaitingRoomMiddleware(plain, secret_key=KEY, store="memory://", rooms=list(rooms))
        environ = EnvironBuilder(path="/tickets", headers=[*PAGE.items()]).get_environ()
        del environ["HTTP_HOST"]
        return run_wsgi_app(app, environ | {"SERVER_NAME": server})[1][:3]

    assert status("busy.example", idle, busy) == "400"
    assert status("busy.example", busy) == "503"
    assert status("127.0.0.1", idle, busy) == "200"


def test_a_mount_prefix_is_no_part_of_the_path_and_part_of_every_address() -> None:
    app = around(plain, max_active=1)
    first, second = (visitor(app, SCRIPT_NAME="/shop", RAW_URI="/shop/tickets") for _ in range(2))
    assert first.opens("/tickets").status_code == 200
    waiting = second.fetches("/tickets")
    assert waiting.status_code == 429
    assert waiting.headers["vwr-waiting-room"].startswith("/shop/vwr/main/?next=/shop/tickets")
    assert "/shop/vwr/static/" in second.opens("/tickets").text


def test_a_file_is_sent_as_the_server_sends_files() -> None:
    sent: list[object] = []

    def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        sent.append(environ["wsgi.file_wrapper"](io.BytesIO(b"file")))
        return sent[-1]  # type: ignore[return-value]

    def start_response(status: str, headers: list[tuple[str, str]]) -> Any:
        cookies.extend(
            value.partition(";")[0] for name, value in headers if name.lower() == "set-cookie"
        )
        return lambda data: None

    ours, cookies = around(app), ["theme=dark"]
    for _ in ("newcomer", "to be confirmed", "known"):
        environ: dict[str, Any] = {"REQUEST_METHOD": "GET", "PATH_INFO": "/tickets"}
        environ |= {"wsgi.url_scheme": "http", "HTTP_COOKIE": "; ".join(cookies)}
        environ["wsgi.file_wrapper"] = FileWrapper
        assert ours(environ, start_response) is sent[-1]
        assert not ours.site.desk.views["main"].guests.in_hand


def test_a_body_that_is_whole_goes_to_the_server_as_it_is() -> None:
    parts, given = [b"one ", b"two"], []

    def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        return parts

    ours = around(app)

    def server(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        given.append(ours(environ, start_response))
        return given[-1]

    guest = Visitor.of(EnvironTransport(server))
    assert [guest.opens().text for _ in range(4)] == ["one two"] * 4
    assert all(body is parts for body in given)


def test_a_stream_is_in_hand_to_its_end_where_the_server_has_a_way_for_files() -> None:
    in_hand: list[dict[str, int]] = []

    def app(environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        in_hand.append(ours.site.desk.views["main"].guests.in_hand)
        yield b"part"

    ours = around(app)
    guest = visitor(ours, **{"wsgi.file_wrapper": FileWrapper})
    for _ in range(4):
        assert guest.opens().text == "part"
    assert in_hand == [{"1-1": 1}] * 4


def test_a_body_that_cannot_be_closed_is_no_longer_in_hand_once_it_was_sent() -> None:
    def app(environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        return iter([b"part"])

    ours = around(app)
    by_server = Visitor.of(EnvironTransport(ours))
    by_test_client = Visitor.of(EnvironTransport(lambda *given: list(ours(*given))))
    for guest in (by_server, by_test_client):  # one closes what we return, the other does not
        for _ in range(3):
            assert guest.opens().text == "part"
            assert not ours.site.desk.views["main"].guests.in_hand


def test_a_session_whose_cookies_went_out_goes_on_though_the_stream_fails_later() -> None:
    def app(environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        yield from (b"part", b"")
        raise ValueError

    ours = around(app)

    def server(environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
        with suppress(ValueError):
            yield from ours(environ, start_response)

    assert Visitor.of(EnvironTransport(server)).opens().text == "part"
    assert not ours.site.desk.views["main"].ended


def test_an_app_that_a_server_stops_in_the_midst_is_no_longer_in_hand() -> None:
    def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if "/late" in environ["PATH_INFO"]:
            raise SystemExit("too late")  # as gunicorn stops a worker's request
        return plain(environ, start_response)

    ours = around(app)
    known, view = visitor(ours), ours.site.desk.views["main"]
    for _ in range(3):
        assert known.opens().status_code == 200
    for guest in (known, visitor(ours)):
        with pytest.raises(SystemExit, match="too late"):
            guest.opens("/tickets/late")
        assert not view.guests.in_hand
    assert len(view.ended) == 1  # of the newcomer, who got no answer and so no cookie


def test_each_answer_of_ours_tells_its_kind_once() -> None:
    ours = around(plain, max_active=1)
    visitor(ours).opens()
    page, back = visitor(ours).opens(), visitor(ours).opens("/vwr/main/leave?join=1", "POST")
    kinds = [answer.headers.get_list("content-type") for answer in (page, back)]
    assert kinds == [["text/html; charset=utf-8"], ["text/plain"]]


def test_an_app_that_writes_is_let_write() -> None:
    written: list[bytes] = []

    def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        write = start_response("200 OK", [("Content-Type", "text/plain")])
        write(b"one ")
        return iter([b"two"])

    ours = around(app)
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/tickets", "wsgi.url_scheme": "http"}
    body = ours(environ, lambda *args: written.append)
    assert (written, list(body)) == ([b"one "], [b"two"])


def test_the_body_of_the_app_is_closed_as_the_server_closes_ours() -> None:
    closed: list[bool] = []

    class Body:
        def __iter__(self) -> Iterator[bytes]:
            return iter([b"tickets"])

        def close(self) -> None:
            closed.append(True)

    def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        return Body()

    shopper = visitor(around(app))
    for times in (1, 2):  # a newcomer, and somebody whom the room knows
        assert shopper.opens().text == "tickets"
        assert len(closed) == times


def test_an_app_that_starts_late_is_waited_for() -> None:
    def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain"), ("VWR-Session", "completed")])
        yield b"thanks"

    shopper = visitor(around(app))
    assert "vwr-session" not in shopper.opens().headers
    assert shopper.opens().headers["vwr-state"] == "ended"


def test_an_app_that_fails_for_whom_the_room_knows_is_measured_and_no_longer_in_hand() -> None:
    def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/tickets/broken":
            raise RuntimeError("no answer at all")
        return plain(environ, start_response)

    ours = around(app)
    shopper, view = visitor(ours), ours.site.desk.views["main"]
    for _ in range(2):
        assert shopper.opens().status_code == 200
    view.meter = Meter(0)
    assert shopper.opens("/tickets/broken").status_code == 500
    load = view.meter.hand_in(0)
    assert (load.arrivals, load.finished, load.errors) == (1, 1, 1)
    assert not view.guests.in_hand


def test_an_app_starts_anew_where_an_error_comes_between() -> None:
    def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        body = plain(environ, start_response)
        try:
            if body != [b"/tickets"]:
                raise RuntimeError("no such ticket")
        except RuntimeError:
            start_response("404 Not Found", [("Content-Type", "text/plain")], sys.exc_info())
            return [b"sorry"]
        return body

    ours = around(app)
    known = visitor(ours)
    for _ in range(2):
        assert known.opens("/tickets").text == "/tickets"
    for shopper in (known, visitor(ours)):
        assert shopper.opens("/tickets/7").text == "sorry"


def test_an_app_that_fails_while_it_sends_is_closed() -> None:
    def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        yield b"half"
        raise RuntimeError("and no more")

    ours = around(app)
    assert visitor(ours).opens().status_code == 500
    assert not ours.site.desk.views["main"].guests.in_hand


@pytest.mark.parametrize("length", ["abc", "-5", "9" * 5000, "٣", "5"])
def test_a_body_that_is_not_as_long_as_it_was_said_to_be_takes_no_place(length: str) -> None:
    app = around(plain)
    environ = EnvironTransport  # the validator would stop such a server
    program = Visitor.of(environ(app, CONTENT_LENGTH=length))
    assert program.sends("/vwr/main/tickets").status_code == 400
    assert program.sends("/vwr/main/leave").status_code == 400
    assert program.fetches("/vwr/main/status").json()["issued"] == 0


def test_a_body_of_a_length_that_is_not_told_takes_no_place_where_its_end_is_not_known() -> None:
    app = around(plain)
    chunked = {"Transfer-Encoding": "chunked"}
    program = Visitor.of(EnvironTransport(app, CONTENT_LENGTH=""))
    assert program.sends("/vwr/main/tickets", headers=chunked).status_code == 400
    assert program.fetches("/vwr/main/status").json()["issued"] == 0
    assert program.sends("/vwr/main/tickets").status_code == 201  # without a body


def test_a_body_of_unknown_length_is_read_to_its_end() -> None:
    app = around(plain)
    given = {"CONTENT_LENGTH": "", "wsgi.input_terminated": True}
    json = {"Content-Type": "application/json"}
    program = Visitor.of(EnvironTransport(app, **given))
    assert program.sends("/vwr/main/tickets", content=b"{", headers=json).status_code == 400
    assert program.sends("/vwr/main/tickets", content=b"x" * 70_000).status_code == 413


class Slow:
    """A server's own input: each part takes a while, and whoever asks for more waits for ever."""

    def __init__(self, *parts: bytes) -> None:
        self._parts = list(parts)

    def read(self, size: int) -> bytes:
        assert size <= sum(map(len, self._parts)), "nothing more comes"
        return self._parts.pop(0)


def test_a_place_is_given_to_whoever_sends_no_body_and_no_length_of_it() -> None:
    environ = {"CONTENT_LENGTH": "", "wsgi.input": Slow()}
    program = Visitor.of(EnvironTransport(around(plain), **environ))
    assert program.sends("/vwr/main/tickets").status_code == 201


def test_a_body_that_comes_in_parts_is_waited_for_no_longer_than_it_is() -> None:
    slow = {"CONTENT_LENGTH": "12", "wsgi.input": Slow(b'{"cou', b'nt"', b": 1}")}
    program = Visitor.of(EnvironTransport(around(plain), **slow))
    json = {"Content-Type": "application/json"}
    assert program.sends("/vwr/main/tickets", headers=json).status_code == 201


def test_a_body_that_breaks_off_takes_no_place() -> None:
    app = around(plain)
    given = {"wsgi.input": BrokenBody(), "wsgi.input_terminated": True}
    for length in ("5", ""):
        program = Visitor.of(EnvironTransport(app, CONTENT_LENGTH=length, **given))
        assert program.sends("/vwr/main/tickets").status_code == 400
    assert program.fetches("/vwr/main/status").json()["issued"] == 0


@pytest.mark.parametrize(
    ("size", "headers", "taken"),
    [(1000, {}, 1000), (1000, {"Expect": "100-continue"}, 0), (1_000_000, {}, 0)],
)
def test_of_a_stopped_body_only_a_small_one_is_taken_in(
    size: int, headers: dict[str, str], taken: int
) -> None:
    app = around(plain, mode="queue")
    body = Counted(b"x" * size)
    shopper = Visitor.of(EnvironTransport(app, CONTENT_LENGTH=str(size), **{"wsgi.input": body}))
    assert shopper.fetches(method="POST", headers=headers).status_code == 429
    assert body.taken == taken


def test_of_a_body_that_is_too_large_for_us_hardly_more_is_read_than_we_take() -> None:
    size = 10 * BODY_LIMIT
    body = Counted(b"x" * size)
    environ = {"CONTENT_LENGTH": str(size), "wsgi.input": body}
    program = Visitor.of(EnvironTransport(around(plain), **environ))
    assert program.sends("/vwr/main/tickets").status_code == 413
    assert body.taken == BODY_LIMIT + 1


def test_bottle_leaves_bad_bytes_out_of_a_path_and_so_does_the_room() -> None:
    app = Bottle()

    @app.get("/tickets")  # type: ignore[untyped-decorator]
    def tickets() -> str:
        return str(request.path)

    ours = around(app, mode="queue")
    response = visitor(ours).opens("/tick%ffets")
    assert response.status_code == 202


def test_a_request_is_told_as_wsgi_tells_it() -> None:
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/ä".encode().decode("latin-1"),
        "SCRIPT_NAME": "/ö/".encode().decode("latin-1"),
        "QUERY_STRING": "a=1",
        "wsgi.url_scheme": "https",
        "HTTP_HOST": "Shop.Example:8000",
        "REMOTE_ADDR": "192.0.2.1",
        "CONTENT_TYPE": "text/plain",
        "CONTENT_LENGTH": "7",
    }
    told = WsgiRequest(environ)
    assert (told.path, told.mount, told.raw_path) == ("/ä", "/ö", "/%C3%A4")
    assert (told.query, told.scheme, told.host) == ("a=1", "https", "shop.example:8000")
    assert (told.client, told.header("content-type")) == ("192.0.2.1", "text/plain")
    assert told.header("content-length") == "7"
    assert told.native is environ


@pytest.mark.parametrize("name", ["RAW_URI", "REQUEST_URI"])
def test_a_query_is_no_part_of_the_path_as_it_was_sent(name: str) -> None:
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/a/b", name: "/a%2Fb?next=/c?d"}
    told, other = WsgiRequest(environ), WsgiRequest({**environ, name: "/a%2Fb?next=/e"})
    assert told.raw_path == "/a%2Fb"
    assert told.where == other.where


def test_an_empty_path_is_the_root() -> None:
    told = WsgiRequest({"REQUEST_METHOD": "GET", "PATH_INFO": "", "SCRIPT_NAME": "/shop"})
    assert (told.path, told.raw_path, told.mount) == ("/", "/", "/shop")


def test_many_threads_share_one_worker() -> None:
    app = around(plain, max_active=3)
    shoppers = [visitor(app) for _ in range(24)]

    def visit(shopper: Visitor) -> list[int]:
        return [shopper.opens().status_code for _ in range(30)]

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(visit, shoppers))
    assert sorted(codes.count(200) for codes in found)[-4] < 30
    inside = [codes for codes in found if codes[0] == 200]
    assert len(inside) == 3
    assert all(set(codes) == {200} for codes in inside)
    assert not app.site.desk.views["main"].guests.in_hand
    transport: httpx.BaseTransport = EnvironTransport(app)
    assert Visitor.of(transport).fetches("/vwr/main/status").json()["issued"] == 24


def test_nothing_is_read_of_a_stopped_request_that_has_no_body() -> None:
    asked: list[int] = []

    class Silent:
        """What has not come yet: a server's own input waits for it."""

        def read(self, size: int) -> bytes:
            asked.append(size)
            return b""

    ours = around(plain, max_active=1)
    visitor(ours).opens()
    environ = {"REQUEST_METHOD": "POST", "PATH_INFO": "/tickets", "wsgi.url_scheme": "http"}
    environ["wsgi.input"] = Silent()  # type: ignore[assignment]
    told: list[str] = []
    list(ours(environ, lambda status, headers: told.append(status)))
    assert (told, asked) == (["429 Too Many Requests"], [])
