"""One line in front of every WSGI framework."""

from collections.abc import Callable
from typing import Any
from wsgiref.validate import validator

import httpx
import pytest

from tests.support import wsgi_apps as apps
from tests.support.one_line import assert_the_room_stands
from tests.support.transport import EnvironTransport
from tests.support.visitor import PAGE

APPS: dict[str, Callable[[], Any]] = {
    "flask": apps.flask_app,
    "flask, extension": apps.flask_app_with_the_extension,
    "bottle": apps.bottle_app,
    "pyramid": apps.pyramid_app,
    "no framework": apps.raw_app,
}


@pytest.mark.parametrize("name", APPS)
def test_one_line_puts_a_room_in_front_of_an_app(name: str) -> None:
    transport = EnvironTransport(validator(APPS[name]()))
    first, second = (
        httpx.Client(transport=transport, base_url="http://shop.example", headers=PAGE)
        for _ in range(2)
    )
    assert_the_room_stands(first, second)


@pytest.mark.parametrize("target", ["x/tickets", " /tickets", "http://tickets"])
def test_no_request_that_begins_with_no_slash_is_a_way_around(target: str) -> None:
    """werkzeug's dispatcher looks for a path behind each slash; waitress and uWSGI pass it on."""
    transport = EnvironTransport(apps.flask_app_with_others_beside_it(), PATH_INFO=target)
    with httpx.Client(transport=transport, base_url="http://shop.example", headers=PAGE) as client:
        assert client.get("/").text == "inside 1-1"
        client.cookies.clear()
        assert client.get("/").status_code == 202
