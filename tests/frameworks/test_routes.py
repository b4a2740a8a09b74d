"""Paths of rooms to which no route of the app leads are told: nobody would wait there."""

import re
from collections.abc import Callable, Iterable

import pytest
from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path
from fastapi import APIRouter, FastAPI
from starlette.applications import Starlette
from starlette.routing import Mount, Route

import tests.support.django_shop  # noqa: F401  (sets Django up)
from tests.support.asgi import started
from tests.support.our_log import our_log
from tests.support.routes import MAIN, flask_app, named, starlette_routes, view
from vwr_middleware.asgi import WaitingRoomMiddleware
from vwr_middleware.asgi.lifespan import routes_of
from vwr_middleware.django.checks import routes_of as routes_of_project
from vwr_middleware.flask import routes_of as routes_of_flask
from vwr_middleware.settings import Settings
from vwr_middleware.startup.unreached_paths import Route as AnyRoute
from vwr_middleware.startup.unreached_paths import astray


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
