"""vwr.js in a single-page app, in a real browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.support.room import BASE, PretendRoom, pretend_room


@pytest.fixture
def room() -> Iterator[PretendRoom]:
    """A room whose page knows no address to reload."""
    with pretend_room() as room:
        room.set(reload=False, next_url="/app")
        yield room


def start(page: Page, room: PretendRoom, call: str) -> None:
    """Open the app and let it call; `done` is the answer."""
    page.goto(f"{room.url}/app")
    page.evaluate(f"() => {{ self.done = ''; {call}.then(async a => done = await a.text()) }}")


def ends_with(page: Page, text: str) -> None:
    page.wait_for_function("text => self.done.includes(text)", arg=text, timeout=15_000)


def test_a_call_that_waits_shows_the_room_and_is_repeated(page: Page, room: PretendRoom) -> None:
    start(page, room, "vwr.fetch('/api')")
    frame = page.frame_locator("dialog iframe")
    expect(frame.get_by_role("heading")).to_have_text("You are in line")
    room.set(you="may_enter")
    ends_with(page, '"method": "GET"')
    expect(page.locator("dialog")).to_have_count(0)
    expect(page).to_have_title("App")


def test_a_call_that_need_not_wait_shows_nothing(page: Page, room: PretendRoom) -> None:
    room.is_inside = True
    start(page, room, "vwr.fetch('/api')")
    ends_with(page, '"method": "GET"')
    assert room.count(f"{BASE}/") == 0


def test_a_form_is_not_sent_twice_unless_told(page: Page, room: PretendRoom) -> None:
    start(page, room, "vwr.fetch('/api', { method: 'POST', body: 'seat 7' })")
    expect(page.frame_locator("dialog iframe").get_by_role("heading")).to_be_visible()
    room.set(you="may_enter")
    ends_with(page, '"you": "waiting"')  # the refusal, as it was when the call was made
    assert room.count("/api") == 1


def test_a_form_is_sent_again_with_its_body_when_told(page: Page, room: PretendRoom) -> None:
    start(page, room, "vwr.fetch('/api', { method: 'POST', body: 'seat 7', repeat: true })")
    room.set(you="may_enter")
    ends_with(page, '"body": "seat 7"')
    assert room.count("/api") == 2


def test_calls_that_wait_together_share_one_dialog(page: Page, room: PretendRoom) -> None:
    start(page, room, "Promise.all([vwr.fetch('/api'), vwr.fetch('/api')]).then(all => all[1])")
    expect(page.locator("dialog")).to_have_count(1)
    room.set(you="may_enter")
    ends_with(page, '"method": "GET"')


def test_whoever_closes_the_dialog_gets_the_refusal(page: Page, room: PretendRoom) -> None:
    start(page, room, "vwr.fetch('/api')")
    expect(page.locator("dialog")).to_be_visible()
    page.locator("dialog").evaluate("dialog => dialog.dispatchEvent(new Event('cancel'))")
    ends_with(page, '"you": "waiting"')


def test_an_app_hears_that_the_session_is_about_to_end(page: Page, room: PretendRoom) -> None:
    room.is_inside = True
    page.goto(f"{room.url}/app")
    page.evaluate(
        "self.left = []; addEventListener('vwr:expiring', e => left.push(e.detail.seconds))"
    )
    page.evaluate("vwr.fetch('/api')")
    assert page.evaluate("left") == []
    room.expires = 110
    page.evaluate("vwr.fetch('/api')")
    assert page.evaluate("left") == [110]


def test_the_apps_own_fetch_can_be_replaced(page: Page, room: PretendRoom) -> None:
    room.is_inside = True
    start(page, room, "(vwr.install(), fetch('/api'))")
    ends_with(page, '"method": "GET"')


def test_a_room_of_another_site_is_left_to_the_app(page: Page, room: PretendRoom) -> None:
    page.goto(f"{room.url}/app")
    assert page.evaluate("vwr.wait('https://evil.example/vwr/main/')") is False
    expect(page.locator("dialog")).to_have_count(0)
