"""The panel in a real browser, with two workers behind it: fixtures and few words for tests."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.apps import asgi_app
from tests.support.serving import serving_asgi
from tests.support.visitor import Visitor, visitor_at
from vwr_middleware.asgi import WaitingRoomMiddleware
from vwr_middleware.settings import Settings
from vwr_middleware.site.routing import Site
from vwr_middleware.stores.opening import open_store

SECRET = "a secret of the panel's own tests"
PASSWORD, VIEWER, API_KEY = "a long password", "only to look", "an API key of its own"
#: A script that lets the time of the panel's page pass eight times as fast.
HURRY = """{
    const [later, now] = [setTimeout, performance.now.bind(performance)];
    self.setTimeout = (wake, ms) => later(wake, ms / 8);
    performance.now = () => 8 * now();
}"""
#: The same for how long it waits for an answer, until a test sets `isPatient`.
IMPATIENT = """{
    const { timeout } = AbortSignal;
    AbortSignal.timeout = (ms) => timeout(self.isPatient ? ms : ms / 16);
}"""

Client = httpx.Client
#: Lets so many people come.
People = Callable[[int], list[Visitor]]


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    """Two workers of one shop, each at a port of its own, so that a test can choose."""
    store = tmp_path_factory.mktemp("store") / "vwr.sqlite3"
    env = {
        "VWR_SECRET_KEY": SECRET,
        "VWR_STORE": f"sqlite:///{store}",
        "VWR_PATHS": "/tickets",
        "VWR_MAX_ACTIVE": "2",
        "VWR_ADMIN_PASSWORD": PASSWORD,
        "VWR_ADMIN_VIEWER_PASSWORD": VIEWER,
        "VWR_ADMIN_API_KEY": API_KEY,
    }
    settings = Settings.from_env(env)
    with serving_asgi(hurried(settings)) as one, serving_asgi(hurried(settings)) as other:
        yield [one, other]


def hurried(settings: Settings) -> WaitingRoomMiddleware:
    """A worker whose own time passes three times as fast: as often it looks at its room. The time
    of the store, by which everything ends, is as everywhere. A machine with other work at hand is
    no outage: it waits long for the other worker."""
    store = open_store(settings.store, settings.namespace, blocking=False, patience=10.0)
    site = Site(settings, store, lambda: 3 * time.monotonic(), time.time, in_loop=True)
    return WaitingRoomMiddleware(asgi_app, site=site)


@pytest.fixture
def other(servers: list[str]) -> Iterator[Client]:
    """The control API of the worker that the operator does not talk to; at first it is as new."""
    headers = {"Authorization": f"Bearer {API_KEY}"}
    with Client(base_url=f"{servers[1]}/vwr-admin/api", headers=headers, trust_env=False) as client:
        names = [
            row["name"] for row in client.get("/rooms/main").json()["settings"] if row["overridden"]
        ]
        for name in names:
            client.delete(f"/rooms/main/settings/{name}")
        client.post("/rooms/main/reset", json={"confirm": "main", "end_sessions": True})
        yield client


@pytest.fixture
def people(servers: list[str]) -> Iterator[People]:
    """So many people come to the other worker."""
    with ExitStack() as stack:

        def come(count: int) -> list[Visitor]:
            fresh = [stack.enter_context(visitor_at(servers[1])) for _ in range(count)]
            for visitor in fresh:
                visitor.opens()
            return fresh

        yield come


@pytest.fixture(scope="session")
def seal(servers: list[str]) -> dict[str, Any]:
    """The cookie of somebody who has signed in."""
    with Client(base_url=servers[0], trust_env=False) as client:
        client.post("/vwr-admin/sign-in", data={"password": PASSWORD, "name": "Ann"})
        [cookie] = client.cookies.jar
    return {"name": cookie.name, "value": cookie.value or "", "url": f"{servers[0]}{cookie.path}"}


@pytest.fixture
def panel(page: Page, servers: list[str], other: Client, seal: dict[str, Any]) -> Page:
    """The room's page, signed in, and in a hurry."""
    page.context.add_cookies([seal])  # type: ignore[list-item]
    page.add_init_script(HURRY)
    see(page, servers[0])
    return page


def see(page: Page, url: str) -> None:
    page.goto(f"{url}/vwr-admin/rooms/main")
    expect(page.get_by_role("heading", name="main", exact=True)).to_be_visible()


def sign_in(page: Page, url: str, password: str) -> None:
    page.goto(f"{url}/vwr-admin/rooms/main")
    page.get_by_label("Password", exact=True).fill(password)
    page.locator("[name=name]").fill("Ann")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="main", exact=True)).to_be_visible()


def said(page: Page, text: str) -> None:
    expect(page.locator("#result")).to_have_text(re.compile(text))


def sure(page: Page) -> None:
    """Say yes to what the panel asks."""
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    dialog.locator("button[value=yes]").click()


def numbers(other: Client) -> dict[str, Any]:
    answer: dict[str, Any] = other.get("/rooms/main").json()
    return answer


def section(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name)
