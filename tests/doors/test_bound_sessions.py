"""A room whose sessions are bound to the network where they began."""

from typing import Any

import pytest

from tests.doors.conftest import Open
from tests.support.doors import Door
from tests.support.our_log import our_log
from tests.support.visitor import TICKET, TOKEN, Visitor, is_inside, set_cookies
from vwr_middleware.web.remembered import warn_once

HOME, TRAIN = "203.0.113.7", "198.51.100.1"
CLAIM = "/vwr/main/token"


def at(visitor: Visitor, address: str) -> Visitor:
    """The visitor's browser, in this network from now on."""
    visitor.client.headers["X-Forwarded-For"] = address
    return visitor


@pytest.fixture
def bound(open_it: Open) -> Door:
    return open_it(max_active=1, bind=True, trusted_proxies=1)


def inside(door: Door, address: str = HOME) -> Visitor:
    """Somebody with a confirmed session."""
    visitor = at(door.visitor(), address)
    assert is_inside(visitor.opens())
    assert TOKEN in set_cookies(visitor.opens())
    return visitor


def called(door: Door) -> Visitor:
    """Somebody whose turn has come, with a ticket."""
    first, visitor = inside(door, "192.0.2.1"), at(door.visitor(), HOME)
    visitor.opens()
    door.frees_a_slot(first)
    return visitor


def like(door: Door, visitor: Visitor, address: str) -> Visitor:
    """Somebody who was given all cookies of this one, in another network."""
    other = at(door.visitor(), address)
    for cookie in visitor.client.cookies.jar:
        other.client.cookies.jar.set_cookie(cookie)
    return other


def test_a_session_goes_on_in_its_own_network_only(bound: Door) -> None:
    visitor = inside(bound)
    for _ in range(3):  # the first looks closer, and whoever is recognised must be looked at too
        assert is_inside(visitor.opens())
        assert is_inside(at(visitor, f"{HOME}:4711").opens()), "a port is no network"
        locked = at(visitor, TRAIN).opens()
        assert (locked.status_code, locked.headers["vwr-state"]) == (202, "locked")
        assert "Your network has changed" in locked.text
        assert TICKET not in visitor.cookies, "nobody takes a place unasked"
        at(visitor, HOME)
        bound.refresh()


def test_programs_read_it_in_a_word(bound: Door) -> None:
    visitor = at(inside(bound), TRAIN)
    asked = visitor.fetches()
    assert (asked.status_code, asked.json()["you"]) == (429, "locked")
    assert visitor.position()["you"] == "locked"
    assert at(visitor, HOME).position()["you"] == "admitted"


def test_whoever_is_locked_out_may_join_the_line_and_then_has_a_session_here(bound: Door) -> None:
    visitor = at(inside(bound), TRAIN)
    answer = visitor.opens("/vwr/main/leave?next=/tickets&join=1", "POST")
    page = visitor.opens(answer.headers["location"])
    assert page.headers["vwr-state"] == "waiting"
    assert visitor.position()["position"] == 2


def test_a_token_elsewhere_can_neither_end_the_session_nor_claim_its_place(bound: Door) -> None:
    visitor = at(bound.visitor(), HOME)
    visitor.opens()  # so that there is a first token, which counts as a ticket once it has lapsed
    thief = like(bound, visitor, TRAIN)
    assert thief.fetches(CLAIM, "POST").status_code == 401
    thief.fetches("/vwr/main/leave", "POST")
    bound.refresh()
    assert is_inside(visitor.opens())


def test_of_those_who_share_a_ticket_the_first_to_come_in_has_the_session(bound: Door) -> None:
    visitor = called(bound)
    friend, neighbour = like(bound, visitor, TRAIN), like(bound, visitor, HOME)
    assert is_inside(visitor.opens())
    for _ in range(2):  # a worker remembers the store's answer to the claim
        assert friend.opens().headers["vwr-state"] == "locked"
        refused = friend.fetches(CLAIM, "POST")
        assert (refused.status_code, refused.json()["you"]) == (409, "locked")
        bound.refresh(6)
    assert TICKET in friend.cookies, "a reload must take no new place"
    again = neighbour.fetches(CLAIM, "POST")
    assert again.status_code == 200, "the answer to a claim may get lost"
    assert is_inside(visitor.opens())


