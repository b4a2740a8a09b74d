"""The moments that matter most: before the room opens, one's turn, and where it goes no further."""

import re
import time
from datetime import UTC, datetime
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import fresh_page
from tests.support.pretend_room import BASE, WANTED, PretendRoom
from tests.support.waiting import HURRY, pass_by, stop_the_clock, wait_for

MARK = "●"
COUNT_BEEPS = """{
    const start = OscillatorNode.prototype.start;
    self.beeps = 0;
    OscillatorNode.prototype.start = function() { beeps++; start.call(this) };
}"""


def icon(page: Page) -> str:
    found: str = page.locator("link[rel=icon]").evaluate("one => one.href")
    return found


def awaits_the_button(page: Page, room: PretendRoom, **more: object) -> None:
    """Let the turn come for somebody who has chosen to be asked."""
    page.goto(room.url + WANTED)
    page.get_by_label("Ask me before going in").check()
    room.set(you="may_enter", ahead=0, **more)
    expect(page.get_by_role("heading", level=1)).to_have_text("It is your turn")


def test_until_the_opening_the_countdown_is_what_one_sees(
    browser: Browser, room: PretendRoom
) -> None:
    room.set(state="scheduled", wait_seconds=None, opens_at=time.time() + 3000)
    with fresh_page(browser, HURRY, locale="en-GB", timezone_id="Asia/Tokyo") as page:
        page.goto(f"{room.url}{WANTED}?seat=7")
        countdown = page.get_by_role("timer", name="Opens on")
        expect(countdown).to_contain_text("00:49:")
        expect(page.locator("#opens")).to_contain_text("GMT+9")
        assert countdown.evaluate("one => parseFloat(getComputedStyle(one).fontSize)") >= 32
        expect(page.locator("#wait")).to_be_hidden()
        expect(page.get_by_text("Now serving")).to_be_hidden()
        expect(page.locator("#position")).to_have_text("1,600")
        link = page.get_by_role("link", name="Add to calendar")
        expect(link).to_have_js_property("href", f"{room.url}{BASE}/opening/en.ics?next={WANTED}")
        room.set(state="queueing")
        expect(countdown).to_be_hidden()
        expect(link).to_be_hidden()
        expect(page.get_by_text("Now serving")).to_be_visible()


def test_times_are_in_the_digits_of_all_other_numbers(browser: Browser, room: PretendRoom) -> None:
    room.set(state="scheduled", wait_seconds=None, opens_at=time.time() + 3000)
    with fresh_page(browser, HURRY, locale="ar-EG", timezone_id="Africa/Cairo") as page:
        page.goto(room.url + WANTED)
        expect(page.locator("#position")).to_have_text("1,600")
        expect(page.locator("#opens")).to_have_text(re.compile("[0-9]:[0-9]"))
        room.set(state="queueing", wait_seconds=(600, 900))
        expect(page.locator("#clock")).to_have_text(re.compile("[0-9]:[0-9]"))
        expect(page.locator("main")).not_to_contain_text(re.compile("[\u0660-\u0669]"))


def test_the_time_of_ones_turn_has_one_line_on_a_phone(browser: Browser, room: PretendRoom) -> None:
    room.set(wait_seconds=(600, 900))
    with fresh_page(browser, "", locale="en-US", timezone_id="UTC") as page:
        page.clock.set_fixed_time(datetime(2030, 5, 1, 10, 0, tzinfo=UTC))
        for width in (360, 390):
            page.set_viewport_size({"width": width, "height": 700})
            page.goto(room.url + WANTED)
            clock = page.locator("#clock")
            expect(clock).to_have_text(re.compile("10:10.*10:15.*AM"))
            lines = clock.evaluate(
                "one => one.offsetHeight / parseFloat(getComputedStyle(one).fontSize)"
            )
            assert lines < 2, width


def test_days_before_the_opening_nobody_counts_seconds(page: Page, room: PretendRoom) -> None:
    room.set(state="scheduled", opens_at=time.time() + 3 * 86400 + 60)
    page.goto(room.url + WANTED)
    expect(page.get_by_role("timer")).to_have_text("in 3 days")


def test_a_turn_shows_how_long_it_is_held_and_is_seen_in_the_tab(
    page: Page, room: PretendRoom
) -> None:
    page.goto(room.url + WANTED)
    before, title = icon(page), page.title()
    assert MARK not in title
    awaits_the_button(page, room, claim_by=time.time() + 50)
    expect(page.get_by_role("timer", name="Your turn is held until")).to_contain_text("0:4")
    expect(page.get_by_role("link", name="Enter now")).to_be_focused()
    wait_for(lambda: page.title().startswith(MARK))
    assert icon(page) != before
    with urlopen(icon(page)) as answer:
        assert answer.headers["Content-Type"] == "image/svg+xml"
    card = page.locator(".card").first
    ground = "one => getComputedStyle(one).backgroundColor"
    lit = card.evaluate(ground)
    room.set(you="missed")
    expect(page.get_by_role("heading", level=1)).to_have_text("You missed your turn")
    expect(page.get_by_role("timer")).to_be_hidden()
    wait_for(lambda: icon(page) == before)
    assert MARK not in page.title()
    assert card.evaluate(ground) != lit


def test_a_page_that_opens_at_the_turn_counts_before_any_answer(
    page: Page, room: PretendRoom
) -> None:
    room.broken = 500
    room.set(you="may_enter", ahead=0, claim_by=time.time() + 50)
    page.goto(room.url + WANTED)
    expect(page.get_by_role("timer", name="Your turn is held until")).to_contain_text("0:4")


