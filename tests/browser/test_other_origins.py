"""A single-page app whose API is of another site waits by the code that the documents show."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page
from werkzeug.wrappers import Response

from tests.support.readme import SINGLE_PAGE_APPS, snippets
from tests.support.servers import free_port, running_uvicorn
from tests.support.serving import serving
from tests.support.visitor import visitor_at


@pytest.fixture
def pages() -> Iterator[str]:
    """The origin of the app's pages."""
    port = free_port()
    with serving(Response("", mimetype="text/html"), port):
        yield f"http://localhost:{port}"


@pytest.fixture(params=["behind", "around"])
def api(pages: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of the API, whose CORS layer stands behind the waiting room or around it."""
    env = {"API_PAGES": pages, "API_CORS": request.param}
    with running_uvicorn("tests.support.other_origin_app:app", env=env) as url:
        yield url


def test_calls_of_an_app_of_another_site_wait_in_one_place(
    page: Page, pages: str, api: str
) -> None:
    recipe = next(
        code for code in snippets(SINGLE_PAGE_APPS.read_text(), "js") if "function ask" in code
    )
    page.add_init_script("const real = setTimeout; setTimeout = (wake, ms) => real(wake, ms / 5)")
    page.goto(pages)
    page.evaluate("() => { self.told = []; self.showWaiting = (t) => told.push(t.position) }")
    page.evaluate(f"() => {{ {recipe.replace('https://api.example', api)}; self.ask = ask }}")
    seats = f"{api}/tickets/seats"
    with visitor_at(api) as inside:
        assert inside.opens("/tickets/seats").text == "inside 1-1"
        post = f'ask("{seats}", {{ method: "POST", body: "A1" }})'
        page.evaluate(f'self.done = Promise.all([ask("{seats}"), {post}]), null')
        page.wait_for_function("told.length > 0")
        assert inside.opens("/tickets/seats", "DELETE").text == "inside 1-1"
    answers = page.evaluate("done.then((all) => Promise.all(all.map((one) => one.text())))")
    assert answers == ["inside 1-2", "inside 1-2 A1"]
    assert set(page.evaluate("told")) == {2}
    # The next call waits for nobody, and once the session is over the person decides.
    assert page.evaluate(f'ask("{seats}", {{ method: "DELETE" }}).then((one) => one.text())')
    assert page.evaluate(f'ask("{seats}").then((one) => one.status)') == 429
    assert page.evaluate(f'ask("{seats}").then((one) => one.text())') == "inside 1-3"
