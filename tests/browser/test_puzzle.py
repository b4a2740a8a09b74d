"""A newcomer's browser solves a puzzle by itself, and goes on to where it wanted to go."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.apps import wsgi_app
from tests.support.browser import fresh_page
from tests.support.serving import serving
from vwr_middleware.settings import Settings
from vwr_middleware.wsgi import WaitingRoomMiddleware


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """A room whose newcomers solve a small puzzle."""
    settings = Settings(
        secret_key="a key for the tests of puzzles",
        paths="/tickets",
        store=f"sqlite:///{tmp_path / 'vwr.sqlite3'}",
        mode="queue",
        challenge="pow",
        challenge_work=12,
    )
    with serving(WaitingRoomMiddleware(wsgi_app, settings)) as base:
        yield base


def test_a_newcomer_gets_a_place_by_a_puzzle_without_a_click(browser: Browser, url: str) -> None:
    with fresh_page(browser) as page:
        goes_through(page, url)


def goes_through(page: Page, url: str) -> None:
    errors: list[str] = []
    page.on("console", lambda told: errors.append(told.text) if told.type == "error" else None)
    page.goto(f"{url}/tickets/seats?row=3")
    expect(page.locator("#position")).to_have_text("1", timeout=20_000)
    assert page.url == f"{url}/tickets/seats?row=3"
    assert [text for text in errors if "Content Security" in text] == []
