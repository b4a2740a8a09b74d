"""Whether what is left will reach a visitor, as the page says it, near the front and far back."""

from playwright.sync_api import Browser, Page, expect

from tests.support.browser import fresh_page
from tests.support.pretend_room import BASE, WANTED, PretendRoom
from tests.support.waiting import HURRY, polled, wait_until
from vwr_middleware.pages.wording import ODDS

#: A word and tenths, and what is read.
TOLD: dict[tuple[str, int], str] = {
    ("yes", 10): "There should be enough for you.",
    ("likely", 8): "There will probably be something left for you (about 8 in 10).",
    ("maybe", 5): "There may be something left for you (about 5 in 10).",
    ("unlikely", 1): "There is little chance that something is left for you (about 1 in 10).",
    ("unlikely", 0): "There will hardly be anything left for you.",
    ("spoken_for", 0): "All that is left is with people who are inside. Some of it may come back.",
    ("no", 0): "Nothing is left at the moment.",
}


def far_back(room: PretendRoom, likely: str = "", reach: list[int] | None = None) -> None:
    """From now on the page asks for the public numbers."""
    room.watch, room.horizon = "status", 1500
    room.stock = {"likely": likely, "reach": reach if reach is not None else [5000] * 10}


def test_each_chance_is_said_in_words_as_the_page_opens_and_with_each_answer(
    page: Page, room: PretendRoom
) -> None:
    assert {word for word, _ in TOLD} | {"hardly"} == set(ODDS)
    room.poll = 60
    for odds in (("maybe", 5), ("unlikely", 0)):
        room.set(odds=odds)
        page.goto(room.url + WANTED)  # what the page itself says, and after it an answer
        expect(page.locator("#odds")).to_have_text(TOLD[odds])
    room.poll = 0.1
    page.evaluate("ononline()")
    for odds, text in TOLD.items():
        room.set(odds=odds)
        expect(page.locator("#odds")).to_have_text(text)
        expect(page.locator("#odds")).to_be_visible()
    room.set(odds=None)
    expect(page.locator("#odds")).to_be_hidden()


def test_another_word_is_said_to_those_who_read_by_ear_and_the_same_one_is_not(
    page: Page, room: PretendRoom
) -> None:
    room.poll = 0.2
    room.set(odds=("likely", 8))
    page.goto(room.url + WANTED)
    expect(page.locator("#odds")).to_have_text(TOLD["likely", 8])
    room.set(odds=("likely", 7))
    expect(page.locator("#odds")).to_contain_text("7 in 10")
    expect(page.locator("#said")).to_have_text("")
    room.set(odds=("unlikely", 1))
    expect(page.locator("#said")).to_contain_text(TOLD["unlikely", 1])


def test_where_nothing_is_known_nothing_is_said(page: Page, room: PretendRoom) -> None:
    page.goto(room.url + WANTED)
    polled(room)
    expect(page.locator("#odds")).to_be_hidden()
    assert not any("extras" in call for call in room.calls), "nothing is loaded for it either"


def test_far_back_the_page_works_out_the_chance_from_what_everybody_reads(
    page: Page, room: PretendRoom
) -> None:
    reaches: list[tuple[list[int], tuple[str, int]]] = [
        ([1600] * 10, ("yes", 10)),
        ([1600] * 8 + [1599] * 2, ("likely", 8)),
        ([9000, 8000, 7000, 6000, 1700, *[0] * 5], ("maybe", 5)),
        ([1600, *[1599] * 9], ("unlikely", 1)),
        ([0] * 10, ("unlikely", 0)),
    ]
    far_back(room)
    page.goto(room.url + WANTED)
    for reach, odds in reaches:
        far_back(room, reach=reach)
        expect(page.locator("#odds")).to_have_text(TOLD[odds])
    far_back(room, "spoken_for", [0] * 10)
    expect(page.locator("#odds")).to_have_text(TOLD["spoken_for", 0])
    far_back(room, "no", [])
    expect(page.locator("#odds")).to_have_text(TOLD["no", 0])
    room.stock = None
    expect(page.locator("#odds")).to_be_hidden()
    assert room.count(f"{BASE}/status") > room.count(f"{BASE}/position")


def test_whoever_comes_near_reads_their_own_chance(page: Page, room: PretendRoom) -> None:
    far_back(room, reach=[1700, *[0] * 9])
    page.goto(room.url + WANTED)
    expect(page.locator("#odds")).to_have_text(TOLD["unlikely", 1])
    room.watch, room.horizon = "position", 1700
    room.set(odds=("likely", 8), serving=1300, ahead=299)
    expect(page.locator("#odds")).to_have_text(TOLD["likely", 8])
    wait_until(room, f"{BASE}/position", 2)


def test_the_line_closes_when_nothing_is_left_and_opens_again(
    page: Page, room: PretendRoom
) -> None:
    room.set(odds=("maybe", 5))
    page.goto(room.url + WANTED)
    expect(page.locator("#odds")).to_have_text(TOLD["maybe", 5])
    room.set(state="closed", odds=("no", 0), wait_seconds=None)
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text("Closed")
    expect(page.locator("#odds")).to_have_text(TOLD["no", 0])
    expect(page.locator("#position")).to_be_visible()  # the place stays
    room.set(state="queueing", odds=("unlikely", 1), wait_seconds=(600, 900))
    expect(heading).to_have_text("You are in line")
    expect(page.locator("#odds")).to_have_text(TOLD["unlikely", 1])


def test_the_line_goes_on_where_returned_tickets_are_sold_again(
    page: Page, room: PretendRoom
) -> None:
    room.set(odds=("no", 0))
    page.goto(room.url + WANTED)
    polled(room)
    expect(page.get_by_role("heading", level=1)).to_have_text("You are in line")
    expect(page.locator("#odds")).to_have_text(TOLD["no", 0])
    expect(page.locator("#wait")).to_be_visible()


def test_the_chance_fits_a_phone_in_the_longest_words(browser: Browser, room: PretendRoom) -> None:
    for language in ("de", "hi"):
        with fresh_page(
            browser, HURRY, locale=language, viewport={"width": 320, "height": 640}
        ) as page:
            page.goto(room.url + WANTED)
            for odds in TOLD:
                before = page.locator("#odds").text_content()
                room.set(odds=odds)
                expect(page.locator("#odds")).not_to_have_text(before or "")
                assert page.evaluate("document.documentElement.scrollWidth") <= 320
