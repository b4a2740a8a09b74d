"""Starlette, whose error page is made outside of its middlewares, and bare ASGI."""

import asyncio
from contextlib import suppress
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from tests.support.asgi import NAVIGATION, scope_of
from tests.support.clock import Clock
from tests.support.faults import fault
from tests.support.rooms import sessions
from tests.support.visitor import Visitor, VisitorOf
from vwr_middleware.adaptive import Adaptive
from vwr_middleware.asgi import WaitingRoomMiddleware
from vwr_middleware.blocking import finish
from vwr_middleware.settings import Settings
from vwr_middleware.site.routing import Site
from vwr_middleware.stores.memory.store import MemoryStore


def crashing(is_broken: list[bool], site: Site, **options: Any) -> Starlette:
    """An app in whose own hands the middleware is: its error page is made outside of it."""

    async def tickets(request: Request) -> Response:
        if is_broken:
            raise RuntimeError("the database has no connection left")
        return PlainTextResponse(request.scope["vwr"].id)

    app = Starlette(routes=[Route("/tickets", tickets)], **options)
    app.add_middleware(WaitingRoomMiddleware, site=site)
    return app


async def bodyless() -> dict[str, Any]:
    return {"type": "http.request"}


async def never(message: Any = None) -> Any:
    raise AssertionError("nothing is sent and nothing is asked for")


async def awaited(work: Any) -> None:
    await work


@fault(
    "The app fails on the request that lets somebody in",
    new="See the app's error, and hold no slot.",
    figure="8 failures, 0 sessions.",
)
def test_one_browser_does_not_fill_the_room_while_a_page_of_starlette_fails(
    site: Site, told: list[str], visitor_of: VisitorOf
) -> None:
    broken = [True]
    visitor = visitor_of(crashing(broken, site))
    for _ in range(8):
        assert visitor.opens().status_code == 500
        assert sessions(site.store) == []
    assert told.count("abandoned") == 8
    broken.clear()
    assert visitor.opens().text == "1-9"
    assert visitor.opens().text == "1-9"


def test_the_apps_own_error_page_is_shown(site: Site, visitor_of: VisitorOf) -> None:
    async def sorry(request: Request, error: Exception) -> Response:
        return PlainTextResponse("sorry", 500)

    app = crashing([True], site, exception_handlers={Exception: sorry})
    assert visitor_of(app).opens().text == "sorry"


def test_whoever_has_a_ticket_keeps_the_session_that_began_as_the_page_failed(
    site: Site, told: list[str], visitor_of: VisitorOf
) -> None:
    broken: list[bool] = []
    visitor = visitor_of(crashing(broken, site))
    others = [Visitor.of(visitor.client._transport) for _ in range(2)]
    for other in others:
        other.opens()
    assert visitor.opens().status_code == 202
    finish(site.store.end("main", "1-1", "completed"))
    site.store_access.views["main"].read_at = float("-inf")
    broken.append(True)
    for _ in range(3):
        assert visitor.opens().status_code == 500
        assert sessions(site.store) == ["1-2", "1-3"]
    broken.clear()
    assert visitor.opens().text == "1-3"
    assert "abandoned" not in told


@fault("The app fails on the request that lets somebody in", inside="Keep their session.")
def test_whoever_is_known_keeps_the_session_when_a_page_fails(
    site: Site, visitor_of: VisitorOf, clock: Clock
) -> None:
    broken: list[bool] = []
    visitor = visitor_of(crashing(broken, site))
    visitor.opens()
    broken.append(True)
    assert visitor.opens().status_code == 500
    clock.pass_by(400)
    assert visitor.opens().status_code == 500
    broken.clear()
    assert visitor.opens().text == "1-1"


@pytest.mark.anyio
async def test_a_request_that_is_cancelled_before_its_answer_leaves_no_session(site: Site) -> None:
    started = asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        started.set()
        await asyncio.sleep(3600)

    middleware = WaitingRoomMiddleware(app, site=site)
    request = asyncio.ensure_future(
        awaited(middleware(scope_of("/tickets", NAVIGATION), never, never))
    )
    await started.wait()
    request.cancel()
    with pytest.raises(asyncio.CancelledError):
        await request
    assert sessions(site.store) == []
    assert not site.store_access.views["main"].known_sessions.in_hand


@pytest.mark.anyio
async def test_a_newcomer_who_hangs_up_is_no_error_of_the_app(clock: Clock) -> None:
    room = {"name": "main", "paths": "/tickets", "inlet": Adaptive(target=0.5, ceiling=50)}
    settings = Settings(secret_key="a key for tests, long enough", store="memory://", rooms=[room])
    site = Site(settings, MemoryStore(clock), clock, clock)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        raise asyncio.CancelledError

    async def send(message: Any) -> None:
        return None

    middleware = WaitingRoomMiddleware(app, site=site)
    for _ in range(3):  # the first finds no strategy in force yet
        with suppress(asyncio.CancelledError):
            await middleware(scope_of("/tickets", NAVIGATION), bodyless, send)
        clock.pass_by(0.4)
    meter = site.store_access.views["main"].meter
    assert meter is not None
    load = meter.hand_in(clock())
    assert (load.arrivals, load.errors) == (1, 0)


def test_an_app_that_answers_nothing_leaves_no_session(site: Site) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        return None

    middleware = WaitingRoomMiddleware(app, site=site)
    asyncio.run(awaited(middleware(scope_of("/tickets", NAVIGATION), never, never)))
    assert sessions(site.store) == []


def test_an_answer_that_has_begun_brings_its_session(site: Site) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError("half way")

    async def send(message: Any) -> None:
        sent.append(message)

    sent: list[Any] = []
    middleware = WaitingRoomMiddleware(app, site=site)
    with pytest.raises(RuntimeError):
        asyncio.run(awaited(middleware(scope_of("/tickets", NAVIGATION), bodyless, send)))
    assert any(name == b"set-cookie" for name, _ in sent[0]["headers"])
    assert sessions(site.store) == ["1-1"]
    assert not site.store_access.views["main"].known_sessions.in_hand
