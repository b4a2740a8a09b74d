"""The waiting page for everybody: axe-core, small screens, large text, keyboard."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.accessibility import accessibility_problems, bad_colours
from tests.support.browser import fresh_page
from tests.support.cases import cases, rare
from tests.support.pretend_room import BASE, STATIC, WANTED, PretendRoom, pretend_room
from vwr_middleware.pages.languages import Languages
from vwr_middleware.pages.preview import STATES, preview

pytestmark = pytest.mark.long

CODES = sorted((language.code for language in Languages()), key=lambda code: code != "en")
#: The narrowest screen, and text of double size on a small one and on a phone.
NARROW, LARGE = (320, "100%"), [(640, "200%"), (360, "200%")]


@pytest.fixture(scope="module")
def room() -> Iterator[PretendRoom]:
    """A room that shows one state after the other."""
    with pretend_room() as room:
        yield room


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    """One page for all tests here, each of which loads it anew. It goes on showing what it shows,
    however long somebody looks at it, for no question is ever answered."""
    with fresh_page(browser, "self.fetch = () => new Promise(() => {})") as page:
        yield page


@pytest.fixture(autouse=True)
def as_usual(page: Page) -> None:
    """The size that another test has set holds no more."""
    page.set_viewport_size({"width": 1280, "height": 720})


def show(page: Page, room: PretendRoom, state: str, language: str = "en") -> None:
    room.view = replace(preview(state), base=BASE, static=STATIC, next_url=WANTED, server_time=0.0)
    page.goto(f"{room.url}{BASE}/?lang={language}")
    expect(page.locator("html")).to_have_attribute("lang", language)


def axe_finds(
    page: Page, room: PretendRoom, language: str, states: Iterable[str]
) -> dict[str, list[str]]:
    found = {}
    for state in states:
        show(page, room, state, language)
        found[state] = accessibility_problems(page, colours=language == "en")
        if language == "en":
            page.emulate_media(color_scheme="dark")
            found[f"{state}, dark"] = bad_colours(page)
            page.emulate_media(color_scheme="light")
    return {state: problems for state, problems in found.items() if problems}


def test_axe_finds_nothing_in_any_state(page: Page, room: PretendRoom) -> None:
    assert axe_finds(page, room, "en", STATES) == {}


@pytest.mark.thorough  # a language changes texts and the direction, and no state by itself
@pytest.mark.parametrize("language", CODES[1:])
def test_axe_finds_nothing_in_any_state_and_language(
    page: Page, room: PretendRoom, language: str
) -> None:
    assert axe_finds(page, room, language, STATES) == {}


@pytest.mark.parametrize("language", cases(CODES[1:], usual=("ar", "ja")))
def test_axe_finds_nothing_in_the_fullest_state_of_any_language(
    page: Page, room: PretendRoom, language: str
) -> None:
    assert axe_finds(page, room, language, ["waiting", "ended"]) == {}


@pytest.mark.parametrize(
    ("language", "sizes"),
    [  # one with long words, one without spaces, and one that is read from right to left
        ("de", [NARROW, *LARGE]),
        *(rare("ja", [NARROW]), rare("ar", [NARROW]), rare("en", [NARROW])),
    ],
)
def test_nothing_is_cut_off_on_a_narrow_screen_nor_in_large_text(
    page: Page, room: PretendRoom, language: str, sizes: list[tuple[int, str]]
) -> None:
    cut_off = []
    for state in STATES:
        show(page, room, state, language)
        for width, text in sizes:
            page.set_viewport_size({"width": width, "height": 500})
            page.evaluate("size => { document.documentElement.style.fontSize = size }", text)
            if page.evaluate("document.documentElement.scrollWidth") > width:
                cut_off.append((state, width, text))
    assert cut_off == []


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
    texts = page.locator("#lead, ol small")
    assert texts.evaluate_all(f"parts => parts.flatMap({WITHIN_WORDS})") == []


#: The last line of a heading in which all but the last word would go into the one above.
LAST_LINE = """heading => {
  heading.style = "font-family: monospace; width: 20ch";
  heading.textContent = "12345 12345 1234567 12";
  const [text, range] = [heading.firstChild, document.createRange()];
  const top = i => (range.setStart(text, i), range.setEnd(text, i + 1),
    range.getBoundingClientRect().top);
  return [...text.data].filter((_, i) => top(i) == top(text.length - 1)).join("");
}"""


def test_no_short_word_stands_in_a_line_of_its_own(page: Page, room: PretendRoom) -> None:
    show(page, room, "waiting")
    assert page.locator("h1").evaluate(LAST_LINE) == "1234567 12"


def test_four_numbers_stand_in_two_columns_or_side_by_side(page: Page, room: PretendRoom) -> None:
    show(page, room, "waiting")
    lefts = "cells => cells.map(cell => cell.getBoundingClientRect().left)"
    columns = {}
    for width in (360, 390, 560, 667, 768, 1280, 1440):
        page.set_viewport_size({"width": width, "height": 400})
        shown = page.locator("#numbers div:visible")
        columns[width] = (shown.count(), len(set(shown.evaluate_all(lefts))))
    assert columns == {width: (4, 2 if width in (360, 390) else 4) for width in columns}


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_desktop_shows_the_whole_page_at_once(
    page: Page, room: PretendRoom, language: str
) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    for state in ("waiting", "scheduled", "late-is-lost", "urgent"):
        show(page, room, state, language)
        assert page.evaluate("document.documentElement.scrollHeight") == 900, state


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


def test_an_iphone_does_not_enlarge_the_page_at_a_field(page: Page, room: PretendRoom) -> None:
    """It does where the text of one has less than 16 pixels, and leaves the page so."""
    page.goto(room.url + WANTED)
    assert page.eval_on_selector("select", "(list) => getComputedStyle(list).fontSize") == "16px"


def test_what_is_touched_is_large_enough(page: Page, room: PretendRoom) -> None:
    show(page, room, "waiting")
    for target in page.locator(
        "button:visible, a:visible, select:visible, fieldset label:visible"
    ).all():
        box = target.bounding_box()
        assert box
        assert min(box["width"], box["height"]) >= 24, target.inner_html()
