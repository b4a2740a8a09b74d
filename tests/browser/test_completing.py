"""A page ends the session of its visitor, and a page of another origin ends none: in a browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from tests.support.browser import fresh_page
from tests.support.in_time import in_time
from tests.support.serving import serving_asgi
from tests.support.visitor import visitor_at
from vwr_middleware.asgi import WaitingRoomMiddleware

PAGE = "<!doctype html><html lang=en><title>page</title><h1>page</h1>"
BEACON = "address => navigator.sendBeacon(address + '/vwr/main/complete')"
IMAGE = """address => new Promise(seen => {
    const image = new Image(); image.onload = image.onerror = ({ type }) => seen(type);
    image.src = address + "/vwr/main/complete.gif";
})"""
FORM = """address => {
    const form = document.createElement("form");
    form.action = address + "/vwr/main/complete";
    Object.assign(form, { method: "post", target: "_blank" });
    document.body.append(form); form.submit();
}"""


@pytest.fixture
def url() -> Iterator[str]:
    async def page(request: Request) -> HTMLResponse:
        return HTMLResponse(PAGE)

    app = WaitingRoomMiddleware(
        Starlette(routes=[Route("/{path:path}", page)]),
        secret_key="a key for tests of the browser",
        store="memory://",
        paths="/seats",
        max_active=1,
        complete_by_image=True,
    )
    with serving_asgi(app) as base:
        yield base


@pytest.fixture
def page(browser: Browser, url: str) -> Iterator[Page]:
    """A page of somebody inside, who has no slot to spare."""
    with fresh_page(browser) as page:
        for _ in range(2):
            page.goto(f"{url}/seats")
        yield page


def is_free(url: str) -> bool:
    with visitor_at(url) as visitor:
        return visitor.opens("/seats").status_code == 200


@pytest.mark.parametrize("script", [BEACON, IMAGE], ids=["beacon", "image"])
def test_a_page_of_the_shop_ends_its_visitors_session(page: Page, url: str, script: str) -> None:
    page.goto(f"{url}/receipt")
    page.evaluate(script, "")
    assert in_time(lambda: is_free(url), pause=0.3)


def test_a_page_of_another_origin_ends_none(page: Page, url: str) -> None:
    page.goto(f"{url.replace('127.0.0.1', 'localhost')}/blog")
    with page.expect_request_finished(lambda request: request.url.endswith("complete")):
        page.evaluate(BEACON, url)
    assert page.evaluate(IMAGE, url) == "error"
    with page.context.expect_page() as opened:
        page.evaluate(FORM, url)
    opened.value.wait_for_load_state()
    page.goto(f"{url}/seats")
    assert page.title() == "page"
    assert not is_free(url)
