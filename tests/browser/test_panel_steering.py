"""Every button of the panel in a real browser, which the other worker obeys: within a second, as
tests/panel/test_actions.py holds where no machine is busy."""

import re
from typing import Any

from playwright.sync_api import Page, Route, expect

from tests.support.panel_browser import (
    Client,
    People,
    numbers,
    said,
    section,
    sure,
)
from tests.support.waiting import held_back, wait_for


def test_calling_by_hand_reaches_the_other_worker(
    panel: Page, other: Client, people: People
) -> None:
    people(6)
    panel.get_by_label("Call more by hand").fill("3")
    panel.get_by_role("button", name="Call", exact=True).click()
    said(panel, "Called 3")
    wait_for(lambda: numbers(other)["serving"] == 5)
    expect(panel.locator("#serving-now")).to_have_text("5")
    # Another press is another call, and no repetition of the first.
    panel.get_by_label("Call more by hand").fill("1")
    panel.get_by_role("button", name="Call", exact=True).click()
    said(panel, "Called 1")
    wait_for(lambda: numbers(other)["serving"] == 6)


def test_the_serving_counter_is_set(panel: Page, other: Client, people: People) -> None:
    people(6)
    field = panel.locator("[name=serving]")
    field.fill("4")
    field.press("Enter")
    said(panel, "stands at 4")
    wait_for(lambda: numbers(other)["serving"] == 4)


def test_what_fails_says_so(panel: Page, other: Client) -> None:
    field = panel.locator("[name=serving]")
    field.fill("999")
    field.press("Enter")
    said(panel, "Nothing was changed: serving must be")
    expect(panel.locator("#result")).to_have_class(re.compile("bad"))


def test_the_emergency_stop_does_not_ask_and_the_other_worker_obeys(
    panel: Page, other: Client
) -> None:
    panel.get_by_role("button", name="Pause").click()
    said(panel, "Paused")
    wait_for(lambda: numbers(other)["state"] == "paused")
    panel.get_by_role("button", name="Resume").click()
    said(panel, "Resumed: the mode is auto")
    wait_for(lambda: numbers(other)["mode"] == "auto")


def test_what_hurts_asks_each_time(panel: Page, other: Client) -> None:
    form = panel.locator("form", has=panel.locator("select[name=mode]"))
    form.get_by_role("combobox").select_option("closed")
    form.get_by_role("button").click()
    panel.get_by_role("button", name="Change nothing").click()
    said(panel, "Nothing was changed")
    assert numbers(other)["mode"] == "auto"
    form.get_by_role("combobox").select_option("closed")
    form.get_by_role("button").click()
    sure(panel)
    said(panel, "mode is closed")
    wait_for(lambda: numbers(other)["state"] == "closed")
    # Who said yes the last time has not said so now.
    form.get_by_role("combobox").select_option("off")
    form.get_by_role("button").click()
    expect(panel.get_by_role("dialog")).to_be_visible()
    panel.keyboard.press("Escape")
    said(panel, "Nothing was changed")
    assert numbers(other)["mode"] == "closed"


def test_enter_pressed_twice_answers_no_question_unread(panel: Page, other: Client) -> None:
    field = panel.locator("#setting-max_active").get_by_role("textbox")
    field.fill("500")
    field.press("Enter")
    expect(panel.get_by_role("dialog")).to_be_visible()
    panel.keyboard.press("Enter")
    said(panel, "Nothing was changed")
    expect(field).to_have_value("500")


def test_two_questions_are_asked_one_after_the_other(panel: Page, other: Client) -> None:
    held: list[Route] = []
    card = panel.locator("#setting-max_active")

    def hold_two(route: Route) -> None:
        if len(held) < 2:
            held.append(route)
        else:
            route.continue_()

    panel.route(re.compile("/(unset|set)$"), hold_two)
    card.get_by_role("textbox").fill("500")
    card.get_by_role("button", name="Set", exact=True).click()
    panel.get_by_role("combobox", name="Mode").select_option("closed")
    panel.locator("#steer-mode button").click()
    held_back(panel, held, 2)
    for route in held:
        with panel.expect_response(route.request.url):
            route.continue_()
    question = panel.get_by_role("dialog").get_by_role("heading")
    expect(question).to_have_text("Set max_active to 500?")
    panel.get_by_role("dialog").get_by_role("button", name="Change nothing").click()
    expect(question).to_have_text("Set mode to closed?")
    assert numbers(other)["mode"] == "auto"
    sure(panel)
    said(panel, "mode is closed")


