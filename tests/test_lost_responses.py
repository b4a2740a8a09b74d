"""Responses of the app that never go out, with the cookies of a session that has just begun."""

import asyncio
import io
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, suppress
from typing import Any
from wsgiref.util import FileWrapper
from wsgiref.validate import validator

import flask
import pytest
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler
from django.http import FileResponse, HttpRequest, StreamingHttpResponse
from django.test import override_settings
from django.urls import path
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from tests.support.asgi import NAVIGATION, scope_of
from tests.support.clock import Clock
from tests.support.django_shop import Injected
from tests.support.transport import EnvironTransport, PortalTransport
from tests.support.visitor import Visitor
from vwr_middleware.adaptive import Adaptive
from vwr_middleware.asgi import WaitingRoomMiddleware
from vwr_middleware.blocking import finish
from vwr_middleware.events import Event
from vwr_middleware.settings import Settings
from vwr_middleware.site import Site
from vwr_middleware.stores.memory import MemoryStore
from vwr_middleware.wsgi import middleware as wsgi

told: list[Event] = []


@pytest.fixture
def site(clock: Clock) -> Site:
    """A room for two."""
    told.clear()
    settings = Settings(
        secret_key="a key for tests, long enough",
        store="memory://",
        paths="/tickets",
        max_active=2,
        on_event=told.append,
    )
    return Site(settings, MemoryStore(clock), clock, clock)


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def sessions(site: Site) -> list[str]:
    """The ids of the sessions that run."""
    return [session for session, *_ in finish(site.store.view("main")).sessions]


def names() -> list[str]:
    """What was told."""
    return [event.name for event in told]


def crashing(is_broken: list[bool], site: Site, **options: Any) -> Starlette:
    """An app in whose own hands the middleware is: its error page is made outside of it."""

    async def tickets(request: Request) -> Response:
        if is_broken:
            raise RuntimeError("the database has no connection left")
        return PlainTextResponse(request.scope["vwr"].id)

    app = Starlette(routes=[Route("/tickets", tickets)], **options)
    app.add_middleware(WaitingRoomMiddleware, site=site)
    return app


def visitor_of(app: Any, stack: ExitStack) -> Visitor:
    transport = PortalTransport(app, raise_app_exceptions=False)
    stack.callback(transport.close)
    return Visitor.of(transport)


def test_one_browser_does_not_fill_the_room_while_a_page_of_starlette_fails(
    site: Site, stack: ExitStack
) -> None:
    broken = [True]
    visitor = visitor_of(crashing(broken, site), stack)
    for _ in range(8):
        assert visitor.opens().status_code == 500
        assert sessions(site) == []
    assert names().count("abandoned") == 8
    broken.clear()
    assert visitor.opens().text == "1-9"
    assert visitor.opens().text == "1-9"


def test_the_apps_own_error_page_is_shown(site: Site, stack: ExitStack) -> None:
    async def sorry(request: Request, error: Exception) -> Response:
        return PlainTextResponse("sorry", 500)

    app = crashing([True], site, exception_handlers={Exception: sorry})
    assert visitor_of(app, stack).opens().text == "sorry"


def test_whoever_has_a_ticket_keeps_the_session_that_began_as_the_page_failed(
    site: Site, stack: ExitStack
) -> None:
    broken: list[bool] = []
    visitor = visitor_of(crashing(broken, site), stack)
    others = [Visitor.of(visitor.client._transport) for _ in range(2)]
    for other in others:
        other.opens()
    assert visitor.opens().status_code == 202
    finish(site.store.end("main", "1-1", "completed"))
    site.desk.views["main"].read_at = float("-inf")
    broken.append(True)
    for _ in range(3):
        assert visitor.opens().status_code == 500
        assert sessions(site) == ["1-2", "1-3"]
    broken.clear()
    assert visitor.opens().text == "1-3"
    assert "abandoned" not in names()


def test_whoever_is_known_keeps_the_session_when_a_page_fails(
    site: Site, stack: ExitStack, clock: Clock
) -> None:
    broken: list[bool] = []
    visitor = visitor_of(crashing(broken, site), stack)
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

    async def never(message: Any = None) -> Any:
        raise AssertionError("nothing is sent and nothing is asked for")

    middleware = WaitingRoomMiddleware(app, site=site)
    request = asyncio.ensure_future(
        _awaited(middleware(scope_of("/tickets", NAVIGATION), never, never))
    )
    await started.wait()
    request.cancel()
    with pytest.raises(asyncio.CancelledError):
        await request
    assert sessions(site) == []
    assert not site.desk.views["main"].guests.in_hand


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
            await middleware(scope_of("/tickets", NAVIGATION), _none, send)
        clock.pass_by(0.4)
    meter = site.desk.views["main"].meter
    assert meter is not None
    load = meter.take(clock())
    assert (load.arrivals, load.errors) == (1, 0)


async def _awaited(work: Any) -> None:
    await work


def test_an_app_that_answers_nothing_leaves_no_session(site: Site) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        return None

    async def never(message: Any = None) -> Any:
        raise AssertionError("nothing is sent and nothing is asked for")

    middleware = WaitingRoomMiddleware(app, site=site)
    asyncio.run(_awaited(middleware(scope_of("/tickets", NAVIGATION), never, never)))
    assert sessions(site) == []


