"""Times on the panel are the operator's own, wherever they stand."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.panel_browser import HURRY, Client, People, numbers, said, see, sure
from tests.support.visitor import TICKET
from tests.support.waiting import wait_for

PAST = 1_577_836_800
OPENS, IN_KOLKATA = 2_051_222_400, "01/01/2035, 05:30:00"  # midnight in UTC


@pytest.fixture
def panel_in_kolkata(
    browser: Browser, servers: list[str], other: Client, seal: dict[str, Any]
) -> Iterator[Page]:
    with browser.new_context(timezone_id="Asia/Kolkata", locale="en-GB") as context:
        context.add_cookies([seal])  # type: ignore[list-item]
        context.add_init_script(HURRY)
        page = context.new_page()
        see(page, servers[0])
        yield page


def test_the_time_that_is_typed_is_the_one_that_is_asked_told_and_set(
    panel_in_kolkata: Page, other: Client
) -> None:
    panel = panel_in_kolkata
    card = panel.locator("#setting-opens_at")
    card.locator("input[type=datetime-local]").fill("2035-01-01T05:30")
    card.get_by_role("button", name="Set", exact=True).click()
    heading = panel.get_by_role("dialog").get_by_role("heading")
    expect(heading).to_have_text(f"Set opens_at to {IN_KOLKATA}?")
    sure(panel)
    said(panel, f"opens_at is {IN_KOLKATA}")
    expect(panel.locator("#audit tbody tr").first).to_contain_text(IN_KOLKATA)
    wait_for(lambda: numbers(other)["opens_at"] == OPENS)
    wait_for(lambda: numbers(other)["state"] == "scheduled")


def test_when_the_room_opens_or_closes_stands_beside_its_state(
    panel_in_kolkata: Page, other: Client
) -> None:
    state = panel_in_kolkata.locator("#state")
    other.patch("/rooms/main/settings", json={"opens_at": OPENS})
    expect(state).to_have_text(f"scheduled opens {IN_KOLKATA}")
    other.delete("/rooms/main/settings/opens_at")
    other.patch("/rooms/main/settings", json={"closes_at": OPENS})
    expect(state).to_have_text(f"open closes {IN_KOLKATA}")
    other.patch("/rooms/main/settings", json={"closes_at": PAST})
    expect(state).to_have_text("closed by closes_at, 01/01/2020, 05:30:00")


def test_when_a_visitor_who_is_looked_up_came(panel_in_kolkata: Page, people: People) -> None:
    *_, waits = people(3)
    ticket = waits.client.cookies[TICKET]  # has the time; minutes may begin before a reset
    panel_in_kolkata.get_by_label("Queue position, session, or ticket").fill(ticket)
    panel_in_kolkata.get_by_role("button", name="Explain").click()
    joined = panel_in_kolkata.locator("#explanation .steps time").first
    expect(joined).to_be_visible()
    expect(joined).not_to_contain_text("UTC")


def test_when_rooms_open_stands_among_all_rooms(panel_in_kolkata: Page, other: Client) -> None:
    other.patch("/rooms/main/settings", json={"opens_at": OPENS})
    panel_in_kolkata.get_by_role("link", name="Waiting rooms").click()
    expect(panel_in_kolkata.locator("#rooms h2")).to_have_text(f"main scheduled opens {IN_KOLKATA}")


WHOLE = """field => {
  const alone = document.body.appendChild(field.cloneNode());
  alone.style.cssText = "position: absolute; width: auto; max-width: none";
  const needs = alone.offsetWidth;
  alone.remove();
  return field.offsetWidth >= needs;
}"""


@pytest.mark.parametrize("width", [390, 1280])
def test_morning_and_evening_are_told_apart_in_the_field_for_a_time(
    panel: Page, width: int
) -> None:
    panel.set_viewport_size({"width": width, "height": 900})
    for name in ("opens_at", "closes_at"):
        field = panel.locator(f"#setting-{name} input[type=datetime-local]")
        field.fill("2035-12-28T22:48")
        assert field.evaluate(WHOLE), "AM or PM is cut off"
