"""What is read out on the waiting page, and where the focus goes when a button is gone."""

from playwright.sync_api import Browser, Page, expect

from tests.support.browser import fresh_page
from tests.support.pretend_room import BASE, WANTED, PretendRoom
from tests.support.waiting import HURRY, note_texts, pass_by, polled, stop_the_clock


def test_the_heading_has_the_focus_after_leaving_and_after_joining(
    page: Page, room: PretendRoom
) -> None:
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(room.url + WANTED)
    page.get_by_role("button", name="Leave the line").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("You are not in line")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    page.get_by_role("button", name="Join the line").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("You are in line")
    expect(page.get_by_role("heading", level=1)).to_be_focused()


def test_the_button_has_the_focus_when_it_is_the_turn_of_who_wants_to_be_asked(
    page: Page, room: PretendRoom
) -> None:
    page.goto(room.url + WANTED)
    page.get_by_label("Ask me before going in").check()
    room.set(you="may_enter", ahead=0)
    expect(page.get_by_role("link", name="Enter now")).to_be_focused()
    page.get_by_label("Language").focus()
    polled(room)
    expect(page.get_by_label("Language")).to_be_focused()


def test_how_many_are_ahead_is_said_when_they_are_half_as_many(
    page: Page, room: PretendRoom
) -> None:
    room.set(ahead=130, serving=1469)
    stop_the_clock(page)
    page.goto(room.url + WANTED)
    pass_by(page, 5)
    note_texts(page, "said")
    for ahead, seconds in ((126, 70), (64, 70), (40, 70), (31, 30), (20, 70)):
        room.set(ahead=ahead, serving=1599 - ahead)
        pass_by(page, seconds, step=5)
    told = [text for text in page.evaluate("shown") if text]
    assert [" ".join(text.split()) for text in told] == [
        "64 people are ahead of you.",
        "31 people are ahead of you.",
    ]


def test_times_are_those_of_the_visitors_own_country(browser: Browser, room: PretendRoom) -> None:
    room.set(claim_by=1_767_272_400.0, state="scheduled", opens_at=1_767_272_400.0)
    shown = {}
    for locale in ("en-GB", "en-US", "de-AT"):
        options = {"locale": locale, "timezone_id": "Europe/London"}
        with fresh_page(browser, HURRY, **options) as page:
            page.goto(f"{room.url}{BASE}/?lang=en")
            expect(page.locator("#opens")).not_to_contain_text("UTC")
            shown[locale] = page.locator("#opens").inner_text()
    assert shown["en-GB"] == "Opens on 1 January 2026 at 13:00 GMT."
    assert shown["en-US"].startswith("Opens on January 1, 2026 at 1:00")
    assert shown["de-AT"] == shown["en-US"], "not those of another language"


def test_a_language_that_does_not_exist_stops_nothing(page: Page, room: PretendRoom) -> None:
    page.add_init_script(
        "Object.defineProperty(navigator, 'language', { get: () => 'en-US@posix' })"
    )
    page.goto(room.url + WANTED)
    polled(room)
    expect(page.locator("#updated")).not_to_contain_text("UTC")


def test_a_closed_room_tells_those_in_line_that_they_are_in_it(
    page: Page, room: PretendRoom
) -> None:
    page.goto(room.url + WANTED)
    expect(page.get_by_role("heading", level=1)).to_have_text("You are in line")
    for _ in range(2):  # the script's page, and the server's
        room.set(state="closed")
        expect(page.get_by_role("heading", level=1)).to_have_text("Closed")
        expect(page.locator("#lead")).to_contain_text("You keep your place")
        expect(page.locator("#position")).to_have_text("1,600")
        expect(page.get_by_role("button", name="Leave the line")).to_be_visible()
        page.reload()
    room.set(you="none", position=None, ahead=None)
    page.context.clear_cookies()
    page.goto(room.url + WANTED)
    expect(page.locator("#lead")).not_to_contain_text("place")
    expect(page.get_by_role("button", name="Leave the line")).to_be_hidden()


def test_the_fragment_goes_to_the_other_device(page: Page, room: PretendRoom) -> None:
    page.goto(f"{room.url}{WANTED}#seat=7")
    polled(room)
    link = page.get_by_role("link", name="Continue on another device")
    expect(link).to_have_attribute("href", f"{room.url}{BASE}/resume?next={WANTED}%23seat%3D7")
