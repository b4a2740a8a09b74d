"""What the adaptive strategy hears of a view with a room of its own."""

import httpx
import pytest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from tests.support.bodies import SLOWLY, let_all_send_slowly
from tests.support.clock import Clock
from tests.support.transport import PortalTransport
from tests.support.view_loads import load_of, site_with_a_measured_view
from vwr_middleware.asgi import WaitingRoomMiddleware
from vwr_middleware.line.messages import Load
from vwr_middleware.site.routing import Site
from vwr_middleware.starlette import waiting_room


@pytest.fixture
def site(clock: Clock) -> Site:
    return site_with_a_measured_view(clock)


def load_of_view(site: Site, clock: Clock, how: str, where: str) -> Load:
    """What is measured of one request to a view that takes two seconds and answers so."""

    @waiting_room("buy")
    async def view(request: Request) -> Response:
        if request.query_params:
            clock.pass_by(2)
        if how == "crash":
            raise RuntimeError("on purpose")
        if how.startswith("raise "):
            raise HTTPException(int(how[6:]))
        return PlainTextResponse("", int(how))

    app = Starlette(
        routes=[Route(where, view)], middleware=[Middleware(WaitingRoomMiddleware, site=site)]
    )
    transport = PortalTransport(app, site.close, raise_app_exceptions=False)
    with httpx.Client(transport=transport, base_url="http://shop.example") as client:
        client.get("/tickets/before")
        return load_of(site, clock, lambda query: client.get(f"{where}?{query}"))


# At a path of its own, and at one of another room.
@pytest.mark.parametrize("where", ["/buy", "/tickets/buy"])
@pytest.mark.parametrize(
    ("how", "errors"),
    [("200", 0), ("404", 0), ("503", 1), ("raise 404", 0), ("raise 502", 1), ("crash", 1)],
)
def test_a_decorated_view_is_measured_once_with_what_became_of_it(
    site: Site, clock: Clock, how: str, errors: int, where: str
) -> None:
    load = load_of_view(site, clock, how, where)
    assert (load.arrivals, load.finished, load.errors) == (1, 1, errors)
    assert load.latency == pytest.approx(2.0)
    assert load.in_flight == pytest.approx(2.0)


def test_the_time_in_which_a_visitor_sends_a_body_is_none_of_the_views(
    site: Site, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    @waiting_room("buy")
    async def view(request: Request) -> Response:
        return PlainTextResponse(await request.body())

    app = Starlette(
        routes=[Route("/buy", view)], middleware=[Middleware(WaitingRoomMiddleware, site=site)]
    )
    transport = PortalTransport(app, site.close, raise_app_exceptions=False)
    let_all_send_slowly(clock, monkeypatch)
    before = clock()
    with httpx.Client(transport=transport, base_url="http://shop.example") as client:
        load = load_of(site, clock, lambda query: client.get(f"/buy?{query}"))
    assert clock() >= before + SLOWLY
    assert (load.arrivals, load.finished, load.latency, load.in_flight) == (1, 1, 0, 0)
