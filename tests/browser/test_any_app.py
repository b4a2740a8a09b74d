"""A person at a shop in PHP, which is not ours: nginx asks the room, which stands beside."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support.in_time import in_time
from tests.support.resume_pages import heading
from tests.support.servers import free_port
from tests.support.serving import example_env
from tests.support.visitor import Visitor, visitor_at
from vwr_middleware.demo.foreign_app import missing_programs, serving_php

pytestmark = pytest.mark.outside


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[str]:
    """The shop, for one person at a time."""
    if (missing := missing_programs()) and "CI" not in os.environ:
        pytest.skip(f"{' and '.join(missing)} not installed")
    port = free_port()
    env = example_env(tmp_path)
    with serving_php(port, 1, env, tmp_path, app_port=free_port(), room_port=free_port()):
        yield f"http://127.0.0.1:{port}"


def gets_in(visitor: Visitor) -> bool:
    """Whether somebody who opens the shop again and again is inside in time."""
    return in_time(lambda: "You are in</h1>" in visitor.opens().text, 30, pause=0.3)


def is_in_line(page: Page) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("You are (in line|next)"))


def is_done(visitor: Visitor) -> bool:
    """Somebody's receipt ends the session."""
    return visitor.fetches("/vwr/main/complete", "POST").is_success


def test_a_person_waits_is_let_in_buys_and_starts_over(page: Page, shop: str) -> None:
    with visitor_at(shop) as before, visitor_at(shop) as behind:
        assert gets_in(before)
        page.goto(shop)
        page.get_by_role("link", name="Choose a seat").click()
        is_in_line(page)
        expect(page.locator("#position")).to_have_text("2")
        assert page.url == f"{shop}/tickets"
        assert is_done(before)
        heading(page, "You are in")
        assert behind.opens().headers["vwr-state"] == "waiting"
        page.get_by_label("On the bridge, beside the captain").check()
        page.get_by_role("button", name="Buy this seat").click()
        heading(page, "See you on board!")
        assert gets_in(behind)  # since the receipt has ended the session
        page.reload()
        heading(page, "See you on board!")
        # The waiting page lets nobody in twice within twenty seconds: they have passed.
        page.evaluate("sessionStorage.clear(); localStorage.clear()")
        page.get_by_role("button", name="Start over").click()
        is_in_line(page)
        assert is_done(behind)
        heading(page, "You are in")
        assert page.url == f"{shop}/tickets"
