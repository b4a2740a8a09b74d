"""Sound and notification at one's turn: no box promises what the browser will not do."""

import pytest
from playwright.sync_api import Page, expect

from tests.support.room import WANTED, PretendRoom
from tests.support.waiting import polled, wait_for, wait_until

NOTIFICATION = """
    self.Notification = class {
        static permission = "%s";
        static requestPermission = async () => "%s";
        constructor() { if (%s) throw new TypeError("Illegal constructor") }
        close() {}
    };
"""


@pytest.mark.parametrize(
    "script",
    [
        NOTIFICATION % ("denied", "denied", "false"),
        NOTIFICATION % ("granted", "granted", "true"),
        "delete self.Notification",
    ],
    ids=["denied", "no constructor", "missing"],
)
def test_a_box_does_not_promise_a_notification_that_cannot_come(
    page: Page, room: PretendRoom, script: str
) -> None:
    page.add_init_script(script)
    page.goto(room.url + WANTED)
    box = page.get_by_label("Show a notification")
    box.click()
    expect(box).not_to_be_checked()
    expect(box).to_be_disabled()
    page.get_by_label("Play a sound").check()
    page.wait_for_timeout(200)
    assert page.evaluate("localStorage['vwr-notify']") == ""
    page.evaluate("localStorage['vwr-notify'] = 1")
    page.reload()
    if "denied" in script or "delete" in script:
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
    wait_until(room, page.evaluate("JSON.parse(document.all['vwr-data'].text)[0].extras"), 1)
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
