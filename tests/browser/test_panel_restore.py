"""A lost line is brought back in a real browser: the offer comes and goes by itself."""

import pytest
from playwright.sync_api import Page, expect

from tests.support.panel_browser import (
    SECRET,
    VIEWER,
    Client,
    People,
    numbers,
    said,
    section,
    sign_in,
)
from tests.support.visitor import TICKET, visitor_at
from tests.support.waiting import wait_for
from vwr_middleware.keys import Keys
from vwr_middleware.papers.tickets import Ticket, Tickets

TITLE = "Restore the lost room"


def ticket_of(room_id: str, position: int) -> str:
    """One that the room's old store gave out."""
    return Tickets(Keys((SECRET,), "vwr"), "main").sign(Ticket(room_id, 1, position, 1_700_000_000))


def bring(server: str, *tickets: str) -> None:
    """People of the old line ask how things stand."""
    for ticket in tickets:
        with visitor_at(server) as visitor:
            visitor.client.cookies.set(TICKET, ticket)
            visitor.fetches()


@pytest.fixture
def lost(request: pytest.FixtureRequest) -> str:
    """A room of which nobody has heard in another test."""
    return f"{abs(hash(request.node.name)):016x}"[-16:]


def test_it_is_offered_as_soon_as_papers_come_and_done_when_the_name_is_typed(
    panel: Page,
    servers: list[str],
    other: Client,
    people: People,
    lost: str,
) -> None:
    people(4)
    box = section(panel, TITLE)
    expect(box).to_have_count(0)
    bring(servers[1], *(ticket_of(lost, position) for position in (300, 5160, 7)))
    wait_for(lambda: numbers(other)["two_stores"])
    # A worker tells the others every few seconds, as long as it is asked anything.
    wait_for(lambda: bool(numbers(other)) and box.count() > 0)
    expect(panel.locator("#numbers .banner.bad")).to_contain_text("lost its data")
    expect(box).to_contain_text("The 5,160 people in the old line get their places back")
    box.get_by_role("textbox", name="Type the room's name").fill("mian")
    box.get_by_role("button", name="Restore").click()
    said(panel, "type its name")
    box.get_by_role("textbox", name="Type the room's name").fill("main")
    box.get_by_role("button", name="Restore").click()
    said(panel, "Restored: the people in the old line have their places back")
    expect(box).to_have_count(0)
    expect(panel.locator("#numbers .banner.bad")).to_have_count(0)
    expect(panel.locator("#audit")).to_contain_text("restore")
    wait_for(lambda: numbers(other)["issued"] == 6160)


def test_other_numbers_can_be_said(
    panel: Page, servers: list[str], other: Client, lost: str
) -> None:
    bring(servers[0], ticket_of(lost, 40))
    box = section(panel, TITLE)
    box.get_by_text("Other numbers").click()
    bring(servers[0], ticket_of(lost, 41))  # by which all of it is drawn anew
    expect(box).to_contain_text("Tickets came up to position 41")
    expect(box.get_by_label("Serving counter")).to_be_visible()
    box.get_by_label("Serving counter").fill("30")
    box.get_by_label("Queue counter").fill("50")
    box.get_by_role("textbox", name="Type the room's name").fill("main")
    box.get_by_role("button", name="Restore").click()
    said(panel, "The next number is 51, and the serving counter stands at 30")
    wait_for(lambda: numbers(other)["serving"] == 30)


def test_whoever_may_only_look_sees_the_line_alone(
    page: Page, servers: list[str], other: Client, lost: str
) -> None:
    sign_in(page, servers[0], VIEWER)
    bring(servers[0], ticket_of(lost, 40))
    expect(page.locator("#numbers .banner.bad")).to_contain_text("lost its data")
    expect(section(page, TITLE)).to_have_count(0)
    # The room is restored, so that the line is gone for the tests that follow.
    given = {"confirm": "main", "room_id": lost, "queue": 90}
    assert other.post("/rooms/main/restore", json=given).status_code == 200
