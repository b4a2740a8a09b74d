"""vwr.js in pages that routers change, that have not loaded yet, or that look otherwise."""

import pytest
from playwright.sync_api import Page, expect

from tests.support.pretend_room import BASE, STATIC, PretendRoom
from tests.support.single_page import ends_with, start, start_here

#: Real prerendering needs a browser that nobody drives: it says so as Chromium does.
PRERENDERS = "Object.defineProperty(document, 'prerendering', { value: 1, writable: true }), 0"
IS_OPENED = """() => {
    document.prerendering = false;
    document.dispatchEvent(new Event("prerenderingchange"));
}"""


def test_the_dialog_outlives_the_body_that_a_router_replaces(page: Page, room: PretendRoom) -> None:
    start(page, room, "vwr.fetch('/api')")
    expect(page.get_by_role("dialog", name="in line")).to_be_visible()
    page.evaluate("document.body.replaceWith(document.createElement('body'))")
    expect(page.frame_locator("dialog iframe").get_by_role("heading", level=1)).to_be_visible()
    room.set(you="may_enter")
    ends_with(page, '"method": "GET"')
    expect(page.locator("dialog")).to_have_count(0)


def test_a_base_of_another_host_leads_no_question_astray(page: Page, room: PretendRoom) -> None:
    page.goto(f"{room.url}/app")
    page.evaluate("document.head.append(document.createElement('base'))")
    page.evaluate("document.querySelector('base').href = 'https://cdn.example/'")
    room.is_inside = True
    assert page.evaluate("vwr.wait(location.origin + '/vwr/main/')") is True


def test_whoever_closes_all_dialogs_ends_the_wait_too(page: Page, room: PretendRoom) -> None:
    start(page, room, "vwr.fetch('/api')")
    expect(page.get_by_role("dialog", name="in line")).to_be_visible()
    page.evaluate("document.querySelector('dialog').close()")
    ends_with(page, '"you": "waiting"')
    expect(page.locator("dialog")).to_have_count(0)


def test_a_script_that_is_included_twice_shows_one_dialog(page: Page, room: PretendRoom) -> None:
    page.goto(f"{room.url}/app")
    page.evaluate("vwr.install()")
    page.add_script_tag(url=f"{STATIC}/vwr.js?again")
    start_here(page, "vwr.fetch('/api')")
    page.get_by_role("dialog", name="in line").get_by_role("button", name="Close").click()
    ends_with(page, '"you": "waiting"')
    expect(page.locator("dialog")).to_have_count(0)


def test_an_apps_style_sheet_changes_neither_where_the_dialog_is_nor_its_size(
    page: Page, room: PretendRoom
) -> None:
    page.set_viewport_size({"width": 1000, "height": 900})
    page.goto(f"{room.url}/app")
    # Tailwind takes all margins away, and Bootstrap 3 makes a rem of ten pixels.
    page.add_style_tag(content="*, ::before, ::after { margin: 0; padding: 0 }")
    page.add_style_tag(content="html { font: 10px monospace }")
    page.evaluate("void vwr.fetch('/api')")
    assert page.locator("dialog").bounding_box() == {"x": 212, "y": 66, "width": 576, "height": 768}
    button = page.get_by_role("button", name="Close").bounding_box()
    assert button == {"x": 736, "y": 74, "width": 40, "height": 40}


def test_an_app_that_a_service_worker_shows_in_the_rooms_place_is_told(
    page: Page, room: PretendRoom
) -> None:
    shell = f"<title>Shell</title><script src={STATIC}/vwr.js></script>"
    page.route(
        lambda url: f"{BASE}/?" in url,
        lambda route: route.fulfill(content_type="text/html", body=shell),
    )
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text))
    start(page, room, "vwr.fetch('/api')")
    ends_with(page, '"you": "waiting"')
    expect(page.locator("dialog")).to_have_count(0)
    expect(page).to_have_title("App")
    assert any("no service worker may answer in the room's place" in text for text in told)


def test_a_browser_without_dialogs_goes_to_the_room_itself(page: Page, room: PretendRoom) -> None:
    page.add_init_script("delete self.HTMLDialogElement")
    start(page, room, "vwr.fetch('/api')")
    expect(page.get_by_role("heading", level=1)).to_have_text("You are in line")
    expect(page).to_have_url(f"{room.url}{BASE}/?next=%2Fapp")


def test_what_the_app_has_put_in_the_place_of_fetch_stays(page: Page, room: PretendRoom) -> None:
    page.goto(f"{room.url}/app")
    page.evaluate("""() => {
        self.seen = [];
        const before = self.fetch;
        self.fetch = (request) => (seen.push(new URL(request.url).pathname), before(request));
        vwr.install();
        vwr.install();
    }""")
    room.is_inside = True
    start_here(page, "fetch('/api')")
    ends_with(page, '"method": "GET"')
    assert page.evaluate("seen") == ["/api"]


def test_a_fetch_that_makes_its_answers_anew_waits_too(page: Page, room: PretendRoom) -> None:
    page.goto(f"{room.url}/app")
    page.evaluate("""() => {
        const before = self.fetch;
        const anew = async ({ body, status, headers }) => new Response(body, { status, headers });
        self.fetch = (request) => before(request).then(anew);
        vwr.install();
    }""")
    start_here(page, "fetch('/api')")
    room.set(you="may_enter")
    ends_with(page, '"method": "GET"')


