"""The panel on a phone: nothing covers anything, and what is needed in a hurry is near the top."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.support.panel_browser import Client, People, said

#: In one go, the search for them too, since the panel reads its charts anew meanwhile.
WITH_LARGE_NUMBERS = """[...document.querySelectorAll(".plot")].map(plot => {
  const [top, half] = plot.querySelectorAll(".top-label, .half-label");
  top.textContent = half.textContent = "3 h 20 min";
  const [drawing, caption] = ["svg", "figcaption"].map(part => plot.querySelector(part));
  const [upper, lower, svg, words] = [top, half, drawing, caption]
    .map(part => part.getBoundingClientRect());
  return svg.right <= upper.left && upper.bottom <= lower.top && words.bottom <= svg.top
    && upper.right <= innerWidth;
})"""

WITH_THOUSANDS = """numbers => {
  for (const number of numbers.querySelectorAll("dd")) number.textContent = "12,345 of 20,000";
  return numbers.scrollWidth <= numbers.clientWidth;
}"""

OF_A_GREAT_SALE = """row => {
  row.cells[0].textContent = "1-47110";
  row.cells[1].textContent = "10 min";
  row.cells[3].textContent = "123";
  const addresses = document.createRange();
  addresses.selectNodeContents(row.cells[3]);
  const [number, revoke] = [addresses, row.cells[4]].map(part => part.getBoundingClientRect());
  return number.right <= revoke.left;
}"""

WITH_LONG_WORDS = """row => {
  row.parentNode.replaceChildren(row);
  row.cells[1].textContent = "alexandra.papadopoulos@stadttheater.example";
  row.cells[4].textContent = "https://status.tickets.example/incidents/2026-11-27/payments";
  const texts = [...row.cells].map(cell => {
    const text = document.createRange();
    text.selectNodeContents(cell);
    return text.getBoundingClientRect();
  });
  const table = row.closest(".scroll").getBoundingClientRect();
  return texts[2].height == texts[0].height && texts.every(text => text.right <= table.right);
}"""

#: The left edges of the first numbers, in one go as well.
LEFTS = """[...document.querySelectorAll("#numbers .head > div")]
  .map(cell => cell.getBoundingClientRect().left)"""
#: Of several parts of the page, likewise.
BOXES = """parts => parts.map(part => {
  const { x, y, height } = document.querySelector(part).getBoundingClientRect();
  return { x, y, height };
})"""


def test_no_chart_is_labelled_on_top_of_another_part(panel: Page) -> None:
    panel.set_viewport_size({"width": 360, "height": 780})
    expect(panel.locator("#charts .plot")).to_have_count(5)
    assert panel.evaluate(WITH_LARGE_NUMBERS) == [True] * 5


def test_pause_and_limit_stay_in_sight(panel: Page) -> None:
    for width, height, most in ((390, 844, 0.35), (768, 1024, 0.25), (1440, 900, 0.2)):
        panel.set_viewport_size({"width": width, "height": height})
        for to in ("0", "document.documentElement.scrollHeight"):
            panel.evaluate(f"scrollTo(0, {to})")
            expect(panel.get_by_role("button", name="Pause")).to_be_in_viewport(ratio=1)
            for name in ("\u221210 % of max_active", "+10 % of max_active", "Set max_active"):
                expect(panel.get_by_role("button", name=name)).to_be_in_viewport(ratio=1)
        [cockpit] = panel.evaluate(BOXES, [".cockpit"])
        assert cockpit["height"] < most * height, "little is left for the rest"


def test_a_wide_screen_shows_numbers_and_buttons_side_by_side(panel: Page) -> None:
    panel.set_viewport_size({"width": 1280, "height": 800})
    numbers, charts, steer = panel.evaluate(BOXES, ["#numbers", "#past", ".steering"])
    assert charts["x"] == numbers["x"] < steer["x"]
    assert 0 < charts["y"] - numbers["y"] - numbers["height"] < 40


def test_the_first_numbers_stand_in_two_columns_on_the_smallest_screen(panel: Page) -> None:
    panel.set_viewport_size({"width": 320, "height": 568})
    assert len(set(panel.evaluate(LEFTS))) == 2


def test_the_whole_of_what_a_question_says_fits(panel: Page, other: Client) -> None:
    panel.set_viewport_size({"width": 320, "height": 568})
    other.patch("/rooms/main/settings", json={"opens_at": 2_051_222_400})
    card = panel.locator("#setting-opens_at")
    card.get_by_role("button", name="Revert").click()
    dialog = panel.get_by_role("dialog")
    expect(dialog).to_contain_text("Revert opens_at to the configured value")
    assert dialog.evaluate("dialog => dialog.scrollWidth <= dialog.clientWidth")


def test_large_text_needs_no_scrolling_sideways(panel: Page) -> None:
    """Twice as large on a phone of 320 pixels is 160 wide."""
    panel.set_viewport_size({"width": 160, "height": 284})
    assert panel.evaluate("document.documentElement.scrollWidth <= innerWidth")
    panel.get_by_role("link", name="Waiting rooms").click()
    expect(panel.locator("#rooms")).to_be_visible()
    assert panel.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_no_long_word_makes_the_page_wider(panel: Page, other: Client) -> None:
    panel.set_viewport_size({"width": 320, "height": 568})
    name = "alexandra.papadopoulos@stadttheater.example"
    panel.locator(".who span").evaluate("(who, name) => { who.textContent = name }", name)
    is_as_wide = "document.documentElement.scrollWidth <= innerWidth"
    assert panel.evaluate(is_as_wide)
    panel.locator("#steer-message [name=message]").fill(
        "https://status.tickets.example/incidents/2026"
    )
    panel.get_by_role("button", name="Show message").click()
    said(panel, "message is https")
    assert panel.evaluate(is_as_wide)


def test_the_longest_name_of_a_room_stays_in_its_card(panel: Page) -> None:
    panel.set_viewport_size({"width": 320, "height": 568})
    panel.get_by_role("link", name="Waiting rooms").click()
    named = (
        "title => (title.firstChild.data = 'm'.repeat(32), title.scrollWidth > title.clientWidth)"
    )
    assert not panel.locator("#rooms h2").evaluate(named)


def test_the_numbers_of_a_great_sale_fit_side_by_side_or_below_each_other(panel: Page) -> None:
    panel.set_viewport_size({"width": 390, "height": 780})
    panel.get_by_role("link", name="Waiting rooms").click()
    assert panel.locator("#rooms .few").first.evaluate(WITH_THOUSANDS)


@pytest.mark.parametrize("width", [390, 1280])
def test_who_changed_what_is_seen_however_long_their_words(
    panel: Page, other: Client, width: int
) -> None:
    panel.set_viewport_size({"width": width, "height": 780})
    other.patch("/rooms/main/settings", json={"session_seconds": 900})
    row = panel.locator("#audit tbody tr", has_text="session_seconds").first
    assert row.evaluate(WITH_LONG_WORDS)


def test_it_is_seen_from_how_many_addresses_a_session_is_used(people: People, panel: Page) -> None:
    """It was hidden behind the button that revokes the session."""
    people(1)
    panel.set_viewport_size({"width": 360, "height": 780})
    assert panel.locator("#sessions tbody tr").first.evaluate(OF_A_GREAT_SALE)


#: With the words of German, among the longest, and as many people as come to a great sale.
LANES_FIT = """table => {
  const words = ["Spur", "Anteil", "In der Schlange", "Angestellt", "Eingetreten"];
  const row = table.rows[1];
  words.forEach((word, at) => {
    table.rows[0].cells[at].textContent = word;
    if (at > 1) row.cells[at].textContent = "123,456";
  });
  row.cells[0].textContent = "season-ticket-holders";
  return table.parentNode.scrollWidth <= table.parentNode.clientWidth;
}"""


def test_every_column_of_the_lanes_is_in_sight(panel: Page, other: Client) -> None:
    panel.set_viewport_size({"width": 390, "height": 780})
    other.patch("/rooms/main/settings", json={"lanes": {"members": 0.3}})
    other.post("/rooms/main/reset", json={"confirm": "main"})  # the line begins with lanes
    expect(panel.locator("#lanes tbody tr")).to_have_text([re.compile("70 %"), re.compile("30 %")])
    assert panel.locator("#lanes table").evaluate(LANES_FIT)
