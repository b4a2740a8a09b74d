"""What people choose on the waiting page without scripts: a language, and that it stands still."""

from typing import Any

import pytest

from tests.support.clock import Clock
from tests.support.house import House, Shop, Visitor, inside, make_house, waiting

PAGE = "/vwr/main/?next=/tickets"
RELOADS = "http-equiv=refresh"


@pytest.fixture
def visitor(house: House) -> Visitor:
    """Somebody in line."""
    inside(house)
    return waiting(house)


def test_a_page_that_is_to_stand_still_does_until_it_is_to_go_on(visitor: Visitor) -> None:
    assert RELOADS in visitor.open(PAGE).text
    assert RELOADS not in visitor.open(f"{PAGE}&refresh=off").text
    assert RELOADS not in visitor.open().text
    assert RELOADS in visitor.open(f"{PAGE}&refresh=on").text
    assert RELOADS in visitor.open().text


def test_a_language_that_was_chosen_is_remembered(visitor: Visitor) -> None:
    assert "<html lang=zh-Hans" in visitor.open(f"{PAGE}&lang=zh-Hans").text
    assert "<html lang=zh-Hans" in visitor.open().text


@pytest.mark.parametrize("wish", ["", "d%C3%A9", "de%3B+Domain=x", "de%0D%0Ax:+y", "-"])
def test_what_is_no_language_gets_into_no_cookie(visitor: Visitor, wish: str) -> None:
    answer = visitor.open(f"{PAGE}&lang={wish}")
    assert (answer.status, answer.cookies) == (202, {})


def test_a_language_is_remembered_for_a_year_and_a_stop_for_a_day(visitor: Visitor) -> None:
    answer = visitor.open(f"{PAGE}&lang=de&refresh=off")
    cookies = [value for name, value in answer.pairs if name == "set-cookie"]
    assert cookies == [
        "vwr_lang=de; Max-Age=31536000; Path=/; SameSite=Lax",  # the page's script changes it
        "vwr_refresh=off; Max-Age=86400; Path=/; HttpOnly; SameSite=Lax",
    ]


def test_in_a_frame_of_another_site_choices_are_kept_as_the_place_is(
    clock: Clock, shop: Shop
) -> None:
    kept: dict[str, Any] = {
        "cookie_samesite": "None",
        "cookie_secure": "always",
        "cookie_partitioned": True,
    }
    visitor = make_house(clock, shop, mode="queue", **kept).visitor()
    answer = visitor.open(f"{PAGE}&lang=de&refresh=off")
    cookies = [value for name, value in answer.pairs if name == "set-cookie"]
    assert len(cookies) == 3
    assert all(cookie.endswith("; SameSite=None; Partitioned") for cookie in cookies)
