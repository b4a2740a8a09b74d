"""Somebody whose phone leaves its Wi-Fi, at a shop whose sessions are bound to their network."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.resume_pages import device, heading
from tests.support.serving import example_env, example_shop, serving_asgi
from tests.support.waiting import stop_the_clock


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[str]:
    env = example_env(tmp_path, bind="true", trusted_proxies="1")
    with serving_asgi(example_shop(env)) as url:
        yield url


def goes_to(page: Page, address: str) -> None:
    page.context.set_extra_http_headers({"X-Forwarded-For": address})


def changes_its_network(phone: Page, shop: str) -> str:
    """Goes in, and elsewhere; returns the title inside."""
    goes_to(phone, "203.0.113.7")
    phone.goto(f"{shop}/tickets")
    inside = phone.title()
    goes_to(phone, "198.51.100.1")
    phone.reload()
    heading(phone, "Your network has changed")
    return inside


def test_the_session_waits_in_the_network_where_it_began(browser: Browser, shop: str) -> None:
    with device(browser) as phone:
        inside = changes_its_network(phone, shop)
        expect(phone.get_by_role("button", name="Join the line")).to_be_visible()
        goes_to(phone, "203.0.113.7")
        phone.reload()
        assert phone.title() == inside
        goes_to(phone, "198.51.100.1")
        phone.reload()
        phone.get_by_role("button", name="Join the line").click()
        heading(phone, "You are in line")
        expect(phone.locator("#position")).to_have_text("2")
        phone.reload()
        heading(phone, "You are in line")
        expect(phone.locator("#position")).to_have_text("2")


def test_whoever_is_back_in_the_sessions_network_gets_no_new_place_by_the_button(
    browser: Browser, shop: str
) -> None:
    with device(browser) as phone:
        # It is pressed before the page hears of it by itself.
        phone.add_init_script("delete self.Worker")  # which has a clock that is not ours
        stop_the_clock(phone)
        inside = changes_its_network(phone, shop)
        goes_to(phone, "203.0.113.7")
        phone.get_by_role("button", name="Join the line").click()
        heading(phone, "It is your turn")
        assert "vwr_main" not in {cookie["name"] for cookie in phone.context.cookies()}
        phone.get_by_role("link", name="Enter now").click()
        expect(phone).to_have_title(inside)


def test_whoever_has_the_ticket_of_a_session_elsewhere_joins_by_the_button(
    browser: Browser, shop: str
) -> None:
    with device(browser) as first, device(browser) as phone, device(browser) as friends:
        goes_to(first, "192.0.2.1")
        first.goto(f"{shop}/tickets")
        goes_to(phone, "203.0.113.7")
        phone.goto(f"{shop}/tickets")
        heading(phone, "You are in line")
        goes_to(friends, "198.51.100.1")
        friends.context.add_cookies(phone.context.cookies())  # type: ignore[arg-type]
        first.evaluate("fetch('/vwr/main/leave', {method: 'POST'})")
        expect(phone).to_have_title(first.title())
        friends.goto(f"{shop}/tickets")
        heading(friends, "Your network has changed")
        friends.get_by_role("button", name="Join the line").click()
        heading(friends, "You are in line")
        expect(friends.locator("#position")).to_have_text("3")
        friends.reload()
        expect(friends.locator("#position")).to_have_text("3")
