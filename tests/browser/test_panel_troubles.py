"""What an operator reads when the network, the sign-in or another operator is in the way."""

from typing import Any

from playwright.sync_api import APIResponse, Page, Route, expect

from tests.support.apps import asgi_app
from tests.support.panel_browser import HURRY, IMPATIENT, Client, People, said
from tests.support.serving import serving_asgi
from tests.support.waiting import held_back
from vwr_middleware.asgi import WaitingRoomMiddleware


def never(route: Route) -> None:
    """No answer and no error, as where a phone has lost its network."""


#: One answer with numbers is lost, and the page's clock stands from when the page began to read
#: until there is another.
LOSE_ONE = """new Promise((goesOn) => {
  const [{ fetch }, { now }] = [self, performance];
  let began, isLost = false;
  performance.now = () => isLost ? began : (began = now());
  self.fetch = async (address, how) => {
    if (!began || !address.endsWith("/live")) return fetch(address, how);
    if (!isLost) throw (isLost = new TypeError("lost"));
    const answer = await fetch(address, how);
    Object.assign(self, { fetch }), Object.assign(performance, { now });
    goesOn();
    return answer;
  };
})"""
#: What the page waits for from now on is given up as soon as `giveUp` is called.
UNTIL_GIVEN_UP = """{
  const [{ timeout }, ending] = [AbortSignal, new AbortController()];
  AbortSignal.timeout = () => ending.signal;
  self.giveUp = () => {
    AbortSignal.timeout = timeout;
    ending.abort(new DOMException("in vain", "TimeoutError"));
  };
  0; // or Playwright would call it
}"""


def test_numbers_that_do_not_come_are_told_to_be_old(panel: Page) -> None:
    panel.locator("#stale").evaluate(
        "line => { new MutationObserver(() => { self.told = line.textContent })"
        ".observe(line, { childList: true }) }"
    )
    panel.evaluate(LOSE_ONE)
    panel.evaluate("new Promise(requestAnimationFrame)")
    assert panel.evaluate("self.told") is None, "one lost answer is no news"
    panel.evaluate(IMPATIENT)
    panel.route("**/rooms/main/live", never)
    expect(panel.locator("#stale")).to_contain_text("No answer since")
    panel.evaluate("self.isPatient = true")
    panel.unroute("**/rooms/main/live")
    expect(panel.locator("#stale")).to_be_hidden()


def test_a_clock_that_is_set_back_stops_neither_the_numbers_nor_the_warning(
    panel: Page, people: People
) -> None:
    people(3)
    expect(panel.locator("#numbers .head dd").first).to_have_text("1")
    panel.evaluate("() => { const now = Date.now; Date.now = () => now() - 3_600_000; }")
    people(2)
    expect(panel.locator("#numbers .head dd").first).to_have_text("3")
    panel.evaluate(IMPATIENT)
    panel.route("**/rooms/main/live", never)
    expect(panel.locator("#stale")).to_contain_text("No answer since")


def test_a_change_that_nobody_answers_is_told_and_can_be_tried_again(
    panel: Page, other: Client
) -> None:
    panel.evaluate(UNTIL_GIVEN_UP)
    panel.route("**/rooms/main/set", never)
    field = panel.locator("#setting-claim_within").get_by_role("textbox")
    field.fill("77")
    field.press("Enter")
    button = panel.locator("#setting-claim_within").get_by_role("button", name="Set", exact=True)
    expect(button).to_be_disabled()
    panel.evaluate("giveUp()")
    said(panel, "not known whether anything was changed")
    panel.unroute("**/rooms/main/set")
    field.press("Enter")
    said(panel, "claim_within is 77")


def test_the_json_of_a_gateway_does_not_say_that_a_change_failed(panel: Page) -> None:
    """It gives up on an app that is still at work."""
    told = {"message": "Endpoint request timed out"}
    panel.route("**/rooms/main/message", lambda route: route.fulfill(status=504, json=told))
    panel.get_by_role("button", name="Show message").click()
    said(panel, "not known whether anything was changed")


