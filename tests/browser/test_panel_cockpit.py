"""The cockpit in a real browser, with two workers behind it: what is needed at ten to ten."""

import time

from playwright.sync_api import Browser, Page, expect

from tests.support.accessibility import accessibility_problems
from tests.support.panel_browser import PASSWORD, Client, People, numbers, said, see
from tests.support.waiting import wait_for

#: From now on the page hears of nothing, and can send only.
READS_NO_MORE = """() => {
  const fetched = fetch;
  self.fetch = (url, how) => how?.method ? fetched(url, how) : new Promise(() => {});
}"""
#: Where the buttons stand that somebody may be about to press.
PLACES = """[...document.querySelectorAll(".levers button")].map(it => {
  const { x, y } = it.getBoundingClientRect();
  return [x, y];
})"""

#: Whether anything lies over a button of the cockpit, or over Undo.
IS_COVERED = """[...document.querySelectorAll(".levers button")].map(it => {
  const { x, y, width, height } = it.getBoundingClientRect();
  return !it.contains(document.elementFromPoint(x + width / 2, y + height / 2));
})"""


def test_the_limit_goes_up_and_down_on_the_other_worker_and_the_focus_stays(
    panel: Page, other: Client
) -> None:
    other.patch("/rooms/main/settings", json={"max_active": 100})
    exact = panel.locator("#lever [name=max_active]")
    expect(exact).to_have_value("100")
    more = panel.get_by_role("button", name="+10 % of max_active")
    for most in (110, 121):
        more.press("Enter")
        said(panel, f"max_active is {most}")
        wait_for(lambda most=most: numbers(other)["limit"] == most)  # type: ignore[misc]
        expect(more).to_be_focused()
        expect(exact).to_have_value(str(most))
    exact.fill("90")
    exact.press("Enter")
    said(panel, "max_active is 90")
    wait_for(lambda: numbers(other)["limit"] == 90)


def test_the_last_change_is_taken_back_on_the_other_worker(panel: Page, other: Client) -> None:
    health = panel.locator("#health")
    panel.get_by_role("button", name="Pause").click()
    said(panel, "Paused")
    expect(health).to_contain_text("mode auto → paused")
    panel.get_by_role("button", name="Undo").click()
    said(panel, "Undone: mode is auto")
    wait_for(lambda: numbers(other)["mode"] == "auto")


def test_what_somebody_else_has_changed_since_is_not_taken_back(panel: Page, other: Client) -> None:
    panel.get_by_role("button", name="+10 % of max_active").click()
    said(panel, "max_active is 3")
    expect(panel.locator("#health")).to_contain_text("max_active 2 → 3")
    # What this page shows is from before the other's change.
    panel.evaluate(READS_NO_MORE)
    other.patch("/rooms/main/settings", json={"message": "Soon"})
    panel.get_by_role("button", name="Undo").click()
    said(panel, "Nothing was changed: .*changed message since")
    assert numbers(other)["limit"] == 3


def test_what_is_told_moves_no_button(panel: Page, other: Client, people: People) -> None:
    people(4)
    before = panel.evaluate(PLACES)
    panel.get_by_role("button", name="Explain").focus()
    panel.locator("[name=serving]").fill("999")
    panel.locator("[name=serving]").press("Enter")
    said(panel, "Nothing was changed")
    panel.evaluate("scrollTo(0, 0)")
    assert panel.evaluate(PLACES) == before
    expect(panel.locator("#result")).to_be_in_viewport()
    assert panel.evaluate(IS_COVERED) == [False] * len(before)
    panel.evaluate("stale('No answer')")
    expect(panel.locator("#stale")).to_be_visible()
    assert panel.evaluate(PLACES) == before
    panel.get_by_role("button", name="Put this away").click()
    expect(panel.locator("#result")).to_be_hidden()
    assert panel.evaluate(PLACES) == before


def test_before_the_opening_it_counts_down(panel: Page, other: Client) -> None:
    other.patch("/rooms/main/settings", json={"opens_at": time.time() + 3000})
    opening = panel.get_by_role("region", name="Opens in")
    expect(opening).to_contain_text("The store answers")
    expect(opening.locator(".countdown")).to_contain_text("49:")
    shown = opening.locator(".countdown").inner_text()
    expect(opening.locator(".countdown")).not_to_have_text(shown)
    assert accessibility_problems(panel) == []


def test_all_of_it_is_reached_by_keys_and_paused_looks_like_nothing_else(
    panel: Page, other: Client
) -> None:
    colour = "getComputedStyle(document.querySelector('.levers')).backgroundColor"
    before = panel.evaluate(colour)
    reached = []
    panel.locator("h1").click()
    for _ in range(5):
        panel.keyboard.press("Tab")
        reached.append(
            panel.evaluate("document.activeElement.textContent || document.activeElement.name")
        )
    told = [
        "\u221210 % of max_active",
        "max_active",
        "Set max_active",
        "+10 % of max_active",
        "Pause",
    ]
    assert [text.strip() for text in reached] == told
    panel.keyboard.press("Enter")
    said(panel, "Paused")
    expect(panel.get_by_role("button", name="Resume")).to_be_focused()
    expect(panel.locator("#since")).to_contain_text("paused since")
    assert panel.evaluate(colour) != before
    assert accessibility_problems(panel) == []


def test_without_scripts_it_is_steered_by_pages(
    browser: Browser, servers: list[str], other: Client
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{servers[0]}/vwr-admin/rooms/main")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="+10 % of max_active").click()
    expect(page.locator("#result")).to_have_text("Done: max_active is 3.")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#result")).to_have_text("Undone: max_active is 2.")
    page.get_by_role("button", name="24 hours").click()
    expect(page.get_by_role("button", name="24 hours")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#charts figure")).to_have_count(5)
    wait_for(lambda: numbers(other)["limit"] == 2)
    context.close()


def test_a_strict_policy_finds_nothing_to_refuse(panel: Page, servers: list[str]) -> None:
    told: list[str] = []
    panel.on("console", lambda message: told.append(message.text))
    see(panel, servers[0])
    panel.get_by_role("button", name="6 hours").click()
    expect(panel.locator("#charts .plots")).to_have_attribute("data-length", "21600")
    assert [text for text in told if "Content Security Policy" in text] == []
