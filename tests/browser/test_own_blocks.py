"""How what a user brings stands on the waiting page, on a phone of 360 pixels."""

from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.support.room import WANTED, PretendRoom, pretend_room
from vwr_middleware.pages.pages import Pages
from vwr_middleware.pages.theme import Theme

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
    browser: Browser, tmp_path: Path, mine: str
) -> None:
    text = f'{{% extends "ours/waiting.html" %}}{{% block footer %}}{mine}{{% endblock %}}'
    (tmp_path / "waiting.html").write_text(text)
    with (
        pretend_room() as room,
        browser.new_context(viewport={"width": 360, "height": 740}) as context,
    ):
        room.pages = Pages(folders=[tmp_path])
        page = context.new_page()
        for change in ({}, {"you": "missed"}):
            room.set(**change)
            page.goto(room.url + WANTED)
            above, *around = page.evaluate(DISTANCES)
            assert above >= ABOVE
            assert min(around) >= AROUND
            assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_logo_name_and_heading_stand_apart(page: Page, room: PretendRoom) -> None:
    room.pages = Pages(theme=Theme(logo="/logo.svg"))
    page.goto(room.url + WANTED)
    places = [page.locator(part).bounding_box() for part in ("header img", "#site", "h1")]
    for above, below in pairwise(filter(None, places)):
        assert below["y"] - above["y"] - above["height"] >= 8
