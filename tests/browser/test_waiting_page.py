"""What the waiting page says, in a real browser."""

import re
import time

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import fresh_page
from tests.support.pretend_room import BASE, WANTED, PretendRoom
from tests.support.waiting import (
    HURRY,
    has_lost,
    note_texts,
    pass_by,
    polled,
    stop_the_clock,
    wait_for,
)


def test_the_page_shows_the_place_and_keeps_it_up_to_date(page: Page, room: PretendRoom) -> None:
    page.goto(room.url + WANTED)
    expect(page).to_have_title("(400) You are in line · Example Tickets")
    expect(page.locator("#ahead")).to_have_text("400")
    expect(page.locator("#position")).to_have_text("1,600")
    expect(page.locator("#serving")).to_have_text("1,199")
    expect(page.locator("#behind")).to_have_text("500")
    expect(page.get_by_text("This page updates automatically.")).to_be_visible()
    expect(page.locator("#updated")).to_have_text(re.compile(r"Updated at \d+:\d\d:\d\d [AP]M\."))
    room.set(ahead=7, serving=1592, behind=387, wait_seconds=(20, 50))
    expect(page.locator("#ahead")).to_have_text("7")
    expect(page.locator("#serving")).to_have_text("1,592")
    expect(page.locator("#behind")).to_have_text("387")
    expect(page.locator("#wait")).to_have_text("in less than a minute")
    expect(page).to_have_title("(7) You are in line · Example Tickets")


def test_a_reload_keeps_place_and_progress(page: Page, room: PretendRoom) -> None:
    page.goto(room.url + WANTED)
    polled(room)
    room.set(ahead=100, serving=1499)
    expect(page.locator("#ahead")).to_have_text("100")
    assert page.locator("#progress").evaluate("bar => bar.value") == pytest.approx(0.75)
    with has_lost(page, "/position"):
        page.route("**/position*", lambda route: route.abort())  # so that none is under way
    asked = room.count(f"{BASE}/position")
    page.reload()
    assert page.locator("#progress").evaluate("bar => bar.value") == pytest.approx(0.75)
    assert room.count(f"{BASE}/position") == asked, "it stands there before anything is asked"
    page.unroute("**/position*")
    polled(room)
    assert page.locator("#progress").evaluate("bar => bar.value") == pytest.approx(0.75)


def test_the_progress_never_moves_back(page: Page, room: PretendRoom) -> None:
    page.goto(room.url + WANTED)
    polled(room)
    room.set(ahead=100)
    expect(page.locator("#ahead")).to_have_text("100")
    room.set(ahead=300)
    expect(page.locator("#ahead")).to_have_text("300")
    assert page.locator("#progress").evaluate("bar => bar.value") == pytest.approx(0.75)


def test_how_many_are_behind_shows_only_where_it_is_told(page: Page, room: PretendRoom) -> None:
    room.set(behind=None)
    page.goto(room.url + WANTED)
    polled(room)
    expect(page.get_by_text("Now serving")).to_be_visible()
    expect(page.get_by_text("Behind you")).to_be_hidden()
    room.set(behind=12)
    expect(page.get_by_text("Behind you")).to_be_visible()
    expect(page.locator("#behind")).to_have_text("12")


def test_when_is_told_by_the_visitors_clock_and_the_line_s_pace_until_it_is_known(
    browser: Browser, room: PretendRoom
) -> None:
    room.set(wait_seconds=None, went_in_lately=57)
    options = {"locale": "en-GB", "timezone_id": "Asia/Tokyo"}
    with fresh_page(browser, HURRY, **options) as page:
        page.clock.set_fixed_time("2026-05-01T10:00:20Z")
        page.goto(room.url + WANTED)
        expect(page.locator("#pace")).to_have_text("57 people have gone in during the last minute.")
        expect(page.locator("#clock")).to_be_empty()
        room.set(wait_seconds=(600, 900))
        expect(page.locator("#clock")).to_have_text("19:10\u201319:16")
        expect(page.locator("#wait")).to_have_text("in 10 to 15 minutes")
        expect(page.locator("#pace")).to_be_hidden()
        expect(page.locator("#joined")).to_have_text("Joined at 19:00")
        expect(page.get_by_role("progressbar", name="Way to the front")).to_be_attached()


def test_the_first_in_line_reads_that_and_no_zero(page: Page, room: PretendRoom) -> None:
    page.goto(room.url + WANTED)
    expect(page.locator("#front")).to_be_hidden()
    room.set(ahead=0)
    expect(page.get_by_text("You are the first in line")).to_be_visible()
    expect(page.get_by_text("Ahead of you", exact=True)).to_be_hidden()


def test_blocked_cookies_are_said_and_the_asking_stops(page: Page, room: PretendRoom) -> None:
    room.then = {"you": "none", "position": None, "ahead": None}
    page.goto(room.url + WANTED)
    expect(page.get_by_role("heading", level=1)).to_have_text("Cookies are blocked")
    expect(page.get_by_role("link", name="Check now")).to_be_visible()
    room.calls.clear()
    page.wait_for_timeout(600)
    assert not [call for call in room.calls if call.startswith(BASE)]


def test_the_time_until_the_opening_is_counted_down(page: Page, room: PretendRoom) -> None:
    room.set(state="scheduled", opens_at=time.time() + 3700, server_time=time.time())
    page.add_init_script(
        "{ const now = Date.now; Date.now = () => now() - 3_600_000 }"
    )  # a slow clock
    page.goto(room.url + WANTED)
    expect(page.get_by_role("heading", level=1)).to_have_text("Not open yet")
    timer = page.get_by_role("timer")
    expect(timer).to_contain_text("01:01:")
    expect(timer).to_have_css("font-variant-numeric", "tabular-nums")
    room.set(opens_at=time.time() + 260_000)
    expect(timer).to_have_text("in 3 days")
    room.set(opens_at=time.time() + 7300, ahead=20, serving=1579)  # as some have left
    expect(timer).to_contain_text("02:01:")
    room.set(opens_at=time.time() - 5)
    expect(timer).to_be_hidden()
    room.set(opens_at=time.time() + 3700)
    expect(timer).to_be_visible()
    room.set(state="queueing")
    expect(page.get_by_role("timer")).to_be_hidden()


