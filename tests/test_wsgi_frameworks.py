"""One line in front of every WSGI framework."""

from collections.abc import Callable
from typing import Any
from wsgiref.validate import validator

import httpx
import pytest

from tests.support import wsgi_apps as apps
from tests.support.transport import EnvironTransport
from tests.support.visitor import PAGE, SCRIPT

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
    assert first.get("/tickets").text == "inside 1-1"
    assert first.get("/tickets").text == "inside 1-1"
    assert first.get("/about").text == "open"
    answer = second.get("/tickets")
    assert answer.status_code == 202
    assert "text/html" in answer.headers["content-type"]
    told = second.get("/vwr/main/position", headers=SCRIPT).json()
    assert (told["you"], told["position"], told["ahead"]) == ("waiting", 2, 0)
    where = second.get("/tickets", headers=SCRIPT).headers["vwr-waiting-room"]
    assert second.get(f"http://shop.example{where}").status_code == 202
