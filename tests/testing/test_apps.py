"""Over each framework: who is inside, who waits, and that an app gets its own room back."""

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from starlette.applications import Starlette

from tests.support.servers import ROOT
from tests.testing.conftest import APPS, django_project, flask_app, text_of
from vwr_middleware.asgi import WaitingRoomMiddleware
from vwr_middleware.client import WaitingRooms
from vwr_middleware.django import waiting_rooms
from vwr_middleware.errors import ConfigurationError
from vwr_middleware.testing import RoomForTests, room_for_tests
from vwr_middleware.testing.clients import PERSON, client_of

VwrRoom = Callable[..., RoomForTests]

# Their tests go by httpx, which Starlette tells on: people are free to have the newer one.
pytestmark = pytest.mark.filterwarnings("ignore:Using .httpx. with .starlette.testclient")


def test_one_is_inside_one_waits_and_comes_in_when_a_slot_is_free(
    app: Any, vwr_room: VwrRoom
) -> None:
    room = vwr_room(app, max_active=2)
    inside, waiting = room.inside(), room.waiting()
    assert text_of(inside.get("/tickets")) == "tickets"
    answer = waiting.get("/tickets")
    assert (answer.status_code, answer.headers["VWR-State"]) == (202, "waiting")
    assert (room.snapshot.active, room.snapshot.waiting) == (2, 1)
    room.crowd.goes()
    room.pass_by(5)
    assert text_of(waiting.get("/tickets")) == "tickets"
    assert room.snapshot.active == 2


def test_a_program_gets_json(app: Any, vwr_room: VwrRoom) -> None:
    program = vwr_room(app).full().visitor(headers={})
    answer = program.get("/tickets")
    assert (answer.status_code, answer.headers["Content-Type"]) == (429, "application/json")


def test_each_room_is_a_new_one_and_all_clients_of_it_meet(app: Any, vwr_room: VwrRoom) -> None:
    for _ in range(2):
        room = vwr_room(app, max_active=1)
        assert room.snapshot.active == 0
        room.inside()
        assert room.visitor().get("/tickets").status_code == 202


@pytest.mark.parametrize("name", [name for name in APPS if name not in ("django", "flask")])
def test_afterwards_the_app_has_its_own_room(name: str, made: dict[str, Any]) -> None:
    with room_for_tests(made[name]) as room:
        room.inside()
    visitor = client_of(made[name], PERSON)
    assert visitor.get("/tickets").headers["VWR-State"] == "store-down"


def test_afterwards_flask_has_its_own_room() -> None:
    app = flask_app()
    own = app.extensions["vwr"]
    with room_for_tests(app) as room:
        rooms: WaitingRooms = app.extensions["vwr"]
        room.inside()
        assert rooms["main"].complete("1-1")
        assert room.snapshot.active == 0
    assert app.extensions["vwr"] is own
    assert "VWR-State" not in app.test_client().get("/tickets").headers


def test_in_django_sessions_are_ended_in_the_room_of_the_test() -> None:
    with django_project():
        with room_for_tests(None) as room:
            room.inside()
            assert waiting_rooms()["main"].complete("1-1")
            assert room.snapshot.active == 0
        with pytest.raises(ConfigurationError, match="MIDDLEWARE has no"):  # noqa: SIM117
            with django_project(), _without_middleware(), room_for_tests(None):
                pass


def _without_middleware() -> Any:
    from django.test import override_settings

    return override_settings(MIDDLEWARE=[])


@pytest.mark.parametrize("app", [Starlette(), Flask("without"), object()])
def test_an_app_without_a_room_is_refused_with_the_fix(app: Any) -> None:
    with pytest.raises(ConfigurationError, match="hand in the app"), room_for_tests(app):
        pass


def test_an_app_whose_settings_are_wrong_tells_so() -> None:
    app = Starlette()
    app.add_middleware(WaitingRoomMiddleware, paths="/tickets")
    with pytest.raises(ConfigurationError, match="secret_key is missing"), room_for_tests(app):
        pass


def test_wrong_settings_of_the_test_and_unknown_rooms_are_told(made: dict[str, Any]) -> None:
    for given, told in (
        ({"max_activ": 1}, "did you mean max_active"),
        ({"room_name": "vip"}, "the rooms are main"),
        ({"paths": "/a*"}, "hand in one that it protects"),
    ):
        with pytest.raises(ConfigurationError, match=told), room_for_tests(made["bottle"], **given):
            pass


def test_more_middleware_can_be_added_after_a_test(vwr_room: VwrRoom) -> None:
    app = APPS["starlette"]()
    with room_for_tests(app) as room:
        room.inside()
    app.add_middleware(lambda inner: inner)


def test_the_plugin_loads_nothing_of_ours_before_a_fixture_is_asked_for() -> None:
    code = "import sys, vwr_middleware.pytest_plugin; print(*sys.modules)"
    command = [sys.executable, "-c", code]
    loaded = subprocess.check_output(command, cwd=ROOT, text=True).split()
    ours = {name for name in loaded if name.startswith("vwr_middleware")}
    assert ours == {"vwr_middleware", "vwr_middleware.pytest_plugin"}
    others = {"django", "flask", "jinja2", "starlette", "werkzeug", "jwt", "httpx"}
    assert not others & set(loaded)