def test_whoever_is_locked_out_with_a_ticket_is_told_so_and_may_join(bound: Door) -> None:
    visitor = called(bound)
    friend = like(bound, visitor, TRAIN)
    assert is_inside(visitor.opens())
    for _ in range(2):
        assert friend.position()["you"] == "locked"
        bound.refresh(6)
    joined = friend.fetches("/vwr/main/tickets", "POST")
    assert (joined.status_code, joined.json()["position"]) == (201, 3)
    assert friend.position()["you"] == "waiting"
    assert visitor.position()["you"] == "admitted"


def test_a_ticket_for_a_session_that_has_begun_without_one_opens_it_nowhere_else(
    bound: Door,
) -> None:
    visitor = at(bound.visitor(), HOME)
    assert is_inside(visitor.opens())  # with a first token, which counts as a ticket
    ticket = visitor.fetches("/vwr/main/tickets", "POST").json()["ticket"]
    headers = {"VWR-Ticket": ticket}
    refused = at(bound.visitor(), TRAIN).fetches(CLAIM, "POST", headers=headers)
    assert (refused.status_code, refused.json()["you"]) == (409, "locked")
    assert at(bound.visitor(), HOME).fetches(CLAIM, "POST", headers=headers).status_code == 200


def test_a_session_that_is_registered_again_after_an_outage_is_still_bound(bound: Door) -> None:
    visitor = called(bound)
    friend = like(bound, visitor, TRAIN)
    assert is_inside(visitor.opens()) and is_inside(visitor.opens())
    bound.store.is_off = True
    for _ in range(2):
        bound.refresh(400)
        assert is_inside(visitor.opens())
    bound.store.is_off = False
    bound.refresh(10)
    assert is_inside(visitor.opens())
    assert friend.fetches(CLAIM, "POST").json()["you"] == "locked"


def test_a_claim_that_lapsed_in_an_outage_gives_way_to_whoever_came_in_since(bound: Door) -> None:
    visitor = called(bound)
    friend = like(bound, visitor, TRAIN)
    assert visitor.fetches(CLAIM, "POST").status_code == 200
    bound.store.is_off = True
    bound.refresh(50)
    visitor.opens()
    bound.refresh(15)
    bound.store.is_off = False
    # The visitor may be inside for as long as a session lasts: the slot is held.
    assert not is_inside(friend.opens())
    for _ in range(140):
        bound.refresh(5)
        if is_inside(friend.opens()):
            break
    for _ in range(2):
        assert visitor.opens().headers["vwr-state"] == "locked"
        bound.refresh(6)
    assert is_inside(friend.opens())


@pytest.mark.parametrize("asks_first", [True, False])
def test_a_ticket_of_a_session_elsewhere_does_not_stand_before_ones_own(
    bound: Door, asks_first: bool
) -> None:
    visitor = called(bound)
    tossed = visitor.client.cookies[TICKET]
    assert is_inside(visitor.opens()) and is_inside(visitor.opens())
    victim = at(bound.visitor(), TRAIN)
    victim.opens()
    victim.client.cookies.set(TICKET, tossed, domain="shop.example", path="/tickets")
    victim.client.cookies.set(TICKET, tossed, domain="shop.example", path="/vwr")
    for _ in range(2):
        if asks_first:
            told = victim.position()
            assert told["you"] in ("waiting", "next") and told["position"] == 3
        assert victim.opens().headers["vwr-state"] in ("waiting", "next")
        assert victim.fetches(CLAIM, "POST").status_code == 202
        bound.refresh(6)
    bound.frees_a_slot(visitor)
    assert is_inside(victim.opens())


def test_somebody_who_is_refused_again_and_again_costs_the_store_one_step(bound: Door) -> None:
    visitor = called(bound)
    friend = like(bound, visitor, TRAIN)
    assert is_inside(visitor.opens())
    asked = bound.store.trips["claim"]
    for _ in range(5):
        assert friend.fetches(CLAIM, "POST").status_code == 409
        assert friend.position()["you"] == "locked"
    assert bound.store.trips["claim"] == asked + 1


def test_who_was_refused_before_a_reset_is_not_refused_after_it(bound: Door) -> None:
    visitor = called(bound)
    friend = like(bound, visitor, TRAIN)
    assert is_inside(visitor.opens())
    assert friend.fetches(CLAIM, "POST").status_code == 409
    bound.ask(lambda: bound.store.reset("main", end_sessions=True))
    bound.refresh()
    first = inside(bound, "192.0.2.1")
    assert friend.opens().headers["vwr-state"] == "reset", "with the same number as before"
    bound.frees_a_slot(first)
    assert is_inside(friend.opens())


