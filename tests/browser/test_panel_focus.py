"""The focus stays where the operator was, whatever a button has done."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.panel_browser import Client, People, numbers, said, sure
from tests.support.waiting import wait_for


def button(panel: Page, part: str, name: str) -> Locator:
    return panel.locator(part).get_by_role("button", name=name, exact=True)


def first_session(panel: Page) -> Locator:
    """The button that ends the first session, by its name: the list is drawn anew meanwhile."""
    name = panel.locator("#sessions button").first.get_attribute("aria-label") or ""
    return panel.locator("#sessions").get_by_role("button", name=name)


def test_a_question_gives_the_focus_back_to_the_button_that_asked(panel: Page) -> None:
    close = panel.locator("#steer-mode button")
    for leave in ("Escape", "Enter"):
        panel.get_by_role("combobox", name="Mode").select_option("closed")
        close.focus()
        panel.keyboard.press("Enter")
        expect(panel.get_by_role("dialog")).to_be_visible()
        panel.wait_for_timeout(700)
        panel.keyboard.press(leave)
        said(panel, "Nothing was changed")
        expect(close).to_be_focused()


def test_pausing_leads_to_the_button_that_resumes(panel: Page, other: Client) -> None:
    button(panel, "#flow", "Pause").focus()
    panel.keyboard.press("Enter")
    said(panel, "Paused")
    expect(button(panel, "#flow", "Resume")).to_be_focused()
    wait_for(lambda: numbers(other)["mode"] == "paused")


@pytest.mark.parametrize("key", ["Enter", "click"])
def test_a_setting_keeps_the_focus_and_goes_on_being_read_anew(
    panel: Page, other: Client, key: str
) -> None:
    card = panel.locator("#setting-claim_within")
    field, change = card.get_by_role("textbox"), card.get_by_role("button", name="Set", exact=True)
    field.fill("77")
    used = field if key == "Enter" else change
    used.press("Enter")
    said(panel, "claim_within is 77")
    expect(card.get_by_role("button", name="Revert")).to_be_visible()
    expect(used).to_be_focused()
    other.patch("/rooms/main/settings", json={"claim_within": 88})
    expect(field).to_have_value("88")
    expect(used).to_be_focused()
    field.fill("9")
    other.patch("/rooms/main/settings", json={"claim_within": 90})
    panel.wait_for_timeout(800)
    expect(field).to_have_value("9")


def test_a_button_that_has_gone_leaves_the_focus_near_by(panel: Page, other: Client) -> None:
    other.patch("/rooms/main/settings", json={"claim_within": 88})
    card = panel.locator("#setting-claim_within")
    revert = card.get_by_role("button", name="Revert")
    revert.press("Enter")
    said(panel, "claim_within is 60")
    expect(revert).to_be_hidden()
    assert card.evaluate("card => card.contains(document.activeElement)")


def test_a_session_that_has_gone_does_not_give_its_button_s_focus_to_another(
    panel: Page, people: People
) -> None:
    people(2)
    row = first_session(panel)
    row.press("Enter")
    sure(panel)
    said(panel, "has ended")
    expect(row).to_be_hidden()
    expect(panel.locator("#sessions .scroll")).to_be_focused()


def test_a_visitor_is_looked_up_where_one_looks_and_the_page_stays(
    panel: Page, people: People
) -> None:
    people(5)
    panel.set_viewport_size({"width": 390, "height": 844})
    panel.evaluate("self.isThisPage = true")
    field = panel.get_by_label("Queue position, session, or ticket")
    found = panel.locator("#explanation")
    for typed, told in (("#5", "Position 5: waiting"), ("nobody", "This is not a ticket")):
        field.fill(typed)
        field.press("Enter")
        expect(found).to_contain_text(told)
        expect(found).to_be_in_viewport()
        expect(found).to_be_focused()
    assert panel.evaluate("self.isThisPage")


@pytest.mark.parametrize("name", ["Reset", "Pause"])
def test_danger_stays_red_under_the_pointer(panel: Page, name: str) -> None:
    it = panel.get_by_role("button", name=name, exact=True)
    # What is filled has its colour behind the words.
    of = "backgroundColor" if name == "Pause" else "color"
    before = it.evaluate(f"it => getComputedStyle(it).{of}")
    it.hover()
    assert it.evaluate(f"it => getComputedStyle(it).{of}") == before


def test_what_moves_by_itself_is_read_out_to_nobody(panel: Page) -> None:
    live = panel.locator("#charts :is(output, [role=status], [aria-live])")
    expect(panel.locator("#charts figure")).to_have_count(5)
    expect(live).to_have_count(0)


def test_text_twice_as_large_needs_no_scrolling_sideways(panel: Page) -> None:
    panel.set_viewport_size({"width": 360, "height": 780})
    panel.evaluate("document.documentElement.style.fontSize = '200%'")
    assert panel.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_button_that_is_drawn_anew_while_its_question_stands_keeps_the_focus(
    panel: Page, people: People
) -> None:
    people(2)
    row = first_session(panel)
    row.press("Enter")
    expect(panel.get_by_role("dialog")).to_be_visible()
    panel.evaluate(
        "(part => { part.innerHTML = part.innerHTML })(document.getElementById('sessions'))"
    )
    panel.wait_for_timeout(700)
    panel.keyboard.press("Escape")
    said(panel, "Nothing was changed")
    expect(row).to_be_focused()
