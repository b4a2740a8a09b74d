"""The static door: a page that a cache may hand to everybody, and that asks for a place later."""

import re

import httpx
import pytest

from tests.doors.conftest import Open
from tests.support.doors import Door
from tests.support.visitor import TICKET, set_cookies
from vwr_middleware.pages.languages import Languages

DOOR = "/vwr/main/door"


def is_public(answer: httpx.Response) -> bool:
    """Whether a cache in front may hand this answer to everybody, and no browser keeps it."""
    caching = answer.headers["cache-control"].split(", ")
    is_shared = {"public", "max-age=0", "s-maxage=5"} <= set(caching)
    assert "max-age=5, stale-while-revalidate=30" in answer.headers["cdn-cache-control"]
    return is_shared and not {"vary", "set-cookie"} & set(answer.headers)


def test_it_is_the_same_for_everybody_and_a_cache_may_keep_it(door: Door) -> None:
    inside, newcomer = door.confirmed(), door.visitor()
    waiting = door.visit_at()
    pages = [each.opens(f"{DOOR}/en") for each in (inside, waiting, newcomer)]
    assert [page.status_code for page in pages] == [200] * 3
    assert all(map(is_public, pages))
    assert pages[0].content == pages[1].content == pages[2].content
    assert pages[0].headers["x-robots-tag"] == "noindex"
    assert "default-src 'self'" in pages[0].headers["content-security-policy"]


def test_nobody_takes_a_place_by_looking_at_it(door: Door) -> None:
    door.confirmed()
    for _ in range(3):
        door.visitor().opens(f"{DOOR}/en?next=/tickets")
    assert set_cookies(door.visitor().opens(DOOR)) == {}
    assert "vwr_main" in set_cookies(joined := door.visitor().opens())
    assert joined.status_code == 202
    assert door.visitor().position()["issued"] == 2  # inside, and the one who has just joined


def test_what_somebody_wants_is_not_in_it_for_a_cache_to_hand_to_others(door: Door) -> None:
    plain, asking = (door.visitor().opens(f"{DOOR}/en{query}") for query in ("", "?next=/a&b=c"))
    assert plain.content == asking.content


def test_a_visitor_cannot_write_on_it_what_a_cache_then_shows_to_others(open_it: Open) -> None:
    door = open_it(trusted_proxies=1)
    written = {"X-Forwarded-Host": "call 555-0100 for tickets"}
    page = door.visitor().opens(f"{DOOR}/en", headers=written)
    assert is_public(page)
    assert "555-0100" not in page.text
    visitor = door.visitor()
    host = visitor.client.base_url.netloc.decode()
    same = visitor.opens(f"{DOOR}/en", headers={"X-Forwarded-Host": host.upper()})
    assert host in same.text


@pytest.mark.parametrize("code", [language.code for language in Languages()])
def test_each_language_has_an_address(door: Door, code: str) -> None:
    page = door.visitor().opens(f"{DOOR}/{code}", headers={"Accept-Language": "fr"})
    assert (page.status_code, page.headers["content-language"]) == (200, code)
    assert f"<html lang={code}" in page.text


def test_a_visitor_is_led_to_the_address_of_the_own_language(door: Door) -> None:
    wishes = {"Accept-Language": "xx, pt-BR;q=0.8, en;q=0.5"}
    led = door.visitor().opens(f"{DOOR}?next=/tickets", headers=wishes, follow_redirects=False)
    assert (led.status_code, led.headers["location"]) == (307, f"{DOOR}/pt?next=/tickets")
    assert "no-store" in led.headers["cache-control"]


@pytest.mark.parametrize(("method", "path", "status"), [
    ("GET", f"{DOOR}/xx", 404),
    ("GET", f"{DOOR}/../door/e", 404),
    ("POST", f"{DOOR}/en", 405),
])  # fmt: skip
def test_other_questions_get_a_clear_answer(
    door: Door, method: str, path: str, status: int
) -> None:
    answer = door.visitor().fetches(path, method)
    assert answer.status_code == status
    assert answer.json()["error"]


def test_it_is_there_while_the_store_is_away(door: Door) -> None:
    door.store.is_off = True
    assert is_public(door.visitor().opens(f"{DOOR}/en"))


def test_arrivals_are_spread_over_the_time_that_their_joins_take(open_it: Open) -> None:
    few, many = open_it(expected_crowd=10), open_it(expected_crowd=1_000_000)
    windows = [
        int(re.search(r"data-most=(\d+)", door.visitor().opens(f"{DOOR}/en").text)[1])  # type: ignore[index]
        for door in (few, many)
    ]
    assert windows[0] < 10 < 100 < windows[1]


def test_the_operators_message_stands_on_it(open_it: Open) -> None:
    door = open_it(max_active=1, message='Seats are <left> & "kept".')
    door.visit_at()
    page = door.visitor().opens(f"{DOOR}/en")
    assert "Seats are &lt;left&gt; &amp; &#34;kept&#34;." in page.text


def test_what_its_script_asks_gives_a_place_that_the_page_then_has(door: Door) -> None:
    door.confirmed()
    visitor = door.visitor()
    visitor.opens(f"{DOOR}/en?next=/tickets")
    joined = visitor.fetches("/vwr/main/tickets", "POST")
    assert (joined.status_code, joined.json()["position"]) == (201, 2)
    page = visitor.opens("/vwr/main/?next=/tickets")
    assert (page.status_code, TICKET in set_cookies(page)) == (202, False)
    assert visitor.position()["position"] == 2
