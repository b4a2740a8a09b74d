"""A person's whole way in a real browser: a shop on two workers, and real people before them."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.support.faults import fault
from tests.support.in_time import in_time
from tests.support.resume_pages import heading
from tests.support.servers import running_uvicorn
from tests.support.serving import example_env, example_shop, serving_asgi
from tests.support.single_page import documented
from tests.support.visitor import Visitor, visitor_at
from tests.support.waiting import wait_for
from vwr_middleware.blocking import finish
from vwr_middleware.stores.opening import open_store

pytestmark = pytest.mark.whole_browser

Come = Callable[[], Visitor]


@pytest.fixture
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The example's shop on two workers, for two people at a time.

    They are threads of this process, or processes of uvicorn where a test names their store: to
    start these takes longer than most tests.
    """
    kind = getattr(request, "param", "")
    env = example_env(tmp_path, max_active="2")
    if kind == "valkey":
        # Patient: a join whose answer is late is made again, and its number is burned.
        env["VWR_STORE"] = f"{request.getfixturevalue('valkey_url')}?socket_timeout=10"
    serving = (
        running_uvicorn("examples.starlette_app.shop:app", workers=2, env=env)
        if kind
        else serving_asgi(example_shop(env), example_shop(env))
    )
    with serving as url:
        yield url


def on_real_workers(first: str, other: str) -> pytest.MarkDecorator:
    """Runs a test with processes that share one store, and in the thorough run with the other."""
    rare = pytest.param(other, marks=pytest.mark.thorough)
    return pytest.mark.parametrize("shop", [first, rare], indirect=True)


@pytest.fixture
def come(shop: str) -> Iterator[Come]:
    """Somebody else opens the shop, and is inside or in line."""
    with ExitStack() as stack:

        def open_the_shop() -> Visitor:
            visitor = stack.enter_context(visitor_at(shop))
            while not visitor.cookies:
                visitor.opens()
            return visitor

        yield open_the_shop


def is_inside(visitor: Visitor) -> bool:
    return visitor.fetches("/tickets/time-left").status_code == 200


def get_in(visitor: Visitor) -> Visitor:
    """Open the shop again and again until inside, however busy the machine is."""

    def is_let_in() -> bool:
        visitor.opens()
        return is_inside(visitor)

    assert in_time(is_let_in, 30, pause=0.3)
    return visitor


def buy(visitor: Visitor) -> None:
    """Buy a ticket, which ends the session, and look around a little."""
    bought = visitor.opens("/tickets/purchase", "POST", follow_redirects=True)
    assert "Thank you" in bought.text


@pytest.fixture
def others(come: Come) -> list[Visitor]:
    """Two people in the shop, which is full."""
    return [get_in(come()), get_in(come())]


def reserve(page: Page, shop: str) -> None:
    page.goto(shop)
    page.get_by_role("link", name="Reserve").click()
    heading(page, "You are in line")


def see_the_shop(page: Page) -> None:
    expect(page.get_by_role("button", name="Purchase now")).to_be_visible()


def issued(shop: str) -> int:
    """How many positions were given out."""
    count: int = httpx.get(f"{shop}/vwr/main/status", trust_env=False).json()["issued"]
    return count


@on_real_workers("valkey", "sqlite")
def test_a_person_waits_is_let_in_buys_and_starts_over(
    page: Page, shop: str, others: list[Visitor]
) -> None:
    reserve(page, shop)
    expect(page.locator("#position")).to_have_text("3")
    buy(others[0])
    see_the_shop(page)
    assert page.url == f"{shop}/tickets"
    expect(page.get_by_text("You came in as number 3.")).to_be_visible()
    # The page's own question has confirmed the session: it lasts ten minutes now, and not one.
    expect(page.locator("#left")).to_have_text(re.compile("9:5|10:00"))
    page.get_by_role("button", name="Purchase now").click()
    heading(page, "Thank you!")
    page.get_by_role("button", name="Start over").click()
    see_the_shop(page)  # a slot is free, so nobody waits
    assert page.url == f"{shop}/tickets"
    expect(page.get_by_text("You came in as number 4.")).to_be_visible()


