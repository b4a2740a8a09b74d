"""Waiting for what a page does."""

from collections.abc import Callable

from playwright.sync_api import Page

from tests.support.in_time import in_time
from tests.support.room import BASE, PretendRoom

#: A script that notes how long the page waits each time, as it tells its helper.
NOTE_PAUSES = """{
    self.pauses = [];
    const { postMessage } = Worker.prototype;
    Worker.prototype.postMessage = function(ms) { pauses.push(ms); postMessage.call(this, ms) };
}"""


#: A script for a page whose dice always show the shortest pause. Those of some seconds, as after
#: failures, are shorter still, and stay in their order, unless a test sets `isPatient`. The first
#: one is not: many tests look at a page that has asked nothing yet.
HURRY = """{
    Math.random = () => 0;
    const { postMessage } = Worker.prototype;
    let isFirst = true;
    const hurried = (ms) => isFirst || self.isPatient || ms <= 300 || ms >= 5000 ? ms
        : Math.max(300, ms / 4);
    Worker.prototype.postMessage = function(ms) {
        postMessage.call(this, hurried(ms));
        isFirst = false;
    };
}"""


def wait_for(is_so: Callable[[], bool]) -> None:
    """Wait until something is so."""
    assert in_time(is_so, pause=0.02)


def wait_until(room: PretendRoom, path: str, times: int) -> None:
    """Wait until the page has asked so often."""
    wait_for(lambda: room.count(path) >= times)


def polled(room: PretendRoom, more: int = 2) -> None:
    """Wait for that many more polls."""
    wait_until(room, f"{BASE}/position", room.count(f"{BASE}/position") + more)


def pass_by(page: Page, seconds: int, step: int = 1) -> None:
    """Let time pass on a page whose clock is ours, with time for answers to arrive."""
    for _ in range(0, seconds, step):
        page.clock.run_for(1000 * step)
        page.wait_for_timeout(20)
