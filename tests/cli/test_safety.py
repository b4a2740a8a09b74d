"""`vwr check` tells of settings that work and yet let in whom they should not."""

import re
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.middleware.cors import CORSMiddleware

from vwr_middleware.cli.safety import warnings
from vwr_middleware.settings import Settings

PASSWORD = "a password of the staff"


def told(app: object = None, **given: Any) -> list[str]:
    made = {"paths": "/tickets"} | given if "rooms" not in given else given
    return list(warnings(Settings(secret_key="a key for tests of the check", **made), app))


def leads_to(where: str | None) -> Any:
    def challenge(request: Any) -> str | None:
        assert request.header("cookie") == ""
        return where

    return challenge


def fails(request: Any) -> str:
    return str(request.native["state"])


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"cookie_secure": "never"}, "over plain http"),
        ({"admin_password": PASSWORD}, "every network"),
        ({"admin_viewer_password": PASSWORD}, "every network"),
        ({"preflights": True}, "preflights pass to the app"),
        ({"challenge": leads_to("/tickets/captcha?next=/x")}, "in its own room"),
        ({"challenge": leads_to("//elsewhere.example/")}, "a path of this site"),
    ],
)
def test_what_lets_others_in_is_told(given: dict[str, Any], word: str) -> None:
    (line,) = told(**given)
    assert word in line


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"enabled": False, "cookie_secure": "never"},
        {"admin_password": PASSWORD, "admin_networks": ["10.0.0.0/8"]},
        {"admin_password": PASSWORD, "admin_hosts": ["panel.example"]},
        {"challenge": leads_to("/captcha")},
        {"challenge": leads_to(None)},
        {"challenge": leads_to("/tickets/captcha"), "exclude": ["/tickets/captcha"]},
        {"challenge": fails},  # it may need its own server
    ],
)
def test_what_is_sound_is_not_told(given: dict[str, Any]) -> None:
    assert told(**given) == []


def test_a_layer_that_answers_all_preflights_may_have_them() -> None:
    app = Starlette()
    app.add_middleware(CORSMiddleware, allow_origins=["*"])
    assert told(app, preflights=True) == []


@pytest.mark.parametrize("first", ["/*/vip", re.compile("vip"), "/shop"])
def test_a_room_whose_order_matters_is_told_once(first: Any) -> None:
    rooms = [{"name": "a", "paths": [first]}, {"name": "b", "paths": ["/shop/vip"]}]
    if first == "/shop":  # the log tells of that, too
        assert told(rooms=rooms) == []
        return
    (line,) = told(rooms=rooms)
    assert "'/shop/vip' goes to room 'a', which comes first" in line
    assert told(rooms=rooms[::-1]) == []
    apart = [{**rooms[0], "methods": ["GET"]}, {**rooms[1], "methods": ["POST"]}]
    assert told(rooms=apart) == []
