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
