"""A second waiting room around an app that has one already."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask, current_app
from litestar import Litestar
from quart import Quart
from starlette.applications import Starlette
from werkzeug.test import Client

from tests.support.asgi import call, scope_of
from tests.support.framework_apps import QUIET
from vwr_middleware.asgi import WaitingRoomMiddleware as AsgiRoom
from vwr_middleware.errors import ConfigurationError
from vwr_middleware.flask import WaitingRoom
from vwr_middleware.wsgi import WaitingRoomMiddleware as WsgiRoom

SETTINGS: dict[str, Any] = {
    "secret_key": "a secret of the tests, long enough",
    "paths": "/tickets",
    "store": "memory://",
}


class Wrapper:
    """Any middleware."""

    def __init__(self, app: Any) -> None:
        self.app = app

    def __call__(self, *args: Any) -> Any:
        return self.app(*args)


def around_asgi(**changes: Any) -> None:
    inner = AsgiRoom(Wrapper(None), **SETTINGS)
    AsgiRoom(Wrapper(Wrapper(inner)), **{**SETTINGS, **changes})


def around_wsgi(**changes: Any) -> None:
    inner = WsgiRoom(Wrapper(None), **SETTINGS)
    WsgiRoom(Wrapper(inner), **{**SETTINGS, **changes})


def around_flask(**changes: Any) -> None:
    app = Flask(__name__)
    WaitingRoom(app, **SETTINGS)
    WaitingRoom(app, **{**SETTINGS, **changes})


def around_a_flask_app(**changes: Any) -> None:
    app = Flask(__name__)
    WaitingRoom(app, **SETTINGS)
    WsgiRoom(app, **{**SETTINGS, **changes})


Around = Callable[..., None]
ways = pytest.mark.parametrize(
    "around", [around_asgi, around_wsgi, around_flask, around_a_flask_app]
)


@ways
def test_it_is_refused_where_it_would_answer_for_the_first(around: Around) -> None:
    with pytest.raises(ConfigurationError, match="around it, with pages below /vwr:"):
        around(namespace="other")


@ways
@pytest.mark.parametrize("changes", [{"prefix": "/vip/vwr"}, {"enabled": False}])
def test_it_is_welcome_where_each_answers_for_itself(
    around: Around, changes: dict[str, Any]
) -> None:
    around(**changes)


def test_one_whose_addresses_lie_below_those_of_the_outer_is_refused() -> None:
    inner = AsgiRoom(Wrapper(None), **SETTINGS, prefix="/vwr/inner")
    with pytest.raises(ConfigurationError, match="/vwr/inner"):
        AsgiRoom(inner, **SETTINGS)


def test_settings_that_are_wrong_within_hide_nothing() -> None:
    app = Wrapper(None)
    app.app = app
    AsgiRoom(app, **SETTINGS)


class MadeLater:
    """An app that is there only later, such as werkzeug's `LocalProxy`."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError("asked too early")

    def __call__(self, *args: Any) -> Any:
        raise NotImplementedError


@pytest.mark.parametrize("room", [AsgiRoom, WsgiRoom], ids=["asgi", "wsgi"])
def test_an_app_that_is_made_later_is_not_asked_for_anything(room: Callable[..., Any]) -> None:
    room(MadeLater(), **SETTINGS)
    room(Wrapper(current_app), **SETTINGS)


def asked_of_wsgi(app: Any) -> None:
    Client(app).get("/")


def asked_of_asgi(app: Any) -> None:
    call(app, scope_of("/"))


@pytest.mark.parametrize(
    ("room", "app", "name", "ask"),
    [
        (WsgiRoom, Flask("shop"), "wsgi_app", asked_of_wsgi),
        (AsgiRoom, Quart("shop"), "asgi_app", asked_of_asgi),
        (AsgiRoom, Litestar(**QUIET), "asgi_handler", asked_of_asgi),
    ],
)
def test_an_app_that_would_call_its_own_room_is_told_so(
    room: Any, app: Any, name: str, ask: Callable[[Any], None]
) -> None:
    """It would go round: each newcomer takes places until the room is full."""
    setattr(app, name, room(app, **SETTINGS))
    for _ in range(2):
        with pytest.raises(ConfigurationError, match=f"pass app.{name} to the middleware, not app"):
            ask(app if room is WsgiRoom else getattr(app, name))


class Beside:
    """A middleware that keeps the app to which it belongs, and calls what it takes the place of."""

    def __init__(self, app: Flask) -> None:
        self.app, self.wsgi_app = app, app.wsgi_app

    def __call__(self, *args: Any) -> Any:
        return self.wsgi_app(*args)


def test_an_app_that_a_wrapper_only_keeps_is_no_circle() -> None:
    app = Flask("shop")
    app.wsgi_app = Beside(app)  # type: ignore[method-assign, assignment]
    WaitingRoom(app, **SETTINGS)
    assert Client(app).get("/").status_code == 404


def test_a_room_that_is_only_kept_at_its_app_is_no_circle() -> None:
    """As to be served by `uvicorn shop:app.asgi_app`: Starlette itself has no such thing."""
    app = Starlette()
    app.asgi_app = AsgiRoom(app, **SETTINGS)  # type: ignore[attr-defined]
    asked_of_asgi(app.asgi_app)  # type: ignore[attr-defined]
