"""A page tells that it is open, and a session ends soon after its last page was closed: in a
browser whose timers, and before a room whose clock, the test moves."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import Route

from tests.support.browser import fresh_page
from tests.support.clock import Clock
from tests.support.in_time import in_time
from tests.support.serving import serving_asgi
from tests.support.visitor import visitor_at
from vwr_middleware.asgi import WaitingRoomMiddleware
from vwr_middleware.settings import Settings
from vwr_middleware.site.routing import Site
from vwr_middleware.stores.opening import open_store

KEEP = "**/vwr/main/keep*"
PAGE = """<!doctype html><html lang=en><head><title>Seats</title>
<script src="/vwr/static/keep.js" async data-hidden="%s"></script></head>
<body><h1>Seats</h1><p data-vwr-left></p><a href="/seats/pay">Pay</a></body></html>"""
#: A tab that the test hides and shows.
HIDES = "Object.defineProperty(document, 'hidden', { get: () => !!self.isHidden })"
TURN = "hidden => { isHidden = hidden; document.dispatchEvent(new Event('visibilitychange')) }"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@contextmanager
def served(clock: Clock, hidden: str = "", **given: Any) -> Iterator[str]:
    """The address of a room for one, whose time is the test's."""

    async def seats(request: Request) -> HTMLResponse:
        return HTMLResponse(PAGE % hidden)

    async def pay(request: Request) -> PlainTextResponse:
        return PlainTextResponse("the bank's page")

    settings = Settings(
        **{"session_seconds": 6000, "session_grace": 0} | given,
        secret_key="a key for tests of the browser",
        store="memory://",
        paths="/seats",
        max_active=1,
    )
    store = open_store(settings.store, clock=clock)
    app = Starlette(routes=[Route("/seats", seats), Route("/seats/pay", pay)])
    with serving_asgi(
        WaitingRoomMiddleware(app, site=Site(settings, store, clock, clock, in_loop=True))
    ) as url:
        yield url


@pytest.fixture
def url(clock: Clock) -> Iterator[str]:
    with served(clock, session_idle=90) as base:
        yield base


def is_free(url: str, clock: Clock) -> bool:
    """Whether somebody else comes in, who has no place and takes none."""
    clock.pass_by(1.1)
    with visitor_at(url) as visitor:
        return visitor.fetches("/seats").status_code == 200


@contextmanager
def opened(browser: Browser, url: str) -> Iterator[Page]:
    """A page of somebody inside, which has told that it is open."""
    with fresh_page(browser, HIDES) as page:
        page.clock.install()
        with page.expect_response(KEEP) as kept:
            page.goto(f"{url}/seats")
        assert kept.value.json()["idle"] == 90
        yield page


def told(page: Page, act: Callable[[], object]) -> Any:
    """How long the session lasts by what the page tells after this."""
    with page.expect_response(KEEP) as kept:
        act()
    return kept.value.json()["seconds_left"]


def test_an_open_page_keeps_the_session_and_a_closed_one_does_not(
    browser: Browser, url: str, clock: Clock
) -> None:
    with opened(browser, url) as page:
        for _ in range(4):
            clock.pass_by(60)
            assert told(page, lambda: page.clock.run_for(30_000)) == 90
        assert not is_free(url, clock)
        page.close(run_before_unload=True)  # as a person closes it
        assert not in_time(lambda: is_free(url, clock), seconds=0.2)
        clock.pass_by(90)
        assert in_time(lambda: is_free(url, clock))


def test_a_hidden_page_keeps_it_until_it_is_closed(
    browser: Browser, url: str, clock: Clock
) -> None:
    with opened(browser, url) as page:
        assert told(page, lambda: page.evaluate(TURN, True)) == 6000
        clock.pass_by(240)
        assert told(page, lambda: page.clock.run_for(241_000)) == 6000
        clock.pass_by(400)  # a browser may let it do nothing at all
        assert not is_free(url, clock)
        assert told(page, lambda: page.evaluate(TURN, False)) == 90
        assert told(page, lambda: page.evaluate(TURN, True)) == 6000
        clock.pass_by(100)
        assert not is_free(url, clock)
        page.goto("about:blank")

        def is_over() -> bool:
            clock.pass_by(20)
            return is_free(url, clock)

        assert in_time(is_over, seconds=5, pause=0.3)  # and not after 6000


def test_a_hidden_page_does_not_keep_it_where_the_site_says_so(
    browser: Browser, clock: Clock
) -> None:
    with served(clock, hidden="ends", session_idle=90) as url, opened(browser, url) as page:
        page.evaluate(TURN, True)
        page.clock.run_for(300_000)
        clock.pass_by(91)
        assert is_free(url, clock)
        page.evaluate(TURN, False)  # somebody looks again
        expect(page.frame_locator("dialog iframe").get_by_role("heading", level=1)).to_be_visible()


def test_on_the_way_to_a_page_without_the_script_it_has_its_whole_length(
    browser: Browser, url: str, clock: Clock
) -> None:
    with opened(browser, url) as page:
        clock.pass_by(60)
        page.get_by_role("link").click()
        page.get_by_text("the bank's page").wait_for()
        clock.pass_by(400)
        assert not is_free(url, clock)


def test_where_sessions_end_at_a_fixed_time_the_page_shows_how_long_that_is(
    browser: Browser, clock: Clock
) -> None:
    with served(clock, renew=False, session_seconds=125) as url, fresh_page(browser) as page:
        page.clock.install()
        page.goto(f"{url}/seats")
        left = page.locator("[data-vwr-left]")
        expect(left).to_have_text("2:05")
        page.clock.run_for(10_000)
        expect(left).to_have_text("1:55")
