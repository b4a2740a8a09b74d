"""A visitor who is done ends the own session, by a page that cannot tell the room itself."""

from typing import Any

import httpx
import pytest

from tests.doors.conftest import Open
from tests.support.doors import Door
from tests.support.visitor import IMAGE, TICKET, TOKEN, Visitor, is_inside

COMPLETE, PIXEL = "/vwr/main/complete", "/vwr/main/complete.gif"
OTHERS = (
    {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
    {"Sec-Fetch-Site": "same-site", "Origin": "https://blog.shop.example"},
    {"Sec-Fetch-Site": "", "Origin": "https://evil.example"},
    {"Sec-Fetch-Site": "", "Origin": "null"},
)


def beacon(visitor: Visitor, **headers: str) -> httpx.Response:
    """What `navigator.sendBeacon` sends."""
    usual = {"Content-Type": "text/plain;charset=UTF-8", "Origin": "http://shop.example"}
    return visitor.fetches(COMPLETE, "POST", headers={**usual, **headers}, content=b"")


def is_over(door: Door, visitor: Visitor) -> bool:
    """Whether the slot is free, and the visitor is told so."""
    door.refresh()
    return is_inside(door.visitor().opens()) and (
        visitor.opens().headers.get("vwr-state") == "ended"
    )


def test_a_beacon_ends_the_session_and_a_second_one_nothing_more(door: Door) -> None:
    visitor = door.confirmed()
    for _ in range(2):
        answer = beacon(visitor)
        assert (answer.status_code, answer.json()["you"]) == (200, "ended")
        assert "no-store" in answer.headers["cache-control"]
    assert door.store.trips["end"] == 1
    assert is_over(door, visitor)


def test_the_receipt_is_shown_whole_after_it(door: Door) -> None:
    visitor = door.confirmed()
    beacon(visitor)
    assert visitor.loads("/tickets/qr.png").content.endswith(b"PNG")


def test_a_form_leads_on_or_to_the_page_that_says_so(open_it: Open) -> None:
    door = open_it(max_active=2)
    first, second = door.confirmed(), door.confirmed()
    answer = first.opens(f"{COMPLETE}?next=/receipt", "POST")
    assert (answer.status_code, answer.headers["location"]) == (303, "/receipt")
    answer = second.opens(COMPLETE, "POST")
    assert (answer.status_code, answer.headers["vwr-state"]) == (200, "ended")
    assert second.opens(COMPLETE).status_code == 303, "the answer is loaded again"
    answer = first.opens(f"{COMPLETE}?next=//evil.example", "POST")
    assert answer.headers["location"] == "/tickets"


def test_a_program_ends_its_own_by_its_token(door: Door) -> None:
    inside = door.confirmed()
    token = {"VWR-Token": inside.client.cookies[TOKEN]}
    assert door.visitor().sends(COMPLETE, headers=token).json()["you"] == "ended"
    assert is_over(door, inside)


def test_who_has_no_session_ends_none(door: Door) -> None:
    inside, waiting = door.confirmed(), door.visit_at()
    for visitor in (waiting, door.visitor()):
        answer = beacon(visitor)
        assert answer.status_code == 401 and "VWR-Token" in answer.json()["error"]
    forged = {"VWR-Token": inside.client.cookies[TOKEN][:-2] + "xx"}
    assert door.visitor().sends(COMPLETE, headers=forged).status_code == 401
    assert is_inside(inside.opens()) and TICKET in waiting.cookies


@pytest.mark.parametrize("headers", OTHERS)
def test_no_page_of_another_origin_can(open_it: Open, headers: dict[str, str]) -> None:
    door = open_it(max_active=1, complete_by_image=True)
    visitor = door.confirmed()
    assert beacon(visitor, **headers).status_code == 403
    of_others = {**headers, "Referer": "https://evil.example/"}
    assert visitor.loads(PIXEL, headers=of_others).status_code == 403
    assert is_inside(visitor.opens())


def test_to_look_at_the_address_ends_nothing(open_it: Open) -> None:
    door = open_it(max_active=1, complete_by_image=True)
    visitor = door.confirmed()
    assert visitor.fetches(COMPLETE).status_code == 405
    assert visitor.fetches(COMPLETE, "HEAD").status_code == 405
    assert visitor.opens(PIXEL).status_code == 403
    assert visitor.fetches(PIXEL, "HEAD", headers=IMAGE).status_code == 200
    for early in ("prefetch", "prefetch;prerender"):
        assert visitor.loads(PIXEL, headers={"Sec-Purpose": early}).status_code == 503
    assert is_inside(visitor.opens())


@pytest.mark.parametrize(
    "headers", [{}, {"Sec-Fetch-Site": "", "Referer": "http://shop.example/receipt"}]
)
def test_an_image_in_a_page_of_this_site_ends_the_session(
    open_it: Open, headers: dict[str, str]
) -> None:
    door = open_it(max_active=1, complete_by_image=True)
    visitor = door.confirmed()
    for _ in range(2):
        answer = visitor.loads(PIXEL, headers=headers)
        assert answer.status_code == 200 and answer.content.startswith(b"GIF89a")
        assert answer.headers["content-type"] == "image/gif"
        assert "no-store" in answer.headers["cache-control"]
    assert is_over(door, visitor)


def test_no_image_does_so_unless_the_room_says_it(door: Door) -> None:
    visitor = door.confirmed()
    assert visitor.loads(PIXEL).status_code == 404
    assert is_inside(visitor.opens())


def test_while_the_store_is_away_it_is_over_here_and_told_later(door: Door) -> None:
    visitor = door.confirmed()
    door.store.is_off = True
    assert beacon(visitor).json()["you"] == "ended"
    assert not is_inside(visitor.opens())
    door.store.is_off = False
    door.refresh(30)
    door.visitor().fetches("/vwr/main/status")
    assert is_over(door, visitor)


def test_a_script_of_an_origin_that_is_allowed_can(open_it: Open) -> None:
    door = open_it(max_active=1, cors_origins=["https://pay.example"])
    visitor = door.confirmed()
    allowed: dict[str, Any] = {"Sec-Fetch-Site": "cross-site", "Origin": "https://pay.example"}
    assert beacon(visitor, **allowed).headers["access-control-allow-origin"]
    assert is_over(door, visitor)
