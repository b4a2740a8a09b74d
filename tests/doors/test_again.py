"""What is handed in again: an old ticket or token of somebody who is inside."""

import pytest

from tests.doors.conftest import Open
from tests.support.doors import Door
from tests.support.visitor import TICKET, TOKEN, Visitor, is_inside, set_cookies


def entered_with_a_ticket(door: Door) -> tuple[Visitor, str]:
    """Somebody who waited and came in, and the ticket they came with."""
    first, visitor = door.confirmed(), door.visit_at()
    ticket = visitor.client.cookies[TICKET]
    door.frees_a_slot(first)
    visitor.position()
    response = visitor.opens()
    assert is_inside(response)
    assert response.json()["session"]["is_new"] is True
    return visitor, ticket


def waits_told(door: Door) -> int:
    return sum(door.site.gates["main"].decision_counts.waits.counts)


def replay(door: Door, ticket: str) -> Visitor:
    visitor = door.visitor()
    visitor.client.cookies.set(TICKET, ticket)
    return visitor


def test_a_ticket_that_is_replayed_costs_the_store_nothing(open_it: Open) -> None:
    door = open_it(max_active=1)
    _, ticket = entered_with_a_ticket(door)
    before, waits = door.store.trips["claim"], waits_told(door)
    for _ in range(10):
        response = replay(door, ticket).opens()
        assert is_inside(response)
        assert response.json()["session"]["is_new"] is False
    assert door.store.trips["claim"] == before
    assert waits_told(door) == waits
    door.refresh(6)
    assert is_inside(replay(door, ticket).opens())
    assert door.store.trips["claim"] == before + 1


def test_a_ticket_is_worth_nothing_once_its_session_is_over(open_it: Open) -> None:
    door = open_it(max_active=1)
    visitor, ticket = entered_with_a_ticket(door)
    door.frees_a_slot(visitor)
    page = replay(door, ticket).opens()
    assert page.headers["vwr-state"] == "ended"
    assert "max-age=0;" in set_cookies(page)[TICKET].lower()


def test_a_reset_puts_nobody_out_whose_fresh_token_waits_for_a_private_page(door: Door) -> None:
    visitor = door.visit_at()
    for seconds in (5, 10, 20):
        door.refresh(seconds)
        assert visitor.opens("/tickets/public").status_code == 200
    door.ask(lambda: door.site.store_access.store.reset("main"))
    door.refresh(40)
    response = visitor.opens()
    assert is_inside(response)
    assert response.json()["session"]["id"] == "1-1"
    assert is_inside(visitor.opens())


@pytest.mark.parametrize("ends", [False, True])
def test_a_reset_puts_nobody_out_whose_renewal_got_lost(door: Door, ends: bool) -> None:
    visitor = door.confirmed()
    old = visitor.client.cookies[TOKEN]
    door.refresh(500)
    visitor.opens()
    visitor.client.cookies.clear()
    visitor.client.cookies.set(TOKEN, old)
    door.ask(lambda: door.site.store_access.store.reset("main", ends))
    door.refresh(200)
    assert is_inside(visitor.opens()) is not ends


def test_a_page_whose_reload_gets_no_answer_until_its_claim_lapses_keeps_its_place(
    door: Door,
) -> None:
    inside, page = door.confirmed(), door.visit_at()
    door.frees_a_slot(inside)
    page.position()
    first = page.fetches("/vwr/main/token?go=1", "POST").json()
    door.refresh(61)
    assert TICKET not in page.client.cookies
    told = page.position()
    assert (told["you"], told["position"]) == ("may_enter", 2)
    joined = door.visitor().fetches(
        "/vwr/main/tickets", "POST", headers={"VWR-Token": first["token"]}
    )
    assert (joined.status_code, joined.json()["position"]) == (200, 2)
    again = page.fetches("/vwr/main/token?go=1", "POST")
    assert (again.status_code, again.json()["session"]) == (200, first["session"])
    assert is_inside(page.opens())


def test_whose_confirmation_got_lost_gets_in_line_by_themselves_when_that_session_is_over(
    door: Door,
) -> None:
    visitor = door.visit_at()
    first = visitor.client.cookies[TOKEN]
    assert is_inside(visitor.opens())  # of which the answer does not arrive
    door.refresh(700)
    door.visit_at()
    again = door.visitor()
    again.client.cookies.set(TOKEN, first)
    assert again.opens().headers["vwr-state"] == "waiting"
    assert again.position()["position"] == 3