def test_the_countdown_goes_on_while_there_is_no_connection(page: Page, room: PretendRoom) -> None:
    room.broken = 500
    room.set(state="scheduled", opens_at=time.time() + 2990)
    stop_the_clock(page)
    page.goto(room.url + WANTED)
    timer = page.get_by_role("timer")
    expect(timer).to_contain_text("00:49:")
    before = timer.inner_text()
    pass_by(page, 2)
    page.evaluate("dispatchEvent(new Event('offline'))")
    expect(page.locator("#notice")).to_contain_text("no connection")
    offline = timer.inner_text()
    assert offline < before
    pass_by(page, 2)
    assert timer.inner_text() < offline


def test_the_operators_message_comes_while_people_wait_and_is_only_text(
    page: Page, room: PretendRoom
) -> None:
    page.goto(room.url + WANTED)
    room.set(message="<img src=x onerror=alert(1)> Sold out at 8.")
    expect(page.locator("#message")).to_have_text("<img src=x onerror=alert(1)> Sold out at 8.")
    assert page.locator("#message *").count() == 0
    expect(page.get_by_role("status")).to_contain_text("Sold out at 8.")


@pytest.mark.parametrize("reason", ["slower", pytest.param("limit", marks=pytest.mark.thorough)])
def test_a_wait_that_grew_is_explained(page: Page, room: PretendRoom, reason: str) -> None:
    page.goto(room.url + WANTED)
    polled(room)
    expect(page.locator("#notice")).to_be_hidden()
    room.set(wait_reason=reason)
    expect(page.locator("#notice")).to_contain_text("fewer people are going in")
    page.reload()
    expect(page.locator("#notice")).to_contain_text("fewer people are going in")
    room.set(state="paused", wait_reason="paused")
    expect(page.get_by_role("heading", level=1)).to_have_text("The line is paused")
    expect(page.locator("#notice")).to_be_hidden()


def test_milestones_are_spoken_at_most_once_a_minute(page: Page, room: PretendRoom) -> None:
    stop_the_clock(page)
    page.goto(room.url + WANTED)
    pass_by(page, 5)
    polled(room, 1)
    note_texts(page, "said")

    def told() -> list[str]:
        return [text.strip() for text in page.evaluate("shown") if text]

    room.set(message="News.")
    pass_by(page, 5)
    room.set(ahead=90)
    pass_by(page, 10)
    expect(page.locator("#ahead")).to_have_text("90")
    assert told() == ["News."]
    pass_by(page, 60, step=5)
    wait_for(lambda: told() == ["News.", "90 people are ahead of you."])
    room.set(ahead=80)  # not yet half as many
    pass_by(page, 65, step=5)
    expect(page.locator("#ahead")).to_have_text("80")
    assert len(told()) == 2
    assert page.get_by_role("status").text_content() == ""


def test_the_language_can_be_changed(page: Page, room: PretendRoom) -> None:
    page.goto(room.url + WANTED + "#map")
    page.get_by_label("Language").select_option("de")
    page.wait_for_timeout(200)
    assert room.count(WANTED) == 1, "a choice alone changes nothing"
    page.get_by_role("button", name="Change").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sie stehen in der Warteschlange")
    assert page.url == room.url + WANTED + "#map"
    expect(page.locator("html")).to_have_attribute("lang", "de")


@pytest.mark.parametrize("full", [True, False])
def test_without_scripts_whoever_has_no_place_yet_may_turn_the_reloading_on_again(
    browser: Browser, room: PretendRoom, full: bool
) -> None:
    room.set(you="none", full=full, position=None, ahead=None, wait_seconds=None)
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(room.url + WANTED)
        reloads = page.locator("meta[http-equiv=refresh]")
        expect(reloads).to_have_count(1)
        page.get_by_role("link", name="Turn this off").click()
        expect(reloads).to_have_count(0)
        expect(page.locator("#lead")).to_contain_text("Please check now and then.")
        page.get_by_role("link", name="Update automatically").click()
        expect(reloads).to_have_count(1)


def test_without_scripts_everything_needed_is_there(browser: Browser, room: PretendRoom) -> None:
    with browser.new_context(java_script_enabled=False, locale="fr-FR") as context:
        page = context.new_page()
        page.goto(room.url + WANTED)
        expect(page.get_by_role("heading", level=1)).to_have_text("Vous êtes dans la file")
        expect(page.locator("#ahead")).to_have_text("400")
        expect(page.locator("#serving")).to_have_text("1\u202f199")
        expect(page.locator("#behind")).to_have_text("500")
        expect(page.locator("meta[http-equiv=refresh]")).to_have_attribute(
            "content", f"30;url={WANTED}"
        )
        for needs_a_script in ("fieldset", "progress"):
            expect(page.locator(needs_a_script)).to_be_hidden()
        page.get_by_role("link", name="Désactiver").click()
        expect(page.locator("meta[http-equiv=refresh]")).to_have_count(0)
        page.get_by_label("Langue").select_option("en")
        page.get_by_role("button", name="Changer").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("You are in line")
        room.is_inside = True
        page.get_by_role("link", name="Check now").click()
        expect(page).to_have_title("Inside")
