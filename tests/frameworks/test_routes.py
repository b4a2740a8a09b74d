"""Paths of rooms to which no route of the app leads are told: nobody would wait there."""

import re
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from django.conf.urls.i18n import i18n_patterns
from django.core.checks import run_checks
from django.urls import include, path, re_path
from django.utils.deprecation import MiddlewareMixin
from fastapi import APIRouter, FastAPI
from flask import Flask
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix

import tests.support.django_shop  # noqa: F401  (sets Django up)
from tests.support.asgi import started
from tests.support.django_project import SECURITY, project
from tests.support.our_log import our_log
from vwr_middleware.asgi import WaitingRoomMiddleware
from vwr_middleware.asgi.routes import routes_of
from vwr_middleware.django.checks import OURS
from vwr_middleware.django.routes import routes_of as routes_of_project
from vwr_middleware.flask import WaitingRoom
from vwr_middleware.flask import routes_of as routes_of_flask
from vwr_middleware.routes import Route as AnyRoute
from vwr_middleware.routes import astray
from vwr_middleware.settings import Settings

KEY = "a key for tests, long enough"
MAIN: dict[str, Any] = {"secret_key": KEY, "store": "memory://"}


def view(*_: Any, **__: Any) -> Any:
    return PlainTextResponse("inside")


def flask_app(*routes: str) -> Flask:
    app = Flask(__name__)
    for number, route in enumerate(routes):
        app.add_url_rule(route, str(number), lambda **_: "inside")
    return app


def starlette_routes(*routes: str) -> Iterable[AnyRoute]:
    return routes_of(Starlette(routes=[Route(route, view) for route in routes]))


def included() -> FastAPI:
    router = APIRouter(prefix="/v1")
    router.add_api_route("/tickets/{id}", view)
    around = APIRouter()
    around.include_router(router, prefix="/shop")
    app = FastAPI(openapi_url=None)
    app.include_router(around, prefix="/api")
    return app


def mounted(*inner: Route) -> Starlette:
    return Starlette(routes=[Mount("/api", routes=[Mount("/v1", Starlette(routes=inner))])])


def named(routes: Iterable[AnyRoute], *paths: Any) -> list[str]:
    """The paths that are told."""
    lines = astray(Settings(**MAIN, paths=paths), routes)
    return [str(re.findall(r"leads to '([^']+)'", line)[0]) for line in lines]


FRAMEWORKS: dict[str, Callable[[], Iterable[AnyRoute]]] = {
    "starlette": lambda: starlette_routes("/", "/tickets/{id:int}/seat-{seat}", "/files/{at:path}"),
    "flask": lambda: routes_of_flask(
        flask_app("/", "/tickets/<int(min=1):id>/seat-<seat>", "/files/<path:at>")
    ),
    "django": lambda: routes_of_project(
        [
            path("", view),
            path("tickets/", include([path("<int:id>/seat-<str:seat>", view)])),
            path("files/<path:at>", view),
        ]
    ),
}


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_only_what_surely_leads_nowhere_is_told(framework: str) -> None:
    reached = ["/", "/tickets", "/Tickets/", "/tickets/8", "/tickets/8/seat-2", "/files/a/b/c"]
    reached += ["/ti*", "/*/tickets", "/tickets/*/seat-1", "/behind-a-mount/tickets/8"]
    lost = ["/ticket", "/tickets/8/seat-2/buy", "/behind/a/mount", "/ticket/*"]
    routes = list(FRAMEWORKS[framework]())
    assert named(routes, *reached, re.compile("^/ticket$"), *lost) == lost


def test_an_app_that_shows_no_routes_is_taken_at_its_word() -> None:
    assert named(routes_of(view), "/tickets") == []


@pytest.mark.parametrize("app", [included(), mounted(Route("/shop/{id}", view))])
def test_what_is_included_or_mounted_is_looked_at(app: Starlette) -> None:
    (path,) = {"/api/shop/v1/tickets", "/api/v1/shop"} & set(_reached(app))
    assert named(routes_of(app), path, "/api/v2", "/shop/9/9") == ["/api/v2", "/shop/9/9"]


