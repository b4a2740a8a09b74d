"""The waiting page in a real browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.support.room import WANTED, PretendRoom, pretend_room


@pytest.fixture
def room() -> Iterator[PretendRoom]:
    """A room that says what the test wants."""
    with pretend_room() as room:
        yield room


def test_the_page_shows_the_place_and_keeps_it_up_to_date(page: Page, room: PretendRoom) -> None:
    page.goto(room.url + WANTED)
    expect(page).to_have_title("(400) You are in line · Example Tickets")
    expect(page.locator("#ahead")).to_have_text("400")
    expect(page.locator("#position")).to_have_text("1,600")
    room.set(ahead=7, serving=1592, wait_seconds=(20, 50))
    expect(page.locator("#ahead")).to_have_text("7")
    expect(page.locator("#wait")).to_have_text("less than a minute")


def test_the_page_goes_in_when_it_may(page: Page, room: PretendRoom) -> None:
    page.goto(room.url + WANTED + "?seat=7#map")
    room.set(you="may_enter")
    expect(page).to_have_title("Inside")
    assert page.url == room.url + WANTED + "?seat=7#map"
    assert room.count("/vwr/main/token") == 1
