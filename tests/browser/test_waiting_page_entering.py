"""How the waiting page goes in, in a real browser."""

import time

import pytest
from playwright.sync_api import Page, expect

from tests.support.pretend_room import BASE, WANTED, PretendRoom
from tests.support.waiting import (
    has_lost,
    note_texts,
    pass_by,
    polled,
    stop_the_clock,
    wait_for,
    wait_until,
)


def test_the_page_goes_in_when_it_may_and_keeps_query_and_fragment(
    page: Page, room: PretendRoom
) -> None:
    page.goto(room.url + WANTED + "?seat=7#map")
    room.set(you="may_enter")
    expect(page).to_have_title("Inside")
    assert page.url == room.url + WANTED + "?seat=7#map"
    assert room.count(f"{BASE}/token") == 1


def test_a_page_born_of_a_form_goes_to_where_it_may_be_asked_for(
    page: Page, room: PretendRoom
) -> None:
    page.goto(f"{room.url}{BASE}/?next={WANTED}?from=form&stopped=1")
    expect(page.get_by_text("Please send it again")).to_be_visible()
    room.set(you="may_enter")
    expect(page).to_have_title("Inside")
    assert page.url == room.url + WANTED + "?from=form"


def test_a_page_born_of_a_form_can_be_loaded_again(page: Page, room: PretendRoom) -> None:
    page.goto(f"{room.url}/app")
    page.evaluate(
        "path => { document.documentElement.innerHTML = '<form method=post>'; "
        "document.forms[0].action = path; document.forms[0].submit() }",
        WANTED,
    )
    expect(page).to_have_url(f"{room.url}{BASE}/?next={WANTED}&stopped=1")
    page.reload()
    expect(page.get_by_text("Please send it again")).to_be_visible()
    assert room.count(WANTED) == 1
    room.set(you="may_enter")
    expect(page).to_have_title("Inside")
    assert page.url == room.url + WANTED


def test_a_page_born_of_a_form_does_without_the_script_that_moves_it(
    page: Page, room: PretendRoom
) -> None:
    page.route("**/extras.*", lambda route: route.abort())
    page.route("**/position*", lambda route: None)  # a second loss would be told
    page.route("**/position*", lambda route: route.abort(), times=1)
    with has_lost(page, "/position"):
        page.goto(f"{room.url}{BASE}/?next={WANTED}&stopped=1")
    assert not page.locator("#notice").is_visible(), "one lost script is no lost connection"


@pytest.mark.parametrize(
    "you",
    [
        *("waiting", "admitted", "ended"),
        *(pytest.param(you, marks=pytest.mark.thorough) for you in ("next", "missed", "left")),
    ],
)
def test_only_may_enter_makes_the_page_go_in(page: Page, room: PretendRoom, you: str) -> None:
    page.goto(room.url + WANTED)
    room.set(you=you, message="Heard.")  # who is out does not ask again so soon
    expect(page.locator("#message")).to_have_text("Heard.")
    page.wait_for_timeout(300)
    assert room.count(WANTED) == 1
    if you == "admitted":
        room.is_inside = True
        page.get_by_role("link", name="Enter now").click()
        expect(page).to_have_title("Inside")
    assert room.count(f"{BASE}/token") == 0


def test_a_refused_claim_waits_on(page: Page, room: PretendRoom) -> None:
    room.refuses = True
    page.goto(room.url + WANTED)
    room.set(you="may_enter")
    wait_until(room, f"{BASE}/token", 2)
    assert room.count(WANTED) == 1
    room.refuses = False
    expect(page).to_have_title("Inside")


def test_a_called_visitor_says_that_it_is_at_the_door(page: Page, room: PretendRoom) -> None:
    page.goto(room.url + WANTED)
    room.set(you="next", claim_by=time.time() + 60)
    expect(page.get_by_role("heading", level=1)).to_have_text("You are next")
    expect(page.get_by_text("Your turn is held until")).to_be_visible()
    expect(page).to_have_title("You are next · Example Tickets")
    # A page that a busy machine has stopped for two seconds comes to the door anew.
    wait_for(lambda: "door=1" in room.calls[-1])
    room.poll = 60
    room.set(message="Soon.")
    expect(page.locator("#message")).to_have_text("Soon.")
    page.evaluate("{ const now = Date.now; Date.now = () => now() + 3_600_000; ononline() }")
    wait_for(lambda: not room.calls[-1].endswith("door=1&"))


