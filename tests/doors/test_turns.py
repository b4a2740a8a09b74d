"""From being called to being inside, and who is stopped on the way."""

import pytest

from tests.doors.conftest import Open
from tests.support.doors import Door
from tests.support.visitor import Visitor, is_inside, set_cookies


def poll(door: Door, visitor: Visitor, times: int = 4) -> str:
    """Poll as a page does, until the turn has come; returns the last answer."""
    for _ in range(times):
        told = visitor.position()
        if told["may_enter"]:
            return str(told["you"])
        door.refresh(told["retry_after"])
    return str(told["you"])


def test_a_called_visitor_is_told_to_come_and_comes_in(door: Door) -> None:
    inside, waiting = door.visit_at(), door.visit_at()
    assert poll(door, waiting, 1) == "waiting"
    door.frees_a_slot(inside)
    assert poll(door, waiting) == "may_enter"
    response = waiting.opens("/tickets/list?page=2")
    assert is_inside(response)
    assert response.json()["session"]["position"] == 2
    cookies = set_cookies(response)
    assert "Max-Age=0" in cookies["vwr_main"]
    assert waiting.cookies == {"vwr_main_token"}


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_a_called_visitor_enters_by_a_script_of_any_method_with_the_body_whole(
    door: Door, method: str
) -> None:
    inside, waiting = door.visit_at(), door.visit_at()
    door.frees_a_slot(inside)
    assert poll(door, waiting) == "may_enter"
    response = waiting.fetches("/tickets/buy", method, content=b"seat=7" * (method != "GET"))
    assert is_inside(response)
    assert response.json()["method"] == method
    assert response.json()["body"] == "seat=7" * (method != "GET")


def test_a_prefetch_with_a_ticket_is_no_page_to_be_shown_later(door: Door) -> None:
    door.visit_at()
    waiting = door.visit_at()
    response = waiting.opens(headers={"Sec-Purpose": "prefetch"})
    assert response.status_code == 503
    assert response.headers["vwr-state"] == "waiting"
    assert not set_cookies(response)
    assert waiting.opens().status_code == 202
    assert waiting.position()["position"] == 2


def test_a_prefetch_uses_up_no_turn(door: Door) -> None:
    inside, waiting = door.visit_at(), door.visit_at()
    door.frees_a_slot(inside)
    assert poll(door, waiting) == "may_enter"
    assert not is_inside(waiting.opens(headers={"Sec-Purpose": "prefetch"}))
    assert is_inside(waiting.opens())


def test_people_enter_in_the_order_in_which_they_came(door: Door) -> None:
    inside = door.visit_at()
    line = [door.visit_at() for _ in range(4)]
    entered: list[int] = []
    inside.opens("/tickets/done")
    for _ in range(12):
        for visitor in reversed(line):
            if visitor.position()["may_enter"] and is_inside(visitor.opens()):
                entered.append(line.index(visitor))
                visitor.opens("/tickets/done")
        door.refresh(2.0)
    assert entered == [0, 1, 2, 3]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_stopped_form_gets_the_page_which_says_so(door: Door, method: str) -> None:
    door.visit_at()
    response = door.visitor().opens(
        "/tickets/buy",
        method,
        content=b"a=1",
        headers={
            "Referer": "http://shop.example/tickets/form?a=1",
            "Sec-Fetch-Site": "same-origin",
        },
    )
    assert response.status_code == 202
    assert ";url=/vwr/main/?next=/tickets/form%3Fa%3D1" in response.text
    assert "/tickets/form?a=1" in response.text
    assert "/tickets/buy" not in response.text


@pytest.mark.parametrize("came_from", [{}, {"Referer": "https://evil.example/x"}])
def test_a_stopped_form_without_a_referer_of_this_site_leads_back_to_the_rooms_first_path(
    door: Door, came_from: dict[str, str]
) -> None:
    door.visit_at()
    response = door.visitor().fetches("/tickets/buy", "POST", headers=came_from, content=b"a=1")
    assert response.headers["vwr-waiting-room"] == "/vwr/main/?next=/tickets"


def test_late_is_not_lost(door: Door) -> None:
    inside, waiting = door.visit_at(), door.visit_at()
    door.frees_a_slot(inside)
    assert poll(door, waiting) == "may_enter"
    assert waiting.position()["claim_by"] > door.clock()
    door.refresh(600)
    assert poll(door, waiting) == "may_enter"
    assert waiting.position()["claim_by"] is None, "it is not held any more"
    assert is_inside(waiting.opens())


def test_a_missed_turn_is_lost_where_the_settings_say_so(open_it: Open) -> None:
    door = open_it(max_active=1, late="lost", claim_within=10)
    inside, waiting = door.visit_at(), door.visit_at()
    assert "you lose your place" in waiting.opens().text
    door.frees_a_slot(inside)
    assert poll(door, waiting) == "may_enter"
    door.refresh(200)
    assert poll(door, waiting, 2) == "missed"
    response = waiting.opens()
    assert (response.status_code, response.headers["vwr-state"]) == (202, "missed")
    response = waiting.opens("/vwr/main/?next=/tickets")
    assert response.headers["vwr-state"] == "missed", "looking at the page takes no place"
    assert waiting.fetches("/vwr/main/token", "POST").status_code == 410
    back = waiting.opens("/vwr/main/leave?next=/tickets&join=1", "POST")
    assert back.headers["location"] == "/tickets"
    assert is_inside(waiting.opens())


def test_a_second_worker_knows_the_same_line(two_workers: tuple[Door, Door]) -> None:
    one, other = two_workers
    inside, waiting = one.visit_at(), one.visit_at()
    there = other.visitor()
    there.client.cookies = waiting.client.cookies
    assert there.opens().status_code == 202
    assert there.position()["position"] == 2
    inside.opens("/tickets/done")
    one.refresh()
    assert poll(other, there) == "may_enter"
    assert is_inside(there.opens())


def test_a_long_way_back_is_not_told_in_a_header_that_a_proxy_would_not_take(door: Door) -> None:
    door.visit_at()
    for times, way_back in ((200, "?next=/tickets/7%3Fa%3D" + "%255B" * 200), (400, "")):
        came_from = {"Referer": f"http://shop.example/tickets/7?a={'%5B' * times}"}
        response = door.visitor().fetches("/tickets/buy", "POST", headers=came_from)
        assert response.headers["vwr-waiting-room"] == f"/vwr/main/{way_back}"
    assert door.visitor().opens("/vwr/main/").status_code == 202


LONG_ADDRESSES = ["/tickets?a=" + '"' * 3000, "/tickets/" + "x" * 9000]


@pytest.mark.parametrize("path", LONG_ADDRESSES)
def test_a_long_address_makes_no_long_page(door: Door, path: str) -> None:
    """The page names it several times: where it was 60 kB long, the page was a megabyte."""
    door.visit_at()
    visitor = door.visitor()
    usual = visitor.opens()
    for _ in range(2):  # without a ticket and with one
        response = door.visitor().opens(path)
        assert (response.status_code, response.headers["vwr-state"]) == (202, "waiting")
        assert len(response.content) < len(usual.content) + 1000
        response = visitor.opens(path)
        assert len(response.content) < len(usual.content) + 1000


@pytest.mark.parametrize("path", LONG_ADDRESSES)
def test_nor_does_it_where_nobody_gets_a_place(open_it: Open, path: str) -> None:
    visitor = open_it(mode="closed").visitor()
    usual, response = visitor.opens(), visitor.opens(path)
    assert (usual.status_code, response.status_code) == (503, 503)
    assert len(response.content) < len(usual.content) + 1000
