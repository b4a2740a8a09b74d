"""The operator's message in full, as it comes while people wait, in a real browser."""

from dataclasses import replace
from typing import Any

from playwright.sync_api import Browser, Page, expect

from tests.support.pretend_room import WANTED, PretendRoom
from tests.support.waiting import polled
from vwr_middleware.pages.announcements import Announcement

LATE = Announcement(
    "Doors open later. [Other dates](/dates)",
    "en",
    (("ar", "تفتح الأبواب لاحقاً. [مواعيد](/dates)"), ("de", "Einlass später. [Termine](/termine)")),
    "warning",
    1_767_268_800.0,  # 1 January 2026, noon in London
)


def test_a_message_comes_with_links_and_the_time_of_the_visitors_own_zone(
    browser: Browser, room: PretendRoom
) -> None:
    with browser.new_context(locale="de-DE", timezone_id="Asia/Tokyo") as context:
        page = context.new_page()
        page.goto(room.url + WANTED)
        room.announce(LATE)
        message = page.locator("#message")
        expect(message).to_have_text("21:00 Einlass später. Termine")
        link = message.get_by_role("link", name="Termine")
        assert link.get_attribute("href") == "/termine"
        assert link.get_attribute("target") == "_blank"
        told = message.locator("> span")
        assert [told.get_attribute(name) for name in ("lang", "dir", "class")] == [
            "de",
            "ltr",
            "warning",
        ]
        expect(page.locator("#said")).to_contain_text("21:00 Einlass später. Termine")
        page.reload()
        expect(message).to_have_text("21:00 Einlass später. Termine")
        assert room.count("/vwr/main/message/de") == 1, "the page itself brings it"
        room.set(message="Gleich geht es los.", announcement=None)
        expect(message).to_have_text("Gleich geht es los.")
        room.announce(LATE)
        expect(message.get_by_role("link")).to_have_count(1)
        room.set(message="", announcement=None)
        expect(message).to_be_hidden()


def test_a_message_in_another_script_than_the_page_reads_in_its_own_direction(
    page: Page, room: PretendRoom
) -> None:
    room.announce(Announcement("تفتح الأبواب لاحقاً.", "ar"))
    page.goto(room.url + WANTED)
    told = page.locator("#message > span")
    expect(told).to_be_visible()
    assert told.evaluate("it => [getComputedStyle(it).direction, it.lang]") == ["rtl", "ar"]


def test_the_time_of_a_message_does_not_decide_its_direction(
    browser: Browser, room: PretendRoom
) -> None:
    with browser.new_context(locale="ar", timezone_id="Europe/London") as context:
        page = context.new_page()
        page.goto(room.url + WANTED)
        room.announce(Announcement("Doors open later.", at=LATE.at))
        told = page.locator("#message > span")
        for _ in range(2):
            expect(told).to_have_text("12:00 م Doors open later.")
            expect(told).to_have_css("direction", "ltr")
            page.reload()


def test_what_is_urgent_is_spoken_at_once_and_once(page: Page, room: PretendRoom) -> None:
    page.goto(room.url + WANTED)
    polled(room)
    room.announce(replace(LATE, severity="urgent"))
    expect(page.get_by_role("alert")).to_contain_text("Doors open later.")
    polled(room)
    expect(page.locator("#said")).not_to_contain_text("Doors open later.")


def test_a_link_that_somebody_else_has_put_there_leads_nowhere(
    page: Page, room: PretendRoom
) -> None:
    page.goto(room.url + WANTED)
    polled(room)
    told: dict[str, Any] = {}
    page.route("**/message/en", lambda route: route.fulfill(json=told))
    for href in ("https://evil.example/", "//evil.example/", "javascript:alert(1)"):
        told |= {**LATE.as_json("en"), "parts": [{"text": href, "href": href}]}
        room.announce(replace(LATE, text=href))
        expect(page.locator("#message a")).to_have_text(href)
        assert page.locator("#message a").get_attribute("href") is None


def test_while_the_address_of_the_message_fails_the_page_asks_again(
    page: Page, room: PretendRoom
) -> None:
    page.goto(room.url + WANTED)
    polled(room)
    page.route("**/message/en", lambda route: route.fulfill(status=502, body="bad gateway"))
    with page.expect_request("**/message/en"):
        room.announce(LATE)
    page.unroute("**/message/en")
    expect(page.locator("#message")).to_contain_text("Doors open later.")
    expect(page.locator("#notice")).to_be_hidden()
