"""The WSGI door: the app's response on its way out, and how long its request is in hand."""

import io
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any
from wsgiref.util import FileWrapper

import pytest

from tests.support.around_wsgi import around, plain, visitor
from tests.support.transport import EnvironTransport
from tests.support.visitor import Visitor
from vwr_middleware.worker.app_load import Meter


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
        assert not ours.site.store_access.views["main"].known_sessions.in_hand


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
        in_hand.append(ours.site.store_access.views["main"].known_sessions.in_hand)
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
            assert not ours.site.store_access.views["main"].known_sessions.in_hand


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


def test_an_app_that_starts_late_is_waited_for() -> None:
    def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain"), ("VWR-Session", "completed")])
        yield b"thanks"

    shopper = visitor(around(app))
    assert "vwr-session" not in shopper.opens().headers
    assert shopper.opens().headers["vwr-state"] == "ended"


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


def test_an_app_that_fails_for_whom_the_room_knows_is_measured_and_no_longer_in_hand() -> None:
    def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/tickets/broken":
            raise RuntimeError("no answer at all")
        return plain(environ, start_response)

    ours = around(app)
    shopper, view = visitor(ours), ours.site.store_access.views["main"]
    for _ in range(2):
        assert shopper.opens().status_code == 200
    view.meter = Meter(0)
    assert shopper.opens("/tickets/broken").status_code == 500
    load = view.meter.hand_in(0)
    assert (load.arrivals, load.finished, load.errors) == (1, 1, 1)
    assert not view.known_sessions.in_hand


def test_an_app_that_fails_while_it_sends_is_closed() -> None:
    def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        yield b"half"
        raise RuntimeError("and no more")

    ours = around(app)
    assert visitor(ours).opens().status_code == 500
    assert not ours.site.store_access.views["main"].known_sessions.in_hand


def test_an_app_that_a_server_stops_in_the_midst_is_no_longer_in_hand() -> None:
    def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if "/late" in environ["PATH_INFO"]:
            raise SystemExit("too late")  # as gunicorn stops a worker's request
        return plain(environ, start_response)

    ours = around(app)
    known, view = visitor(ours), ours.site.store_access.views["main"]
    for _ in range(3):
        assert known.opens().status_code == 200
    for guest in (known, visitor(ours)):
        with pytest.raises(SystemExit, match="too late"):
            guest.opens("/tickets/late")
        assert not view.known_sessions.in_hand
    assert len(view.ended) == 1  # of the newcomer, who got no answer and so no cookie


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
    assert not ours.site.store_access.views["main"].ended


def test_each_answer_of_ours_tells_its_kind_once() -> None:
    ours = around(plain, max_active=1)
    visitor(ours).opens()
    page, back = visitor(ours).opens(), visitor(ours).opens("/vwr/main/leave?join=1", "POST")
    kinds = [answer.headers.get_list("content-type") for answer in (page, back)]
    assert kinds == [["text/html; charset=utf-8"], ["text/plain"]]
