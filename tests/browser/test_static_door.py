"""The static door in a real browser: it asks for a place when its moment has come, and goes on."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.support.accessibility import accessibility_problems, bad_colours
from tests.support.browser import fresh_page
from tests.support.serving import example_env, example_shop, serving_asgi
from tests.support.visitor import visitor_at
from vwr_middleware.asgi import WaitingRoomMiddleware
from vwr_middleware.pages.languages import Languages
from vwr_middleware.worker.overload import Overload

CODES = sorted((language.code for language in Languages()), key=lambda code: code != "en")
DOOR = "/vwr/main/door"
#: A script by which a page's moment is the first one, or the last.
FIRST, LAST = ("Math.random = () => 0", "Math.random = () => 1")

IN_LINE = "You are in line"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A shop that somebody is in already, so that all others wait."""
    env = example_env(tmp_path_factory.mktemp("shop"), mode="queue", expected_crowd="100000")
    with serving_asgi(example_shop(env)) as url:
        yield url


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with fresh_page(browser, FIRST) as page:
        yield page


def test_it_asks_for_a_place_and_goes_to_the_line(page: Page, shop: str) -> None:
    page.goto(f"{shop}{DOOR}/en?next=/tickets?a=1%26b=2#seat")
    expect(page.locator("#heading")).to_have_text(IN_LINE)
    assert page.url.endswith("/vwr/main/?next=%2Ftickets%3Fa%3D1%26b%3D2%23seat")


def test_it_asks_nothing_before_its_moment(browser: Browser, shop: str) -> None:
    with fresh_page(browser, LAST) as page:
        page.goto(f"{shop}{DOOR}/en")
        found: list[str] = []
        page.on("request", lambda one: found.append(one.method))
        expect(page.locator("#progress")).to_be_visible()
        page.wait_for_timeout(2500)  # it looks each second whether its moment has come
        assert found == []
        page.reload()
        moment = page.evaluate("sessionStorage['vwr-door/vwr/main']")
        page.reload()
        assert page.evaluate("sessionStorage['vwr-door/vwr/main']") == moment


def test_a_cache_may_show_it_at_the_wanted_address(page: Page, shop: str) -> None:
    with visitor_at(shop) as one:
        door = one.opens(f"{DOOR}/en").text

    def without_place(route: Route) -> None:
        has_place = "vwr_main" in (route.request.header_value("cookie") or "")
        route.continue_() if has_place else route.fulfill(body=door, content_type="text/html")

    page.route("**/tickets?seat=7", without_place)
    page.goto(f"{shop}/tickets?seat=7")
    expect(page.locator("#heading")).to_have_text(IN_LINE)
    assert page.url == f"{shop}/tickets?seat=7"


def test_where_cookies_are_blocked_it_says_so_and_takes_no_place(
    browser: Browser, shop: str
) -> None:
    blocked = "Object.defineProperty(navigator, 'cookieEnabled', { value: false })"
    with fresh_page(browser, FIRST, blocked) as page:
        asked: list[str] = []
        page.on("request", lambda one: asked.append(one.method))
        page.goto(f"{shop}{DOOR}/en")
        expect(page.locator("#cookies")).to_be_visible()
        expect(page.locator("#check")).to_be_visible()
        assert "POST" not in asked


def test_a_cookie_that_is_dropped_takes_no_second_place(page: Page, shop: str) -> None:
    with visitor_at(shop) as one:
        door = one.opens(f"{DOOR}/en").text
    page.route("**/tickets", lambda route: route.fulfill(body=door, content_type="text/html"))
    joins: list[str] = []

    def joined(route: Route) -> None:
        joins.append(route.request.method)
        route.fulfill(json={"state": "queueing", "you": "waiting"}, status=201)

    page.route("**/vwr/main/tickets", joined)
    page.goto(f"{shop}/tickets")
    expect(page.locator("#cookies")).to_be_visible()
    assert len(joins) == 2


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param({"status": 429, "json": {"state": "queueing", "retry_after": 1}}, id="told"),
        pytest.param({"status": 502, "body": "Bad Gateway"}, id="a-proxy-alone"),
        pytest.param(
            {"status": 503, "json": {"state": "queueing", "store": "down", "retry_after": 1}},
            id="no-store",
        ),
    ],
)
def test_it_asks_again_when_it_is_told_to(page: Page, shop: str, answer: dict[str, object]) -> None:
    answers = [answer, answer]

    def answered(route: Route) -> None:
        if answers:
            route.fulfill(**answers.pop())  # type: ignore[arg-type]
        else:
            route.continue_()

    page.route("**/vwr/main/tickets", answered)
    page.goto(f"{shop}{DOOR}/en?next=/tickets")
    expect(page.locator("#heading")).to_have_text(IN_LINE)
    assert answers == []


