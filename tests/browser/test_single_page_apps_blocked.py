"""vwr.js where the dialog cannot show the room, or shows something else."""

import pytest
from playwright.sync_api import Page, Route, expect

from tests.support.pretend_room import BASE, PretendRoom
from tests.support.single_page import ends_with, start, start_here
from tests.support.waiting import wait_until


def test_a_page_that_refuses_to_be_framed_is_as_good_as_one_that_shows(
    page: Page, room: PretendRoom
) -> None:
    room.unframed = "inside"
    page.add_init_script("delete self.BroadcastChannel")
    start(page, room, "vwr.fetch('/api')")
    expect(page.frame_locator("dialog iframe").get_by_role("heading", level=1)).to_be_visible()
    room.set(you="may_enter")
    ends_with(page, '"method": "GET"')


def blocks_frames(page: Page, room: PretendRoom, name: str, value: str) -> None:
    """Let the app's page say in a header that there are to be no frames."""

    def answer(route: Route) -> None:
        response = route.fetch()
        route.fulfill(response=response, headers={**response.headers, name: value})

    page.route(f"{room.url}/app*", answer)


CSP = "default-src 'none'; script-src 'self'; connect-src 'self'"


@pytest.mark.parametrize("blocked_by", ["the room's server", "the app's policy", "isolation"])
def test_where_no_frame_may_show_the_room_the_person_goes_there_and_comes_back(
    page: Page, room: PretendRoom, blocked_by: str
) -> None:
    if blocked_by == "the room's server":
        room.unframed = "all"
    elif blocked_by == "isolation":
        blocks_frames(page, room, "Cross-Origin-Embedder-Policy", "require-corp")
    else:
        blocks_frames(page, room, "Content-Security-Policy", CSP)
    page.goto(f"{room.url}/app?seat=7#map")
    start_here(page, "vwr.fetch('/api')")
    expect(page.get_by_role("heading", level=1)).to_have_text("You are in line")
    expect(page).to_have_url(f"{room.url}{BASE}/?next=%2Fapp%3Fseat%3D7%23map")
    assert room.count("/api") == 1


def test_where_newcomers_must_prove_something_first_the_person_goes_there(
    page: Page, room: PretendRoom
) -> None:
    room.challenge = "/prove"
    room.set(you="none", position=None, ahead=None)
    page.goto(f"{room.url}/app")
    start_here(page, "vwr.fetch('/api')")
    expect(page).to_have_title("Prove it")
    assert f"{BASE}/?next=%2Fapp" in room.calls


def test_an_app_that_would_rather_stay_gets_the_refusal(page: Page, room: PretendRoom) -> None:
    room.unframed = "all"
    page.goto(f"{room.url}/app")
    page.evaluate("""() => {
        self.told = [];
        for (const name of ["vwr:entered", "vwr:closed", "vwr:blocked"])
          addEventListener(name, (event) => told.push(event.type));
        addEventListener("vwr:blocked", (event) => event.preventDefault());
    }""")
    start_here(page, "vwr.fetch('/api')")
    ends_with(page, '"you": "waiting"')
    assert page.evaluate("told") == ["vwr:closed", "vwr:blocked"]
    assert room.count("/api") == 1
    expect(page.locator("dialog")).to_have_count(0)


def test_whoever_is_in_before_the_room_is_seen_stays_in_the_app(
    page: Page, room: PretendRoom
) -> None:
    room.unframed = "inside"
    room.is_inside, room.forgets = True, 1
    start(page, room, "vwr.fetch('/api')")
    ends_with(page, '"method": "GET"')
    expect(page).to_have_title("App")


def test_a_dialog_without_a_connection_gives_the_refusal(page: Page, room: PretendRoom) -> None:
    page.route(f"{room.url}{BASE}/**", lambda route: route.abort())
    start(page, room, "vwr.fetch('/api')")
    ends_with(page, '"you": "waiting"')
    expect(page).to_have_title("App")


def test_a_dialog_whose_page_got_lost_on_its_way_asks_for_it_again(
    page: Page, room: PretendRoom
) -> None:
    page.route(f"{room.url}{BASE}/?next=**", lambda route: route.abort(), times=1)
    start(page, room, "vwr.fetch('/api')")
    expect(page.frame_locator("dialog iframe").get_by_role("heading", level=1)).to_be_visible()
    expect(page).to_have_title("App")
    room.set(you="may_enter")
    ends_with(page, '"method": "GET"')


def test_a_link_out_of_the_room_leads_back_to_it(page: Page, room: PretendRoom) -> None:
    start(page, room, "vwr.fetch('/api')")
    expect(page.get_by_role("dialog", name="in line")).to_be_visible()
    page.frame_locator("dialog iframe").locator("body").evaluate("() => { location = '/app' }")
    wait_until(room, "/app", 2)
    expect(page.frame_locator("dialog iframe").get_by_role("heading", level=1)).to_be_visible()
    assert room.count("/api") == 1


def test_a_call_that_stays_refused_gets_no_dialog_after_dialog(
    page: Page, room: PretendRoom
) -> None:
    room.forgets = 9
    start(page, room, "vwr.fetch('/api')")
    room.set(you="may_enter")
    ends_with(page, '"you": "admitted"')
    assert room.count("/api") == 2
    expect(page.locator("dialog")).to_have_count(0)
