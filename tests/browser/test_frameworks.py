"""A short way in behind real Starlette, Flask and Django, on a phone, in three languages."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.cases import cases
from tests.support.servers import free_port, running
from tests.support.serving import example_env
from tests.support.visitor import Visitor, purchase, visitor_at
from tests.support.waiting import HURRY
from vwr_middleware.demo.servers import SHOPS, command_of

pytestmark = pytest.mark.whole_browser

PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
HEADINGS = {
    "starlette": ("en-GB", "You are in line"),
    "flask": ("de-AT", "Sie stehen in der Warteschlange"),
    "django": ("ja-JP", "列に並んでいます"),
}


@pytest.fixture
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The shop of an example."""
    port = free_port()
    _python, _m, *command = command_of(request.param, port, workers=1)
    with running(command, port, example_env(tmp_path)) as url:
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


@pytest.mark.parametrize("shop", cases(SHOPS, usual=["flask"]), indirect=True)
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
        expect(page.locator("#front")).to_be_visible()
        expect(page.locator("#ahead")).to_be_hidden()
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
