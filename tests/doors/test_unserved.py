"""An app that could not serve a request says so, and then coming in does not count."""

from tests.doors.conftest import Open
from tests.support.doors import Door
from tests.support.visitor import TICKET, TOKEN, is_inside, set_cookies

UNSERVED = "/tickets/unserved"


def test_who_came_in_without_waiting_takes_no_slot(door: Door) -> None:
    visitor = door.visitor()
    answer = visitor.opens(UNSERVED)
    assert (answer.status_code, set_cookies(answer)) == (502, {})
    assert "vwr-session" not in answer.headers
    door.refresh()
    assert is_inside(door.visitor().opens())


def test_who_waited_keeps_the_ticket_and_comes_in_by_it_afterwards(door: Door) -> None:
    inside, visitor = door.confirmed(), door.visit_at()
    door.frees_a_slot(inside)
    for _ in range(2):
        answer = visitor.opens(UNSERVED)
        assert (answer.status_code, set_cookies(answer)) == (502, {})
        assert visitor.cookies == {TICKET}
        door.refresh(20)
    answer = visitor.opens()
    assert is_inside(answer) and answer.json()["session"]["position"] == 2
    assert visitor.cookies == {TOKEN}


def test_who_waited_and_does_not_come_back_takes_the_slot_for_a_minute_alone(open_it: Open) -> None:
    door = open_it(max_active=1, confirm_within=60)
    inside, visitor = door.confirmed(), door.visit_at()
    door.frees_a_slot(inside)
    assert visitor.opens(UNSERVED).status_code == 502
    other = door.visit_at()
    for _ in range(5):
        door.refresh(15)
        other.opens("/vwr/main/position")
    assert is_inside(other.opens())
    assert visitor.opens().headers["vwr-state"] == "next", "its place is kept"


def test_a_program_is_given_no_token_by_it(door: Door) -> None:
    inside, program = door.confirmed(), door.visitor()
    ticket = {"VWR-Ticket": program.sends("/vwr/main/tickets").json()["ticket"]}
    door.frees_a_slot(inside)
    assert "vwr-token" not in program.fetches(UNSERVED, headers=ticket).headers
    assert "vwr-token" in program.fetches("/tickets", headers=ticket).headers


def test_who_is_inside_stays_so(door: Door) -> None:
    visitor = door.confirmed()
    answer = visitor.opens(UNSERVED)
    assert answer.status_code == 502 and "vwr-session" not in answer.headers
    assert is_inside(visitor.opens())


def test_whose_first_request_inside_is_not_served_has_come_in_all_the_same(door: Door) -> None:
    visitor = door.visit_at()
    assert TOKEN in set_cookies(visitor.opens(UNSERVED)), "it has confirmed the session"
    assert is_inside(visitor.opens())
