"""How the waiting page asks for news, in a real browser: one loop that nothing ends."""

import time

import pytest
from playwright.sync_api import Page, Route, expect

from tests.support.faults import fault
from tests.support.pretend_room import BASE, WANTED, PretendRoom
from tests.support.waiting import (
    NOTE_PAUSES,
    has_lost,
    held_back,
    pass_by,
    polled,
    stop_the_clock,
    wait_for,
)

HIDDEN = "Object.defineProperty(document, 'hidden', { get: () => true })"


def test_a_worker_that_knows_less_changes_no_number(page: Page, room: PretendRoom) -> None:
    page.goto(room.url + WANTED)
    room.set(ahead=300, serving=1299)
    expect(page.locator("#ahead")).to_have_text("300")
    room.set(ahead=400, serving=1199, message="An older snapshot.")
    expect(page.locator("#message")).to_have_text("An older snapshot.")
    expect(page.locator("#ahead")).to_have_text("300")


def test_the_first_answer_may_come_from_a_worker_that_knows_less(
    page: Page, room: PretendRoom
) -> None:
    room.then = {"ahead": 450, "serving": 1149, "message": "An older snapshot."}
    page.goto(room.url + WANTED)
    expect(page.locator("#message")).to_have_text("An older snapshot.")
    expect(page.locator("#ahead")).to_have_text("400")


def test_far_back_the_page_reads_the_public_status(page: Page, room: PretendRoom) -> None:
    room.watch, room.horizon, room.poll, room.far = "status", 1500, 60, 50
    page.add_init_script(NOTE_PAUSES)
    page.goto(room.url + WANTED)
    wait_for(lambda: page.evaluate("pauses[1]") == 48_000)
    room.set(serving=1399)
    page.evaluate("ononline()")
    expect(page.locator("#ahead")).to_have_text("200")
    expect(page.locator("#serving")).to_have_text("1,399")
    expect(page.locator("#wait")).to_have_text("in 5 to 8 minutes")
    assert page.evaluate("pauses[2]") == 40_000
    # By these numbers alone nobody would be seen to be here still.
    room.far = 0.1
    room.set(ahead=200)
    page.evaluate("ononline()")
    wait_for(lambda: page.evaluate("pauses.at(-1)") == 48_000)
    asked = [call.rpartition("/")[2] for call in room.calls if call.startswith(BASE)]
    assert asked[:11] == ["position", *["status"] * 9, "position"]
    room.horizon, room.watch = 1700, "position"
    room.set(serving=1650, ahead=0)
    page.evaluate("ononline()")
    expect(page.locator("#ahead")).to_have_text("0")
    room.poll = 0.1
    room.calls.clear()
    page.evaluate("ononline()")
    polled(room, 2)
    assert room.count(f"{BASE}/status") == 0


def test_it_asks_the_later_the_further_back_while_the_worker_has_too_much_to_do(
    page: Page, room: PretendRoom
) -> None:
    room.watch, room.horizon, room.poll, room.far, room.each = "status", 1500, 60, 50, 0.25
    page.add_init_script(NOTE_PAUSES)
    page.goto(room.url + WANTED)
    wait_for(lambda: page.evaluate("pauses[1]") == 48_000)
    page.evaluate("ononline()")  # 100 positions beyond the horizon
    wait_for(lambda: page.evaluate("pauses[2]") == 60_000)


def test_pages_that_were_opened_together_do_not_go_on_asking_together(
    page: Page, room: PretendRoom
) -> None:
    page.add_init_script(NOTE_PAUSES)
    page.add_init_script("Math.random = () => 0.25")
    page.goto(room.url + WANTED)
    wait_for(lambda: page.evaluate("pauses.length") > 1)
    assert [round(ms) for ms in page.evaluate("pauses")[:2]] == [1575, 90]


def test_one_tab_asks_and_the_others_listen(page: Page, room: PretendRoom) -> None:
    page.context.add_init_script(NOTE_PAUSES)
    page.goto(room.url + WANTED)
    polled(room)
    second = page.context.new_page()
    second.goto(room.url + WANTED)
    polled(room)
    for tab in (page, second):
        tab.evaluate("onoffline()")
        expect(tab.locator("#notice")).to_be_hidden()
        tab.evaluate("self.isPatient = true")  # a slow answer is no silence
    # Whichever listens leaves the other enough time to ask again.
    wait_for(lambda: 3130 in [round(tab.evaluate("pauses.at(-1)")) for tab in (page, second)])
    asked: list[Page] = []
    for tab in (page, second):
        tab.on("request", lambda request: asked.append(request.frame.page))
    room.set(ahead=5)
    expect(second.locator("#ahead")).to_have_text("5")
    expect(page.locator("#ahead")).to_have_text("5")

    def one_asks() -> bool:
        asked.clear()
        polled(room, 6)
        page.evaluate("0")  # so that all is heard
        return {page, second} != set(asked)

    # Where an answer takes three seconds, the other asks once. Two loops would ask by turns.
    wait_for(one_asks)


