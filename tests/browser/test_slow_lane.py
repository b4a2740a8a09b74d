"""Somebody who was taken for a robot reads in a browser that others are called first, and gets the
place back: by the keyboard alone; and without scripts as far as that goes."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.accessibility import accessibility_problems
from tests.support.apps import wsgi_app
from tests.support.browser import fresh_page
from tests.support.serving import serving
from tests.support.visitor import visitor_at
from vwr_middleware.settings import Settings
from vwr_middleware.web.http import Request
from vwr_middleware.wsgi import WaitingRoomMiddleware

ROBOT = "made by a script"


def robotic(request: Request) -> bool:
    return request.header("user-agent") == ROBOT


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """A room in which nobody is called, with three people in line."""
    settings = Settings(
        secret_key="a key for the tests of the slow lane",
        paths="/tickets",
        store=f"sqlite:///{tmp_path / 'vwr.sqlite3'}",
        mode="paused",
        slow_lane=robotic,
        challenge_work=10,
    )
    with serving(WaitingRoomMiddleware(wsgi_app, settings)) as base, ExitStack() as stack:
        for _ in range(3):
            stack.enter_context(visitor_at(base)).opens()
        yield base


def reads_why(page: Page, url: str) -> None:
    page.goto(f"{url}/tickets/seats?row=3")
    told = page.locator("#slow")
    expect(told.get_by_role("heading")).to_have_text("You are called after others")
    expect(told).to_contain_text("looked like that of a robot")
    expect(told).to_contain_text("you can have it back")


def test_the_place_comes_back_by_the_keyboard_alone(browser: Browser, url: str) -> None:
    with fresh_page(browser, user_agent=ROBOT) as page:
        reads_why(page, url)
        page.set_viewport_size({"width": 1440, "height": 900})
        assert page.evaluate("document.documentElement.scrollHeight") == 900, "a desktop shows all"
        before = page.locator("#ahead").text_content()
        assert accessibility_problems(page) == []
        for _ in range(30):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.closest('#slow') != null"):
                break
        page.keyboard.press("Enter")
        expect(page.locator("#slow")).to_have_count(0, timeout=20_000)
        expect(page.locator("#position")).to_have_text("4", timeout=20_000)
        assert page.url.endswith("next=/tickets/seats%3Frow%3D3") or "/tickets" in page.url
        expect(page.locator("#ahead")).to_have_text("3")
        assert before is not None
        page.reload()
        expect(page.locator("#position")).to_have_text("4")
        expect(page.locator("#slow")).to_have_count(0)


def test_without_scripts_the_page_says_what_is_missing_and_leads_back(
    browser: Browser, url: str
) -> None:
    with fresh_page(browser, user_agent=ROBOT, java_script_enabled=False) as page:
        reads_why(page, url)
        page.get_by_role("link", name="I am not a robot").click()
        note = page.locator("noscript .note")  # in which Playwright looks for no text
        expect(note).to_contain_text("This needs JavaScript")
        expect(note).to_be_visible()
        page.get_by_role("link", name="Back to the line").click()
        expect(page.locator("#slow")).to_be_visible()


def test_axe_finds_nothing_where_the_puzzle_is_solved(browser: Browser, url: str) -> None:
    never = "self.Worker = class { postMessage() {} }"
    with fresh_page(browser, never, user_agent=ROBOT) as page:
        reads_why(page, url)
        page.get_by_role("link", name="I am not a robot").click()
        expect(page.get_by_role("progressbar")).to_be_visible()
        assert accessibility_problems(page) == []
        page.emulate_media(color_scheme="dark")
        assert accessibility_problems(page) == []
