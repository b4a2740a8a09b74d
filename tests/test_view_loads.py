"""What the adaptive strategy hears of Flask and Django views with a room of their own."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

import flask
import pytest
import werkzeug
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.test import RequestFactory

from tests.support.clock import Clock
from tests.support.django_shop import Injected
from vwr_middleware import django, wsgi
from vwr_middleware import flask as ours
from vwr_middleware.adaptive import Adaptive
from vwr_middleware.line.answers import Load
from vwr_middleware.settings import Settings
from vwr_middleware.site import Site
from vwr_middleware.stores.memory import MemoryStore

assert Injected.given is not None  # the import has configured Django

HOW = [("200", 0), ("404", 0), ("503", 1), ("raise 404", 0), ("crash", 1)]


@pytest.fixture
def site(clock: Clock) -> Site:
    room = {"name": "buy", "paths": [], "inlet": Adaptive(target=0.5, ceiling=50)}
    settings = Settings(secret_key="a key for tests, long enough", store="memory://", rooms=[room])
    return Site(settings, MemoryStore(clock), clock, clock)


def load_of(site: Site, clock: Clock, visit: Callable[[str], None]) -> Load:
    """What is measured of a second visit, once the worker has heard that it is to measure."""
    visit("")
    clock.pass_by(1.1)
    visit("")
    meter = site.desk.views["buy"].meter
    assert meter is not None
    meter.take(clock())
    visit("slowly=1")
    return meter.take(clock())


def assert_measured(load: Load, errors: int) -> None:
    assert (load.arrivals, load.finished, load.errors) == (1, 1, errors)
    assert load.latency == pytest.approx(2.0)


@pytest.mark.parametrize(("how", "errors"), HOW)
def test_flask_views_are_measured(site: Site, clock: Clock, how: str, errors: int) -> None:
    app = flask.Flask(__name__)

    @app.route("/buy")
    @ours.waiting_room("buy")
    def buy() -> Any:
        if flask.request.args:
            clock.pass_by(2)
        if how == "crash":
            raise RuntimeError("on purpose")
        if how.startswith("raise "):
            flask.abort(int(how[6:]))
        return "", int(how)

    app.wsgi_app = wsgi.WaitingRoomMiddleware(app.wsgi_app, site=site)  # type: ignore[method-assign]
    client = werkzeug.Client(app)
    assert_measured(load_of(site, clock, lambda query: _get(client, query)), errors)


def _get(client: werkzeug.Client, query: str) -> None:
    client.get(f"/buy?{query}")


RAISED: dict[str, Exception] = {
    "crash": RuntimeError("on purpose"),
    "raise 404": Http404(),
    "forbidden": PermissionDenied(),
}


@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize(("how", "errors"), [*HOW, ("forbidden", 0)])
def test_django_views_are_measured(
    site: Site, clock: Clock, how: str, errors: int, is_async: bool
) -> None:
    def answer(request: HttpRequest) -> HttpResponse:
        if request.GET:
            clock.pass_by(2)
        if how in RAISED:
            raise RAISED[how]
        return HttpResponse(status=int(how))

    async def later(request: HttpRequest) -> HttpResponse:
        return answer(request)

    view = django.waiting_room("buy")(later if is_async else answer)
    visit = DjangoVisitor(site, lambda request: _now(view(request)))
    assert_measured(load_of(site, clock, visit), errors)


def _now(answer: Any) -> HttpResponse:
    response: HttpResponse = asyncio.run(answer) if asyncio.iscoroutine(answer) else answer
    return response


class DjangoVisitor:
    """Keeps cookies."""

    def __init__(self, site: Site, view: Callable[[HttpRequest], HttpResponse]) -> None:
        self.site, self.view = site, view
        self.cookies: dict[str, str] = {}

    def __call__(self, query: str) -> None:
        request = RequestFactory().get(f"/buy?{query}")
        request.META["vwr.site"] = self.site
        request.META["HTTP_COOKIE"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        with contextlib.suppress(Http404, PermissionDenied, RuntimeError):
            response = self.view(request)
            self.cookies |= {name: morsel.value for name, morsel in response.cookies.items()}
