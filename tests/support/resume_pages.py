"""The pages by which a place goes to another device, as people use them."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, expect

from tests.support.browser import fresh_page
from tests.support.waiting import HURRY

#: What `HURRY` does, for what waits by the page's own timer.
SOON = """{
    const later = setTimeout;
    self.setTimeout = (wake, ms) => later(wake, ms > 300 && ms < 5000 ? ms / 4 : ms);
}"""
CODE = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}")


@contextmanager
def device(browser: Browser, *, scripts: bool = True) -> Iterator[Page]:
    """Another browser."""
    with fresh_page(browser, HURRY, SOON, java_script_enabled=scripts) as page:
        yield page


def heading(page: Page, text: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(text)


def get_in_line(page: Page, shop: str) -> str:
    """Open the shop, and return the number that was given out."""
    page.goto(f"{shop}/tickets?seats=2")
    heading(page, "You are in line")
    return page.locator("#position").inner_text()


def show_link(page: Page) -> str:
    """Show a code, and return the link that has it."""
    show_code(page)
    return page.locator("#link").get_attribute("href") or ""


def show_code(page: Page) -> str:
    page.get_by_role("link", name="Continue on another device").click()
    page.get_by_role("button", name="Show a link and a code").click()
    code = page.locator("#code").inner_text()
    assert CODE.fullmatch(code)
    return code
