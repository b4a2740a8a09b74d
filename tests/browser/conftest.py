"""What the tests in a browser share."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.support.panel_browser import other, panel, people, servers
from tests.support.room import PretendRoom, pretend_room

__all__ = ["other", "panel", "people", "servers"]


@pytest.fixture
def room() -> Iterator[PretendRoom]:
    """A room that says what the test wants."""
    with pretend_room() as room:
        yield room


@pytest.fixture
def page(page: Page) -> Page:
    """A page whose dice always show the shortest wait, so that nobody waits for it in vain."""
    page.context.add_init_script("Math.random = () => 0")
    return page