def test_when_the_asking_tab_is_closed_another_asks(page: Page, room: PretendRoom) -> None:
    second = page.context.new_page()
    second.goto(room.url + WANTED)
    polled(room)
    page.goto(room.url + WANTED)
    second.close()
    room.set(ahead=5)
    expect(page.locator("#ahead")).to_have_text("5")


@fault(
    "A visitor is offline for a while",
    line="Read that the place is kept; the page goes on by itself.",
)
def test_offline_and_back(page: Page, room: PretendRoom) -> None:
    page.goto(room.url + WANTED)
    polled(room)
    page.context.set_offline(True)
    expect(page.locator("#notice")).to_contain_text("We are keeping your place")
    expect(page.locator("#ahead")).to_have_text("400")
    room.set(ahead=9)
    page.context.set_offline(False)
    expect(page.locator("#ahead")).to_have_text("9")
    expect(page.locator("#notice")).to_be_hidden()


def test_errors_of_the_server_never_end_the_asking(page: Page, room: PretendRoom) -> None:
    page.goto(room.url + WANTED)
    polled(room)
    asked: list[Route] = []

    def fail_twice(route: Route) -> None:
        asked.append(route)
        if len(asked) <= 2:
            route.fulfill(status=502)

    page.route("**/position*", fail_twice)
    # The second failure is told, and stands there: the next question is not answered meanwhile.
    expect(page.locator("#notice")).to_contain_text("We are keeping your place")
    held_back(page, asked, 3)
    room.set(ahead=9)
    page.unroute("**/position*")  # which lets the one go on that is held back
    expect(page.locator("#ahead")).to_have_text("9")
    expect(page.locator("#notice")).to_be_hidden()


def test_a_question_that_nobody_answers_does_not_end_the_asking(
    page: Page, room: PretendRoom
) -> None:
    page.add_init_script(
        "{ const { timeout } = AbortSignal; AbortSignal.timeout = (ms) => timeout(ms / 50) }"
    )
    page.route("**/position*", lambda route: None)
    with has_lost(page, "/position"):
        page.goto(room.url + WANTED)
    page.unroute("**/position*")
    polled(room)


def test_where_our_addresses_lead_elsewhere_the_page_itself_is_asked(
    page: Page, room: PretendRoom
) -> None:
    room.broken = 404
    stop_the_clock(page)
    page.goto(room.url + WANTED)
    page.evaluate("document.body.id = 'first'")
    give_up_at = time.monotonic() + 30
    while room.count(WANTED) < 2 and time.monotonic() < give_up_at:
        page.clock.run_for(5000)
        page.wait_for_timeout(50)
    # Chromium may hang if it is closed between two pages.
    expect(page.locator("#first")).to_have_count(0)
    page.wait_for_load_state()
    assert room.count(WANTED) == 2


@fault(
    "A proxy in front refuses polls that come too often",
    line="The page stays, and asks ever later.",
)
def test_a_proxy_that_is_asked_too_often_does_not_take_the_page_away(
    page: Page, room: PretendRoom
) -> None:
    room.broken = 429
    page.add_init_script("delete self.Worker")  # which has a clock that is not ours
    stop_the_clock(page)
    page.goto(room.url + WANTED)
    for _ in range(100):
        pass_by(page, 5, step=5)
        if room.count(f"{BASE}/position") > 6:
            break
    assert room.count(f"{BASE}/position") > 6
    assert room.count(WANTED) == 1


@pytest.mark.parametrize(
    ("is_hidden", "event"),
    [
        (False, "document.dispatchEvent(new Event('visibilitychange'))"),
        (False, "dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))"),
        (True, "dispatchEvent(new Event('online'))"),
    ],
    ids=["looked at again", "back from the browser's cache", "online again while hidden"],
)
def test_a_page_asks_at_once_when_it_may_have_missed_something(
    page: Page, room: PretendRoom, is_hidden: bool, event: str
) -> None:
    if is_hidden:
        page.add_init_script(HIDDEN)
    page.add_init_script(NOTE_PAUSES)
    room.poll = 60
    page.goto(room.url + WANTED)
    wait_for(lambda: page.evaluate("pauses.at(-1)") == 48_000)  # it has heard, and waits
    room.set(ahead=9)
    asked = room.count(f"{BASE}/position")
    page.evaluate(f"{event}; {event}")
    expect(page.locator("#ahead")).to_have_text("9")
    assert room.count(f"{BASE}/position") == asked + 1, "several such signs come at once"


