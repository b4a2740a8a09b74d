"""What the waiting page says of a line that was restarted, in a real browser."""

import pytest
from playwright.sync_api import Page, Route, expect

from tests.support.pretend_room import BASE, WANTED, PretendRoom
from tests.support.waiting import note_texts, polled, wait_for, wait_until

ANEW = "The line was restarted"


def reset(room: PretendRoom) -> None:
    room.generation += 1
    room.set(you="reset", serving=0)


def test_whoever_leaves_after_a_reset_is_not_told_of_a_new_place(
    page: Page, room: PretendRoom
) -> None:
    page.goto(room.url + WANTED)
    polled(room)
    reset(room)
    expect(page.locator("#notice")).to_contain_text(ANEW)
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Leave the line").click()
    expect(page.get_by_text("Your place has been given up.")).to_be_visible()
    expect(page.locator("#notice")).to_be_hidden()
    page.get_by_role("button", name="Join the line").click()
    expect(page.locator("#position")).to_have_text("2,000")
    expect(page.locator("#notice")).to_be_hidden()


def test_the_page_takes_a_new_place_and_says_so_in_every_tab(page: Page, room: PretendRoom) -> None:
    page.goto(room.url + WANTED)
    polled(room)
    second = page.context.new_page()
    second.goto(room.url + WANTED)
    polled(room)
    reset(room)
    for tab in (page, second):
        expect(tab.locator("#position")).to_have_text("2,000")
        expect(tab.locator("#notice")).to_contain_text(ANEW)
    assert page.evaluate(f"localStorage['vwr-at{BASE}']").startswith("2,2000 800 0 ")
    polled(room)
    for tab in (page, second):
        expect(tab.locator("#notice")).to_contain_text(ANEW)


def test_far_back_a_reset_shows_no_number_of_the_lost_place(page: Page, room: PretendRoom) -> None:
    room.watch, room.horizon = "status", 1500
    page.goto(room.url + WANTED)
    wait_until(room, f"{BASE}/status", 2)
    note_texts(page, "ahead")
    room.watch = "position"
    reset(room)
    expect(page.locator("#position")).to_have_text("2,000")
    assert page.evaluate("shown") == ["800"]


@pytest.mark.parametrize("you", ["missed", "moved"])
def test_who_is_out_joins_the_new_line_by_the_button_alone(
    page: Page, room: PretendRoom, you: str
) -> None:
    room.set(you=you, position=None, ahead=None)
    page.goto(room.url + WANTED)
    wait_until(room, f"{BASE}/position", 1)
    reset(room)
    polls = room.count(f"{BASE}/position")

    def asks_again() -> bool:
        page.evaluate("dispatchEvent(new Event('online'))")
        return room.count(f"{BASE}/position") > polls

    wait_for(asks_again)
    page.wait_for_timeout(300)
    assert room.count(f"{BASE}/tickets") == 0, "whose place has moved would have two in line"
    page.get_by_role("button", name="Join the line").click()
    expect(page.locator("#position")).to_have_text("2,000")
    expect(page.locator("#notice")).to_be_hidden()


def test_a_reset_while_somebody_goes_in_leads_to_a_new_place(page: Page, room: PretendRoom) -> None:
    def too_late(route: Route) -> None:
        reset(room)
        room.set(position=None, ahead=None)
        route.continue_()

    page.route("**/token*", too_late)
    page.goto(room.url + WANTED)
    polled(room)
    note_texts(page, "heading")
    room.set(you="may_enter")
    expect(page.locator("#position")).to_have_text("2,000")
    expect(page.locator("#notice")).to_contain_text(ANEW)
    assert page.evaluate("shown") == ["It is your turn", "You are in line"]


@pytest.mark.parametrize("address", [WANTED, f"{BASE}/?next={WANTED}"])
def test_who_must_prove_something_first_is_led_there_by_a_reset(
    page: Page, room: PretendRoom, address: str
) -> None:
    page.goto(room.url + address)
    polled(room)
    room.challenge = "/prove"
    reset(room)
    expect(page).to_have_title("Prove it")
    assert room.count(f"{BASE}/tickets") == 1


def test_who_must_prove_something_first_is_led_there_by_the_button(
    page: Page, room: PretendRoom
) -> None:
    room.set(you="ended", position=None, ahead=None)
    page.goto(room.url + WANTED)
    room.challenge = "/prove"
    page.get_by_role("button", name="Join the line").click()
    expect(page).to_have_title("Prove it")


def test_where_the_room_was_lost_the_page_says_so_and_goes_on_once_it_is_back(
    page: Page, room: PretendRoom
) -> None:
    """Also where no poll has been answered before, so that cookies might be blocked."""
    room.then = {"you": "interrupted", "position": None, "ahead": None, "serving": 0}
    page.goto(room.url + WANTED)
    expect(page.get_by_role("heading", name="The line was interrupted")).to_be_visible()
    expect(page.get_by_text("Your number is known")).to_be_visible()
    expect(page.get_by_text("Cookies are blocked")).to_be_hidden()
    room.set(you="waiting", position=1600, ahead=410, serving=1189)
    page.evaluate("dispatchEvent(new Event('online'))")  # it asks twice a minute meanwhile
    expect(page.get_by_role("heading", name="You are in line")).to_be_visible()
    expect(page.locator("#position")).to_have_text("1,600")
    expect(page.locator("#ahead")).to_have_text("410")
    assert room.count(f"{BASE}/tickets") == 0
