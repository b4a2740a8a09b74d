"""A place in line goes to another device: two browsers that share nothing, and a real shop."""

import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Literal

import httpx
import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.support.accessibility import accessibility_problems
from tests.support.cases import rare
from tests.support.in_time import in_time
from tests.support.resume_pages import device, get_in_line, heading, show_code, show_link
from tests.support.serving import example_env, example_shop, serving_asgi
from tests.support.visitor import Visitor, visitor_at
from tests.support.waiting import SOONER, has_read, held_back

#: Notes how long the page waits each time.
NOTE_TIMERS = """{
    self.pauses = [];
    const later = setTimeout;
    self.setTimeout = (wake, ms) => (pauses.push(ms), later(wake, ms));
}"""


@contextmanager
def filled(folder: Path, workers: int = 1) -> Iterator[tuple[str, Visitor]]:
    """The address of the example's shop, and whoever is inside and fills it."""
    env = example_env(folder, session_seconds="3600", confirm_within="3600")
    with (
        serving_asgi(*(example_shop(env) for _ in range(workers))) as url,
        visitor_at(url) as inside,
    ):
        for _ in range(2):  # the second request confirms the session
            inside.opens()
        yield url, inside


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a full shop on two workers."""
    with filled(tmp_path_factory.mktemp("resume"), workers=2) as (url, _):
        yield url


def test_the_link_moves_the_place_when_its_button_is_pressed(browser: Browser, shop: str) -> None:
    with device(browser) as phone, device(browser) as laptop:
        number = get_in_line(phone, shop)
        code = show_code(phone)
        link = phone.locator("#link").get_attribute("href") or ""
        assert link.endswith(f"#resume={code}")
        laptop.goto(link)
        expect(laptop.get_by_label("Code from the other device")).to_have_value(code)
        assert "#" not in laptop.url, "the code stays neither in the address nor in the history"
        expect(laptop.get_by_role("button", name="Continue here")).to_be_focused()
        # The same link once more in this tab loads nothing.
        laptop.evaluate("code => { typed.value = ''; location.hash = `resume=${code}` }", code)
        expect(laptop.get_by_label("Code from the other device")).to_have_value(code)
        assert "#" not in laptop.url
        expect(phone.locator("#code")).to_be_visible()  # nothing has moved unasked
        laptop.get_by_role("button", name="Continue here").click()
        heading(laptop, "You are in line")
        assert laptop.locator("#position").inner_text() == number
        # The first device hears of it by itself, and takes a new place only when asked to.
        heading(phone, "Your place is on another device")
        phone.get_by_role("button", name="Join the line").click()
        heading(phone, "You are in line")
        assert int(phone.locator("#position").inner_text()) > int(number)
        heading(laptop, "You are in line")


def test_a_link_that_is_opened_again_after_its_answer_got_lost_brings_the_place(
    browser: Browser, shop: str
) -> None:
    def lose(route: Route) -> None:
        sent = route.request
        httpx.post(sent.url, content=sent.post_data, headers=sent.headers, trust_env=False)
        route.abort()

    with device(browser) as phone, device(browser) as laptop:
        number = get_in_line(phone, shop)
        link = show_link(phone)
        laptop.goto(link)
        laptop.route("**/resume?next=*", lose, times=1)
        laptop.get_by_role("button", name="Continue here").click()
        heading(phone, "Your place is on another device")
        laptop.close()
        with closing(laptop.context.new_page()) as tab:
            tab.goto(link)
            tab.get_by_role("button", name="Continue here").click()
            heading(tab, "You are in line")
            assert tab.locator("#position").inner_text() == number


def test_a_waiting_page_in_another_tab_says_that_the_place_has_moved(
    browser: Browser, shop: str
) -> None:
    with device(browser) as phone, device(browser) as laptop:
        get_in_line(phone, shop)
        tab = phone.context.new_page()
        tab.goto(f"{shop}/tickets")
        code = show_code(phone)
        laptop.goto(f"{shop}/vwr/main/resume")
        laptop.get_by_label("Code from the other device").fill(code.lower().replace("-", " "))
        laptop.keyboard.press("Enter")
        heading(laptop, "You are in line")
        heading(tab, "Your place is on another device")
        tab.get_by_role("button", name="Join the line").click()
        heading(tab, "You are in line")


def test_it_works_without_scripts(browser: Browser, shop: str) -> None:
    with device(browser, scripts=False) as phone, device(browser, scripts=False) as laptop:
        number = get_in_line(phone, shop)
        link = show_link(phone)
        laptop.goto(f"{shop}/vwr/main/resume?next=/tickets")
        field = laptop.get_by_label("Code from the other device")
        field.fill("ABCD-EFGH-JKMN")
        laptop.get_by_role("button", name="Continue here").click()
        expect(laptop.get_by_role("alert")).to_contain_text("This code is wrong")
        expect(field).to_have_value("ABCD-EFGH-JKMN")
        field.clear()
        laptop.keyboard.insert_text(link)  # pasted whole
        laptop.get_by_role("button", name="Continue here").click()
        heading(laptop, "You are in line")
        assert laptop.locator("#position").inner_text() == number
        phone.get_by_role("link", name="Back to the line").click()
        gone = phone.get_by_role("heading", name="Your place is on another device")

        def is_told() -> bool:
            phone.reload()
            return gone.is_visible()

        assert in_time(is_told), "every worker hears of it"


#: Colours and languages know nothing of each other.
LOOKS = [
    *(("en", "dark"), ("ar", "light")),
    *(rare(language, "light") for language in ("en", "de", "ja")),
    *(rare(language, "dark") for language in ("de", "ja", "ar")),
]


@pytest.mark.parametrize(("language", "scheme"), LOOKS)
def test_axe_finds_nothing_and_nothing_is_cut_off(
    browser: Browser, shop: str, language: str, scheme: Literal["light", "dark"]
) -> None:
    with browser.new_context(
        color_scheme=scheme,
        locale=language,
        viewport={"width": 320, "height": 700},
    ) as context:
        page = context.new_page()
        page.goto(f"{shop}/tickets")
        page.goto(f"{shop}/vwr/main/resume")
        colours = {"colours": language == "en", "own_accent": True}
        found = {"asking": accessibility_problems(page, **colours)}
        page.locator("#make button").click()
        expect(page.locator("html")).to_have_attribute("lang", language)
        found["shown"] = accessibility_problems(page, **colours)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        page.locator("summary").click()
        page.locator("#typed").fill("ABCD-EFGH-JKMN")
        page.locator("#bring button").click()
        expect(page.locator("#problem")).to_be_visible()
        found["wrong"] = accessibility_problems(page, **colours)
        for target in page.locator("button:visible, a:visible, input:visible").all():
            box = target.bounding_box()
            assert box and min(box["width"], box["height"]) >= 24, target.inner_html()
    assert {state: problems for state, problems in found.items() if problems} == {}


def test_who_shows_a_code_when_the_turn_comes_goes_in(browser: Browser, tmp_path: Path) -> None:
    with filled(tmp_path) as (shop, inside), device(browser) as phone:
        get_in_line(phone, shop)
        show_code(phone)
        inside.sends("/vwr/main/leave")
        expect(phone.get_by_role("button", name="Purchase now")).to_be_visible()
        assert phone.url == f"{shop}/tickets?seats=2"


@pytest.mark.parametrize("you", ["missed", "left", "reset", "locked"])
def test_the_page_goes_back_when_the_place_is_gone_whatever_failed_before(
    browser: Browser, shop: str, you: str
) -> None:
    with device(browser) as phone:
        get_in_line(phone, shop)
        phone.add_init_script(SOONER)
        phone.get_by_role("link", name="Continue on another device").click()
        expect(phone.get_by_role("button", name="Show a link and a code")).to_be_visible()
        answers = iter(["abort", "no JSON"])

        def answer(route: Route) -> None:
            kind = next(answers, "")
            if kind == "abort":
                route.abort()
            else:
                route.fulfill(body=kind or json.dumps({"you": you, "state": "queueing"}))

        # No more often than that: a question still open when the browser closes would hang.
        phone.route("**/position*", answer, times=3)
        phone.wait_for_url(re.compile(r"/vwr/main/\?next="), wait_until="commit")


@pytest.mark.parametrize("you", ["missed", "none"])
def test_a_place_that_is_over_leads_nobody_away_from_the_code_of_another(
    browser: Browser, shop: str, you: str
) -> None:
    with device(browser) as phone, device(browser) as laptop:
        number = get_in_line(phone, shop)
        link = show_link(phone)
        get_in_line(laptop, shop)
        laptop.add_init_script(SOONER)
        told = {"you": you, "state": "queueing"}
        laptop.route("**/position*", lambda route: route.fulfill(json=told), times=3)
        laptop.goto(link)
        for _ in range(3):
            with has_read(laptop, "/position"):
                pass
        laptop.get_by_role("button", name="Continue here").click()
        heading(laptop, "You are in line")
        assert laptop.locator("#position").inner_text() == number


def test_a_place_given_up_in_another_tab_is_not_taken_anew(browser: Browser, shop: str) -> None:
    with device(browser) as phone:
        get_in_line(phone, shop)
        show_code(phone)
        phone.context.request.post(f"{shop}/vwr/main/leave")
        heading(phone, "You are not in line")
        phone.get_by_label("Language").select_option("de")
        phone.get_by_role("button", name="Change").click()
        heading(phone, "Sie stehen nicht in der Warteschlange")


def test_the_page_asks_at_once_when_it_is_looked_at_again(browser: Browser, shop: str) -> None:
    with device(browser) as phone:
        get_in_line(phone, shop)
        phone.clock.install()
        phone.get_by_role("link", name="Continue on another device").click()
        expect(phone.get_by_role("button", name="Show a link and a code")).to_be_visible()
        # What can be said of a place without a store may be old, and ends nothing.
        told = {"you": "ended", "store": "down", "retry_after": 3600}
        phone.route("**/position*", lambda route: route.fulfill(json=told))
        for event in (
            "document.dispatchEvent(new Event('visibilitychange'))",
            "dispatchEvent(new Event('online'))",
            "dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))",
        ):
            with has_read(phone, "/position") as asked:
                phone.evaluate(event)
            told = {"you": "next", "state": "queueing", "retry_after": 3600}
        assert asked.value.url.endswith("?door=1"), "whose turn has come says so"
        told["state"] = "off"
        phone.evaluate("dispatchEvent(new Event('online'))")
        phone.wait_for_url(re.compile(r"/vwr/main/\?next="), wait_until="commit")


@pytest.mark.parametrize("retry_after", ["soon", 1e12])
def test_an_answer_of_somebody_else_makes_no_storm(
    browser: Browser, shop: str, retry_after: object
) -> None:
    with device(browser) as phone:
        get_in_line(phone, shop)
        phone.goto("about:blank")  # the page of the line would take the answer
        phone.add_init_script(NOTE_TIMERS)
        told = {"you": "waiting", "retry_after": retry_after}
        phone.route("**/position*", lambda route: route.fulfill(json=told), times=1)
        phone.goto(f"{shop}/vwr/main/resume?next=/tickets")
        assert in_time(lambda: phone.evaluate("pauses.length") > 1)
        assert 4000 <= phone.evaluate("pauses[1]") <= 3_600_000


@contextmanager
def store_that_is_busy(folder: Path) -> Iterator[None]:
    """Nobody can be answered for a while."""
    with closing(sqlite3.connect(folder / "vwr.sqlite3", timeout=20)) as store:
        store.isolation_level = None
        store.execute("BEGIN EXCLUSIVE")
        yield
        store.execute("ROLLBACK")


def test_a_code_that_was_used_during_an_outage_moves_the_place_after_it(
    browser: Browser, tmp_path: Path
) -> None:
    with filled(tmp_path) as (shop, _), device(browser) as phone, device(browser) as laptop:
        position = get_in_line(phone, shop)
        code = show_code(phone)
        laptop.add_init_script(SOONER)
        laptop.goto(f"{shop}/vwr/main/resume?next=/tickets")
        laptop.get_by_label("Code from the other device").fill(code)
        attempt = laptop.locator("#bring [name=attempt]")
        sent = attempt.input_value()
        # As where the script got lost, and the browser had brought another place before.
        laptop.evaluate("localStorage['vwr-attempt'] = 'an earlier one'")
        with store_that_is_busy(tmp_path):
            laptop.get_by_role("button", name="Continue here").click()
            expect(laptop.get_by_role("alert")).to_contain_text("We are trying again")
            expect(laptop.get_by_label("Code from the other device")).to_have_value(code)
            assert attempt.input_value() == sent, "or the code counts as used by another device"
            with laptop.expect_response(re.compile("/resume")) as tried:
                pass
            assert tried.value.status == 503
        heading(laptop, "You are in line")
        expect(laptop.locator("#position")).to_have_text(position)


@contextmanager
def unsent(browser: Browser, folder: Path, tried: Callable[[Route], None]) -> Iterator[Page]:
    """A page with a code that could not be handed in; `isLed` says whether it was left since.

    Its further tries go to `tried`.
    """

    def told_apart(route: Route) -> None:
        if route.request.is_navigation_request():
            route.continue_()
        else:
            tried(route)

    with filled(folder) as (shop, _), device(browser) as laptop:
        laptop.add_init_script(SOONER)
        laptop.goto(f"{shop}/vwr/main/resume?next=/tickets")
        laptop.get_by_label("Code from the other device").fill("ABCD-EFGH-JKMN")
        laptop.route(re.compile(r"/resume\?"), told_apart)
        with store_that_is_busy(folder):
            laptop.get_by_role("button", name="Continue here").click()
            expect(laptop.get_by_role("alert")).to_contain_text("We are trying again")
        laptop.evaluate("{ HTMLFormElement.prototype.submit = () => { self.isLed = true }; 0 }")
        yield laptop


@pytest.mark.parametrize("status", [502, 429])
def test_the_page_of_a_gateway_does_not_take_the_place_of_ours(
    browser: Browser, tmp_path: Path, status: int
) -> None:
    tried: list[Route] = []

    def refuse(route: Route) -> None:
        tried.append(route)
        route.fulfill(status=status, body="<h1>Bad gateway</h1>")

    with unsent(browser, tmp_path, refuse) as laptop:
        assert in_time(lambda: laptop.evaluate("self.isLed") or len(tried) > 1)
        assert laptop.evaluate("self.isLed") is None


def test_whoever_types_another_code_is_not_led_away_by_a_try_under_way(
    browser: Browser, tmp_path: Path
) -> None:
    held: list[Route] = []
    with unsent(browser, tmp_path, held.append) as laptop:
        typed = laptop.get_by_label("Code from the other device")
        held_back(laptop, held)
        typed.fill("PQRS-")
        with has_read(laptop, "/resume"):
            held.pop().fulfill(status=422, json={})
        assert laptop.evaluate("self.isLed") is None
        expect(typed).to_have_value("PQRS-")
