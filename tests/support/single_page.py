"""A single-page app that calls by vwr.js, and what the documents show of one."""

from playwright.sync_api import Page

from tests.support.pretend_room import PretendRoom
from tests.support.readme import SINGLE_PAGE_APPS, snippets


def documented(language: str, word: str) -> str:
    """The first lines of code with this word that the page for single-page apps shows."""
    return next(code for code in snippets(SINGLE_PAGE_APPS.read_text(), language) if word in code)


def start(page: Page, room: PretendRoom, call: str) -> None:
    """Open the app and let it call; `done` is the answer."""
    page.goto(f"{room.url}/app")
    start_here(page, call)


def start_here(page: Page, call: str) -> None:
    """Let the app that is open call."""
    page.evaluate(f"() => {{ self.done = ''; {call}.then(async a => done = await a.text()) }}")


def ends_with(page: Page, text: str) -> None:
    page.wait_for_function("text => self.done.includes(text)", arg=text)
