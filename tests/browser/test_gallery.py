"""The gallery of `vwr preview`: the states side by side, as they look in the midst of a wait."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from werkzeug.wrappers import Response

from tests.support.serving import serving
from vwr_middleware.settings import Settings
from vwr_middleware.wsgi import WaitingRoomMiddleware


@pytest.fixture(scope="module")
def gallery() -> Iterator[str]:
    """Its address."""
    settings = Settings(
        secret_key="a key for a gallery", store="memory://", debug=True, paths=["/tickets"]
    )
    with serving(WaitingRoomMiddleware(Response("nothing"), settings)) as url:
        yield f"{url}/vwr/preview/"


def test_the_pages_of_people_in_line_have_come_some_of_their_way(page: Page, gallery: str) -> None:
    page.goto(f"{gallery}?lang=en&scheme=dark")
    for state, ahead in (("waiting", "1,234"), ("near", "6")):
        shown = page.frame_locator(f"iframe[title={state}]")
        expect(shown.locator("#ahead")).to_have_text(ahead)
        way = shown.locator("progress")
        expect(way).to_have_js_property("value", 0.6)
        track = shown.locator("#track").evaluate("one => one.style.getPropertyValue('--at')")
        assert track == "0.6"
