"""An operator at the real demo: two workers, a crowd that comes and goes, a queue to be emptied."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.support.panel_browser import HURRY
from tests.support.servers import ROOT, free_port

PATIENCE = 40_000.0


@pytest.fixture(scope="module")
def demo() -> Iterator[tuple[str, str]]:
    """The panel's address and its password, as the demo's terminal tells them."""
    port = free_port()
    command = [sys.executable, "-m", "vwr_middleware", "demo", "--port", str(port), "--crowd", "90"]
    running = subprocess.Popen(
        [*command, "--workers", "2"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        assert running.stdout
        told = next(line for line in running.stdout if "The panel" in line)
        found = re.search(r"(http\S+)\s+\(password: (\S+)\)", told)
        assert found
        yield found[1], found[2]
    finally:
        running.send_signal(signal.SIGTERM)
        running.communicate(timeout=30)


def shown(page: Page, name: str) -> int:
    """A number of the room's page by its label."""
    row = page.locator("#numbers dl > div", has=page.get_by_text(name, exact=True))
    return int(row.locator("dd").first.inner_text().split()[0].replace(",", ""))


def press(page: Page, button: str) -> None:
    page.get_by_role("button", name=button, exact=True).click()


def sure(page: Page) -> None:
    page.get_by_role("dialog").locator("button[value=yes]").click()


def sign_in(page: Page, url: str, password: str) -> None:
    page.goto(f"{url}/rooms/main")
    page.get_by_label("Password", exact=True).fill(password)
    press(page, "Sign in")


def reads_anew(page: Page, times: int) -> None:
    """Wait until what was under way has arrived: the page reads the numbers again and again."""
    for _ in range(times):
        with page.expect_response(re.compile("/live$")):
            pass


def stands_still(page: Page) -> int:
    """Pause, and see the serving counter stay where it is."""
    press(page, "Pause")
    sure(page)
    expect(page.locator("#state")).to_have_text("paused", timeout=PATIENCE)
    reads_anew(page, 9)  # for a second, since the numbers of the other worker may be as old
    stands = shown(page, "Serving counter")
    reads_anew(page, 12)  # which takes a second and a half, and the room moves twice a second
    assert shown(page, "Serving counter") == stands
    return stands


def test_an_operator_watches_the_queue_move_and_empties_it(
    page: Page, demo: tuple[str, str]
) -> None:
    page.add_init_script(HURRY)
    sign_in(page, *demo)
    waits = page.locator("#numbers dd").first
    expect(waits).to_have_text(re.compile("[1-9]"), timeout=PATIENCE)
    before = shown(page, "Serving counter")
    expect(page.locator("#serving-now")).not_to_have_text(str(before), timeout=PATIENCE)
    assert shown(page, "Serving counter") > before  # it moves by itself
    stands = stands_still(page)
    expect(waits).to_have_text(re.compile("[1-9]"), timeout=PATIENCE)

    press(page, "Resume")
    expect(page.locator("#result")).to_have_text("Resumed: the mode is auto.", timeout=PATIENCE)
    card = page.locator("#setting-max_active")
    card.get_by_role("textbox").fill("500")
    card.get_by_role("button", name="Set", exact=True).click()
    sure(page)
    expect(page.locator("#result")).to_have_text("Done: max_active is 500.", timeout=PATIENCE)
    expect(waits).to_have_text("0", timeout=PATIENCE)
    expect(page.locator("#state")).to_have_text("open", timeout=PATIENCE)
    assert shown(page, "Serving counter") > stands
    expect(page.locator("#audit")).to_contain_text("max_active", timeout=PATIENCE)