def test_a_second_tab_may_go_in_too(page: Page, room: PretendRoom) -> None:
    page.goto(room.url + WANTED)
    second = page.context.new_page()
    second.add_init_script("Object.defineProperty(document, 'hidden', { get: () => !self.isSeen })")
    second.route("**/position*", lambda route: route.abort())  # it only listens
    second.goto(room.url + WANTED + "?seat=8")
    room.set(you="may_enter")
    expect(page).to_have_title("Inside")
    second.wait_for_timeout(300)
    assert room.count(WANTED) == 3, "nothing is loaded for a tab that nobody looks at"
    second.evaluate("isSeen = true; document.dispatchEvent(new Event('visibilitychange'))")
    expect(second).to_have_title("Inside")


def test_whoever_wants_to_is_asked_before_going_in(page: Page, room: PretendRoom) -> None:
    page.goto(room.url + WANTED)
    page.get_by_label("Ask me before going in").check()
    room.set(you="may_enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("It is your turn")
    room.poll = 60
    polled(room)
    assert room.count(f"{BASE}/token") == 0
    page.route("**/token*", lambda route: route.abort(), times=1)
    note_texts(page, "notice")  # which the next answer takes away
    page.get_by_role("link", name="Enter now").click()
    wait_for(lambda: "There is no connection" in page.evaluate("shown.join()"))
    page.evaluate("ononline()")
    page.get_by_role("link", name="Enter now").click()
    expect(page).to_have_title("Inside")


def test_the_back_button_leads_to_no_old_waiting_page(page: Page, room: PretendRoom) -> None:
    page.goto(f"{room.url}/vwr/nothing")
    page.goto(f"{room.url}{BASE}/?next={WANTED}")
    room.set(you="may_enter")
    expect(page).to_have_title("Inside")
    page.goto(f"{room.url}/vwr/nothing")
    page.go_back()
    expect(page).to_have_title("Inside")
    page.go_back()
    expect(page).to_have_url(f"{room.url}/vwr/nothing")


def test_a_browser_that_did_not_keep_its_token_goes_in_again_after_a_while_and_not_at_once(
    page: Page, room: PretendRoom
) -> None:
    room.keeps_token = False
    stop_the_clock(page)
    page.goto(room.url + WANTED)
    room.set(you="may_enter")
    pass_by(page, 5)
    wait_until(room, WANTED, 2)
    pass_by(page, 10)
    expect(page.get_by_role("link", name="Enter now")).to_be_visible()
    assert room.count(f"{BASE}/token") == 1
    assert room.count(WANTED) == 2
    room.keeps_token = True
    pass_by(page, 12)
    expect(page).to_have_title("Inside")
    assert room.count(f"{BASE}/token") == 2


def test_a_wish_to_be_asked_holds_in_every_tab(page: Page, room: PretendRoom) -> None:
    asking = page.context.new_page()
    asking.goto(room.url + WANTED)
    polled(room)
    page.goto(room.url + WANTED)
    page.get_by_label("Ask me before going in").check()
    expect(asking.get_by_label("Ask me before going in")).to_be_checked()
    room.set(you="may_enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("It is your turn")
    polled(room, 3)
    assert room.count(f"{BASE}/token") == 0
    page.get_by_role("link", name="Enter now").click()
    expect(page).to_have_title("Inside")


def test_a_clock_that_was_set_back_keeps_nobody_out(page: Page, room: PretendRoom) -> None:
    page.goto(room.url + WANTED)
    page.evaluate(f"localStorage['vwr-in{BASE}'] = Date.now() + 3_600_000")
    room.set(you="may_enter")
    expect(page).to_have_title("Inside")
