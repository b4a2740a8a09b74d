"""Of odd apps, too, only those paths are told to which surely no route leads, and none fails."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from starlette.applications import Starlette
from starlette.routing import Mount, Route, Router

from tests.support.asgi import started
from tests.support.our_log import our_log
from tests.support.routes import MAIN, named, starlette_routes, view
from vwr_middleware.asgi import WaitingRoomMiddleware
from vwr_middleware.asgi.lifespan import routes_of
from vwr_middleware.settings import Settings
from vwr_middleware.startup import unreached_paths
from vwr_middleware.startup.unreached_paths import Route as AnyRoute
from vwr_middleware.startup.unreached_paths import astray


def test_routes_that_are_added_while_the_app_starts_count(
    caplog: pytest.LogCaptureFixture,
) -> None:
    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        app.router.routes.append(Route("/metrics", view))
        yield

    app = Starlette(routes=[Route("/tickets", view)], lifespan=lifespan)
    app.add_middleware(WaitingRoomMiddleware, **MAIN, paths=["/metrics", "/metric"])
    assert started(app) == "lifespan.startup.complete"
    (line,) = our_log(caplog)
    assert "did you mean '/metrics'?" in line


def test_a_mount_may_stand_at_any_name() -> None:
    app = Starlette(routes=[Mount("/of/{tenant}/files", view)])
    assert named(routes_of(app), "/of/acme/files/a/b", "/of/acme/file") == ["/of/acme/file"]


def test_what_stands_around_a_mounted_app_hides_no_routes() -> None:
    def around(app: Any) -> Any:
        return view

    inner = [Route("/shop", view)]
    app = Starlette(routes=[Mount("/api", routes=inner, middleware=[(around, (), {})])])  # type: ignore[list-item]
    assert named(routes_of(app), "/api/shop", "/api/shap") == ["/api/shap"]


def test_a_router_without_routes_that_is_included_leads_nowhere() -> None:
    app = FastAPI(openapi_url=None)
    app.include_router(APIRouter())
    app.add_api_route("/tickets", view)
    assert named(routes_of(app), "/tickets", "/ticket") == ["/ticket"]


def page_for_all(*_: Any) -> Any:
    """Shows the page of a single-page app where no route leads."""
    return "page"


def test_what_answers_where_no_route_leads_counts_as_leading_everywhere(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("page")
    spa = FastAPI(openapi_url=None)
    spa.frontend("/", directory=tmp_path)
    a_route = Route("/a", view)
    single_page = Starlette(routes=[a_route], exception_handlers={404: page_for_all})
    apps = [
        Starlette(routes=[Mount("/of", spa)]),
        Starlette(routes=[Mount("/of", Router([a_route], default=page_for_all))]),
        Starlette(routes=[Mount("/of", single_page)]),
    ]
    for app in apps:
        assert named(routes_of(app), "/of/tickets/8", "/off") == ["/off"]


def test_a_path_is_read_as_the_room_reads_it() -> None:
    assert named(starlette_routes("/café"), "/caf%C3%A9", "/caf%C3%A8") == ["/caf%C3%A8"]


class Unready:
    """An app that shows nothing before it is asked for something else."""

    @property
    def routes(self) -> Any:
        raise RuntimeError("not yet")

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "lifespan.startup.complete"})


class Endless(Unready):
    """An app whose router is among its routes."""

    def __init__(self) -> None:
        self.router = Router()
        self.router.routes.append(self.router)  # type: ignore[arg-type]


def test_a_router_within_itself_leads_anywhere_below_and_is_looked_at_once() -> None:
    """Thousands of calls within each other end a process that has little stack left."""
    assert named(routes_of(Endless()), "/tickets") == []
    inner = Router([Route("/shop", view)])
    inner.routes.append(Mount("/again", inner))
    app = Starlette(routes=[Mount("/api", inner), Mount("/other", inner)])
    paths = ("/api/shop", "/api/again/tickets", "/other/shop", "/other/shap")
    assert named(routes_of(app), *paths) == ["/other/shap"]


@pytest.mark.parametrize("app", [Unready(), Endless()])
def test_no_start_fails_for_a_warning(app: Any, caplog: pytest.LogCaptureFixture) -> None:
    around = WaitingRoomMiddleware(app, **MAIN, paths="/tickets")
    assert started(around) == "lifespan.startup.complete"
    assert our_log(caplog) == []


def test_many_paths_are_not_compared_with_many_routes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unreached_paths, "MOST_COMPARED", 3)
    shown = [AnyRoute("/tickets", "/tickets")] * 2
    for paths, hints in ((["/ticket"], 1), (["/ticket", "/tikets"], 0)):
        lines = astray(Settings(**MAIN, paths=paths), shown)
        assert len(lines) == len(paths)
        assert sum("did you mean" in line for line in lines) == hints
