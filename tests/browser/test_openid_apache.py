"""A person at a static page behind Apache, which asks the room as its OpenID provider."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support.openid_apache import Shop, shop_behind_apache
from tests.support.resume_pages import heading
from tests.support.visitor import TOKEN, visitor_at

pytestmark = pytest.mark.outside


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with shop_behind_apache(tmp_path) as shop:
        yield shop


def test_a_person_waits_at_the_room_and_comes_back_to_the_page(page: Page, shop: Shop) -> None:
    with visitor_at(shop.room.url) as before:
        before.opens()
        assert TOKEN in before.cookies
        page.goto(f"{shop.url}/")
        expect(page.get_by_role("heading", level=1)).to_have_text(
            re.compile("You are (in line|next)")
        )
        assert page.url.startswith(f"{shop.room.url}/vwr/main/openid/authorize?")
        assert before.fetches("/vwr/main/complete", "POST").is_success
        heading(page, "You are in")
        assert page.url == f"{shop.url}/"
        told = page.reload()
        assert told is not None
        assert told.headers["x-queue-position"] == "2"
        page.goto(f"{shop.url}/openid/callback?logout={shop.url}/goodbye.html")
        heading(page, "Goodbye")
    with visitor_at(shop.room.url) as after:
        after.opens()
        assert TOKEN in after.cookies  # the slot is free
