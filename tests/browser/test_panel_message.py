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


def test_what_is_typed_before_the_answer_comes_stays(panel: Page, other: Client) -> None:
    message = panel.get_by_label("Message to everybody in line")
    held: list[Route] = []
    panel.route(re.compile("/set$"), lambda route: held.append(route))
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