@fault(
    "A page is reloaded, a second tab opened, a tab put to sleep",
    line="A tab that slept goes on when it wakes.",
)
def test_a_tab_that_was_put_to_sleep_goes_on_when_it_wakes(page: Page, room: PretendRoom) -> None:
    page.goto(room.url + WANTED)
    polled(room)
    # As phones do: no script of the page runs any more.
    debugger = page.context.new_cdp_session(page)
    asleep: list[object] = []
    debugger.on("Debugger.paused", lambda told: asleep.append(told))
    debugger.send("Debugger.enable")
    debugger.send("Debugger.pause")
    held_back(page, asleep)
    asked = len(room.calls)
    room.set(ahead=9)
    time.sleep(0.8)
    assert len(room.calls) <= asked + 1, "one question may have been on its way"
    debugger.send("Debugger.resume")
    expect(page.locator("#ahead")).to_have_text("9")


def test_after_an_hour_under_a_closed_lid_the_page_asks_once(page: Page, room: PretendRoom) -> None:
    stop_the_clock(page)
    page.goto(room.url + WANTED)
    pass_by(page, 3)
    polled(room, 0)
    room.poll = 60
    pass_by(page, 5)
    room.set(ahead=9)
    asked = room.count(f"{BASE}/position")
    page.clock.fast_forward("01:00:00")
    expect(page.locator("#ahead")).to_have_text("9")
    page.wait_for_timeout(300)
    assert room.count(f"{BASE}/position") == asked + 1


@pytest.mark.parametrize("name", ["Worker", "BroadcastChannel", "localStorage"])
def test_a_browser_that_refuses_a_helper_is_served_without(
    page: Page, room: PretendRoom, name: str
) -> None:
    refuse = "{ get() { throw new DOMException('no', 'SecurityError') } }"
    page.add_init_script(f"Object.defineProperty(self, '{name}', {refuse})")
    page.goto(room.url + WANTED)
    polled(room)
    room.set(ahead=9)
    expect(page.locator("#ahead")).to_have_text("9")
    room.set(you="may_enter")
    expect(page).to_have_title("Inside")


def test_a_hidden_page_whose_helper_is_blocked_says_that_it_is_slow(
    page: Page, room: PretendRoom
) -> None:
    def block(route: Route) -> None:
        """As a proxy with a policy of its own does: no error tells the script."""
        answer = route.fetch()
        ours = answer.headers["content-security-policy"]
        policy = {"content-security-policy": f"{ours}, worker-src 'none'"}
        route.fulfill(response=answer, headers={**answer.headers, **policy})

    page.add_init_script(HIDDEN)
    page.goto(room.url + WANTED)
    # Where its helper comes late, the page asks by its own timer until then.
    wait_for(lambda: room.calls[-1] == f"{BASE}/position")
    page.route(f"**{WANTED}*", block)
    page.reload()
    wait_for(lambda: "hidden=1" in room.calls[-1])


@pytest.mark.parametrize("retry_after", [pytest.param("soon", marks=pytest.mark.thorough), 1e12])
def test_an_answer_of_somebody_else_makes_no_storm(
    page: Page, room: PretendRoom, retry_after: object
) -> None:
    page.add_init_script(NOTE_PAUSES)
    page.goto(room.url + WANTED)
    polled(room)
    asked: list[str] = []

    def refuse(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(status=429, json={"retry_after": retry_after})

    page.route("**/position*", refuse)
    wait_for(lambda: page.evaluate("pauses.at(-1)") >= 10_000)
    assert len(asked) == 1


def test_an_answer_without_a_store_takes_no_place_away(page: Page, room: PretendRoom) -> None:
    page.goto(room.url + WANTED)
    room.set(store_down=True, you="none", position=None, ahead=None, wait_seconds=None)
    expect(page.locator("#notice")).to_contain_text("We are keeping your place")
    expect(page.get_by_role("heading", level=1)).to_have_text("You are in line")
    expect(page.locator("#ahead")).to_have_text("400")
    polled(room)


def test_a_place_told_without_a_store_is_proof_of_cookies(page: Page, room: PretendRoom) -> None:
    room.set(store_down=True, ahead=None, wait_seconds=None)
    page.goto(room.url + WANTED)
    room.set(you="none", store_down=False, position=None)  # the store is back, and has lost all
    expect(page.get_by_role("heading", name="You are not in line")).to_be_visible()
    room.set(you="waiting", position=1600, ahead=400)  # and somebody has restored the room
    page.evaluate("ononline()")
    expect(page.locator("#ahead")).to_have_text("400")


def test_whoever_gets_a_lost_place_back_is_told_who_is_ahead(page: Page, room: PretendRoom) -> None:
    page.goto(room.url + WANTED)
    polled(room)
    room.set(you="none", position=None, ahead=None, wait_seconds=None)
    expect(page.get_by_role("heading", name="You are not in line")).to_be_visible()
    room.set(you="waiting", position=1600, ahead=600, serving=999)
    page.evaluate("ononline()")
    expect(page.locator("#ahead")).to_have_text("600")
    expect(page.locator("#serving")).to_have_text("999")
