"""vwr.js in a single-page app, in a real browser."""

import pytest
from playwright.sync_api import Page, expect

from tests.support.accessibility import accessibility_problems
from tests.support.pretend_room import BASE, PretendRoom
from tests.support.single_page import documented, ends_with, start, start_here
from tests.support.waiting import wait_until

#: What htmx 2 does when a form is refused.
HTMX_2 = """() => {
  self.done = "";
  self.htmx = { ajax: (verb, path, { values }) => (done = verb + path + values.get("seat")) };
  const formData = new FormData();
  formData.set("seat", "7");
  const xhr = new XMLHttpRequest();
  const detail = { xhr, requestConfig: { verb: "post", path: "/api", formData } };
  const refused = new CustomEvent("htmx:responseError", { detail });
  xhr.onload = () => document.dispatchEvent(refused);
  xhr.open("POST", "/api");
  xhr.send(formData);
}"""


def test_a_call_that_waits_shows_the_room_and_is_repeated(page: Page, room: PretendRoom) -> None:
    page.add_init_script(
        "self.told = []; for (const name of ['vwr:waiting', 'vwr:entered', 'vwr:closed'])"
        "addEventListener(name, (event) => told.push(event.type))"
    )
    start(page, room, "vwr.fetch('/api')")
    frame = page.frame_locator("dialog iframe")
    expect(frame.get_by_role("heading", level=1)).to_have_text("You are in line")
    room.set(you="may_enter")
    ends_with(page, '"method": "GET"')
    expect(page.locator("dialog")).to_have_count(0)
    expect(page).to_have_title("App")
    assert page.evaluate("told") == ["vwr:waiting", "vwr:entered"]


def test_a_call_that_need_not_wait_shows_nothing(page: Page, room: PretendRoom) -> None:
    room.is_inside = True
    start(page, room, "vwr.fetch('/api')")
    ends_with(page, '"method": "GET"')
    assert room.count(f"{BASE}/") == 0


def test_a_closed_room_is_left_to_the_app(page: Page, room: PretendRoom) -> None:
    closed = {"status": 503, "headers": {"VWR-Waiting-Room": f"{BASE}/"}, "body": "Sold out"}
    page.route(f"{room.url}/api", lambda route: route.fulfill(**closed))
    start(page, room, "vwr.fetch('/api')")
    ends_with(page, "Sold out")
    assert room.count(f"{BASE}/") == 0


def test_a_form_is_not_sent_twice_unless_told(page: Page, room: PretendRoom) -> None:
    start(page, room, "vwr.fetch('/api', { method: 'POST', body: 'seat 7' })")
    expect(page.frame_locator("dialog iframe").get_by_role("heading", level=1)).to_be_visible()
    room.set(you="may_enter")
    ends_with(page, '"you": "waiting"')  # the refusal, as it was when the call was made
    assert room.count("/api") == 1


def test_a_form_is_sent_again_with_its_body_when_told(page: Page, room: PretendRoom) -> None:
    start(page, room, "vwr.fetch('/api', { method: 'POST', body: 'seat 7', repeat: true })")
    room.set(you="may_enter")
    ends_with(page, '"body": "seat 7"')
    assert room.count("/api") == 2


def test_the_line_for_turbo_sends_a_form_again(page: Page, room: PretendRoom) -> None:
    page.goto(f"{room.url}/app")
    lines = documented("html", "fetch = ").rpartition("<script>")[2].partition("</script>")[0]
    page.evaluate(f"() => {{ {lines} }}")
    start_here(page, "fetch('/api', { method: 'POST', body: 'seat 7' })")
    room.set(you="may_enter")
    ends_with(page, '"body": "seat 7"')


def test_the_lines_for_htmx_2_send_a_form_again(page: Page, room: PretendRoom) -> None:
    page.goto(f"{room.url}/app")
    page.evaluate(documented("js", "htmx:responseError"))
    page.evaluate(HTMX_2)
    expect(page.locator("dialog")).to_have_count(1)
    room.set(you="may_enter")
    ends_with(page, "post/api7")


def test_calls_that_wait_together_share_one_dialog(page: Page, room: PretendRoom) -> None:
    calls = "vwr.fetch('/api'), vwr.fetch('/api', { method: 'HEAD' })"
    statuses = "all => new Response(all.map(({ status }) => status))"
    start(page, room, f"Promise.all([{calls}]).then({statuses})")
    expect(page.locator("dialog")).to_have_count(1)
    room.set(you="may_enter")
    ends_with(page, "200,200")


