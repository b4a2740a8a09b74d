"""People who go away from the page: a screen that stays on, Web Push, and the link for another
device, in a real browser.
"""

import json
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support.pretend_room import WANTED, PretendRoom
from tests.support.small_shop import small_shop
from tests.support.visitor import visitor_at
from tests.support.waiting import wait_for
from vwr_middleware.blocking import finish

pytestmark = pytest.mark.whole_browser  # its shell shows no notification

WAKE_LOCK = """
    self.locks = [];
    Object.defineProperty(navigator, "wakeLock", { value: { request: async (kind) => {
        locks.push(kind);
        return { release: () => locks.push("released") };
    } } });
"""
#: No push service is near: the browser's part ends where it would ask one for an address.
SUBSCRIBE = """
    PushManager.prototype.subscribe = async function ({ userVisibleOnly, applicationServerKey }) {
        self.asked = [userVisibleOnly, applicationServerKey.length];
        const keys = { p256dh: "B".repeat(87), auth: "a".repeat(22) };
        const endpoint = "https://fcm.googleapis.com/fcm/send/abc";
        return { toJSON: () => ({ endpoint, keys }) };
    };
"""
PUSH = {"push_contact": "mailto:ops@shop.example"}
TELL = "Tell me even if I close this page"


def test_the_screen_stays_on_for_those_who_chose_it(page: Page, room: PretendRoom) -> None:
    page.add_init_script(WAKE_LOCK)
    page.goto(room.url + WANTED)
    box = page.get_by_label("Keep the screen on")
    box.check()
    wait_for(lambda: page.evaluate("locks.join()") == "screen")
    # A browser lets go of it when the page is hidden.
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    wait_for(lambda: page.evaluate("locks.join()") == "screen,screen")
    page.reload()
    wait_for(lambda: page.evaluate("locks.join()") == "screen")
    box.uncheck()
    wait_for(lambda: page.evaluate("locks.join()") == "screen,released")


def test_where_a_browser_offers_it_not_there_is_no_box(page: Page, room: PretendRoom) -> None:
    page.add_init_script("Object.defineProperty(navigator, 'wakeLock', { value: undefined })")
    page.goto(room.url + WANTED)
    expect(page.get_by_label("Ask me before going in")).to_be_visible()
    expect(page.get_by_label("Keep the screen on")).to_be_hidden()


def test_a_closed_page_is_told_by_its_service_worker(page: Page) -> None:
    page.add_init_script(SUBSCRIBE)
    with (
        small_shop(**PUSH) as (url, store),
        visitor_at(url) as first,
    ):
        first.opens(), first.opens()
        page.context.grant_permissions(["notifications"], origin=url)
        wanted = f"{url}/tickets?seat=7#map"
        page.goto(wanted)
        workers = page.context.new_cdp_session(page)
        found: list[dict[str, Any]] = []
        workers.on(
            "ServiceWorker.workerRegistrationUpdated",
            lambda told: found.extend(told["registrations"]),
        )
        workers.send("ServiceWorker.enable")
        page.get_by_label(TELL).check()
        wait_for(lambda: finish(store.notices("main", 0)).subscribers == 1)
        assert page.evaluate("asked") == [True, 87]
        expect(page.get_by_label(TELL)).to_be_checked()
        wait_for(lambda: bool(page.evaluate("1") and found))
        registration = next(each for each in found if each["scopeURL"].endswith("/vwr/main/push/"))
        told = {"title": "It is your turn", "body": "You can go in now.", "site": "Shop"}
        workers.send(
            "ServiceWorker.deliverPushMessage",
            {
                "origin": url,
                "registrationId": registration["registrationId"],
                "data": json.dumps(told),
            },
        )
        shown = """async () => {
            const registration = await navigator.serviceWorker.getRegistration("/vwr/main/push/");
            const [shown] = await registration.getNotifications();
            return shown && [shown.title, shown.body, shown.data];
        }"""
        wait_for(lambda: page.evaluate(shown) is not None)
        assert page.evaluate(shown) == [told["title"], "Shop · You can go in now.", wanted]
        assert page.evaluate("navigator.serviceWorker.controller") is None, "it has no pages"
        page.get_by_label(TELL).uncheck()
        wait_for(lambda: finish(store.notices("main", 0)).subscribers == 0)


def test_a_refused_permission_says_how_to_allow_it(page: Page) -> None:
    page.add_init_script(
        "Notification.requestPermission = async () => 'denied';"
        "Object.defineProperty(Notification, 'permission', { value: 'denied' })"
    )
    with (
        small_shop(**PUSH) as (url, store),
        visitor_at(url) as first,
    ):
        first.opens(), first.opens()
        page.goto(f"{url}/tickets")
        page.get_by_label(TELL).click()
        expect(page.get_by_text("Allow them in your browser's settings")).to_be_visible()
        expect(page.get_by_label(TELL)).not_to_be_checked()
        assert finish(store.notices("main", 0)).subscribers == 0


def test_somebody_whom_the_site_does_not_know_reads_what_to_do(page: Page) -> None:
    known = {"notify": lambda notice: None, "contact": lambda request: None}
    with small_shop(**known) as (url, _), visitor_at(url) as first:
        first.opens(), first.opens()
        page.goto(f"{url}/tickets")
        box = page.get_by_label(TELL)
        box.click()
        expect(page.get_by_text("Sign in to the site first")).to_be_visible()
        expect(box).to_be_visible()
        expect(box).not_to_be_checked()


def test_a_browser_without_push_has_no_box(page: Page) -> None:
    page.add_init_script("delete self.PushManager")
    with small_shop(**PUSH) as (url, _), visitor_at(url) as first:
        first.opens(), first.opens()
        page.goto(f"{url}/tickets")
        expect(page.get_by_label("Play a sound")).to_be_visible()
        expect(page.get_by_label(TELL)).to_be_hidden()


def test_the_link_for_another_device_is_copied_and_shared_whole(page: Page) -> None:
    page.add_init_script(
        "self.sent = []; navigator.share = async ({ url }) => { sent.push(url) };"
        "Object.defineProperty(navigator, 'clipboard', { value: {"
        " writeText: async (text) => { sent.push(text) } } })"
    )
    with small_shop() as (url, _), visitor_at(url) as first:
        first.opens(), first.opens()
        page.goto(f"{url}/tickets#stalls")
        page.get_by_role("link", name="Continue on another device").click()
        page.get_by_role("button", name="Show a link and a code").click()
        link = page.locator("#link").get_attribute("href") or ""
        assert "%23stalls" in link and "#resume=" in link
        page.get_by_role("button", name="Copy the link").click()
        expect(page.get_by_text("Copied.")).to_be_visible()
        page.get_by_role("button", name="Share the link").click()
        wait_for(lambda: page.evaluate("sent.length") == 2)
        assert set(page.evaluate("sent")) == {link}
        code = page.get_by_role("img", name="QR code of this link")
        expect(code).to_be_visible()