def test_the_sound_comes_again_and_again_while_the_turn_is_held(
    page: Page, room: PretendRoom
) -> None:
    page.add_init_script(COUNT_BEEPS)
    stop_the_clock(page)
    page.goto(room.url + WANTED)
    page.get_by_label("Play a sound").check()
    page.get_by_label("Ask me before going in").check()
    pass_by(page, 5)
    before = page.evaluate("beeps")
    room.set(you="may_enter", ahead=0, claim_by=time.time() + 300)
    pass_by(page, 24)
    assert 3 <= page.evaluate("beeps") - before <= 6
    room.set(claim_by=None)  # others may go first now
    pass_by(page, 10)
    over = page.evaluate("beeps")
    pass_by(page, 20)
    assert page.evaluate("beeps") == over


def test_whoever_has_not_asked_for_it_hears_nothing(page: Page, room: PretendRoom) -> None:
    page.add_init_script(COUNT_BEEPS)
    stop_the_clock(page)
    page.goto(room.url + WANTED)
    page.get_by_label("Ask me before going in").check()
    room.set(you="may_enter", ahead=0, claim_by=time.time() + 60)
    pass_by(page, 30)
    expect(page.get_by_role("timer")).to_be_visible()
    assert page.evaluate("beeps") == 0


def test_while_somebody_is_let_in_the_page_looks_as_at_the_turn(
    page: Page, room: PretendRoom
) -> None:
    awaits_the_button(page, room)
    ground = "one => getComputedStyle(one).backgroundColor"
    lit = page.locator(".card").first.evaluate(ground)
    room.set(you="entering")
    page.goto(room.url + WANTED)
    expect(page.get_by_text("We are letting you in.")).to_be_visible()
    assert page.locator(".card").first.evaluate(ground) == lit


def test_until_the_time_is_known_how_fast_it_goes_is_what_one_sees(
    page: Page, room: PretendRoom
) -> None:
    room.set(wait_seconds=None, went_in_lately=57)
    page.goto(room.url + WANTED)
    pace = page.get_by_text("57 people have gone in during the last minute.")
    expect(pace).to_have_css("font-size", "24px")
    expect(page.locator("#when")).to_be_hidden()
    room.set(went_in_lately=0)
    expect(pace).to_have_count(0)
    expect(page.locator("#wait")).to_have_text("not known yet")
    expect(page.locator("#when")).to_be_visible()
    room.set(wait_seconds=(600, 900), went_in_lately=57)
    expect(page.locator("#wait")).to_have_text("in 10 to 15 minutes")


@pytest.mark.parametrize("you", ["missed", "interrupted", "moved", "left"])
def test_where_it_goes_no_further_there_is_a_way_and_the_number(
    page: Page, room: PretendRoom, you: str
) -> None:
    page.goto(room.url + WANTED)
    home = page.get_by_role("link", name="Back to Example Tickets")
    expect(home).to_be_hidden()
    room.set(you=you, position=None, ahead=None)
    expect(page.get_by_text("Your number: 1,600")).to_be_visible()
    if you != "interrupted":
        expect(home).to_be_visible()
        expect(home).to_have_attribute("href", "/")


def test_a_number_that_nobody_knows_is_not_spoken_of(page: Page, room: PretendRoom) -> None:
    room.set(you="moved", position=None, ahead=None)
    page.goto(room.url + WANTED)
    expect(page.get_by_role("heading", level=1)).to_have_text("Your place is on another device")
    expect(page.get_by_text("Your number:")).to_be_hidden()


@pytest.mark.parametrize("scripts", [True, False])
def test_whoever_is_next_sees_the_second_step_done(
    browser: Browser, room: PretendRoom, scripts: bool
) -> None:
    done = "steps => steps.map(step => getComputedStyle(step, '::before').content.includes('✓'))"
    with fresh_page(browser, java_script_enabled=scripts) as page:
        page.goto(room.url + WANTED)
        assert page.locator("ol li").evaluate_all(done) == [True, False, False]
        room.set(you="next", ahead=0)
        page.reload()
        expect(page.get_by_role("heading", level=1)).to_have_text("You are next")
        assert page.locator("ol li").evaluate_all(done) == [True, True, False]


def test_nothing_glides_for_those_who_want_no_motion(page: Page, room: PretendRoom) -> None:
    page.goto(room.url + WANTED)
    glides = "track => getComputedStyle(track, '::before').transitionDuration"
    assert page.locator("#track").evaluate(glides) == "1.5s"
    page.emulate_media(reduced_motion="reduce")
    assert page.locator("#track").evaluate(glides) == "0s"


def test_the_focus_is_not_lost_with_what_had_it(page: Page, room: PretendRoom) -> None:
    page.goto(room.url + WANTED)
    page.get_by_role("button", name="Leave the line").focus()
    room.set(you="missed")
    expect(page.get_by_role("heading", level=1)).to_have_text("You missed your turn")
    expect(page.get_by_role("heading", level=1)).to_be_focused()


def test_what_was_said_does_not_stay_to_be_read_again(page: Page, room: PretendRoom) -> None:
    page.goto(room.url + WANTED)
    room.set(you="missed")
    expect(page.locator("#said")).to_contain_text("You missed your turn")
    expect(page.locator("#said")).to_be_empty()
