"""A visitor's own browser checks the draw, on the page that was open before the opening."""

import json
from collections.abc import Iterator
from pathlib import Path
from time import time
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.support.apps import wsgi_app
from tests.support.browser import fresh_page
from tests.support.serving import serving
from vwr_middleware.settings import Settings
from vwr_middleware.web.http import Request
from vwr_middleware.wsgi import WaitingRoomMiddleware

CHECKED = "Your browser has checked the draw: your number 1 got place "


def robotic(request: Request) -> bool:
    return bool(request.header("x-robot"))


def draws(tmp_path: Path, **given: Any) -> Settings:
    """A room that draws in a few seconds."""
    return Settings(
        secret_key="a key for the tests of draws",
        paths="/tickets",
        store=f"sqlite:///{tmp_path / 'vwr.sqlite3'}",
        max_active=1,
        draw=True,
        opens_at=time() + 6,
        **given,
    )


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    settings = draws(tmp_path)
    with serving(WaitingRoomMiddleware(wsgi_app, settings)) as base:
        yield base


def joins(browser: Browser, url: str, count: int) -> None:
    for _ in range(count):
        with browser.new_context() as context:
            context.request.get(f"{url}/tickets", headers={"Accept": "text/html"})


def registers(page: Page, url: str) -> str:
    """The fingerprint that somebody reads who registers."""
    page.goto(f"{url}/tickets")
    expect(page.get_by_role("heading", level=1)).to_have_text("You are registered")
    shown = page.locator("#draw small")
    expect(shown).to_be_visible()
    return shown.inner_text().replace(" ", "")


def test_the_page_checks_its_own_place_after_the_draw(browser: Browser, url: str) -> None:
    with fresh_page(browser) as page:
        shown = registers(page, url)
        joins(browser, url, 4)
        expect(page.locator("#draw")).to_contain_text(CHECKED, timeout=40_000)
        told = json.loads(page.request.get(f"{url}/vwr/main/draw.json").text())
        assert (told["commitment"], told["count"]) == (shown, 5)
        expect(page.locator("#draw")).to_contain_text("of 5.")


def test_the_page_says_if_the_published_draw_is_another(browser: Browser, url: str) -> None:
    def lies(route: Route) -> None:
        told = route.fetch().json()
        if told["state"] == "drawn":
            told["seed"] = "00" * 32
        route.fulfill(json=told)

    with fresh_page(browser) as page:
        page.route("**/draw.json", lies)
        registers(page, url)
        warning = page.get_by_text("The published draw does not fit your place")
        expect(warning).to_be_visible(timeout=40_000)


def test_somebody_in_the_slow_lane_checks_the_draw_of_that_lane(
    browser: Browser, tmp_path: Path
) -> None:
    settings = draws(tmp_path, slow_lane=robotic)
    with serving(WaitingRoomMiddleware(wsgi_app, settings)) as url:
        joins(browser, url, 3)
        with fresh_page(browser) as page:
            page.set_extra_http_headers({"X-Robot": "1"})
            registers(page, url)
            card = page.locator("#draw")
            expect(card).to_contain_text("Each lane is drawn by itself")
            expect(page.locator("#position")).to_have_text("1")
            expect(card).to_contain_text(f"{CHECKED}1 of 1.", timeout=40_000)
            expect(page.locator("#position")).not_to_have_text("1")
            told = json.loads(page.request.get(f"{url}/vwr/main/draw.json").text())
            assert told["lanes"] == [{"lane": "", "count": 4}, {"lane": "slow", "count": 1}]
            page.reload()
            expect(card).to_contain_text(f"{CHECKED}1 of 1.", timeout=40_000)