def test_without_scripts_it_goes_on_by_itself_and_by_a_link(browser: Browser, shop: str) -> None:
    with fresh_page(browser, java_script_enabled=False) as page:
        page.goto(f"{shop}{DOOR}/en")
        assert "http-equiv=refresh" in page.content() or 'http-equiv="refresh"' in page.content()
        expect(page.locator("#progress")).to_be_hidden()
        page.get_by_role("link", name="Check now").click()
        expect(page.locator("#heading")).to_have_text(IN_LINE)


def test_another_language_is_a_click_away_and_stays(page: Page, shop: str) -> None:
    page.route("**/vwr/main/tickets", lambda route: route.fulfill(status=429, json={"state": "x"}))
    page.goto(f"{shop}{DOOR}/en?next=/tickets")
    page.get_by_role("link", name="Deutsch").click()
    expect(page.locator("html")).to_have_attribute("lang", "de")
    page.unroute("**/vwr/main/tickets")
    page.reload()
    expect(page.locator("#heading")).to_have_text("Sie stehen in der Warteschlange")


@pytest.mark.parametrize("code", CODES)
def test_it_is_readable_for_everybody(browser: Browser, shop: str, code: str) -> None:
    with fresh_page(browser, LAST) as page:
        page.set_viewport_size({"width": 320, "height": 640})
        page.goto(f"{shop}{DOOR}/{code}")
        for note in ("trouble", "cookies", "check"):
            page.evaluate(f"document.getElementById('{note}').hidden = false")
        assert accessibility_problems(page, colours=code == "en", own_accent=True) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        if code == "en":
            page.emulate_media(color_scheme="dark")
            assert bad_colours(page, own_accent=True) == []


# ---- the light page of a worker that has too much to do


def overload_of(app: Any) -> Overload:
    """Of the waiting room that is around a Starlette app."""
    layer = app.middleware_stack
    while not isinstance(layer, WaitingRoomMiddleware):
        layer = layer.app
    return layer.site.store_access.overload


@pytest.fixture
def crowded(tmp_path: Path) -> Iterator[tuple[str, Overload]]:
    """A shop where nobody may join for two seconds, and its worker's overload."""
    app = example_shop(example_env(tmp_path, mode="queue"))
    with serving_asgi(app) as url, visitor_at(url) as one:
        one.opens()  # so that the room is read
        overload = overload_of(app)
        overload.look = lambda now, late=0.0: None  # type: ignore[method-assign]
        overload.is_on, overload.per_second = True, 10.0
        overload.book.open(time.monotonic())
        overload.lets_in = lambda appointment: appointment is not None  # type: ignore[method-assign]
        yield url, overload


@pytest.mark.parametrize("scripts", [True, False])
def test_the_light_page_of_a_rush_joins_by_itself(
    browser: Browser, crowded: tuple[str, Overload], scripts: bool
) -> None:
    url, overload = crowded
    with fresh_page(browser, java_script_enabled=scripts) as page:
        page.goto(f"{url}/tickets?seat=7")
        expect(page.locator("#heading")).to_have_text("Many people are arriving")
        told = overload.told
        assert told == 1
        expect(page.locator("#heading")).to_have_text(IN_LINE)
        assert page.url == f"{url}/tickets?seat=7"
        assert overload.told == 1, "it has asked once, at its time"
