"""A short way in behind real Starlette, Flask and Django, on a phone, in three languages."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.servers import free_port, running
from tests.support.serving import example_shop, serving_asgi
from tests.support.visitor import Visitor, purchase, visitor_at
from tests.support.waiting import HURRY, wait_for
from vwr_middleware.demo.servers import SHOPS

pytestmark = pytest.mark.whole_browser

PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
HEADINGS = {
    "starlette": ("en-GB", "You are in line"),
    "flask": ("de-AT", "Sie stehen in der Warteschlange"),
    "django": ("ja-JP", "列に並んでいます"),
}


def environment(folder: Path) -> dict[str, str]:
    """What sets an example up, for one person at a time."""
    return {
        "VWR_SECRET_KEY": "a key for an example",
        "VWR_STORE": f"sqlite:///{folder / 'rooms.sqlite3'}",
        "VWR_MAX_ACTIVE": "1",
    }


@pytest.fixture
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The shop of an example."""
    server, *app = SHOPS[request.param]
    port = free_port()
    where = ["-b", f"127.0.0.1:{port}"] if server == "gunicorn" else ["--port", str(port)]
    with running([server, *app, *where], port, environment(tmp_path)) as url:
        yield url


@pytest.fixture
def inside(shop: str) -> Iterator[Visitor]:
    """Somebody who is in the shop already."""
    with visitor_at(shop) as visitor:
        assert "Purchase now" in visitor.opens("/tickets").text
        yield visitor


def leave(visitor: Visitor) -> None:
    """Buy, which makes room, and look whether that was heard."""
    receipt = purchase(visitor, visitor.opens("/tickets"))
    assert "Thank you!" in visitor.opens(receipt.headers["location"]).text


@pytest.mark.parametrize("shop", SHOPS, indirect=True)
def test_a_person_waits_on_a_phone_and_is_let_in(
    browser: Browser, shop: str, inside: Visitor, request: pytest.FixtureRequest
) -> None:
    locale, heading = HEADINGS[request.node.callspec.params["shop"]]
    with browser.new_context(locale=locale, **PHONE) as context:  # type: ignore[arg-type]
        context.add_init_script(HURRY)
        page = context.new_page()
        page.goto(f"{shop}/tickets?seat=7&row=a#map")
        expect(page.get_by_role("heading", level=1)).to_have_text(heading)
        expect(page.locator("#position")).to_have_text("2")
        expect(page.locator("#serving")).to_have_text("1")
        expect(page.locator("#waiting")).to_have_text("1")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        leave(inside)
        expect(page.get_by_role("button", name="Purchase now")).to_be_visible()
        assert page.url == f"{shop}/tickets?seat=7&row=a#map"


@pytest.mark.parametrize("shop", ["django"], indirect=True)
def test_a_form_that_was_stopped_is_said_to_need_repeating(
    page: Page, shop: str, inside: Visitor
) -> None:
    page.goto(f"{shop}/?from=form")
    page.set_content(
        f'<form method=post action="{shop}/tickets/purchase"><button>Send</button></form>'
    )
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("What you sent was not received.")).to_be_visible()
    leave(inside)
    expect(page.get_by_role("link", name="Reserve")).to_be_visible()
    assert page.url == f"{shop}/?from=form", "back to the form, for nothing is sent twice"


def test_a_turn_that_was_missed_is_said_and_one_click_leads_back(
    page: Page, tmp_path: Path
) -> None:
    rules = {"VWR_LATE": "lost", "VWR_CLAIM_WITHIN": "1"}
    with serving_asgi(example_shop(environment(tmp_path) | rules)) as shop:
        with visitor_at(shop) as first:
            first.opens("/tickets")
            page.goto(f"{shop}/tickets")
            expect(page.locator("#position")).to_have_text("2")
            page.goto("about:blank")
            leave(first)
            # Others ask, so the counter moves: called, and away.
            wait_for(lambda: first.fetches("/vwr/main/status").json()["serving"] == 2)
            for _ in range(4):
                page.wait_for_timeout(600)
                first.fetches("/vwr/main/status")
        page.goto(f"{shop}/tickets")
        expect(page.get_by_role("heading", level=1)).to_have_text("You missed your turn")
        page.get_by_role("button", name="Join the line").click()
        expect(page.get_by_role("button", name="Purchase now")).to_be_visible()
        expect(page.get_by_text("You came in as number 3.")).to_be_visible()