def test_numbers_from_before_a_change_do_not_come_after_it(panel: Page) -> None:
    card = panel.locator("#setting-claim_within")
    field = card.get_by_role("textbox")
    held: list[tuple[Route, APIResponse]] = []
    panel.route("**/rooms/main", lambda route: held.append((route, route.fetch())))
    held_back(panel, held)
    field.fill("77")
    field.press("Enter")
    said(panel, "claim_within is 77")
    route, answer = held[0]
    route.fulfill(response=answer)
    held_back(panel, held, 2)  # which is asked for when the first has been read
    expect(field).to_have_value("77", timeout=1)


def test_an_ended_login_of_the_app_is_told(page: Page) -> None:
    def who(scope: dict[str, Any]) -> str | None:
        return "Ann" if b"staff=yes" in dict(scope["headers"]).get(b"cookie", b"") else None

    given = {"secret_key": "a secret that is long enough", "paths": "/tickets", "admin_auth": who}
    app = WaitingRoomMiddleware(asgi_app, store="memory://", **given)  # type: ignore[arg-type]
    page.add_init_script(HURRY)
    with serving_asgi(app) as url:
        page.context.add_cookies([{"name": "staff", "value": "yes", "url": url}])
        page.goto(f"{url}/vwr-admin/rooms/main")
        expect(page.get_by_role("heading", name="main", exact=True)).to_be_visible()
        page.context.clear_cookies()
        expect(page.locator("#stale")).to_contain_text("signed out")


def test_pages_of_somebody_else_are_no_numbers(panel: Page) -> None:
    shown = panel.locator("#serving-now").inner_text()
    panel.route("**/rooms/main/live", lambda route: route.fulfill(body="<p>Pay for the network"))
    expect(panel.locator("#stale")).to_contain_text("these numbers are old")
    expect(panel.locator("#serving-now")).to_have_text(shown)
    panel.unroute("**/rooms/main/live")
    expect(panel.locator("#stale")).to_be_hidden()
    panel.route("**/log-in", lambda route: route.fulfill(body="<input name=password>"))
    led = {"Location": "/log-in"}
    panel.route("**/rooms/main", lambda route: route.fulfill(status=302, headers=led))
    expect(panel.locator("#stale")).to_contain_text("signed out")


def test_a_list_that_somebody_scrolls_is_read_anew(panel: Page, other: Client) -> None:
    other.patch("/rooms/main/settings", json={"claim_within": 77})
    # By a rule, which holds for the new list as well: a list of few lines would have room.
    panel.evaluate("document.styleSheets[0].insertRule('.scroll { max-height: 3em !important }')")
    log = panel.get_by_role("region", name="Recorded changes")
    expect(log.get_by_role("row").nth(1)).to_contain_text("77")
    log.focus()
    expect(log).to_be_focused()
    panel.evaluate("document.activeElement.scrollTop = 7")  # in one go: it may be drawn anew
    other.patch("/rooms/main/settings", json={"claim_within": 78})
    expect(log.get_by_role("row").nth(1)).to_contain_text("78")
    expect(log).to_be_focused()
    assert panel.evaluate("document.activeElement.scrollTop") == 7


def test_a_mode_that_was_not_set_after_all_is_not_shown(panel: Page, other: Client) -> None:
    form = panel.locator("form", has=panel.locator("select[name=mode]"))
    form.get_by_role("combobox").select_option("closed")
    form.get_by_role("button").click()
    panel.get_by_role("dialog").get_by_role("button", name="Change nothing").click()
    said(panel, "Nothing was changed")
    expect(form.get_by_role("combobox")).to_have_value("auto")
    other.patch("/rooms/main/settings", json={"mode": "queue"})
    panel.get_by_label("Message to everybody in line").focus()
    expect(form.get_by_role("combobox")).to_have_value("queue")