def check_until(page: Page, there: Locator) -> None:
    """Without scripts: ask for news, as a person would, until this is there."""
    give_up_at = time.monotonic() + 30
    check = page.get_by_role("link", name="Check now")
    while not there.is_visible():
        assert time.monotonic() < give_up_at
        expect(check.or_(there).first).to_be_visible()  # a page may be on its way
        if check.is_visible():
            check.click()
        page.wait_for_timeout(300)


@on_real_workers("sqlite", "valkey")
def test_the_same_without_scripts(browser: Browser, shop: str, others: list[Visitor]) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(shop)
        page.get_by_role("link", name="Reserve").click()
        check_until(page, page.get_by_role("heading", name="You are in line"))
        buy(others[0])
        check_until(page, page.get_by_role("button", name="Purchase now"))
        assert page.url == f"{shop}/tickets"
        page.get_by_role("button", name="Purchase now").click()
        heading(page, "Thank you!")
        page.goto(f"{shop}/tickets")
        heading(page, "Your session has ended")  # who only looks takes no place
        page.get_by_role("button", name="Join the line").click()
        check_until(page, page.get_by_role("button", name="Purchase now"))


def test_people_before_go_first(page: Page, shop: str, others: list[Visitor], come: Come) -> None:
    before = come()
    assert not is_inside(before)
    reserve(page, shop)
    expect(page.locator("#ahead")).to_have_text("1")
    buy(others[0])
    get_in(before)
    expect(page.locator("#ahead")).to_have_text("0")
    buy(before)
    see_the_shop(page)


@fault("A page is reloaded, a second tab opened, a tab put to sleep")
def test_a_reload_and_a_second_tab_keep_the_place(
    page: Page, shop: str, others: list[Visitor], come: Come
) -> None:
    reserve(page, shop)
    come()  # somebody behind: a lost place would be after theirs
    page.reload()
    expect(page.locator("#position")).to_have_text("3")
    second = page.context.new_page()
    second.goto(f"{shop}/tickets")
    expect(second.locator("#position")).to_have_text("3")
    wait_for(lambda: issued(shop) == 4)  # the public status may be a second old
    buy(others[0])
    see_the_shop(page)
    see_the_shop(second)
    expect(second.get_by_text("You came in as number 3.")).to_be_visible()


def test_the_back_button_shows_no_old_waiting_page_and_takes_no_new_place(
    page: Page, shop: str, others: list[Visitor]
) -> None:
    reserve(page, shop)
    buy(others[0])
    see_the_shop(page)
    page.go_back()
    expect(page.get_by_role("link", name="Reserve")).to_be_visible()
    page.go_forward()
    see_the_shop(page)
    page.get_by_role("button", name="Purchase now").click()
    heading(page, "Thank you!")
    page.go_back()
    page.reload()
    heading(page, "Your session has ended")
    wait_for(lambda: issued(shop) == 3)
    page.get_by_role("button", name="Join the line").click()
    expect(page.locator("#position")).to_have_text("4")


def test_where_everybody_passes_those_in_line_go_in_by_themselves(
    page: Page, shop: str, others: list[Visitor], tmp_path: Path
) -> None:
    reserve(page, shop)
    store = open_store(f"sqlite:///{tmp_path / 'vwr.sqlite3'}", "vwr", blocking=True)
    finish(store.change("main", {"mode": "off"}))
    finish(store.close())
    see_the_shop(page)
    assert page.url == f"{shop}/tickets"


def test_a_single_page_app_shows_the_waiting_page_and_gets_its_person_back(
    page: Page, shop: str, others: list[Visitor]
) -> None:
    page.goto(f"{shop}/?from=app")
    recipe = documented("js", "/seats")
    page.evaluate(f"(async () => {{ {recipe} }})()")
    heading(page, "You are in line")
    buy(others[0])
    expect(page.get_by_role("link", name="Reserve")).to_be_visible()
    assert page.url == f"{shop}/?from=app"
