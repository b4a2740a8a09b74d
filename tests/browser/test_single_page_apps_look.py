"""How the room's page looks in the dialog of vwr.js: as the app's page around it."""

import pytest
from playwright.sync_api import Frame, Page, expect

from tests.support.pretend_room import PretendRoom
from tests.support.single_page import start, start_here

LIGHTNESS = """element => {
    const pen = document.createElement("canvas").getContext("2d");
    pen.fillStyle = getComputedStyle(element).backgroundColor;
    pen.fillRect(0, 0, 1, 1);
    return pen.getImageData(0, 0, 1, 1).data[1] / 255;
}"""


def room_in(page: Page) -> Frame:
    """The page of the room in the dialog, as soon as it is to be seen."""
    frame = page.locator("dialog iframe")
    expect(frame).to_have_css("opacity", "1")
    expect(page.get_by_role("dialog", name="in line")).to_be_visible()
    found = frame.element_handle().content_frame()
    assert found
    return found


def is_light(page: Page) -> bool:
    """Whether the dialog and the page in it are light, and its text is dark, or the other way."""
    frame = room_in(page)
    (card, ground), dialog = (
        [frame.locator(part).first.evaluate(LIGHTNESS) for part in (".card", "body")],
        page.locator("dialog").evaluate(LIGHTNESS),
    )
    assert len({each > 0.5 for each in (card, ground, dialog)}) == 1
    return bool(card > 0.5)


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_the_dialog_is_light_or_dark_as_the_page_around_it(
    page: Page, room: PretendRoom, scheme: str
) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    start(page, room, "vwr.fetch('/api')")
    assert is_light(page), "an app that says nothing of its scheme is white"
    page.keyboard.press("Escape")
    for ground, is_white in (("oklch(0.2 0.02 250)", False), ("rgb(250 250 240)", True)):
        page.locator("html").click()
        page.evaluate(f"document.body.style.background = '{ground}'")
        start_here(page, "vwr.fetch('/api')")
        assert is_light(page) is is_white
        page.keyboard.press("Escape")
    page.locator("html").click()
    page.evaluate("vwr.scheme = 'dark'")
    start_here(page, "vwr.fetch('/api')")
    assert not is_light(page)


def test_the_page_is_no_card_within_the_dialog(page: Page, room: PretendRoom) -> None:
    start(page, room, "vwr.fetch('/api')")
    card = room_in(page).locator(".card").first
    assert card.evaluate("one => getComputedStyle(one).boxShadow") == "none"
    assert card.evaluate("one => getComputedStyle(one).borderRadius") == "0px"
    ground = "getComputedStyle(document.body).backgroundColor"
    assert room_in(page).evaluate(ground) == card.evaluate(
        "one => getComputedStyle(one).backgroundColor"
    )


@pytest.mark.parametrize(("language", "is_left"), [("ar", True), ("en", False)])
def test_the_button_lies_where_the_lines_of_the_page_end(
    page: Page, room: PretendRoom, language: str, is_left: bool
) -> None:
    page.context.add_cookies([{"name": "vwr_lang", "value": language, "url": room.url}])
    page.goto(f"{room.url}/app")
    page.evaluate("document.dir = 'rtl'" if language == "en" else "0")
    start_here(page, "vwr.fetch('/api')")
    expect(page.locator("dialog iframe")).to_have_css("opacity", "1")
    dialog, button = (page.locator(part).bounding_box() for part in ("dialog", "dialog button"))
    assert dialog and button
    assert (button["x"] < dialog["x"] + dialog["width"] / 2) is is_left
