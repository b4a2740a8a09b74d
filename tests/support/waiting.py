"""Waiting for what a page does."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Error, Page

from tests.support.in_time import in_time
from tests.support.pretend_room import BASE, PretendRoom

#: A script that notes how long the page waits each time, as it tells its helper.
NOTE_PAUSES = """{
    self.pauses = [];
    const { postMessage } = Worker.prototype;
    Worker.prototype.postMessage = function(ms) { pauses.push(ms); postMessage.call(this, ms) };
}"""


#: A script for a page whose dice always show the shortest pause. Those of up to some seconds, the
#: first and those after failures, are shorter still, and stay in their order, unless a test sets
#: `isPatient`.
HURRY = """{
    Math.random = () => 0;
    const { postMessage } = Worker.prototype;
    const hurried = (ms) => self.isPatient || ms <= 100 || ms >= 5000 ? ms : Math.max(100, ms / 8);
    Worker.prototype.postMessage = function(ms) { postMessage.call(this, hurried(ms)) };
}"""

#: A script by which what waits for the page's own timers passes ten times as fast.
SOONER = "const later = setTimeout; setTimeout = (wake, ms) => later(wake, ms / 10)"


def wait_for(is_so: Callable[[], bool]) -> None:
    """Wait until something is so."""
    assert in_time(is_so, pause=0.02)


def held_back(page: Page, held: Sequence[object], count: int = 1) -> None:
    """Wait until a page has asked so often for what a route holds back: Playwright tells of that
    only while it is waited for."""

    def are_held() -> bool:
        page.wait_for_timeout(50)
        return len(held) >= count

    wait_for(are_held)


def wait_until(room: PretendRoom, path: str, times: int) -> None:
    """Wait until the page has asked so often."""
    wait_for(lambda: room.count(path) >= times)


def polled(room: PretendRoom, more: int = 2) -> None:
    """Wait for that many more polls."""
    wait_until(room, f"{BASE}/position", room.count(f"{BASE}/position") + more)


@contextmanager
def has_read(page: Page, path: str) -> Iterator[Any]:
    """Within, the page asks for what has this in its address; afterwards it has read the answer.

    Yields Playwright's note of the question.
    """
    with page.expect_event("requestfinished", lambda asked: path in asked.url) as asked:
        yield asked
    page.evaluate("new Promise(requestAnimationFrame)")


@contextmanager
def has_lost(page: Page, path: str) -> Iterator[None]:
    """Within, the page asks in vain for what has this in its address."""
    with page.expect_event("requestfailed", lambda asked: path in asked.url):
        yield


def note_texts(page: Page, element: str) -> None:
    """From now on `shown` has every text that comes to stand in an element."""
    page.evaluate(
        f"self.shown = []; new MutationObserver(() => shown.push({element}.textContent))"
        f".observe({element}, {{ childList: true }})"
    )


#: A script that counts the questions of a page which have no answer yet.
COUNT_UNANSWERED = """{
    const { fetch } = self;
    self.unanswered = 0;
    self.fetch = async (...question) => {
        unanswered++;
        try {
            const answer = await fetch(...question);
            await answer.clone().text();
            return answer;
        } finally { unanswered-- }
    };
}"""


def stop_the_clock(page: Page) -> None:
    """From its next load on, time passes on the page as `pass_by` says, on a slow machine too."""
    page.add_init_script(COUNT_UNANSWERED)
    page.clock.install(time=1_000)
    page.clock.pause_at(2_000)


def pass_by(page: Page, seconds: int, step: int = 1) -> None:
    """Let time pass on a page whose clock was stopped. Answers take none of it."""

    def has_heard() -> bool:
        try:
            return bool(page.evaluate("!unanswered"))
        except Error:  # the page is just left
            return False

    for _ in range(0, seconds, step):
        page.clock.run_for(1000 * step)
        wait_for(has_heard)