def test_the_dialog_is_called_what_the_room_says_by_now(page: Page, room: PretendRoom) -> None:
    start(page, room, "vwr.fetch('/api')")
    expect(page.get_by_role("dialog", name="You are in line · Example Tickets")).to_be_visible()
    room.set(state="paused")
    paused = "The line is paused · Example Tickets"
    expect(page.get_by_role("dialog", name=paused, exact=True)).to_be_visible()
    expect(page.locator("iframe")).to_have_attribute("title", paused)


@pytest.mark.parametrize(
    ("closed_by", "act"), [("button", "click"), ("Escape", "change"), ("leaving", "submit")]
)
def test_what_an_app_asks_by_itself_brings_no_dialog_that_was_closed_back(
    page: Page, room: PretendRoom, closed_by: str, act: str
) -> None:
    start(page, room, "vwr.fetch('/api')")
    dialog = page.get_by_role("dialog", name="in line")
    expect(dialog).to_be_visible()
    if closed_by == "button":
        dialog.get_by_role("button", name="Close").click()
    elif closed_by == "Escape":
        page.keyboard.press("Escape")
    else:
        page.on("dialog", lambda dialog: dialog.accept())
        page.frame_locator("dialog iframe").get_by_role("button", name="Leave the line").click()
    ends_with(page, '"you": ')
    expect(dialog).to_have_count(0)
    assert room.count("/api") == 1
    start_here(page, "vwr.fetch('/api')")  # a poll, or a library that tries again
    ends_with(page, '"you": ')
    assert room.count(f"{BASE}/") == 1
    room.set(you="waiting")  # whoever has left is shown no room for long
    page.evaluate(f"document.body.dispatchEvent(new Event('{act}', {{ bubbles: true }}))")
    start_here(page, "vwr.fetch('/api')")
    expect(page.locator("dialog")).to_be_visible()


def test_whoever_is_in_is_shown_no_room_by_those_who_ask_for_it(
    page: Page, room: PretendRoom
) -> None:
    page.goto(f"{room.url}/app")
    room.set(state="off")
    assert page.evaluate("vwr.wait('/vwr/main/?next=/app')") is True
    room.set(state="queueing")
    room.is_inside = True
    assert page.evaluate("vwr.wait('/vwr/main/?next=/app')") is True
    assert room.count(f"{BASE}/") == 0
    room.is_inside = False
    start_here(page, "vwr.wait('/vwr/main/?next=/app').then((isIn) => new Response(isIn))")
    expect(page.get_by_role("dialog", name="in line")).to_be_visible()
    room.set(you="may_enter")
    ends_with(page, "true")


def test_what_a_page_asks_before_anybody_opens_it_is_asked_again_then(
    page: Page, room: PretendRoom
) -> None:
    room.is_inside = True
    page.route(
        f"{room.url}/api",
        lambda route: route.fulfill(status=503, headers={"VWR-Waiting-Room": f"{BASE}/"}),
        times=1,
    )
    page.goto(f"{room.url}/app")
    page.evaluate(PRERENDERS)
    start_here(page, "vwr.fetch('/api')")
    page.wait_for_timeout(300)
    assert page.evaluate("done") == ""
    page.evaluate(IS_OPENED)
    ends_with(page, '"method": "GET"')


def test_who_asks_for_a_room_before_the_page_is_opened_is_shown_it_then(
    page: Page, room: PretendRoom
) -> None:
    page.goto(f"{room.url}/app")
    page.evaluate(PRERENDERS)
    start_here(page, "vwr.wait('/vwr/main/').then((isIn) => new Response(isIn))")
    page.wait_for_timeout(300)
    assert room.count(f"{BASE}/") == room.count(f"{BASE}/position") == 0
    page.evaluate(IS_OPENED)
    room.set(you="may_enter")
    ends_with(page, "true")


def test_who_gives_up_asking_for_a_room_hears_so_at_once(page: Page, room: PretendRoom) -> None:
    page.route(f"{room.url}{BASE}/position", lambda route: None)  # no answer ever
    page.goto(f"{room.url}/app")
    outcome = """vwr.wait('/vwr/main/', AbortSignal.timeout(100)).catch(({ name }) => name)"""
    assert page.evaluate(
        f"Promise.race([{outcome}, new Promise((go) => setTimeout(go, 3000))])"
    ) == ("TimeoutError")
    assert room.count(f"{BASE}/") == 0
    # Whoever does not give up is shown the room, though nobody knows where they stand.
    page.evaluate("{ const { timeout } = AbortSignal; AbortSignal.timeout = () => timeout(100) }")
    start_here(page, "vwr.wait('/vwr/main/').then(() => new Response())")
    expect(page.locator("dialog")).to_have_count(1)


def test_a_worker_that_shows_nothing_gets_the_refusal(page: Page, room: PretendRoom) -> None:
    page.goto(f"{room.url}/app")
    told = page.evaluate(
        """(script) => new Promise((told) => {
        const code = `importScripts("${location.origin}${script}");
            vwr.fetch("${location.origin}/api").then(({ status }) => status, String)
                .then(postMessage);`;
        const worker = new Worker(URL.createObjectURL(new Blob([code])));
        worker.onmessage = ({ data }) => told(data);
    })""",
        f"{STATIC}/vwr.js",
    )
    assert told == 429
