"""Views of Starlette and FastAPI with a room of their own in apps as people write them."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI, HTTPException, Request
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.endpoints import HTTPEndpoint
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route

from tests.support.clock import Clock
from tests.support.rooms import sessions
from tests.support.views import TOKEN, site_of_views
from tests.support.visitor import Visitor, VisitorOf, set_cookies
from vwr_middleware.asgi import WaitingRoomMiddleware
from vwr_middleware.site.routing import Site
from vwr_middleware.starlette import waiting_room

pytestmark = pytest.mark.decorated_views


@pytest.fixture
def site(clock: Clock) -> Site:
    return site_of_views(clock)


@waiting_room("buy")
def blocking(request: Request, seat: int) -> dict[str, object]:
    with pytest.raises(RuntimeError, match="no running event loop"):
        asyncio.get_running_loop()
    if not seat:
        raise HTTPException(404)
    return {"session": request.scope["vwr"].id, "seat": seat}


def fastapi_app(site: Site, closed: list[str]) -> FastAPI:
    app = FastAPI()

    async def connection() -> AsyncIterator[str]:
        try:
            yield "open"
        except HTTPException as error:
            closed.append(f"after {error.status_code}")
            raise

    @app.get("/raise/{status}")
    @waiting_room("buy")
    async def refuse(
        request: Request, status: int, open: Annotated[str, Depends(connection)]
    ) -> Response:
        raise HTTPException(status, headers={"Location": "/elsewhere", "X-Kept": open})

    @app.get("/crash")
    @waiting_room("buy")
    async def crash(request: Request) -> Response:
        raise RuntimeError("on purpose")

    @app.get("/plain")
    @app.get("/tickets/plain")
    @waiting_room("buy")
    async def plain(request: Request) -> dict[str, str]:
        return {"session": request.scope["vwr"].id}

    app.get("/blocking")(blocking)

    @app.middleware("http")
    async def named(request: Request, call_next: Any) -> Response:
        response: Response = await call_next(request)
        response.headers["Cache-Control"] = "public, max-age=60"
        return response

    app.add_middleware(WaitingRoomMiddleware, site=site)
    return app


@pytest.mark.parametrize("status", [303, 401, 403, 404, 503])
def test_what_a_view_of_fastapi_raises_brings_the_session(
    site: Site, visitor_of: VisitorOf, status: int
) -> None:
    closed: list[str] = []
    visitor = visitor_of(fastapi_app(site, closed))
    for count in range(1, 4):
        response = visitor.opens(f"/raise/{status}")
        assert response.status_code == status
        assert (response.headers["location"], response.headers["x-kept"]) == ("/elsewhere", "open")
        assert closed == [f"after {status}"] * count
        if TOKEN in set_cookies(response):
            assert response.headers["cache-control"] == "private, max-age=60"
    assert TOKEN in visitor.cookies
    assert sessions(site.store, "buy") == ["1-1"]


def test_a_view_that_crashes_where_its_error_page_is_made_outside_leaves_no_session(
    site: Site, visitor_of: VisitorOf
) -> None:
    visitor = visitor_of(fastapi_app(site, []))
    for _ in range(8):
        assert visitor.opens("/crash").status_code == 500
        assert sessions(site.store, "buy") == []
    assert not site.store_access.views["buy"].known_sessions.in_hand
    assert visitor.opens("/plain").json() == {"session": "1-9"}
    assert visitor.opens("/crash").status_code == 500
    assert sessions(site.store, "buy") == ["1-9"]


def test_what_a_view_of_fastapi_returns_is_made_a_response_by_fastapi(
    site: Site, visitor_of: VisitorOf
) -> None:
    visitor = visitor_of(fastapi_app(site, []))
    for path in ("/plain", "/tickets/plain"):
        assert [visitor.opens(path).json() for _ in range(3)] == [{"session": "1-1"}] * 3


def test_a_view_that_blocks_runs_in_a_thread_as_without_a_room(
    site: Site, visitor_of: VisitorOf
) -> None:
    visitor = visitor_of(fastapi_app(site, []))
    assert visitor.opens("/blocking?seat=3").json() == {"session": "1-1", "seat": 3}
    assert visitor.opens("/blocking?seat=0").status_code == 404
    assert visitor.opens("/blocking").status_code == 422
    assert sessions(site.store, "buy") == ["1-1"]


class Buy(HTTPEndpoint):
    """A class of views."""

    @waiting_room("buy")
    async def get(self, request: Request) -> Response:
        raise HTTPException(404)


@waiting_room("buy")
async def inner(request: Request) -> Response:
    if request.query_params:
        raise HTTPException(404)
    return PlainTextResponse(request.scope["vwr"].id)


async def leave_later(request: Request) -> Response:
    return PlainTextResponse("bye", background=BackgroundTask(request.scope["vwr"].abandon))


async def done(request: Request) -> Response:
    return PlainTextResponse("thanks", headers={"VWR-Session": "completed"})


async def sorry(request: Request, error: Exception) -> Response:
    return JSONResponse({"sorry": request.scope["vwr"].id}, 404)


def starlette_visitor(site: Site, visitor_of: VisitorOf) -> Visitor:
    routes = [
        Route("/buy", Buy),
        Mount("/shop", Starlette(routes=[Route("/buy", inner)])),
        Route("/tickets/buy", inner),
        Route("/tickets/leave", leave_later),
        Route("/tickets/done", waiting_room("buy")(done)),
        Route("/leave", waiting_room("buy")(leave_later)),
    ]
    app = Starlette(routes=routes, exception_handlers={404: sorry})
    return visitor_of(WaitingRoomMiddleware(app, site=site))


@pytest.mark.parametrize("path", ["/buy", "/shop/buy?gone=1"])
def test_classes_and_mounted_apps_of_starlette_bring_the_session(
    site: Site, visitor_of: VisitorOf, path: str
) -> None:
    visitor = starlette_visitor(site, visitor_of)
    assert TOKEN in set_cookies(visitor.opens(path))
    for _ in range(3):
        assert visitor.opens(path).status_code == 404
    assert sessions(site.store, "buy") == ["1-1"]


def test_the_apps_own_page_for_what_a_view_raises_sees_the_session(
    site: Site, visitor_of: VisitorOf
) -> None:
    assert starlette_visitor(site, visitor_of).opens("/buy").json() == {"sorry": "1-1"}


def test_whoever_waits_for_a_view_of_starlette_is_led_back_to_it(
    site: Site, visitor_of: VisitorOf
) -> None:
    for _ in range(5):
        assert starlette_visitor(site, visitor_of).opens("/shop/buy").status_code == 200
    for path in ("/buy", "/shop/buy"):
        assert f'href="{path}"' in starlette_visitor(site, visitor_of).opens(path).text


def test_a_view_of_starlette_at_the_path_of_another_room_brings_the_session(
    site: Site, visitor_of: VisitorOf
) -> None:
    visitor = starlette_visitor(site, visitor_of)
    assert visitor.opens("/tickets/buy").text == "1-1"
    assert visitor.cookies == {TOKEN, "vwr_main_token"}
    visitor.client.cookies.delete(TOKEN)
    for _ in range(3):
        visitor.opens("/tickets/nothing")  # is known there at sight
        assert visitor.opens("/tickets/buy?gone=1").json() == {"sorry": "1-2"}
    assert visitor.opens("/tickets/buy").text == "1-2"
    assert sessions(site.store, "buy") == ["1-1", "1-2"]
    assert not site.store_access.views["buy"].known_sessions.in_hand


def test_a_view_at_the_path_of_another_room_that_is_done_ends_its_own_session(
    site: Site, visitor_of: VisitorOf
) -> None:
    assert starlette_visitor(site, visitor_of).opens("/tickets/done").text == "thanks"
    assert (sessions(site.store, "buy"), sessions(site.store, "main")) == ([], ["1-1"])


@pytest.mark.parametrize(("path", "room"), [("/leave", "buy"), ("/tickets/leave", "main")])
def test_a_task_after_the_answer_ends_the_session_that_began_with_it(
    site: Site, visitor_of: VisitorOf, path: str, room: str
) -> None:
    visitor = starlette_visitor(site, visitor_of)
    assert visitor.opens(path).text == "bye"
    assert sessions(site.store, room) == []
    assert not site.store_access.views[room].known_sessions.in_hand


def test_a_request_to_a_view_is_over_when_its_answer_is_out_and_not_when_its_task_is_done(
    site: Site, visitor_of: VisitorOf
) -> None:
    known_sessions, seen = site.store_access.views["buy"].known_sessions, []

    @waiting_room("buy")
    async def view(request: Request) -> Response:
        seen.append(dict(known_sessions.in_hand))
        return PlainTextResponse("", background=BackgroundTask(look))

    async def look() -> None:
        seen.append(dict(known_sessions.in_hand))

    app = Starlette(routes=[Route("/later", view)])
    visitor_of(WaitingRoomMiddleware(app, site=site)).opens("/later")
    assert seen == [{"1-1": 1}, {}]


def test_a_form_that_a_view_stops_at_the_path_of_another_room_is_answered(
    clock: Clock, visitor_of: VisitorOf
) -> None:
    rooms = [{"name": "buy", "paths": [], "mode": "queue"}, {"name": "main", "paths": "/tickets"}]
    app = Starlette(routes=[Route("/tickets/buy", inner, methods=["POST"])])
    visitor = visitor_of(
        WaitingRoomMiddleware(
            app, secret_key="a key for tests, long enough", store="memory://", rooms=rooms
        )
    )
    for _ in range(3):
        visitor.opens("/tickets/nothing")  # is known there at sight
    assert visitor.opens("/tickets/buy", "POST", data={"seat": "7"}).status_code == 202


@pytest.mark.parametrize("enabled", [True, False])
def test_a_view_of_fastapi_gets_its_arguments_by_name_wherever_it_stands(
    visitor_of: VisitorOf, enabled: bool
) -> None:
    app = FastAPI()
    rooms = [{"name": "buy", "paths": []}, {"name": "main", "paths": "/tickets"}]

    @app.get("/open/{seat}")
    @app.get("/tickets/{seat}")
    @waiting_room("buy")
    async def seat(request: Request, seat: int) -> Response:
        return PlainTextResponse(str(seat))

    visitor = visitor_of(
        WaitingRoomMiddleware(
            app,
            secret_key="a key for tests, long enough",
            store="memory://",
            rooms=rooms,
            enabled=enabled,
        )
    )
    for path in ("/tickets/7", "/open/7"):
        assert [visitor.opens(path).text for _ in range(3)] == ["7"] * 3


def test_a_view_without_async_may_return_what_is_to_be_awaited(
    site: Site, visitor_of: VisitorOf
) -> None:
    async def later() -> Response:
        return PlainTextResponse("seats")

    @waiting_room("buy")
    def view(request: Request) -> object:
        return later()

    app = Starlette(routes=[Route("/buy", view)])
    assert visitor_of(WaitingRoomMiddleware(app, site=site)).opens("/buy").text == "seats"
