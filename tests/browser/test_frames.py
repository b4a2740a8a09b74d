"""The waiting page in a frame of another site, where browsers keep no cookie of ours, and after a
form of one, with which they send none."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from werkzeug.wrappers import Response

from tests.support.servers import free_port
from tests.support.serving import example_env, example_shop, serving, serving_asgi
from tests.support.visitor import visitor_at


@pytest.fixture
def portal_port() -> int:
    """Where the other site is served."""
    return free_port()


#: With these a place is kept in a frame.
KEPT = {
    "cookie_samesite": "None",
    "cookie_secure": "always",
    "cookie_partitioned": "true",
}


@pytest.fixture
def shop(tmp_path: Path, portal_port: int, request: pytest.FixtureRequest) -> Iterator[str]:
    """A shop for one person, who is in. The other site may show it in a frame."""
    ancestors = f"http://localhost:{portal_port}"
    env = example_env(tmp_path, frame_ancestors=ancestors, **getattr(request, "param", {}))
    with serving_asgi(example_shop(env)) as url, visitor_at(url) as inside:
        assert "Purchase now" in inside.opens("/tickets").text
        yield url


@pytest.fixture
def portal(shop: str, portal_port: int) -> Iterator[str]:
    """A page of another site that shows the shop."""
    html = f"<iframe src={shop}/tickets width=600 height=700></iframe>"
    with serving(Response(html, mimetype="text/html"), portal_port):
        yield f"http://localhost:{portal_port}/"


@pytest.fixture(params=[True, False], ids=["script", "no-script"])
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """A browser with or without scripts."""
    context = browser.new_context(java_script_enabled=request.param)
    yield context.new_page()
    context.close()


def next_position(shop: str) -> int:
    """The number that one more visitor is given."""
    with visitor_at(shop) as visitor:
        visitor.opens("/tickets")
        position: int = visitor.position()["position"]
        return position


def test_checking_again_leads_out_of_the_frame_to_one_place(
    page: Page, shop: str, portal: str
) -> None:
    page.goto(portal)
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("heading", level=1)).to_have_text("Cookies are blocked")
    frame.get_by_role("link", name="Check now").click()
    expect(page).to_have_url(f"{shop}/tickets")
    expect(page.locator("#position")).to_have_text("2")
    page.reload()
    expect(page.locator("#position")).to_have_text("2")
    assert next_position(shop) == 3


def test_another_language_leads_out_of_the_frame_too(page: Page, shop: str, portal: str) -> None:
    page.goto(portal)
    frame = page.frame_locator("iframe")
    frame.get_by_label("Language").select_option("de")
    frame.get_by_role("button", name="Change").click()
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text("Sie stehen in der Warteschlange")
    assert next_position(shop) == 3


@pytest.mark.parametrize("shop", [KEPT], indirect=True)
def test_a_frame_that_keeps_a_place_keeps_the_language_too(page: Page, portal: str) -> None:
    page.goto(portal)
    frame = page.frame_locator("iframe")
    expect(frame.locator("#position")).to_have_text("2")
    frame.get_by_label("Language").select_option("de")
    frame.get_by_role("button", name="Change").click()
    heading = frame.get_by_role("heading", level=1)
    expect(heading).to_have_text("Sie stehen in der Warteschlange")
    page.goto(portal)
    expect(heading).to_have_text("Sie stehen in der Warteschlange")
    expect(frame.locator("#position")).to_have_text("2")


@pytest.mark.parametrize("shop", [KEPT], indirect=True)
def test_a_language_that_was_kept_for_frames_gives_way_to_the_next(page: Page, shop: str) -> None:
    heading = page.get_by_role("heading", level=1)
    for path, code, words in (
        ("/vwr/main/?next=/tickets", "de", "Sie stehen in der Warteschlange"),
        ("/tickets", "fr", "Vous êtes dans la file"),
    ):
        page.goto(f"{shop}{path}")
        page.locator("#language select").select_option(code)
        page.locator("#language button").click()
        expect(heading).to_have_text(words)
    page.goto(f"{shop}/tickets")
    expect(heading).to_have_text(words)


def test_a_form_of_another_site_takes_nobodys_place_away(page: Page, shop: str) -> None:
    page.goto(f"{shop}/tickets")
    expect(page.locator("#position")).to_have_text("2")
    form = f"<form method=post action={shop}/tickets><button name=seat value=1>Win</button></form>"
    port = free_port()
    with serving(Response(form, mimetype="text/html"), port):
        page.goto(f"http://localhost:{port}/")
        page.get_by_role("button").click()
        expect(page.locator("#position")).to_have_text("2")
    expect(page.get_by_text("Please send it again")).to_be_visible()
    page.goto(f"{shop}/tickets")
    expect(page.locator("#position")).to_have_text("2")
    assert next_position(shop) == 3
