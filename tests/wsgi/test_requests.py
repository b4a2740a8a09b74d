"""The WSGI door: a request as it is read, with its host, its path and its mount prefix."""

from typing import Any

import pytest
from bottle import Bottle, request
from werkzeug.test import EnvironBuilder, run_wsgi_app

from tests.support.around_wsgi import KEY, around, plain, visitor
from tests.support.visitor import PAGE
from vwr_middleware.wsgi import WaitingRoomMiddleware
from vwr_middleware.wsgi.request import WsgiRequest


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


def test_bytes_that_are_no_text_are_replaced_and_never_make_another_path() -> None:
    told = WsgiRequest({"REQUEST_METHOD": "GET", "PATH_INFO": "/\xffa", "SCRIPT_NAME": "/\xffb"})
    assert (told.path, told.raw_path, told.mount) == ("/\ufffda", "/%FFa", "/\ufffdb")


def test_a_mount_prefix_is_no_part_of_the_path_and_part_of_every_address() -> None:
    app = around(plain, max_active=1)
    first, second = (visitor(app, SCRIPT_NAME="/shop", RAW_URI="/shop/tickets") for _ in range(2))
    assert first.opens("/tickets").status_code == 200
    waiting = second.fetches("/tickets")
    assert waiting.status_code == 429
    assert waiting.headers["vwr-waiting-room"].startswith("/shop/vwr/main/?next=/shop/tickets")
    assert "/shop/vwr/static/" in second.opens("/tickets").text


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


@pytest.mark.parametrize("changed", [{"paths": "/vip", "prefix": "/vip/vwr"}, {"enabled": False}])
def test_of_two_waiting_rooms_around_one_app_the_inner_one_does_not_hide_a_session(
    changed: dict[str, Any],
) -> None:
    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [environ["vwr"].id.encode()]

    guest = visitor(around(around(app, namespace="inner", **changed)))
    assert [guest.opens("/tickets").text for _ in range(3)] == ["1-1"] * 3


def test_bottle_leaves_bad_bytes_out_of_a_path_and_so_does_the_room() -> None:
    app = Bottle()

    @app.get("/tickets")  # type: ignore[untyped-decorator]
    def tickets() -> str:
        return str(request.path)

    ours = around(app, mode="queue")
    response = visitor(ours).opens("/tick%ffets")
    assert response.status_code == 202
