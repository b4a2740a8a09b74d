"""Several openings on the waiting page, and what is planned on a room's page of the panel."""

import time
from datetime import datetime, timedelta
from typing import Any

from playwright.sync_api import Browser, Page, expect

from tests.support.browser import fresh_page
from tests.support.panel_browser import Client, numbers, said, sure
from tests.support.pretend_room import WANTED, PretendRoom
from tests.support.waiting import HURRY, note_texts, polled, wait_for


def test_between_openings_the_page_says_so_and_counts_down_to_the_next(
    browser: Browser, room: PretendRoom
) -> None:
    with fresh_page(browser, HURRY, locale="en-GB", timezone_id="Asia/Tokyo") as page:
        page.goto(f"{room.url}{WANTED}?seat=7")
        expect(page.locator("#opens")).to_be_hidden()
        # While the page is open, the opening is over, and nobody may join for the next one yet.
        ahead = time.time() + 3000
        room.set(state="closed", opening=2, opens_at=ahead, joins_from=ahead - 600)
        expect(page.get_by_role("heading", level=1)).to_have_text("Closed")
        expect(page.locator("#lead")).to_contain_text("You keep your place")
        opens = page.locator("#opens")
        expect(opens).to_contain_text("This opening is over. The next one is on")
        expect(opens).to_contain_text("GMT+9")
        countdown = page.get_by_role("timer", name="This opening is over.")
        expect(countdown).to_contain_text("00:49:")
        expect(page.get_by_role("link", name="Add to calendar")).to_be_visible()
        room.set(state="scheduled", joins_from=None)
        expect(page.get_by_role("heading", level=1)).to_have_text("Not open yet")
        expect(opens).to_contain_text("This opening is over. The next one is on")
        expect(countdown).to_contain_text("00:49:")
        room.set(state="queueing")
        expect(opens).to_be_hidden()
        expect(countdown).to_be_hidden()


def test_the_panel_plans_a_change_counts_down_to_it_and_takes_it_back(
    panel: Page, other: Client
) -> None:
    card = panel.get_by_role("region", name="At a time")
    card.locator("summary", has_text="Plan a change").click()
    tomorrow = datetime.now() + timedelta(days=1)
    card.locator("[name=at]").fill(tomorrow.strftime("%Y-%m-%dT%H:%M"))
    card.get_by_label("New value").fill("600")
    card.get_by_role("button", name="Plan it").click()
    sure(panel)
    said(panel, "Everybody sees it until then.")
    (row,) = other.get("/rooms/main/planned").json()["planned"]
    assert row["settings"] == {"max_active": 600}
    entry = card.locator("#planned")
    expect(entry).to_contain_text("max_active 600")
    before = entry.locator("[data-in]").text_content()
    wait_for(lambda: entry.locator("[data-in]").text_content() != before)
    entry.get_by_role("button", name="Withdraw").click()
    said(panel, "Withdrawn")
    expect(entry).to_have_text("No change is planned.")


def test_the_panel_adds_an_opening_and_shows_what_others_plan(panel: Page, other: Client) -> None:
    card = panel.get_by_role("region", name="At a time")
    card.locator("summary", has_text="Add an opening").click()
    card.get_by_label("Opens").fill("2035-01-01T10:00")
    card.get_by_label("Closes").fill("2035-01-01T12:00")
    card.get_by_label("Title").fill("Members' sale")
    card.get_by_role("button", name="Add", exact=True).click()
    sure(panel)
    said(panel, "Added: the room has 1 opening.")
    expect(card.locator("#openings")).to_contain_text("title Members' sale")
    wait_for(lambda: numbers(other)["state"] == "scheduled")
    at = time.time() + 3600
    other.post("/rooms/main/planned", json={"at": at, "settings": {"mode": "paused"}})
    expect(card.locator("#planned")).to_contain_text("mode paused")
    card.get_by_role("button", name="Take out").click()
    sure(panel)
    said(panel, "Taken out")


OVER = "The line ended with its opening"


def ends(room: PretendRoom, **now: Any) -> None:
    """The opening is over, and its line with it."""
    room.generation += 1
    room.set(you="reset", why="over", serving=0, opening=2, opens_at=time.time() + 3000, **now)


def test_an_open_page_says_why_its_line_has_ended_and_no_other_reason_before(
    page: Page, room: PretendRoom
) -> None:
    page.goto(f"{room.url}{WANTED}?seat=7")
    polled(room)
    note_texts(page, "notice")
    ends(room, state="scheduled")
    expect(page.locator("#position")).to_have_text("2,000")
    expect(page.locator("#notice")).to_contain_text(OVER)
    expect(page.get_by_role("heading", level=1)).to_have_text("Not open yet")
    assert page.evaluate("shown") == [
        "The line ended with its opening: for the next one, everybody joins anew."
    ]


def test_an_open_page_says_so_while_nobody_may_join_for_the_next_yet(
    page: Page, room: PretendRoom
) -> None:
    page.goto(f"{room.url}{WANTED}?seat=7")
    polled(room)
    ends(room, state="closed", joins_from=time.time() + 900, position=None, ahead=None)
    expect(page.get_by_role("heading", level=1)).to_have_text("Closed")
    expect(page.locator("#notice")).to_contain_text(OVER)


def test_a_page_that_is_loaded_then_says_so_from_the_first_moment_on(
    page: Page, room: PretendRoom
) -> None:
    room.set(you="reset", why="over", state="scheduled", opening=2, opens_at=time.time() + 3000)
    room.then = {"you": "waiting", "why": ""}
    page.goto(f"{room.url}{WANTED}?seat=7")
    expect(page.locator("#notice")).to_contain_text(OVER)
    polled(room)
    expect(page.locator("#notice")).to_contain_text(OVER)
