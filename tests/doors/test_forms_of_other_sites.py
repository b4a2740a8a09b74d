"""Forms of other sites, with which a browser sends no Lax cookie, and so no ticket."""

import httpx
import pytest

from tests.doors.conftest import Open
from tests.support.doors import Door
from tests.support.visitor import Visitor, is_inside, set_cookies

OTHER_SITE = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
WITHOUT_FETCH_METADATA = {"Sec-Fetch-Site": "", "Origin": "https://evil.example"}


def posts(visitor: Visitor, headers: dict[str, str], path: str = "/tickets/buy") -> httpx.Response:
    """What a form sends that a page of another site makes the visitor's browser send."""
    return visitor.opens(path, "POST", headers=headers, content=b"seat=1")


@pytest.mark.parametrize("headers", [OTHER_SITE, WITHOUT_FETCH_METADATA])
def test_no_other_site_takes_the_place_of_somebody_who_waits(
    door: Door, headers: dict[str, str]
) -> None:
    door.visit_at()
    victim = door.visit_at()
    response = posts(door.visitor(), headers)  # the same browser, which hides its cookies
    assert not set_cookies(response)
    assert response.status_code == 303
    assert response.headers["location"] == "/vwr/main/?next=/tickets&stopped=1"
    page = victim.opens(response.headers["location"])
    assert page.headers["vwr-state"] == "waiting"
    assert 'href="/tickets"' in page.text
    assert victim.position()["position"] == 2
    assert door.visit_at().position()["position"] == 3, "nobody has taken a place in between"


def test_a_newcomer_whom_such_a_form_brings_gets_one_place(door: Door) -> None:
    door.visit_at()
    visitor = door.visitor()
    visitor.opens(posts(visitor, OTHER_SITE).headers["location"])
    assert posts(visitor, OTHER_SITE).headers["vwr-state"] == "waiting"
    assert visitor.position()["position"] == 2


def test_such_a_form_enters_a_room_with_space(wide_door: Door) -> None:
    assert is_inside(posts(wide_door.visitor(), OTHER_SITE))


def test_a_form_of_this_site_takes_a_place(door: Door) -> None:
    door.visit_at()
    for site in ("same-origin", "same-site", "none"):
        response = posts(door.visitor(), {"Sec-Fetch-Site": site, "Origin": "http://shop.example"})
        assert response.headers["vwr-state"] == "waiting", site
        assert "vwr_main" in set_cookies(response), site


def test_a_form_of_another_site_takes_one_where_tickets_come_with_it(open_it: Open) -> None:
    door = open_it(max_active=1, cookie_samesite="None")
    door.visit_at()
    visitor = door.visitor(origin="https://shop.example")
    assert "vwr_main" in set_cookies(posts(visitor, OTHER_SITE))
    assert visitor.position()["position"] == 2


def test_a_script_of_another_site_is_not_led_to_a_page(door: Door) -> None:
    door.visit_at()
    answer = door.visitor().fetches("/tickets/buy", "POST", headers=OTHER_SITE)
    assert (answer.status_code, answer.json()["you"]) == (429, "none")