def test_a_question_that_cannot_be_shown_keeps_no_other_from_being_asked(panel: Page) -> None:
    panel.route("**/set", lambda route: route.fulfill(json={"ask": "Close?"}), times=1)
    panel.get_by_role("combobox", name="Mode").select_option("closed")
    close = panel.locator("#steer-mode button")
    close.click()
    said(panel, "There was no answer")
    close.click()
    expect(panel.get_by_role("dialog").get_by_role("heading")).to_have_text("Set mode to closed?")


def test_every_mode_is_set(panel: Page, other: Client) -> None:
    form = panel.locator("form", has=panel.locator("select[name=mode]"))
    for mode in ("queue", "paused", "closed", "off", "auto"):
        form.get_by_role("combobox").select_option(mode)
        form.get_by_role("button").click()
        if mode != "queue":  # what could hurt is asked
            sure(panel)
        said(panel, f"mode is {mode}")
        wait_for(lambda mode=mode: numbers(other)["mode"] == mode)  # type: ignore[misc]


def test_the_mode_follows_the_room_until_somebody_chooses_one(panel: Page, other: Client) -> None:
    mode = panel.locator("select[name=mode]")
    other.patch("/rooms/main/settings", json={"mode": "closed"})
    expect(mode).to_have_value("closed")
    mode.select_option("queue")
    other.patch("/rooms/main/settings", json={"mode": "auto", "message": "Row 3 is left"})
    expect(panel.locator("#setting-message .value")).to_have_text("Row 3 is left")
    expect(mode).to_have_value("queue")


def test_a_mode_chosen_while_the_panel_reads_anew_is_the_one_that_is_set(panel: Page) -> None:
    form = panel.locator("form", has=panel.locator("select[name=mode]"))
    mode = form.get_by_role("combobox")
    held: list[Route] = []
    panel.route(re.compile("/rooms/main$"), lambda route: held.append(route))
    mode.select_option("queue")
    form.get_by_role("button").click()
    said(panel, "mode is queue")
    with panel.expect_response(re.compile("/rooms/main$")):
        held_back(panel, held)
        mode.select_option("auto")  # as it was when the page was loaded
        for route in held:
            route.continue_()
    panel.wait_for_timeout(200)
    expect(mode).to_have_value("auto")


def test_every_other_setting_reaches_the_other_worker(panel: Page, other: Client) -> None:
    def values() -> dict[str, Any]:
        rows = numbers(other)["settings"]
        return {row["name"]: row["value"] for row in rows if row["name"] in given}

    given = {
        "per_minute": ("90", 90),
        "burst": ("4", 4),
        "max_waiting": ("5000", 5000),
        "session_seconds": ("900", 900),
        "confirm_within": ("45", 45),
        "session_grace": ("30", 30),
        "claim_within": ("50", 50),
        "renew": ("no", False),
        "late": ("lost", "lost"),
    }
    for name, (typed, _) in given.items():
        card = panel.locator(f"#setting-{name}")
        if name in ("renew", "late"):
            card.get_by_role("combobox").select_option(typed)
        else:
            card.get_by_role("textbox").fill(typed)
        card.get_by_role("button", name="Set", exact=True).click()
        if name in ("renew", "late"):
            sure(panel)
        said(panel, f"{name} is ")
    # A worker looks at the room twice a second: they are waited for together.
    wait_for(lambda: values() == {name: wanted for name, (_, wanted) in given.items()})
    expect(panel.locator("#audit")).to_contain_text("session_grace")
    for name in reversed(given):  # a burst goes with a pace
        panel.locator(f"#setting-{name}").get_by_role("button", name="Revert").click()
        said(panel, f"Reverted to the configured value: {name}")
    wait_for(lambda: not any(row["overridden"] for row in numbers(other)["settings"]))


