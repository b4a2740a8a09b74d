"""The documentation as a site: whole, of itself alone, searched, and with a line that moves."""

import shutil
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.readme import DOCS
from tools import build_site

pytestmark = pytest.mark.outside

#: What newcomers ask, and the page that answers.
QUESTIONS = {
    "second browser does not wait": "faq",
    "how many visitors at once max_active": "settings",
    "behind nginx trusted_proxies": "proxies",
    "django middleware": "quick-start",
    "php wordpress": "any-app",
    "end the session receipt": "sessions",
    "store is away": "when-things-break",
    "postgresql": "stores",
    "staff never wait": "rules",
    "colours logo": "waiting-page",
    "aws virtual waiting room": "from-aws",
    "pause on the day": "operators",
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The site, built anew and served."""
    assert build_site.main() == 0, "a warning is an error"
    folder = tmp_path_factory.mktemp("site") / "site"
    shutil.copytree(build_site.SITE, folder)
    handler = partial(QuietHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page in no hurry."""
    with browser.new_context() as context:
        yield context.new_page()


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves files and says nothing of it."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_every_document_is_a_page_of_its_own_and_in_the_menu(site: str) -> None:
    menu = (build_site.ROOT / "zensical.toml").read_text()
    names = [path.name for path in DOCS.glob("*.md")]
    assert [name for name in names if f'"{name}"' not in menu] == []
    assert [name for name in names if not page_of(name.removesuffix(".md")).exists()] == []


def page_of(name: str) -> Path:
    """The page of a document."""
    return Path(build_site.SITE) / name / "index.html"


def test_the_reference_has_every_name_and_every_command(site: str) -> None:
    python, command = (page_of(f"reference/{name}").read_text() for name in ("python", "command"))
    for name in ("vwr_middleware.client.WaitingRooms", "vwr_middleware.settings.RoomSettings"):
        assert f'id="{name}"' in python
    assert 'id="store-migrate"' in command
    assert "paths is missing: name the paths" in page_of("reference/errors").read_text()
    assert "advance" in page_of("reference/http").read_text()


def test_no_page_asks_another_host(site: str, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for name in ("", "settings/", "gallery/", "reference/python/"):
        page.goto(f"{site}/{name}")
    assert len(asked) > 10
    assert [url for url in asked if not url.startswith((site, "data:"))] == []


def test_the_search_finds_the_answer_among_the_first_three_pages(site: str, page: Page) -> None:
    page.goto(f"{site}/glossary/")
    page.keyboard.press("/")
    found = page.locator("dialog a[href]")
    box = page.get_by_role("combobox")
    missed = {}
    for question, answer in QUESTIONS.items():
        box.fill(question)
        for _ in range(50):  # what is found comes from a worker of the browser's
            # Those are sections: the first three pages may be more of them.
            hrefs = found.evaluate_all("links => links.map(link => link.pathname)")
            pages = list(dict.fromkeys(str(href).strip("/") for href in hrefs))
            if answer in pages[:3]:
                break
            page.wait_for_timeout(200)
        else:
            missed[question] = pages
    assert missed == {}


def test_the_line_of_the_live_demo_moves_until_one_is_inside(site: str, page: Page) -> None:
    page.clock.install()
    page.goto(f"{site}/demo/page.html")
    expect(page.locator("#position")).to_have_text("264")
    page.clock.run_for(10_000)
    assert 200 < int(page.locator("#serving").inner_text()) < 264
    page.clock.run_for(20_000)
    expect(page.get_by_text("You are inside")).to_be_visible()


def test_the_links_in_documents_lead_to_the_repository_where_they_leave_the_site() -> None:
    text = build_site.with_links("[a](../examples) [b](rules.md#x) [c](../README.md)", DOCS)
    repository = build_site.repository()
    assert text == f"[a]({repository}/tree/main/examples) [b](rules.md#x) [c](index.md)"
