"""Several operators write to everybody in line."""

import re

from playwright.sync_api import Page, Route, expect

from tests.support.panel_browser import Client, numbers, said
from tests.support.waiting import held_back, wait_for


def test_whoever_writes_a_message_sees_that_another_one_was_set(panel: Page, other: Client) -> None:
    message = panel.get_by_label("Message to everybody in line")
    message.fill("Back at n")
    now = panel.locator(".meanwhile")
    expect(now).to_be_hidden()
    for text, told in (("Row 3 is left", "Now people read: Row 3 is left"), (None, "")):
        other.patch("/rooms/main/settings", json={"message": text})
        expect(now).to_have_text(told)
    other.patch("/rooms/main/settings", json={"message": "Row 4 is left"})
    expect(now).to_be_visible()
    expect(message).to_have_value("Back at n")
    panel.get_by_role("button", name="Show message").click()
    said(panel, "message is Back at n")
    expect(now).to_be_hidden()
    other.patch("/rooms/main/settings", json={"message": "Row 5 is left"})
    expect(message).to_have_value("Row 5 is left")


def test_a_message_is_taken_away_by_a_button(panel: Page, other: Client) -> None:
    button = panel.get_by_role("button", name="Remove message")
    expect(button).to_have_count(0)
    other.patch("/rooms/main/settings", json={"message": "Soon"})
    button.click()
    expect(panel.get_by_label("Message to everybody in line")).to_have_value("")
    wait_for(lambda: numbers(other)["message"] is None)
    expect(button).to_have_count(0)


def test_a_message_runs_in_its_own_direction(panel: Page, other: Client) -> None:
    other.patch("/rooms/main/settings", json={"message": "نفد الصف 3."})
    expect(panel.locator("#setting-message .value")).to_have_css("direction", "rtl")
    expect(panel.get_by_label("Message to everybody in line")).to_have_css("direction", "rtl")
    expect(panel.locator("#health a")).to_have_css("direction", "rtl")


def test_what_is_typed_before_the_answer_comes_stays(panel: Page, other: Client) -> None:
    message = panel.get_by_label("Message to everybody in line")
    held: list[Route] = []
    panel.route(re.compile("/message$"), lambda route: held.append(route))
    message.fill("Back at noon")
    panel.get_by_role("button", name="Show message").click()
    held_back(panel, held)
    message.fill("Back at one")
    held.pop().continue_()
    said(panel, "message is Back at noon")
    expect(message).to_be_focused()
    expect(panel.locator("#setting-message .value")).to_have_text("Back at noon")
    # As where somebody looks at something else before sending it.
    panel.get_by_label("Call more by hand").focus()
    other.patch("/rooms/main/settings", json={"message": "Row 4 is left"})
    expect(panel.locator(".meanwhile")).to_have_text("Now people read: Row 4 is left")
    expect(message).to_have_value("Back at one")


def test_a_message_is_looked_at_in_each_language_and_then_shown(panel: Page, other: Client) -> None:
    panel.get_by_label("Message to everybody in line").fill("Row 3 is gone. [Others](/seats)")
    panel.get_by_text("Languages, links, how urgent").click()
    panel.get_by_label("Another language").first.fill("ar")
    panel.get_by_label("Text in it").first.fill("نفد الصف 3.")
    panel.get_by_label("How urgent").select_option("urgent")
    panel.get_by_label("with the time at which it is shown").check()
    with panel.expect_popup() as opened:
        panel.get_by_role("button", name="Look at it first").click()
    look = opened.value
    arabic = look.frame_locator("iframe").nth(1)
    expect(arabic.locator("#message > span")).to_contain_text("نفد الصف 3.")
    styled = arabic.locator("#message > span")
    assert styled.evaluate("it => getComputedStyle(it).direction") == "rtl"
    assert styled.evaluate("it => getComputedStyle(it).fontWeight") == "600", "its style is there"
    assert numbers(other)["message"] is None, "nobody reads it yet"
    look.get_by_role("button", name="Show message").click()
    expect(look.locator("#result")).to_contain_text("message is Row 3 is gone.")
    assert numbers(other)["announcement"]["texts"] == {"ar": "نفد الصف 3."}
    look.close()
    expect(panel.get_by_label("How urgent")).to_have_value("urgent")


def test_a_message_is_kept_and_shown_by_one_press(panel: Page, other: Client) -> None:
    panel.get_by_label("Message to everybody in line").fill("Sold out")
    panel.get_by_text("Languages, links, how urgent").click()
    panel.get_by_label("Keep it for later, as").fill("sold-out")
    panel.get_by_role("button", name="Keep").click()
    said(panel, "Kept as sold-out")
    assert numbers(other)["message"] is None
    panel.get_by_role("button", name="Show sold-out").click()
    said(panel, "message is Sold out")
    panel.get_by_role("button", name="Put sold-out away").click()
    said(panel, "sold-out is put away")
    expect(panel.get_by_role("button", name="Show sold-out")).to_have_count(0)