@pytest.mark.parametrize("has_ticket", [True, False])
def test_a_place_whose_claim_has_lapsed_may_be_claimed_from_anywhere(
    bound: Door, has_ticket: bool
) -> None:
    visitor = called(bound) if has_ticket else at(bound.visitor(), HOME)
    assert is_inside(visitor.opens())
    at(visitor, TRAIN)
    assert visitor.position()["you"] == "locked"
    bound.refresh(61)
    others = inside(bound, "192.0.2.9")
    page = visitor.opens()
    assert (page.headers["vwr-state"], visitor.position()["ahead"]) == ("next", 0)
    bound.frees_a_slot(others)
    assert is_inside(visitor.opens())
    assert at(visitor, HOME).opens().headers["vwr-state"] == "locked"


def test_a_confirmed_session_is_not_claimed_elsewhere_by_its_first_token(bound: Door) -> None:
    visitor = at(bound.visitor(), HOME)
    assert is_inside(visitor.opens())
    thief = like(bound, visitor, TRAIN)
    assert is_inside(visitor.opens())
    bound.refresh(61)
    assert thief.fetches(CLAIM, "POST").json()["you"] == "locked"
    assert thief.opens().headers["vwr-state"] == "locked"
    assert is_inside(visitor.opens())


def test_ipv6_visitors_are_known_by_their_64(bound: Door) -> None:
    visitor = inside(bound, "2001:db8:1:1::1")
    assert is_inside(at(visitor, "2001:db8:1:1:ffff::2").opens())
    assert at(visitor, "2001:db8:1:2::1").opens().headers["vwr-state"] == "locked"


def test_a_program_with_headers_is_bound_too(bound: Door) -> None:
    token = inside(bound).client.cookies[TOKEN]
    headers: dict[str, Any] = {"VWR-Token": token}
    assert is_inside(at(bound.visitor(), HOME).fetches(headers=headers))
    elsewhere = at(bound.visitor(), TRAIN).fetches(headers=headers)
    assert (elsewhere.status_code, elsewhere.json()["you"]) == (429, "locked")


def test_a_session_that_has_run_out_locks_nobody_out(bound: Door) -> None:
    visitor = at(inside(bound), TRAIN)
    bound.refresh(661)
    assert visitor.position()["you"] == "ended", "for the page that told of another network"
    assert is_inside(visitor.opens())


def test_after_a_purchase_nobody_takes_a_new_place_unasked(bound: Door) -> None:
    visitor = inside(bound)
    bound.frees_a_slot(visitor)
    at(visitor, TRAIN)
    for _ in range(2):
        page = visitor.opens()
        assert (page.headers["vwr-state"], visitor.position()["you"]) == ("ended", "ended")
        bound.refresh()
    assert TICKET not in visitor.cookies
    visitor.opens("/vwr/main/leave?next=/tickets&join=1", "POST")
    assert is_inside(visitor.opens())


def test_what_goes_around_the_room_is_not_bound(bound: Door) -> None:
    visitor = at(inside(bound), TRAIN)
    assert visitor.opens("/about").status_code == 200
    finish_off(bound)
    assert visitor.opens().status_code == 200


def finish_off(door: Door) -> None:
    """The operator switches the room off."""
    door.ask(lambda: door.store.change("main", {"mode": "off"}))
    door.refresh()


def test_a_proxy_that_is_not_trusted_is_warned_of_once(
    open_it: Open, caplog: pytest.LogCaptureFixture
) -> None:
    warn_once.cache_clear()
    visitor = inside(open_it(bind=True))
    visitor.opens(), visitor.opens()
    assert len(our_log(caplog, "bind binds nobody")) == 1


def test_without_it_a_session_goes_anywhere(open_it: Open) -> None:
    visitor = inside(open_it(max_active=1, trusted_proxies=1))
    assert is_inside(at(visitor, TRAIN).opens())


def test_leaving_in_another_network_ends_no_session(bound: Door) -> None:
    visitor = called(bound)
    other = like(bound, visitor, TRAIN)
    assert is_inside(visitor.opens())
    assert other.fetches("/vwr/main/leave", "POST").json()["you"] == "left"
    assert is_inside(visitor.opens())
