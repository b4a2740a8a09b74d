"""One tag keeps the session of an app whose page sends no requests, in a real browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route, expect
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route as AppRoute

from tests.support.in_time import in_time
from tests.support.serving import serving_asgi
from tests.support.visitor import visitor_at
from tests.support.waiting import HURRY
from vwr_middleware.asgi import WaitingRoomMiddleware

PAGE = """<!doctype html><html lang="en"><head><title>Seats</title>
<script src="/vwr/static/keep.js" async></script></head>
<body><h1>Seats</h1></body></html>"""


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    app = WaitingRoomMiddleware(
        Starlette(routes=[AppRoute("/seats", lambda request: HTMLResponse(PAGE))]),
        secret_key="a key for tests of the browser",
        store=f"sqlite:///{tmp_path / 'vwr.sqlite3'}",
        paths="/",
        max_active=1,
        session_seconds=10,  # of which a busy machine may sleep half
        session_grace=0,
        confirm_within=10,
    )
    with serving_asgi(app) as base:
        yield base


def test_the_tag_keeps_the_session_and_shows_the_room_when_it_is_over(
    browser: Browser, url: str
) -> None:
    with browser.new_context() as context, visitor_at(url) as second:
        context.add_init_script(HURRY)
        page = context.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"{url}/seats")
        assert second.opens("/seats").status_code == 202
        page.wait_for_timeout(14_000)
        assert second.opens("/seats").status_code == 202, "the session was not kept"
        page.evaluate(  # as Streamlit does at each rerun
            "() => { const again = document.createElement('script');"
            " again.src = '/vwr/static/keep.js'; document.head.append(again) }"
        )
        context.set_offline(True)
        assert in_time(lambda: second.opens("/seats").status_code == 200, seconds=30, pause=0.5)
        context.set_offline(False)
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # somebody looks
        frame = page.frame_locator("dialog iframe")
        expect(frame.get_by_role("heading", level=1)).to_have_text("You are in line")
        assert errors == []


@pytest.mark.parametrize("answer", ["cut off", "seconds_left: 0"])
def test_it_asks_again_soon_after_a_call_that_told_nothing_good(
    browser: Browser, url: str, answer: str
) -> None:
    def answers(route: Route) -> None:
        if answer == "cut off":
            route.abort()
        else:
            route.fulfill(json={"seconds_left": 0})

    with browser.new_context() as context:
        page = context.new_page()
        page.route("**/vwr/main/keep", answers)
        with page.expect_request("**/vwr/main/keep"):
            page.goto(f"{url}/seats")
        with page.expect_request("**/vwr/main/keep", timeout=20_000):  # not after 24 s
            pass
