"""What the tests in a browser share."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

from tests.support.browser import fresh_page, running_browser
from tests.support.firefox import Firefox, running_firefox
from tests.support.panel_browser import other, panel, people, seal, servers
from tests.support.pretend_room import PretendRoom, pretend_room
from tests.support.waiting import HURRY

__all__ = ["other", "panel", "people", "seal", "servers"]

HERE = Path(__file__).parent

# What a test waits for comes within so long, on a busy machine too: as long as Playwright waits for
# everything else.
expect.set_options(timeout=30_000)


#: Files of which every run tries each case: what differs there is what is tested.
EACH_CASE = (
    "test_keep.py",
    "test_completing.py",
    "test_npm_package.py",
    "test_waiting_page_accessibility.py",
)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of the cases of a test, each of which costs a page, leave all but one to `make thorough`."""
    tried: set[str] = set()
    for item in items:
        if item.path.parent != HERE or item.path.name in EACH_CASE:
            continue
        test = item.nodeid.partition("[")[0]
        if test in tried:
            item.add_marker(pytest.mark.thorough)
        if item.get_closest_marker("thorough") is None:
            tried.add(test)


@pytest.fixture
def room() -> Iterator[PretendRoom]:
    """A room that says what the test wants."""
    with pretend_room() as room:
        yield room


# Not for the whole session: while Playwright runs, no other event loop can run in this thread.
@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    """The one that there can be."""
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="package")
def browsers(playwright: Playwright) -> Iterator[Callable[[bool], Browser]]:
    """Starts a browser, the whole of it or not, once for all tests here."""
    with ExitStack() as stack:
        yield cache(lambda whole: stack.enter_context(running_browser(playwright, whole)))


@pytest.fixture(scope="module")
def browser(request: pytest.FixtureRequest, browsers: Callable[[bool], Browser]) -> Browser:
    """A real browser. What pages leave in it is in their contexts, and goes with those."""
    return browsers(request.node.get_closest_marker("whole_browser") is not None)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of a fresh visitor, in a hurry, so that nobody waits for it in vain."""
    with fresh_page(browser, HURRY) as page:
        yield page


@pytest.fixture(scope="package")
def firefox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firefox]:
    """One Firefox for all tests here. Its pages are dark, which only one of them looks at."""
    dark = {"layout.css.prefers-color-scheme.content-override": 0}
    with running_firefox(tmp_path_factory.mktemp("firefox"), **dark) as firefox:
        firefox.run_first(HURRY)
        yield firefox