def test_an_answer_that_has_begun_brings_its_session(site: Site) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError("half way")

    async def send(message: Any) -> None:
        sent.append(message)

    sent: list[Any] = []
    middleware = WaitingRoomMiddleware(app, site=site)
    with pytest.raises(RuntimeError):
        asyncio.run(_awaited(middleware(scope_of("/tickets", NAVIGATION), _none, send)))
    assert any(name == b"set-cookie" for name, _ in sent[0]["headers"])
    assert sessions(site) == ["1-1"]
    assert not site.desk.views["main"].guests.in_hand


async def _none() -> dict[str, Any]:
    return {"type": "http.request"}


# WSGI, where a server holds the head back until the first part of the body comes.


def flask_visitor(site: Site, page: Callable[[], Any], **config: Any) -> Visitor:
    """Somebody at a Flask app with this page."""
    app = flask.Flask(__name__)
    app.config.update(config)
    app.add_url_rule("/tickets", view_func=page, endpoint="page")
    app.wsgi_app = wsgi.WaitingRoomMiddleware(app.wsgi_app, site=site)  # type: ignore[method-assign]
    return Visitor.of(EnvironTransport(validator(app)))


def test_one_browser_does_not_fill_the_room_where_flask_hands_its_error_to_the_server(
    site: Site,
) -> None:
    def page() -> str:
        raise RuntimeError("the database has no connection left")

    visitor = flask_visitor(site, page, PROPAGATE_EXCEPTIONS=True)
    for _ in range(8):
        assert visitor.opens().status_code == 500
        assert sessions(site) == []


def test_the_error_page_of_flask_brings_the_session(site: Site) -> None:
    def page() -> str:
        raise RuntimeError("the database has no connection left")

    visitor = flask_visitor(site, page)
    for _ in range(8):
        assert visitor.opens().status_code == 500
        assert sessions(site) == ["1-1"]


@pytest.mark.parametrize(("first", "left"), [([], []), ([b""], []), ([b"one"], ["1-1"])])
def test_a_stream_that_breaks_off_has_brought_its_session_if_any_part_was_sent(
    site: Site, first: list[bytes], left: list[str]
) -> None:
    def parts() -> Iterator[bytes]:
        yield from first
        raise RuntimeError("no more")

    visitor = flask_visitor(site, lambda: flask.Response(parts()))
    assert visitor.opens().status_code == 500
    assert sessions(site) == left
    assert not site.desk.views["main"].guests.in_hand


def test_an_app_that_writes_before_it_fails_has_brought_its_session(site: Site) -> None:
    def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])(b"one")
        raise RuntimeError("no more")

    ours = wsgi.WaitingRoomMiddleware(app, site=site)
    assert Visitor.of(EnvironTransport(validator(ours))).opens().status_code == 500
    assert sessions(site) == ["1-1"]
    assert not site.desk.views["main"].guests.in_hand


# Django makes its error pages inside of the middleware, unless it is told not to.


@pytest.mark.parametrize(("propagates", "left"), [(False, ["1-1"]), (True, [])])
@pytest.mark.parametrize("in_loop", [False, True])
def test_one_browser_does_not_fill_the_room_while_a_page_of_django_fails(
    site: Site, stack: ExitStack, propagates: bool, left: list[str], in_loop: bool
) -> None:
    Injected.given.append(site)
    stack.enter_context(override_settings(DEBUG_PROPAGATE_EXCEPTIONS=propagates))
    if in_loop:
        stack.enter_context(override_settings(ROOT_URLCONF="tests.support.django_async_urls"))
        visitor = visitor_of(ASGIHandler(), stack)
    else:
        visitor = Visitor.of(EnvironTransport(validator(WSGIHandler())))
    for _ in range(8):
        assert visitor.opens("/tickets/broken").status_code == 500
        assert sessions(site) == left
    assert not site.desk.views["main"].guests.in_hand


@pytest.mark.parametrize(("first", "left"), [([], []), ([b""], []), ([b"one"], ["1-1"])])
def test_a_stream_of_django_that_breaks_off_has_brought_its_session_if_any_part_was_sent(
    site: Site, first: list[bytes], left: list[str]
) -> None:
    closed: list[bool] = []

    def parts() -> Iterator[bytes]:
        try:
            yield from first
            raise RuntimeError("no more")
        finally:
            closed.append(True)

    def page(request: HttpRequest) -> StreamingHttpResponse:
        return StreamingHttpResponse(parts(), content_type="text/plain")

    Injected.given.append(site)
    urls = type("Urls", (), {"urlpatterns": [path("tickets", page)]})
    with override_settings(ROOT_URLCONF=urls):
        visitor = Visitor.of(EnvironTransport(validator(WSGIHandler())))
        assert visitor.opens().status_code == 500
    assert (sessions(site), closed) == (left, [True])
    assert not site.desk.views["main"].guests.in_hand


def test_a_file_of_django_is_left_to_the_server(site: Site) -> None:
    def page(request: HttpRequest) -> FileResponse:
        return FileResponse(io.BytesIO(b"a file"))

    Injected.given.append(site)
    urls = type("Urls", (), {"urlpatterns": [path("tickets", page)]})
    wrapped: list[FileWrapper] = []

    class Wrapper(FileWrapper):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args)
            wrapped.append(self)

    with override_settings(ROOT_URLCONF=urls):
        transport = EnvironTransport(WSGIHandler(), **{"wsgi.file_wrapper": Wrapper})
        assert Visitor.of(transport).opens().content == b"a file"
    assert len(wrapped) == 1