def _reached(app: Starlette) -> list[str]:
    candidates = ["/api/shop/v1/tickets", "/api/v1/shop"]
    lost = named(routes_of(app), *candidates)
    return [path for path in candidates if path not in lost]


def test_below_a_mounted_app_without_routes_all_may_be_answered() -> None:
    app = Starlette(routes=[Mount("/files", view), Route("/shop", view)])
    assert named(routes_of(app), "/files/a/b", "/file") == ["/file"]


def test_patterns_of_a_django_project_are_read_with_care() -> None:
    patterns = [
        re_path(r"^tickets/?$", view),
        re_path(r"^seats/(?P<row>[a-z/]+)$", view),
        re_path(r"^open", view),
        *i18n_patterns(path("shows/", view)),
    ]
    plain = [patterns[0], patterns[3]]
    assert named(routes_of_project(plain), "/tickets", "/de/shows", "/shows", "/tic") == [
        "/shows",
        "/tic",
    ]
    assert named(routes_of_project(patterns[2:3]), "/opening/at/ten", "/closed") == ["/closed"]
    assert named(routes_of_project(patterns), "/seats/a/b", "/anything") == ["/anything"]
    bare = i18n_patterns(path("shows/", view), prefix_default_language=False)
    assert named(routes_of_project(bare), "/shows", "/show") == ["/show"]


def test_a_path_that_leads_nowhere_is_told_with_the_one_that_is_meant(
    caplog: pytest.LogCaptureFixture,
) -> None:
    app = Starlette(routes=[Route("/tickets/{id}", view)])
    app.add_middleware(WaitingRoomMiddleware, **MAIN, paths=["/ticket", "/tickets"])
    assert started(app) == "lifespan.startup.complete"
    assert our_log(caplog) == [
        "room 'main': no route of this app leads to '/ticket', so nobody waits there;"
        " did you mean '/tickets'?"
    ]


def test_a_language_that_was_forgotten_is_told_as_paths_take_it() -> None:
    """Django's admin has the same names, and only staff would wait there; other routes have names
    that are nearer."""
    others = [path("admin/tickets/", view), path("ticket/scan/", view)]
    patterns = [*others, *i18n_patterns(path("tickets/", view))]
    (line,) = astray(Settings(**MAIN, paths=["/tickets/"]), routes_of_project(patterns))
    assert line.endswith("; did you mean '/*/tickets'?")
    assert astray(Settings(**MAIN, paths=["/*/tickets"]), routes_of_project(patterns)) == []
    app = Starlette(routes=[Route("/shows/{id}/buy", view)])
    (line,) = astray(Settings(**MAIN, paths=["/show/1/buy"]), routes_of(app))
    assert line.endswith("; did you mean '/shows/*/buy'?")


def test_nothing_is_told_while_it_is_switched_off(caplog: pytest.LogCaptureFixture) -> None:
    app = Starlette(routes=[Route("/tickets", view)])
    started(WaitingRoomMiddleware(app, **MAIN, paths="/t", enabled=False))
    assert our_log(caplog) == []


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


class Urls:
    """A URLconf."""

    urlpatterns = (path("tickets/<int:id>", view),)


class FlatpageFallbackMiddleware(MiddlewareMixin):
    """Answers where no route leads."""


FALLBACK = f"{__name__}.{FlatpageFallbackMiddleware.__name__}"


def test_django_tells_by_its_checks() -> None:
    rooms = [{"PATHS": ["/tickets", "/seats"]}]
    with project(ROOT_URLCONF=Urls, VWR_ROOMS=rooms):
        (found,) = [message for message in run_checks() if message.id == "vwr.W005"]
        assert "'/seats', so nobody waits there" in found.msg
        assert "WebSocket of Channels" in str(found.hint)  # of which Django's routes know nothing
    with project(ROOT_URLCONF=Urls, VWR_ROOMS=rooms, MIDDLEWARE=[SECURITY, OURS, FALLBACK]):
        assert [message for message in run_checks() if message.id == "vwr.W005"] == []
