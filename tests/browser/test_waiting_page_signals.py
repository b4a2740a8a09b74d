"""Sound and notification at one's turn, and boxes that promise no other than will come."""

import pytest
from playwright.sync_api import Page, expect

from tests.support.pretend_room import BASE, WANTED, PretendRoom
from tests.support.waiting import SOONER, polled, wait_for, wait_until

EXTRAS = "JSON.parse(document.all['vwr-data'].text)[0].extras"


def has_run_extras(page: Page) -> None:
    """Wait until the script has run that only some pages need, and that this one has asked for."""
    page.evaluate(f"import({EXTRAS}).then(() => 0)")


def test_a_sound_is_played_only_for_those_who_chose_it(page: Page, room: PretendRoom) -> None:
    page.add_init_script(
        "{ const start = OscillatorNode.prototype.start; self.beeps = 0;"
        "OscillatorNode.prototype.start = function() {"
        "  beeps++; localStorage.beeped = Date.now(); start.call(this) } }"
    )
    page.goto(room.url + WANTED)
    page.get_by_label("Play a sound").check()
    wait_for(lambda: page.evaluate("beeps") == 1)
    room.set(you="next")
    wait_for(lambda: page.evaluate("beeps") == 2)
    page.reload()
    expect(page.get_by_label("Play a sound")).to_be_checked()
    has_run_extras(page)
    # Whose turn comes while they look elsewhere hear that, too, and to its end.
    page.locator("body").click()
    page.evaluate("localStorage.beeped = 0")
    room.set(you="may_enter")
    expect(page).to_have_title("Inside")
    assert page.evaluate("performance.timeOrigin - (+localStorage.beeped || Infinity)") >= 890


def test_a_turn_is_told_by_notification_and_vibration(page: Page, room: PretendRoom) -> None:
    page.add_init_script(
        """
        self.told = [];
        Object.defineProperty(document, "hidden", { get: () => self.isHidden });
        navigator.vibrate = () => told.push("vibration");
        self.Notification = class {
            constructor(text, { body }) { told.push(`${text}, ${body}`) }
            close() { told.pop() }
        };
        Notification.requestPermission = async () => { told.push("permission"); return "granted" };
        """
    )
    page.goto(room.url + WANTED)
    page.get_by_label("Show a notification").check()
    wait_for(lambda: page.evaluate("told.join()") == "permission")
    page.evaluate("isHidden = true")
    room.set(you="next")
    told = "permission,vibration,You are next, Example Tickets"
    wait_for(lambda: page.evaluate("told.join()") == told)
    # Whoever looks at the page needs no notification of what stands there.
    page.evaluate("isHidden = false")
    room.set(you="waiting")
    expect(page.get_by_role("heading", level=1)).to_have_text("You are in line")
    room.set(you="next")
    wait_for(lambda: page.evaluate("told.join()") != told)
    assert page.evaluate("told.join()") == f"{told},vibration"


NOTIFICATION = """
    self.Notification = class {
        static permission = "%s";
        static requestPermission = async () => "%s";
        constructor() { if (%s) throw new TypeError("Illegal constructor") }
        close() {}
    };
"""


BLOCKED = "Notifications are blocked. Allow them in your browser's settings for this site."


@pytest.mark.parametrize("script", ["delete self.Notification", "isSecureContext = false"])
def test_where_a_browser_offers_no_notification_there_is_no_box(
    page: Page, room: PretendRoom, script: str
) -> None:
    page.add_init_script("Object.defineProperty(self, 'isSecureContext', { writable: true })")
    page.add_init_script(NOTIFICATION % ("denied", "denied", "false"))
    page.add_init_script(script)
    page.goto(room.url + WANTED)
    expect(page.get_by_label("Play a sound")).to_be_visible()
    box = page.get_by_label("Show a notification")
    if "Secure" in script:
        box.click()
    expect(box).to_be_hidden()
    expect(page.get_by_text(BLOCKED)).to_have_count(0)


def test_a_refused_notification_says_how_to_allow_it(page: Page, room: PretendRoom) -> None:
    page.add_init_script(NOTIFICATION % ("denied", "denied", "false"))
    page.goto(f"{room.url}{BASE}/")
    box = page.get_by_label("Show a notification")
    box.click()
    expect(box).not_to_be_checked()
    expect(page.get_by_role("status").filter(has_text=BLOCKED)).to_be_visible()
    expect(box).to_be_enabled()
    assert page.evaluate("localStorage['vwr-notify']") == ""
    page.get_by_label("Play a sound").check()
    expect(page.get_by_text(BLOCKED)).to_have_count(0)
    page.evaluate("localStorage['vwr-notify'] = 1")
    page.reload()
    expect(box).not_to_be_checked()
    page.goto(f"{room.url}{BASE}/?lang=de")
    page.get_by_label("Benachrichtigung anzeigen").click()
    expect(page.get_by_text("Benachrichtigungen sind blockiert.")).to_be_visible()


