"""What the adaptive strategy hears of Flask and Django views with a room of their own."""

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import flask
import httpx
import pytest
import werkzeug
from django.core.exceptions import PermissionDenied
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler
from django.http import Http404, HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from tests.support.bodies import SLOWLY, let_all_send_slowly
from tests.support.clock import Clock
from tests.support.django_shop import Injected
from tests.support.transport import EnvironTransport, PortalTransport
from tests.support.view_loads import load_of, site_with_a_measured_view
from tests.support.visitor import Visitor
from vwr_middleware import django
from vwr_middleware import flask as ours
from vwr_middleware.line.messages import Load
from vwr_middleware.site.routing import Site
from vwr_middleware.wsgi import middleware as wsgi

#: A path of its own, and one of another room.
WHERE = ["/buy", "/tickets/buy"]
HOW = [("200", 0), ("404", 0), ("503", 1), ("raise 404", 0), ("crash", 1)]


@pytest.fixture
def site(clock: Clock) -> Site:
    return site_with_a_measured_view(clock)


def assert_measured(load: Load, errors: int) -> None:
    assert (load.arrivals, load.finished, load.errors) == (1, 1, errors)
    assert load.latency == pytest.approx(2.0)


@pytest.mark.parametrize("where", WHERE)
@pytest.mark.parametrize(("how", "errors"), [*HOW, ("redirect", 0)])
def test_flask_views_are_measured(
    site: Site, clock: Clock, how: str, errors: int, where: str
) -> None:
    app = flask.Flask(__name__)

    @app.route(where)
    @ours.waiting_room("buy")
    def buy() -> Any:
        if flask.request.args:
            clock.pass_by(2)
        if how == "crash":
            raise RuntimeError("on purpose")
        if how.startswith("raise "):
            flask.abort(int(how[6:]))
        if how == "redirect":
            flask.abort(flask.redirect("/elsewhere"))
        return "", int(how)

    app.wsgi_app = wsgi.WaitingRoomMiddleware(app.wsgi_app, site=site)  # type: ignore[method-assign]
    client = werkzeug.Client(app)
    client.get("/tickets/before")
    assert_measured(load_of(site, clock, lambda query: client.get(f"{where}?{query}")), errors)


RAISED: dict[str, Exception] = {
    "crash": RuntimeError("on purpose"),
    "raise 404": Http404(),
    "forbidden": PermissionDenied(),
}


def django_view(clock: Clock, how: str) -> Callable[[HttpRequest], HttpResponse]:
    """A view of Django that takes two seconds, and ends in one of these ways."""

    def answer(request: HttpRequest) -> HttpResponse:
        if request.GET:
            clock.pass_by(2)
        if how in RAISED:
            raise RAISED[how]
        return HttpResponse(status=int(how))

    return answer


@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize(("how", "errors"), [*HOW, ("forbidden", 0)])
def test_django_views_are_measured(
    site: Site, clock: Clock, how: str, errors: int, is_async: bool
) -> None:
    answer = django_view(clock, how)

    async def later(request: HttpRequest) -> HttpResponse:
        return answer(request)

    view = django.waiting_room("buy")(later if is_async else answer)
    urls = type("Urls", (), {"urlpatterns": [path("buy", view)]})
    Injected.given.append(site)
    with ExitStack() as stack:
        stack.enter_context(override_settings(ROOT_URLCONF=urls))
        visitor = Visitor.of(django_transport(is_async, stack))
        assert_measured(load_of(site, clock, lambda query: _opens(visitor, query)), errors)


def django_transport(in_loop: bool, stack: ExitStack) -> httpx.BaseTransport:
    if not in_loop:
        return EnvironTransport(WSGIHandler())
    transport = PortalTransport(ASGIHandler(), raise_app_exceptions=False)
    stack.callback(transport.close)
    return transport


def _opens(visitor: Visitor, query: str) -> None:
    visitor.opens(f"/buy?{query}")


@pytest.fixture
def slow_bodies(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    let_all_send_slowly(clock, monkeypatch)


def assert_waited(clock: Clock, before: float, load: Load) -> None:
    assert clock() >= before + SLOWLY
    assert (load.arrivals, load.finished, load.latency, load.in_flight) == (1, 1, 0, 0)


def sends(visitor: Visitor, query: str) -> None:
    visitor.opens(f"/buy?{query}", *(("POST",) if query else ()), content=b"a=1" * bool(query))


@pytest.mark.usefixtures("slow_bodies")
def test_the_time_in_which_a_visitor_sends_a_body_is_none_of_a_flask_views(
    site: Site, clock: Clock
) -> None:
    app, before = flask.Flask(__name__), clock()

    @app.route("/buy", methods=["GET", "POST"])
    @ours.waiting_room("buy")
    def buy() -> Any:
        return flask.request.get_data() if flask.request.method == "POST" else ""

    visitor = Visitor.of(EnvironTransport(wsgi.WaitingRoomMiddleware(app.wsgi_app, site=site)))
    assert_waited(clock, before, load_of(site, clock, lambda query: sends(visitor, query)))


@pytest.mark.usefixtures("slow_bodies")
def test_the_time_in_which_a_visitor_sends_a_body_is_none_of_a_django_views(
    site: Site, clock: Clock
) -> None:
    view = csrf_exempt(django.waiting_room("buy")(lambda request: HttpResponse(request.body)))
    urls, before = type("Urls", (), {"urlpatterns": [path("buy", view)]}), clock()
    Injected.given.append(site)
    with override_settings(ROOT_URLCONF=urls):
        visitor = Visitor.of(EnvironTransport(WSGIHandler()))
        assert_waited(clock, before, load_of(site, clock, lambda query: sends(visitor, query)))


@pytest.mark.parametrize(("how", "errors"), [*HOW, ("forbidden", 0)])
def test_django_views_are_measured_within_the_middleware_for_wsgi_apps(
    site: Site, clock: Clock, how: str, errors: int
) -> None:
    view = django.waiting_room("buy")(django_view(clock, how))
    urls = type("Urls", (), {"urlpatterns": [path("tickets/buy", view)]})
    with override_settings(ROOT_URLCONF=urls, MIDDLEWARE=[]):
        app = wsgi.WaitingRoomMiddleware(WSGIHandler(), site=site)
        visitor = Visitor.of(EnvironTransport(app))
        visitor.opens("/tickets/before")
        load = load_of(site, clock, lambda query: visitor.opens(f"/tickets/buy?{query}"))
    assert_measured(load, errors)