def test_a_closing_time_closes_the_room(panel: Page, other: Client) -> None:
    card = panel.locator("#setting-closes_at")
    card.locator("input[type=datetime-local]").fill("2020-01-01T10:00")
    card.get_by_role("button", name="Set", exact=True).click()
    expect(panel.get_by_role("dialog")).to_contain_text("closes at once")
    sure(panel)
    said(panel, "closes_at is")
    wait_for(lambda: numbers(other)["state"] == "closed")


def test_the_field_of_the_serving_counter_follows_it_until_somebody_types(
    panel: Page, other: Client, people: People
) -> None:
    people(6)
    field = panel.locator("[name=serving]")
    other.put("/rooms/main/serving", json={"serving": 3})
    expect(field).to_have_value("3")
    field.fill("5")
    panel.get_by_label("Message to everybody in line").focus()
    other.put("/rooms/main/serving", json={"serving": 4})
    expect(panel.locator("#serving-now")).to_have_text("4")
    expect(field).to_have_value("5")


def test_a_setting_is_changed_and_set_back_with_one_click(panel: Page, other: Client) -> None:
    card = panel.locator("#setting-max_active")
    card.get_by_role("textbox").fill("3")
    card.get_by_role("button", name="Set", exact=True).click()
    said(panel, "max_active is 3")
    expect(card).to_contain_text("Configured: 2")
    wait_for(lambda: numbers(other)["limit"] == 3)
    card.get_by_role("button", name="Revert").click()
    said(panel, "Reverted to the configured value")
    expect(card).not_to_contain_text("Configured:")
    wait_for(lambda: numbers(other)["limit"] == 2)


def test_the_strategy_is_changed(panel: Page, other: Client) -> None:
    panel.get_by_label("Strategy").select_option("periodic")
    panel.get_by_label("People per interval", exact=True).fill("30")
    panel.get_by_role("button", name="Set the strategy").click()
    said(panel, "periodic, count 30")
    wait_for(lambda: numbers(other)["per_minute"] == 30)
    panel.locator("#setting-inlet").get_by_role("button", name="Revert").click()
    wait_for(lambda: numbers(other)["per_minute"] is None)


def test_everybody_in_line_reads_the_message(panel: Page, other: Client, people: People) -> None:
    waiting = people(4)[-1]
    panel.get_by_label("Message to everybody in line").fill("Two <b>more</b> rows")
    panel.get_by_role("button", name="Show message").click()
    said(panel, "message is Two <b>more</b> rows")
    wait_for(lambda: waiting.position()["message"] == "Two <b>more</b> rows")


def test_a_revoked_session_is_out_on_the_other_worker(panel: Page, people: People) -> None:
    inside = people(1)[0]
    assert inside.fetches().status_code == 200
    panel.locator("#sessions").get_by_role("button", name="Revoke").first.click()
    sure(panel)
    said(panel, "has ended")
    wait_for(lambda: inside.fetches().status_code != 200)
    expect(panel.locator("#audit")).to_contain_text("revoke")


def test_a_reset_needs_the_name_typed(panel: Page, other: Client, people: People) -> None:
    people(5)
    before = numbers(other)["generation"]
    box = section(panel, "Reset the room")
    box.get_by_role("textbox").fill("mian")
    box.get_by_role("button", name="Reset").click()
    said(panel, "type its name")
    box.get_by_role("textbox").fill("main")
    box.get_by_role("button", name="Reset").click()
    said(panel, "Reset: generation")
    wait_for(lambda: numbers(other)["generation"] == before + 1)
    wait_for(lambda: numbers(other)["waiting"] == 0)


def test_a_reset_that_ended_sessions_leaves_nothing_ticked_for_the_next(panel: Page) -> None:
    box = section(panel, "Reset the room")
    box.get_by_role("checkbox").check()
    box.get_by_role("textbox").fill("main")
    box.get_by_role("button", name="Reset").click()
    said(panel, "Reset: generation")
    expect(box.get_by_role("checkbox")).not_to_be_checked()
