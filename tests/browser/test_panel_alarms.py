"""The page of alarms in a real browser, by keys alone: what is on, who is on it, what was sent."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support.accessibility import accessibility_problems
from tests.support.alarm_receivers import WebhookReceiver, webhook_receiver
from tests.support.in_time import in_time
from tests.support.panel_browser import PASSWORD, SECRET, hurried
from tests.support.serving import serving_asgi
from tests.support.visitor import visitor_at
from vwr_middleware.alarms import alarms
from vwr_middleware.settings import Settings
from vwr_middleware.worker.rounds import Rounds


@pytest.fixture
def receiver() -> Iterator[WebhookReceiver]:
    with webhook_receiver() as receiver:
        yield receiver


@pytest.fixture
def page_of_alarms(
    page: Page, receiver: WebhookReceiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Page]:
    """Two people wait, and Ann has just signed in, by keys."""
    monkeypatch.setattr(alarms.Alarms, "wake", Rounds.wake)
    monkeypatch.setattr(alarms, "OFTEN", 0.2)
    settings = Settings(
        secret_key=SECRET, store=f"sqlite:///{tmp_path / 'vwr.sqlite3'}", paths="/tickets",
        max_active=1, admin_password=PASSWORD, alarms={"line_formed": 2},
        alarm_webhooks=[f"{receiver.url}/hook"], alarm_events=True,
    )  # fmt: skip
    receiver.status = 410  # so that what is sent needs somebody's eyes
    app = hurried(settings)
    with serving_asgi(app) as url, ExitStack() as stack:
        for _ in range(3):
            visitor = stack.enter_context(visitor_at(url))
            visitor.opens(), visitor.fetches("/vwr/main/position")
        page.goto(f"{url}/vwr-admin/alarms")
        expect(page.get_by_label("Password", exact=True)).to_be_focused()
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Tab")
        page.keyboard.type("Ann")
        page.keyboard.press("Enter")
        yield page
        app.site.alarms.close()


def reach(page: Page, name: str) -> None:
    """Go to a button by keys alone."""
    button = page.get_by_role("button", name=name)
    expect(button).to_be_visible()
    for _ in range(30):
        page.keyboard.press("Tab")
        if button.evaluate("it => it === document.activeElement"):
            return
    raise AssertionError(f"{name} is not reached by keys")


def test_somebody_says_to_be_on_it_and_sends_a_test_by_keys_alone(
    page_of_alarms: Page, receiver: WebhookReceiver
) -> None:
    page = page_of_alarms
    shown, sent = page.locator("#alarms"), page.locator("#deliveries")
    expect(shown).to_contain_text("A line has formed for main: 2 waiting.")
    expect(sent).to_contain_text("alarm.began main.line_formed")
    expect(sent).to_contain_text("given up: 127.0.0.1: it answers with status 410")
    expect(page.locator("#receivers .ill")).to_contain_text("it wants nothing more")
    reach(page, "I am on it main.line_formed")
    page.keyboard.press("Enter")
    expect(page.locator("#result")).to_have_text(
        "You are on it: the alarm is silent until it ends."
    )
    expect(shown).to_contain_text("Ann is on it.")
    receiver.status = 204
    reach(page, "Send a test")
    page.keyboard.press("Enter")
    expect(page.locator("#result")).to_contain_text("A test is on its way")
    expect(page.get_by_role("button", name="Send a test")).to_be_focused()
    expect(page.locator("#receivers .well")).to_have_text("127.0.0.1")
    assert in_time(lambda: "alarm.test" in receiver.told())
    expect(sent).to_contain_text("alarm.test")
    for width, scheme in ((390, "dark"), (1440, "light")):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert accessibility_problems(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
