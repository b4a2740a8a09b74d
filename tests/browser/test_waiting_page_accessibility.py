"""The waiting page for everybody: axe-core, small screens, large text, keyboard."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.accessibility import accessibility_problems
from tests.support.room import BASE, STATIC, WANTED, PretendRoom, pretend_room
from vwr_middleware.pages.languages import Languages
from vwr_middleware.pages.preview import STATES, preview

CODES = [language.code for language in Languages()]
#: One with long words, one without spaces, and one that is read from right to left.
LANGUAGES = ("de", "ja", "ar", pytest.param("en", marks=pytest.mark.thorough))

#: Colours, and languages, know nothing of each other.
Scheme = Literal["light", "dark"]


@pytest.fixture(scope="module")
def room() -> Iterator[PretendRoom]:
    """A room that shows one state after the other."""
    with pretend_room() as room:
        room.poll = 60  # so that it goes on showing it
        yield room


def show(page: Page, room: PretendRoom, state: str, language: str = "en") -> None:
    room.view = replace(preview(state), base=BASE, static=STATIC, next_url=WANTED, server_time=0.0)
    page.goto(f"{room.url}{BASE}/?lang={language}")
    expect(page.locator("html")).to_have_attribute("lang", language)


def axe_finds(
    browser: Browser, room: PretendRoom, language: str, states: Iterable[str], *schemes: Scheme
) -> dict[tuple[str, str], list[str]]:
    found = {}
    with browser.new_context() as context:
        page = context.new_page()
        for state in states:
            show(page, room, state, language)
            for scheme in schemes:
                page.emulate_media(color_scheme=scheme)
                found[state, scheme] = accessibility_problems(page, colours=language == "en")
    return {state: problems for state, problems in found.items() if problems}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_any_state(
    browser: Browser, room: PretendRoom, scheme: Scheme
) -> None:
    assert axe_finds(browser, room, "en", STATES, scheme) == {}


@pytest.mark.thorough  # a language changes texts and the direction, and no state by itself
@pytest.mark.parametrize("language", [code for code in CODES if code != "en"])
def test_axe_finds_nothing_in_any_state_and_language(
    browser: Browser, room: PretendRoom, language: str
) -> None:
    assert axe_finds(browser, room, language, STATES, "light") == {}


@pytest.mark.parametrize("language", CODES)
def test_axe_finds_nothing_in_the_fullest_state_of_any_language(
    browser: Browser, room: PretendRoom, language: str
) -> None:
    assert axe_finds(browser, room, language, ["waiting", "ended"], "light") == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_cut_off_on_the_narrowest_screen(
    browser: Browser, room: PretendRoom, language: str
) -> None:
    with browser.new_context(viewport={"width": 320, "height": 500}) as context:
        page = context.new_page()
        for state in STATES:
            show(page, room, state, language)
            assert page.evaluate("document.documentElement.scrollWidth") <= 320, state


#: Every place where a line of the text ends within a word.
WITHIN_WORDS = """part => {
  const [text, range] = [part.firstChild, document.createRange()];
  const at = i => (range.setStart(text, i), range.setEnd(text, i + 1), range);
  const top = i => at(i).getBoundingClientRect().top;
  const isLetter = i => /\\p{L}/u.test(text.data[i]);
  return [...text.data].map((_, i) => i).filter(
    i => i && top(i) > top(i - 1) + 5 && isLetter(i) && isLetter(i - 1));
}"""


def test_korean_lines_end_between_words(page: Page, room: PretendRoom) -> None:
    page.set_viewport_size({"width": 330, "height": 600})
    show(page, room, "waiting", "ko")
    texts = page.locator("#lead, ul li:nth-child(-n + 2)")
    assert texts.evaluate_all(f"parts => parts.flatMap({WITHIN_WORDS})") == []


@pytest.mark.parametrize("width", [360, 560, 667, 720, 740, 1280])
def test_four_numbers_stand_in_two_columns(page: Page, room: PretendRoom, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 400})
    show(page, room, "waiting")
    lefts = "cells => cells.map(cell => cell.getBoundingClientRect().left)"
    assert len(set(page.locator("#numbers div").evaluate_all(lefts))) == 2


@pytest.mark.parametrize("width", [640, 360])
def test_text_of_double_size_fits(browser: Browser, room: PretendRoom, width: int) -> None:
    with browser.new_context(viewport={"width": width, "height": 800}) as context:
        page = context.new_page()
        for state in STATES:
            show(page, room, state, "de")
            page.evaluate("document.documentElement.style.fontSize = '200%'")
            assert page.evaluate("document.documentElement.scrollWidth") <= width, state


def test_everything_is_reached_and_used_by_keyboard(page: Page, room: PretendRoom) -> None:
    show(page, room, "waiting")
    reached = []
    for _ in range(7):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id || document.activeElement.name"))
    assert reached[:3] == ["sound", "notify", "ask"]
    assert "lang" in reached
    page.get_by_label("Ask me before going in").focus()
    page.keyboard.press("Space")
    expect(page.get_by_label("Ask me before going in")).to_be_checked()


def test_what_is_touched_is_large_enough(page: Page, room: PretendRoom) -> None:
    show(page, room, "waiting")
    for target in page.locator(
        "button:visible, a:visible, select:visible, fieldset label:visible"
    ).all():
        box = target.bounding_box()
        assert box
        assert min(box["width"], box["height"]) >= 24, target.inner_html()
