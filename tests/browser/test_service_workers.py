"""The waiting page where a service worker of the shop's own stands between, in a real browser;
test_firefox.py has the same in Firefox, which does not call such a page a navigation."""

from playwright.sync_api import Page, expect

from tests.support.visitor import visitor_at
from tests.support.worker_shop import REGISTER, shop_with_a_service_worker


def test_a_page_that_a_service_worker_passes_on_is_a_page(page: Page) -> None:
    with shop_with_a_service_worker() as shop, visitor_at(shop) as inside:
        page.goto(shop)
        assert page.evaluate(REGISTER)
        inside.opens()
        page.goto(f"{shop}/tickets?seat=7#map")
        expect(page.get_by_role("heading", level=1)).to_have_text("You are in line")
        expect(page.locator("#position")).to_have_text("2")
        inside.sends("/vwr/main/leave")
        expect(page).to_have_title("Inside")
        assert page.url == f"{shop}/tickets?seat=7#map"
