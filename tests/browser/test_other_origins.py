"""A single-page app whose API is of another site waits by the code that the documents show."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from werkzeug.wrappers import Response

from tests.support.servers import free_port
from tests.support.serving import serving, serving_asgi
from tests.support.single_page import documented
from tests.support.visitor import visitor_at
from tests.support.waiting import SOONER
from vwr_middleware.asgi import WaitingRoomMiddleware


@pytest.fixture
def pages() -> Iterator[str]:
    """The origin of the app's pages."""
    port = free_port()
    with serving(Response("", mimetype="text/html"), port):
        yield f"http://localhost:{port}"


async def seats(request: Request) -> PlainTextResponse:
    """Tells which session asks, and with which body; a DELETE ends the session."""
    session = request.scope["vwr"]
    if request.method == "DELETE":
        session.complete()
    return PlainTextResponse(f"inside {session.id} {(await request.body()).decode()}".strip())


EXPOSED = ["Retry-After", "VWR-State", "VWR-Waiting-Room", "VWR-Token", "VWR-Session-Expires"]


@pytest.fixture(params=["behind", "around"])
def api(pages: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of the API, whose CORS layer stands behind the waiting room or around it."""
    given: dict[str, Any] = {
        "allow_origins": [pages],
        "allow_methods": ["*"],
        "allow_headers": ["VWR-Ticket", "VWR-Token"],
    }
    room = Middleware(
        WaitingRoomMiddleware,
        secret_key="a key for an API of another site",
        store="memory://",
        paths=["/tickets"],
        max_active=1,
        cors_origins=[pages],
    )
    around = [Middleware(CORSMiddleware, **given, expose_headers=["X-Seats", *EXPOSED]), room]
    behind = [room, Middleware(CORSMiddleware, **given)]
    app = Starlette(
        routes=[Route("/tickets/seats", seats, methods=["GET", "POST", "DELETE"])],
        middleware=around if request.param == "around" else behind,
    )
    with serving_asgi(app) as url:
        yield url


def test_calls_of_an_app_of_another_site_wait_in_one_place(
    page: Page, pages: str, api: str
) -> None:
    recipe = documented("js", "function ask")
    page.add_init_script(SOONER)
    page.goto(pages)
    page.evaluate("() => { self.told = []; self.showWaiting = (t) => told.push(t.position) }")
    page.evaluate(f"() => {{ {recipe.replace('https://api.example', api)}; self.ask = ask }}")
    seats = f"{api}/tickets/seats"
    with visitor_at(api) as inside:
        assert inside.opens("/tickets/seats").text == "inside 1-1"
        post = f'ask("{seats}", {{ method: "POST", body: "A1" }})'
        page.evaluate(f'self.done = Promise.all([ask("{seats}"), {post}]), null')
        page.wait_for_function("told.length > 0")
        assert inside.opens("/tickets/seats", "DELETE").text == "inside 1-1"
    answers = page.evaluate("done.then((all) => Promise.all(all.map((one) => one.text())))")
    assert answers == ["inside 1-2", "inside 1-2 A1"]
    assert set(page.evaluate("told")) == {2}
    # The next call waits for nobody, and once the session is over the person decides.
    assert page.evaluate(f'ask("{seats}", {{ method: "DELETE" }}).then((one) => one.text())')
    assert page.evaluate(f'ask("{seats}").then((one) => one.status)') == 429
    assert page.evaluate(f'ask("{seats}").then((one) => one.text())') == "inside 1-3"