def test_whom_another_call_of_the_app_has_taken_in_need_not_press_a_button(
    page: Page, room: PretendRoom
) -> None:
    start(page, room, "vwr.fetch('/api')")
    expect(page.frame_locator("dialog iframe").get_by_role("heading", level=1)).to_be_visible()
    room.is_inside = True  # a call finds the slot that is free, as the app asks on by itself
    room.set(you="admitted")
    ends_with(page, '"method": "GET"')
    expect(page.locator("dialog")).to_have_count(0)


@pytest.mark.parametrize(
    "render",
    [
        "document.querySelector('dialog').remove()",
        "document.documentElement.replaceWith(document.createElement('html'))",
    ],
)
def test_a_dialog_that_the_app_takes_away_holds_no_call(
    page: Page, room: PretendRoom, render: str
) -> None:
    start(page, room, "vwr.fetch('/api')")
    expect(page.get_by_role("dialog", name="in line")).to_be_visible()
    page.evaluate(render)
    ends_with(page, '"you": "waiting"')
    start_here(page, "vwr.fetch('/api')")
    expect(page.get_by_role("dialog", name="in line")).to_be_visible()


def test_too_many_calls_at_once_are_repeated_without_a_dialog(
    page: Page, room: PretendRoom
) -> None:
    room.is_inside, room.crowded = True, 1
    page.add_init_script(
        "self.pauses = []; const later = setTimeout;"
        "self.setTimeout = (wake, ms) => { pauses.push(ms); return later(wake, 10) }"
    )
    start(page, room, "vwr.fetch('/api', { method: 'POST', body: 'seat 7' })")
    ends_with(page, '"body": "seat 7"')
    assert room.count("/api") == 2
    assert room.count(f"{BASE}/") == 0
    assert page.evaluate("pauses") == [3000], "as Retry-After says"


def test_the_dialog_has_a_button_that_closes_it(page: Page, room: PretendRoom) -> None:
    start(page, room, "vwr.fetch('/api')")
    dialog = page.get_by_role("dialog", name="You are in line · Example Tickets")
    expect(dialog).to_be_visible()
    expect(page.locator("iframe")).to_have_attribute("title", "You are in line · Example Tickets")
    button = dialog.get_by_role("button", name="Close")
    expect(button).to_be_visible()
    box = button.bounding_box()
    assert box
    assert min(box["width"], box["height"]) >= 24
    page.evaluate("document.documentElement.lang = 'en'")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert accessibility_problems(page) == []
    button.click()
    ends_with(page, '"you": "waiting"')
    expect(page.locator("dialog")).to_have_count(0)


def test_the_dialog_takes_the_whole_screen_of_a_phone_alone(page: Page, room: PretendRoom) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    start(page, room, "vwr.fetch('/api')")
    dialog = page.locator("dialog")
    expect(dialog).to_be_visible()
    assert dialog.bounding_box() == {"x": 0, "y": 0, "width": 390, "height": 844}
    page.set_viewport_size({"width": 1200, "height": 700})
    assert dialog.bounding_box() == {"x": 312, "y": 16, "width": 576, "height": 668}


def test_the_dialog_has_an_edge_where_the_system_sets_the_colours(
    page: Page, room: PretendRoom
) -> None:
    page.emulate_media(forced_colors="active")
    start(page, room, "vwr.fetch('/api')")
    style = page.locator("dialog").evaluate_handle("getComputedStyle")
    assert style.evaluate("style => style.outlineStyle") == "solid"
    assert style.evaluate("style => style.outlineColor != style.backgroundColor")


def test_the_button_speaks_the_rooms_language_or_the_apps(page: Page, room: PretendRoom) -> None:
    page.set_extra_http_headers({"Accept-Language": "de"})
    start(page, room, "vwr.fetch('/api')")
    page.get_by_role("button", name="Schließen").click()
    page.locator("html").click()
    page.evaluate("vwr.labels.close = 'Not now'; void vwr.fetch('/api')")
    page.get_by_role("button", name="Not now").click()
    expect(page.locator("dialog")).to_have_count(0)


