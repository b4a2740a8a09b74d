"""A waiting page of a user's own: it goes in as ours does, and what it brings stands well."""

import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support.pretend_room import BASE, WANTED, PretendRoom
from tests.support.waiting import polled
from vwr_middleware.pages.pages import Pages
from vwr_middleware.pages.theme import Theme

Own = Callable[[str], None]

#: What the script needs, and nothing else.
SCRIPT = """<script src="{{ asset('waiting.js') }}" defer></script>
    <script type=application/json id=vwr-data>[{{ words }},{{ data }}]</script>"""


@pytest.fixture
def own(room: PretendRoom, tmp_path: Path) -> Own:
    """Gives the room a template of a user's own."""

    def write(template: str) -> None:
        (tmp_path / "waiting.html").write_text(template)
        room.pages = Pages(folders=[tmp_path])

    return write


def with_block(name: str, content: str) -> str:
    """Our page with this in the place of a block."""
    block = f"{{% block {name} %}}{content}{{% endblock %}}"
    return f'{{% extends "ours/waiting.html" %}}{block}'


@pytest.mark.parametrize(
    "block",
    [
        *("head", "numbers"),
        *(
            pytest.param(block, marks=pytest.mark.thorough)
            for block in ("header", "rules", "footer")
        ),
    ],
)
def test_a_page_without_one_of_our_blocks_asks_and_goes_in(
    page: Page, room: PretendRoom, own: Own, block: str
) -> None:
    own(with_block(block, "<p>Mine</p>"))
    page.goto(room.url + WANTED)
    polled(room)
    expect(page).to_have_title("(400) You are in line · Example Tickets")
    room.set(message="News.")
    expect(page.locator("#message")).to_have_text("News.")
    room.set(you="may_enter")
    expect(page).to_have_title("Inside")


def test_a_template_with_the_script_alone_goes_in(page: Page, room: PretendRoom, own: Own) -> None:
    own(f"<html lang={{{{ language.code }}}}><title>Mine</title>{SCRIPT}")
    page.goto(f"{room.url}{BASE}/?next={WANTED}")
    polled(room)
    room.set(you="may_enter")
    expect(page).to_have_title("Inside")
    assert room.calls[-1] == f"{BASE}/?next={WANTED}"


def test_a_template_that_names_no_language_asks_and_counts_down(
    page: Page, room: PretendRoom, own: Own
) -> None:
    own(f"<title>Mine</title><p id=countdown></p>{SCRIPT}")
    page.goto(room.url + WANTED)
    polled(room)
    room.set(state="scheduled", opens_at=time.time() + 3000)
    expect(page.locator("#countdown")).to_contain_text("00:49:")


def test_forms_of_the_users_own_are_left_alone(page: Page, room: PretendRoom, own: Own) -> None:
    own(with_block("footer", "<form action=/app><button>Write to us</button></form>"))
    page.goto(room.url + WANTED)
    page.get_by_role("button", name="Write to us").click()
    expect(page).to_have_title("App")
    assert room.count(f"{BASE}/leave") == 0


ABOVE, AROUND = 20, 20  # pixels

#: What lies how far from our last button or link, and from the edges of the white sheet.
DISTANCES = """() => {
  const main = document.querySelector("main"), footer = document.querySelector("footer");
  const mine = document.createRange();
  mine.setStartAfter(footer);
  mine.setEndAfter(main.lastChild);
  const a = mine.getBoundingClientRect(), b = main.getBoundingClientRect();
  const ours = [...footer.children].filter((part) => part.offsetHeight);
  const last = Math.max(...ours.map((part) => part.getBoundingClientRect().bottom));
  return [a.top - last, a.left - b.left, b.right - a.right, b.bottom - a.bottom];
}"""


@pytest.mark.parametrize(
    "mine",
    [
        "<p>Questions? Call 555-0100.</p>",
        "Questions? Call 555-0100.",
        "<div>Questions?</div><div>Call 555-0100 between nine and five, every day.</div>",
        '<a href="/help">Help</a>',
    ],
)
def test_what_stands_below_the_page_touches_nothing(
    page: Page, room: PretendRoom, own: Own, mine: str
) -> None:
    own(with_block("footer", mine))
    page.set_viewport_size({"width": 360, "height": 740})
    for change in ({}, {"you": "missed"}):
        room.set(**change)
        page.goto(room.url + WANTED)
        above, *around = page.evaluate(DISTANCES)
        assert above >= ABOVE
        assert min(around) >= AROUND
        assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_logo_name_and_heading_stand_apart(page: Page, room: PretendRoom) -> None:
    room.pages = Pages(theme=Theme(logo="/logo.svg", title={"": "The Paper Lanterns"}))
    page.goto(room.url + WANTED)
    places = [page.locator(part).bounding_box() for part in ("header img", "#title", "h1")]
    for above, below in pairwise(filter(None, places)):
        assert below["y"] - above["y"] - above["height"] >= 8
