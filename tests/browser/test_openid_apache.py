"""A person at a static page behind Apache, which asks the room as its OpenID provider."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support.in_time import in_time
from tests.support.openid_apache import Shop, shop_behind_apache
from tests.support.resume_pages import heading
from tests.support.visitor import TOKEN, visitor_at

pytestmark = pytest.mark.outside


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with shop_behind_apache(tmp_path) as shop:
        yield shop


def told(page: Page, name: str) -> str:
    """What Apache says in a header, as the page is loaded again."""
    response = page.reload()
    assert response is not None
    return response.headers.get(name, "")


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
    assert told(page, "x-queue-position") == "2"
    # Apache refreshes its tokens while somebody is there, and so keeps the session.
    first = told(page, "x-access-token")
    assert in_time(lambda: told(page, "x-access-token") not in ("", first), 30, pause=0.5)
    # The session is ended at the room: with its next refresh Apache sends the person back there.
    assert page.context.request.post(f"{shop.room.url}/vwr/main/complete").status == 200
    assert in_time(lambda: told(page, "x-access-token") == "", 30, pause=0.5)
    heading(page, "Your session has ended")
    page.get_by_role("button", name="Join the line").click()
    # Somebody who was inside a moment ago is not sent on unasked, lest a page reload for ever.
    page.get_by_role("link", name="Enter now").click()
    heading(page, "You are in")
    assert page.url == f"{shop.url}/"
    assert told(page, "x-queue-position") == "3"
    page.goto(f"{shop.url}/openid/callback?logout={shop.url}/goodbye.html")
    heading(page, "Goodbye")
    with visitor_at(shop.room.url) as after:
        after.opens()
        assert TOKEN in after.cookies  # the slot is free
