"""Operators look at the panel in a real browser, and it keeps up with the room."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.support.accessibility import accessibility_problems
from tests.support.panel_browser import (
    PASSWORD,
    VIEWER,
    Client,
    People,
    numbers,
    sign_in,
    sure,
)
from tests.support.waiting import wait_for


def test_the_numbers_keep_themselves_up_to_date(panel: Page, people: People) -> None:
    waiting = panel.locator("#numbers dd").first
    expect(waiting).to_have_text("0")
    people(6)
    expect(waiting).to_have_text("4")
    expect(panel.locator("#state")).to_have_text("queueing")
    told = panel.locator("#numbers div", has_text="Expected wait for newcomers").locator("dd")
    expect(told).to_have_text("not known yet")  # as the visitors themselves read


def test_a_visitor_is_looked_up(panel: Page, people: People) -> None:
    people(5)
    panel.get_by_label("Queue position, session, or ticket").fill("5")
    panel.get_by_role("button", name="Explain").click()
    expect(panel.locator("#explanation")).to_contain_text("Position 5: waiting")
    expect(panel.locator("#explanation")).to_contain_text("The room is full")
    people(2)  # and the page goes on, though it is a form's answer
    expect(panel.locator("#numbers dd").first).to_have_text("5")


def test_what_somebody_types_stays_while_numbers_move(
    panel: Page, other: Client, people: People
) -> None:
    field = panel.locator("#setting-session_seconds").get_by_role("textbox")
    field.fill("123")
    panel.get_by_label("Message to everybody in line").focus()
    people(3)
    expect(panel.locator("#numbers dd").first).to_have_text("1")
    other.patch("/rooms/main/settings", json={"claim_within": 77, "session_seconds": 700})
    expect(panel.locator("#setting-claim_within").get_by_role("textbox")).to_have_value("77")
    expect(field).to_have_value("123")


def test_the_rooms_stay_up_to_date_while_one_of_them_has_the_focus(
    panel: Page, people: People
) -> None:
    panel.get_by_role("link", name="Waiting rooms").click()
    room = panel.locator("#rooms a")
    room.focus()
    people(6)
    expect(room.locator("dd").first).to_have_text("4")
    expect(room).to_be_focused()


def test_rooms_come_and_go_with_a_deploy(panel: Page) -> None:
    def deployed(*names: str) -> Callable[[Route], None]:
        def answered(route: Route) -> None:
            answer = route.fetch()
            found = re.search('<a class="card room".*?</a>', answer.text(), re.DOTALL)
            assert found is not None
            rooms = "".join(found[0].replace("main", name) for name in names)
            route.fulfill(response=answer, body=answer.text().replace(found[0], rooms))

        return answered

    panel.get_by_role("link", name="Waiting rooms").click()
    rooms = panel.locator("#rooms h2")
    shown = ["arena", "main", "balcony"]
    panel.route("**/vwr-admin/", deployed(*shown))
    expect(rooms).to_contain_text(shown)
    for _ in range(2):
        with panel.expect_response("**/vwr-admin/"):
            pass
    expect(rooms).to_contain_text(shown)
    room = panel.get_by_role("link", name="balcony")
    room.focus()
    panel.route("**/vwr-admin/", deployed("foyer", "balcony"))
    expect(rooms).to_contain_text(["foyer", "balcony"])
    expect(room).to_be_focused()
    for _ in range(4):  # which is as long as an answer may be missing
        with panel.expect_response("**/vwr-admin/"):
            pass
    expect(panel.locator("#stale")).to_be_hidden()


def test_what_a_browser_has_translated_stays_while_it_says_the_same(
    panel: Page, other: Client
) -> None:
    other.patch("/rooms/main/settings", json={"claim_within": 77})
    changed = panel.locator("#setting-claim_within").get_by_role("textbox")
    expect(changed).to_have_value("77")
    label = panel.locator("#setting-session_seconds label").first
    label.evaluate("label => { label.textContent = 'Sekunden' }")
    other.patch("/rooms/main/settings", json={"claim_within": 78})
    expect(changed).to_have_value("78")
    expect(label).to_have_text("Sekunden")
    other.patch("/rooms/main/settings", json={"session_seconds": 700})
    expect(label).not_to_have_text("Sekunden")


#: In one go, since the panel reads its charts anew meanwhile.
POINTED_AT = """() => {
  const plots = document.querySelector("#charts .plots");
  const figure = plots.querySelector("figure");
  figure.dataset.values = JSON.stringify([["came", [0, 1800, 3600], ["5", "7", "1,234"]]]);
  const [svg, told] = ["svg", ".key b"].map((part) => figure.querySelector(part));
  const { left, width } = svg.getBoundingClientRect();
  return [0.4, 1].map((part) => {
    const clientX = left + width * part;
    svg.dispatchEvent(new PointerEvent("pointermove", { bubbles: true, clientX }));
    return [told.textContent, figure.querySelector(".cross").getAttribute("visibility")];
  });
}"""


def test_the_value_under_the_pointer_stands_above_its_chart(panel: Page, people: People) -> None:
    people(3)
    expect(panel.locator("#charts .plot.people .key")).not_to_have_count(0)
    assert panel.evaluate(POINTED_AT) == [["7", "visible"], ["1,234", "hidden"]]


def test_a_moment_is_looked_at_by_keys_alone(panel: Page, people: People) -> None:
    people(3)
    expect(panel.locator("#charts .plot.people .key")).not_to_have_count(0)
    moment = panel.get_by_role("slider", name="Look at a moment")
    moment.focus()
    panel.keyboard.press("Home")
    expect(moment).to_have_attribute("aria-valuetext", re.compile("came .*waiting .*inside "))
    expect(panel.locator("#looked-at")).not_to_be_empty()
    with panel.expect_response("**/charts?*"):
        pass
    expect(moment).to_be_focused()


def test_another_span_is_shown_without_a_reload_and_focus_stays(
    panel: Page, people: People
) -> None:
    people(3)
    panel.evaluate("self.isThisPage = true")
    day = panel.get_by_role("button", name="24 hours")
    day.focus()
    with panel.expect_response("**/charts?span=24h&zone=*"):
        panel.keyboard.press("Enter")
    expect(day).to_have_attribute("aria-pressed", "true")
    expect(day).to_be_focused()
    expect(panel.locator("#charts .plots")).to_have_attribute("data-length", "86400")
    with panel.expect_response("**/charts?span=24h&against=2020-01-01&zone=*"):
        panel.get_by_label("Compare with").fill("2020-01-01")
    expect(panel.locator("#charts")).to_contain_text("Nothing is known of 2020-01-01")
    assert panel.evaluate("self.isThisPage")
    panel.reload()
    expect(day).to_have_attribute("aria-pressed", "true")


def test_a_viewer_sees_and_cannot_change(page: Page, servers: list[str], other: Client) -> None:
    sign_in(page, servers[0], VIEWER)
    expect(page.get_by_text("You have read-only access.")).to_be_visible()
    expect(page.get_by_role("button", name="Pause")).to_be_disabled()
    assert page.get_by_role("heading", name="Reset the room").count() == 0


def test_an_ended_sign_in_is_told(panel: Page) -> None:
    panel.context.clear_cookies()
    expect(panel.locator("#stale")).to_contain_text("signed out")


def test_an_operator_empties_a_queue(panel: Page, other: Client, people: People) -> None:
    crowd = people(12)
    card = panel.locator("#setting-max_active")
    card.get_by_role("textbox").fill("40")
    card.get_by_role("button", name="Set", exact=True).click()
    sure(panel)

    def all_inside() -> bool:
        for visitor in crowd:
            visitor.opens()
        return bool(numbers(other)["active"] == 12)

    wait_for(all_inside)
    expect(panel.locator("#numbers dd").first).to_have_text("0")


@pytest.mark.parametrize(
    ("width", "scheme"),
    [  # widths and colours know nothing of each other
        (390, "dark"),
        (1280, "light"),
        pytest.param(390, "light", marks=pytest.mark.thorough),
        pytest.param(1280, "dark", marks=pytest.mark.thorough),
    ],
)
def test_everybody_can_use_the_pages(
    page: Page,
    servers: list[str],
    other: Client,
    people: People,
    scheme: Any,
    width: int,
) -> None:
    people(4)
    other.patch("/rooms/main/settings", json={"max_active": 3, "message": "Soon"})
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{servers[0]}/vwr-admin/")
    assert accessibility_problems(page) == []
    sign_in(page, servers[0], PASSWORD)
    assert accessibility_problems(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    expect(page.locator("#sessions button").first).to_be_visible()
    is_whole = "it => it.getBoundingClientRect().right <= innerWidth"
    buttons = "[...document.querySelectorAll('#sessions button')]"
    assert page.evaluate(f"{buttons}.every({is_whole})"), "one is cut off at the side"
    opens = page.get_by_label("Opens at").bounding_box()
    assert opens and opens["width"] >= 190, "the time of day is cut off"
    page.get_by_role("combobox", name="Mode").select_option("closed")
    page.locator("#steer-mode button").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert accessibility_problems(page) == []
    page.get_by_role("button", name="Change nothing").click()
    page.goto(f"{servers[0]}/vwr-admin/")
    assert accessibility_problems(page) == []


def test_the_bar_is_seen_where_the_system_sets_the_colours(panel: Page) -> None:
    panel.emulate_media(forced_colors="active")
    # At once, since the page puts new ones in their places all the time.
    bar, behind = panel.evaluate(
        "['#figures progress', '.levers']"
        ".map((part) => getComputedStyle(document.querySelector(part)).backgroundColor)"
    )
    assert bar != behind
