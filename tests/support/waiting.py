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


def wait_for(is_so: Callable[[], bool]) -> None:
    """Wait until something is so."""
    assert in_time(is_so, pause=0.02)


def wait_until(room: PretendRoom, path: str, times: int) -> None:
    """Wait until the page has asked so often."""
    wait_for(lambda: room.count(path) >= times)


def polled(room: PretendRoom, more: int = 2) -> None:
    """Wait for that many more polls."""
    wait_until(room, f"{BASE}/position", room.count(f"{BASE}/position") + more)


def pass_by(page: Page, seconds: int) -> None:
    """Let time pass on a page whose clock is ours, with time for answers to arrive."""
    for _ in range(seconds):
        page.clock.run_for(1000)
        page.wait_for_timeout(20)