def test_escape_closes_the_dialog_from_inside_the_frame(page: Page, room: PretendRoom) -> None:
    start(page, room, "vwr.fetch('/api')")
    # Named after its page as soon as that is there, and the frame is listened to from then on.
    expect(page.get_by_role("dialog", name="in line")).to_be_visible()
    page.frame_locator("dialog iframe").get_by_label("Play a sound").focus()
    page.keyboard.press("Escape")
    ends_with(page, '"you": "waiting"')


def call_for_a_while(page: Page) -> None:
    """Let the app make a call that `one.abort()` gives up; `failed` names the errors so far."""
    page.evaluate("""() => {
        Object.assign(self, { failed: self.failed || [], one: new AbortController() });
        vwr.fetch("/api", { signal: one.signal }).catch(({ name }) => failed.push(name));
    }""")


def test_a_call_that_is_given_up_takes_its_dialog_along(page: Page, room: PretendRoom) -> None:
    page.goto(f"{room.url}/app")
    call_for_a_while(page)
    expect(page.get_by_role("dialog", name="in line")).to_be_visible()
    page.evaluate("one.abort()")
    expect(page.locator("dialog")).to_have_count(0)
    assert page.evaluate("failed") == ["AbortError"]
    call_for_a_while(page)
    expect(page.locator("dialog")).to_have_count(1)
    page.evaluate("one.abort(new DOMException('too late', 'TimeoutError'))")
    expect(page.locator("dialog")).to_have_count(0)
    assert page.evaluate("failed") == ["AbortError", "TimeoutError"]


def test_in_an_older_browser_too_a_call_that_is_given_up_says_so(
    page: Page, room: PretendRoom
) -> None:
    page.add_init_script("delete AbortSignal.prototype.reason")  # which Safari has since 15.4
    page.goto(f"{room.url}/app")
    call_for_a_while(page)
    expect(page.locator("dialog")).to_have_count(1)
    page.evaluate("one.abort()")
    assert page.evaluate("failed") == ["AbortError"]


def test_the_dialog_stays_for_the_calls_that_wait_on(page: Page, room: PretendRoom) -> None:
    start(page, room, "vwr.fetch('/api')")
    call_for_a_while(page)
    expect(page.get_by_role("dialog", name="in line")).to_be_visible()
    wait_until(room, "/api", 2)
    page.evaluate("one.abort()")
    assert page.evaluate("failed") == ["AbortError"]
    expect(page.locator("dialog")).to_have_count(1)
    room.set(you="may_enter")
    ends_with(page, '"method": "GET"')


def test_a_call_that_is_given_up_while_there_are_too_many_ends_at_once(
    page: Page, room: PretendRoom
) -> None:
    room.is_inside, room.crowded = True, 99
    page.goto(f"{room.url}/app")
    page.clock.install()
    call_for_a_while(page)
    wait_until(room, "/api", 1)
    page.wait_for_timeout(200)
    page.evaluate("one.abort()")
    assert page.evaluate("failed") == ["AbortError"]


def test_options_may_be_null_as_they_may_for_fetch(page: Page, room: PretendRoom) -> None:
    room.is_inside = True
    start(page, room, "vwr.fetch('/api', null)")
    ends_with(page, '"method": "GET"')


def test_an_app_hears_that_the_session_is_about_to_end(page: Page, room: PretendRoom) -> None:
    room.is_inside = True
    page.goto(f"{room.url}/app")
    page.evaluate(
        "self.left = []; addEventListener('vwr:expiring', e => left.push(e.detail.seconds))"
    )
    page.evaluate("vwr.fetch('/api')")
    assert page.evaluate("left") == []
    room.expires = 110
    page.evaluate("vwr.fetch('/api')")
    assert page.evaluate("left") == [110]


def test_a_room_of_another_site_is_left_to_the_app(page: Page, room: PretendRoom) -> None:
    page.goto(f"{room.url}/app")
    assert page.evaluate("vwr.wait('https://evil.example/vwr/main/')") is False
    expect(page.locator("dialog")).to_have_count(0)


def test_no_other_site_says_which_page_is_shown(page: Page, room: PretendRoom) -> None:
    headers = {
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Expose-Headers": "VWR-Waiting-Room",
        "VWR-Waiting-Room": f"{room.url}/account/close",
    }
    page.route(
        "http://stats.example/**",
        lambda route: route.fulfill(status=429, headers=headers, body="slow down"),
    )
    start(page, room, "vwr.fetch('http://stats.example/hit')")
    ends_with(page, "slow down")
    assert room.count("/account/close") == 0
