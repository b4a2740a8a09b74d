"""How the waiting page joins the line and leaves it, in a real browser."""

import pytest
from playwright.sync_api import Dialog, Page, Route, expect

from tests.support.pretend_room import BASE, WANTED, PretendRoom
from tests.support.waiting import has_read, held_back, polled, stop_the_clock, wait_until

#: How the page's two scripts meet at a form. While a new release begins, either may be of another.
OF_ANOTHER_RELEASE = {
    "waiting": """
        const [words] = JSON.parse(document.getElementById("vwr-data").textContent);
        const join = () => fetch(words.base + "/tickets", { method: "POST" });
        document.forms.join.onsubmit = async (event) => {
            event.preventDefault();
            const { submitted } = await import(words.extras);
            submitted(event.target, [fetch, String, join, String, words, { you: "left" }]);
        };""",
    "extras": """
        export const submitted = async (form, [call, heard, join, later, words, view]) =>
            view.you == "left" && later(await join(false));""",
}


def test_a_page_without_a_place_joins_by_itself(page: Page, room: PretendRoom) -> None:
    room.set(you="none", position=None, ahead=None, full=True)
    page.goto(room.url + WANTED)
    expect(page.get_by_role("heading", level=1)).to_have_text("The line is full")
    wait_until(room, f"{BASE}/tickets", 2)
    expect(page.get_by_role("heading", level=1)).to_have_text("The line is full")
    room.set(full=False)
    expect(page.locator("#position")).to_have_text("2,000")
    expect(page.get_by_role("heading", level=1)).to_have_text("You are in line")


@pytest.mark.parametrize("you", ["missed", "ended", "left"])
def test_a_page_of_somebody_who_is_out_takes_no_place_by_itself(
    page: Page, room: PretendRoom, you: str
) -> None:
    room.set(you=you, position=None, ahead=None)
    room.then = {"you": "none" if you == "left" else you}
    page.goto(room.url + WANTED)
    wait_until(room, f"{BASE}/position", 1)
    page.wait_for_timeout(300)
    assert room.count(f"{BASE}/tickets") == 0
    if you != "left":
        assert room.count(f"{BASE}/position") == 1, "who waits for nothing need not ask so often"
    expect(page.get_by_role("button", name="Join the line")).to_be_visible()


@pytest.mark.parametrize("you", ["missed", "ended"])
def test_a_lost_place_is_not_taken_again_without_asking(
    page: Page, room: PretendRoom, you: str
) -> None:
    page.goto(room.url + WANTED)
    room.set(you=you)
    button = page.get_by_role("button", name="Join the line")
    expect(button).to_be_visible()
    assert room.count(f"{BASE}/tickets") == 0
    room.poll = 60
    button.click()
    expect(page.locator("#position")).to_have_text("2,000")
    assert room.count(f"{BASE}/leave") == 1
    room.set(you="none", position=None, ahead=None)
    page.evaluate("ononline()")
    expect(page.get_by_role("heading", level=1)).to_have_text("Cookies are blocked")


def test_a_place_given_up_elsewhere_before_the_first_answer_is_not_taken_anew(
    page: Page, room: PretendRoom
) -> None:
    room.then = {"you": "left", "position": None, "ahead": None}
    with has_read(page, "/position"):
        page.goto(room.url + WANTED)
    room.set(you="none")
    page.evaluate("ononline()")
    polled(room, 2)
    expect(page.get_by_role("button", name="Join the line")).to_be_visible()
    assert room.count(f"{BASE}/tickets") == 0


def test_a_double_click_takes_one_place(page: Page, room: PretendRoom) -> None:
    room.set(you="left", position=None, ahead=None)
    page.goto(room.url + WANTED)
    page.get_by_role("button", name="Join the line").dblclick()
    expect(page.locator("#position")).to_have_text("2,000")
    polled(room)
    assert room.count(f"{BASE}/tickets") == 1


@pytest.mark.parametrize("script", OF_ANOTHER_RELEASE)
def test_the_forms_work_where_one_of_the_scripts_is_of_another_release(
    page: Page, room: PretendRoom, script: str
) -> None:
    room.set(you="left", position=None, ahead=None)
    other = OF_ANOTHER_RELEASE[script]
    page.route(
        f"**/{script}.*.js",
        lambda route: route.fulfill(body=other, content_type="text/javascript"),
    )
    page.goto(room.url + WANTED)
    with has_read(page, f"{BASE}/tickets"):  # a route answers only while Playwright is waited for
        page.get_by_role("button", name="Join the line").click()


def test_a_poll_between_leaving_and_joining_is_no_sign_of_blocked_cookies(
    page: Page, room: PretendRoom
) -> None:
    """By then the browser has no cookie of the session any more, and none of the place yet."""
    room.set(you="ended", position=None, ahead=None)
    page.add_init_script("delete self.Worker")  # which has a clock that is not ours
    stop_the_clock(page)
    page.goto(room.url + WANTED)
    joins: list[Route] = []
    polls: list[Route] = []
    page.route("**/tickets", lambda route: joins.append(route), times=1)
    page.route("**/position*", lambda route: polls.append(route))
    page.get_by_role("button", name="Join the line").click()
    held_back(page, joins)
    page.clock.run_for(5000)  # in which the page would have asked for the first time
    page.wait_for_timeout(100)
    joins.pop().continue_()
    expect(page.locator("#position")).to_have_text("2,000")
    for poll in polls:
        poll.fulfill(json={"you": "none", "state": "queueing", "position": None})
    page.unroute("**/position*")
    page.evaluate("ononline()")
    wait_until(room, f"{BASE}/position", 1)
    expect(page.get_by_role("heading", level=1)).to_have_text("You are in line")


def test_leaving_asks_first(page: Page, room: PretendRoom) -> None:
    page.goto(room.url + WANTED)
    polled(room)
    asked: list[str] = []

    def refuse(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.dismiss()

    page.once("dialog", refuse)
    with page.expect_event("dialog"):  # it opens once the script that asks has come
        page.get_by_role("button", name="Leave the line").click()
    polled(room)
    assert asked == ["Give up your place in line?"]
    assert room.count(f"{BASE}/leave") == 0
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Leave the line").click()
    expect(page.get_by_text("Your place has been given up.")).to_be_visible()
    page.get_by_role("button", name="Join the line").click()
    expect(page.locator("#position")).to_have_text("2,000")


def test_after_joining_again_the_page_asks_soon(page: Page, room: PretendRoom) -> None:
    page.goto(room.url + WANTED)
    room.set(you="ended")
    button = page.get_by_role("button", name="Join the line")
    expect(button).to_be_visible()
    button.click()
    wait_until(room, f"{BASE}/tickets", 1)
    polled(room, 3)


def test_who_came_while_it_was_closed_joins_when_it_opens(page: Page, room: PretendRoom) -> None:
    room.set(you="none", state="closed", position=None, ahead=None)
    page.goto(room.url + WANTED)
    polled(room)
    expect(page.get_by_role("heading", level=1)).to_have_text("Closed")
    assert room.count(f"{BASE}/tickets") == 0
    room.set(state="queueing")
    expect(page.locator("#position")).to_have_text("2,000")
    expect(page.get_by_role("heading", level=1)).to_have_text("You are in line")
