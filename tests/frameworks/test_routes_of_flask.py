"""Flask apps tell of paths that lead nowhere, and their routes are read with care."""

import gc
import weakref

import pytest
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import BaseConverter, Map

from tests.support.our_log import our_log
from tests.support.routes import MAIN, flask_app, named, view
from vwr_middleware.flask import WaitingRoom, routes_of


@pytest.mark.parametrize("shows", ["spa", "error"])
def test_a_flask_app_that_answers_not_found_by_itself_may_show_its_page(
    shows: str, caplog: pytest.LogCaptureFixture
) -> None:
    app = flask_app("/shop")
    app.register_error_handler(404 if shows == "spa" else 500, lambda _: "page")
    WaitingRoom(app, **MAIN, paths="/tickets")
    gc.collect()  # it looks at the first request, however late that comes
    app.test_client().get("/shop")
    assert len(our_log(caplog)) == (shows == "error")


class Pattern(BaseConverter):
    """Takes what a regular expression says that the route brings."""

    def __init__(self, map: Map, pattern: str) -> None:
        super().__init__(map)
        self.regex = pattern


def test_a_converter_of_flask_may_be_given_a_regex_with_angle_brackets() -> None:
    app = flask_app()
    app.url_map.converters["re"] = Pattern
    app.add_url_rule('/of/<re("[^<>]+"):name>/shop', "shop", view)
    assert named(routes_of(app), "/of/acme/shop", "/of/acme/shap") == ["/of/acme/shap"]


def test_a_flask_app_that_is_never_asked_is_not_kept() -> None:
    app = flask_app("/shop")
    WaitingRoom(app, **MAIN, paths="/tickets")
    kept = weakref.ref(app)
    del app
    gc.collect()
    assert kept() is None


def test_flask_tells_with_the_first_request(caplog: pytest.LogCaptureFixture) -> None:
    app = flask_app()
    app.wsgi_app = ProxyFix(app.wsgi_app)  # type: ignore[method-assign]
    WaitingRoom(app, **MAIN, paths=["/ticket", "/late"])
    app.add_url_rule("/late", "late", lambda: "inside")
    for _ in range(2):
        app.test_client().get("/")
    (line,) = our_log(caplog)
    assert "'/ticket'" in line


def test_what_stands_around_a_flask_app_may_have_more_routes(
    caplog: pytest.LogCaptureFixture,
) -> None:
    app = flask_app("/shop")
    app.wsgi_app = DispatcherMiddleware(app.wsgi_app, {"/news": view})  # type: ignore[method-assign]
    WaitingRoom(app, **MAIN, paths="/news")
    app.test_client().get("/shop")
    assert our_log(caplog) == []