def test_a_box_goes_where_a_notification_is_allowed_and_cannot_come(
    page: Page, room: PretendRoom
) -> None:
    page.add_init_script(NOTIFICATION % ("granted", "granted", "true"))
    page.goto(room.url + WANTED)
    box = page.get_by_label("Show a notification")
    box.click()
    expect(box).to_be_hidden()
    expect(box).not_to_be_checked()


def test_a_box_does_not_promise_a_sound_that_cannot_come(page: Page, room: PretendRoom) -> None:
    page.add_init_script("delete self.AudioContext")
    page.goto(room.url + WANTED)
    page.get_by_label("Play a sound").click()
    expect(page.get_by_label("Play a sound")).not_to_be_checked()
    expect(page.locator("#notice")).to_be_hidden()


def test_a_box_does_not_promise_a_sound_whose_gesture_was_over(
    page: Page, room: PretendRoom
) -> None:
    # As in Safari, where the script that plays it came five seconds later.
    page.add_init_script(
        "{ const { resume } = AudioContext.prototype; self.isOver = true;"
        "Object.defineProperty(navigator, 'userActivation',"
        "  { value: { get isActive() { return !isOver } } });"
        "Object.defineProperty(AudioContext.prototype, 'state',"
        "  { get: () => isOver ? 'suspended' : 'running' });"
        "AudioContext.prototype.resume = function() {"
        "  return isOver ? new Promise(() => {}) : resume.call(this) } }"
    )
    page.add_init_script(SOONER)
    page.goto(room.url + WANTED)
    box = page.get_by_label("Play a sound")
    box.click()
    expect(box).not_to_be_checked()
    page.evaluate("isOver = false")
    box.click()
    wait_for(lambda: page.evaluate("localStorage['vwr-sound']") == "1")
    expect(box).to_be_checked()


def test_a_remembered_sound_is_woken_by_the_first_gesture(page: Page, room: PretendRoom) -> None:
    page.add_init_script(
        "{ const resume = AudioContext.prototype.resume; self.woken = 0;"
        "AudioContext.prototype.resume = function() { woken++; return resume.call(this) };"
        "localStorage['vwr-sound'] = 1 }"
    )
    page.goto(room.url + WANTED)
    wait_until(room, page.evaluate(EXTRAS), 1)
    has_run_extras(page)
    polled(room, 1)
    assert page.evaluate("woken") == 0
    page.keyboard.press("Tab")
    wait_for(lambda: page.evaluate("woken") == 1)


def test_no_notification_that_stands_there_makes_the_one_of_a_turn_silent(
    page: Page, room: PretendRoom
) -> None:
    page.add_init_script(
        """
        self.standing = new Set();
        self.told = [];
        Object.defineProperty(document, "hidden", { get: () => true });
        self.Notification = class {
            static requestPermission = async () => "granted";
            constructor(text, { tag, renotify }) {
                told.push(`${text} ${tag && renotify}`);
                // As Chromium does it: until it stands there, nothing closes it.
                setTimeout(() => { standing.add(this); self.hasStood = true }, 100);
            }
            close() { standing.delete(this) }
        };
        """
    )
    page.goto(room.url + WANTED)
    page.get_by_label("Show a notification").check()
    wait_for(lambda: page.evaluate("self.hasStood && !standing.size"))
    room.set(you="next")
    wait_for(lambda: page.evaluate("told[1]") == "You are next true")


def test_a_box_stays_ticked_while_another_tab_moves_on(page: Page, room: PretendRoom) -> None:
    page.add_init_script(
        "self.Notification = class { close() {} };"
        "Notification.requestPermission = () => new Promise(done => { self.allow = done })"
    )
    asking = page.context.new_page()
    asking.goto(room.url + WANTED)
    page.goto(room.url + WANTED)
    box = page.get_by_label("Show a notification")
    box.check()
    page.wait_for_function("() => self.allow")
    asking.evaluate("localStorage['vwr-at/vwr/other'] = '1,7 10 0.5'")
    expect(asking.get_by_label("Show a notification")).not_to_be_checked()
    page.evaluate("allow('granted')")
    expect(asking.get_by_label("Show a notification")).to_be_checked()
    expect(box).to_be_checked()
