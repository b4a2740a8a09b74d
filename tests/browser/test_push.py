"""Web Push as people meet it: they close the page, their turn comes, a notification appears on the
desktop, they press it, and they are in."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Playwright

from tests.support.browser import FLAGS, chromium
from tests.support.desktop import Desktop, desktop
from tests.support.firefox import running_firefox
from tests.support.firefox_push import firefox_push
from tests.support.push_receiver import Browser, PushReceiver, push_receiver
from tests.support.small_shop import small_shop
from tests.support.visitor import visitor_at
from tests.support.waiting import HURRY, wait_for
from vwr_middleware.blocking import finish

pytestmark = pytest.mark.whole_browser  # its shell shows no notification

#: Only the service of Chromium's maker would give it an address, and none of that is near.
SUBSCRIBE = """
    PushManager.prototype.subscribe = async function () {
        const { endpoint, ...keys } = %s;
        return { toJSON: () => ({ endpoint, keys }) };
    };
"""


@pytest.fixture
def receiver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PushReceiver]:
    """The service that the worker pushes to."""
    with push_receiver(tmp_path) as receiver:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(receiver.certificate))
        yield receiver


def delivers(page: Page, url: str, message: str) -> None:
    """What a push service does last: Chromium gets a message for the room's service worker."""
    session = page.context.new_cdp_session(page)
    found: list[dict[str, Any]] = []
    session.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda told: found.extend(told["registrations"]),
    )
    session.send("ServiceWorker.enable")
    wait_for(lambda: bool(page.evaluate("1") and found))
    registration = next(each for each in found if each["scopeURL"].endswith("/vwr/main/push/"))
    told = {"origin": url, "registrationId": registration["registrationId"], "data": message}
    session.send("ServiceWorker.deliverPushMessage", told)


@pytest.fixture
def somewhere(playwright: Playwright, tmp_path: Path) -> Iterator[tuple[Page, Desktop]]:
    """A page of somebody whose browser keeps what it is told, and the desktop around it. What is
    pressed there comes to no page of the other tests, whose browsers keep nothing."""
    with desktop() as found:
        own = playwright.chromium.launch_persistent_context(
            tmp_path / "profile",
            executable_path=chromium(True),
            args=FLAGS,
            env={**os.environ, "DBUS_SESSION_BUS_ADDRESS": found.address},
        )
        own.add_init_script(HURRY)
        yield own.pages[0], found
        own.close()


def test_whoever_presses_the_notification_goes_in(
    somewhere: tuple[Page, Desktop], receiver: PushReceiver
) -> None:
    (page, found), browser = somewhere, Browser()
    pushes = {"push_contact": "mailto:ops@shop.example", "push_services": [receiver.service]}
    sent = json.dumps(browser.subscription(f"{receiver.url}/chromium"))
    page.add_init_script(SUBSCRIBE % sent)
    with small_shop(**pushes) as (url, store), visitor_at(url) as first:
        first.opens(), first.opens()
        page.context.grant_permissions(["notifications"], origin=url)
        page.goto(f"{url}/tickets?seat=7#map")
        page.get_by_label("Tell me even if I close this page").check()
        wait_for(lambda: finish(store.notices("main", 0)).subscribers == 1)
        page.goto(url)  # they close the page
        first.sends("/vwr/main/leave")
        wait_for(lambda: bool(receiver.came))
        delivers(page, url, browser.reads(receiver.came[0][2]).decode())
        wait_for(lambda: bool(page.evaluate("1") and found.shown))
        ((title, text),) = found.shown
        assert title == "It is your turn"
        assert "You can go in now." in text
        with page.context.expect_page() as opened:
            found.press(0)
        opened.value.wait_for_url(f"{url}/tickets?seat=7#map")
        wait_for(lambda: opened.value.title() == "Inside")


#: What the notification says, and where it leads.
SHOWN = """(async () => {
    const registration = await navigator.serviceWorker.getRegistration("/vwr/main/push/");
    const [shown] = await registration.getNotifications();
    return [shown.title, shown.body, shown.data].join();
})()"""


@pytest.mark.thorough  # it needs a Firefox of its own
def test_firefox_asks_its_service_for_an_address_and_decrypts_what_we_push(
    receiver: PushReceiver, tmp_path: Path
) -> None:
    pushes = {"push_contact": "mailto:ops@shop.example", "push_services": [receiver.service]}
    with (
        firefox_push(receiver) as service,
        running_firefox(tmp_path, **service.preferences) as firefox,
        small_shop(**pushes) as (url, store),
        visitor_at(url) as first,
    ):
        first.opens(), first.opens()
        tab = firefox.new_tab()
        wanted = f"{url}/tickets?seat=7#map"
        tab.goto(wanted)
        tab.click("#away")
        wait_for(lambda: finish(store.notices("main", 0)).subscribers == 1)
        tab.expect("document.querySelector('#away').checked", True)
        tab.goto(url)  # they close the page
        first.sends("/vwr/main/leave")
        wait_for(lambda: bool(receiver.came))
        service.hand_on(*receiver.came[0])
        wait_for(lambda: service.codes == [100])
        host = url.removeprefix("http://")
        told = f"It is your turn,{host} · You can go in now.,{wanted}"
        tab.expect(SHOWN, told)
