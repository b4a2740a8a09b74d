"""A place that went to another device: it is that one's alone, until it moves on or is over."""

import httpx
import pytest

from tests.support.doors import Door
from tests.support.resume import RESUME, code_of, takes
from tests.support.visitor import Visitor, is_inside, set_cookies


def claims(visitor: Visitor) -> httpx.Response:
    """The page's script wants to come in."""
    return visitor.fetches("/vwr/main/token", "POST")


def claimed(door: Door) -> tuple[Visitor, dict[str, str], dict[str, str]]:
    """The second in line has just claimed; with the cookies of the ticket, and of the token."""
    first, second = door.visit_at(), door.visit_at()
    ticket = dict(second.client.cookies)
    first.fetches("/vwr/main/leave", "POST")
    door.refresh()
    assert claims(second).json()["session"] == "1-2"
    return second, ticket, dict(second.client.cookies)


def has_only(visitor: Visitor, cookies: dict[str, str]) -> None:
    visitor.client.cookies.clear()
    visitor.client.cookies.update(cookies)


@pytest.mark.parametrize("was_inside", [False, True], ids=["", "its-session-has-just-run-out"])
def test_the_device_that_had_the_place_may_take_a_new_one(door: Door, was_inside: bool) -> None:
    phone, laptop = door.visitor(), door.visitor()
    if was_inside:  # and forms of that session still pass
        phone = door.confirmed()
        door.refresh(610)
    else:
        door.visit_at()
    phone.opens()
    takes(laptop, code_of(phone))
    assert phone.opens().headers["vwr-state"] == "moved"
    back = phone.opens("/vwr/main/leave?next=/tickets&join=1", "POST")
    assert phone.opens(back.headers["location"]).headers["vwr-state"] == "waiting"
    assert (phone.position()["position"], laptop.position()["position"]) == (3, 2)


def test_the_first_device_is_refused_on_every_worker_within_a_second(
    two_workers: tuple[Door, Door],
) -> None:
    door, other = two_workers
    door.visit_at()
    phone = door.visit_at()
    other.visit_at("/about")
    on_other = Visitor.of(other.transport)
    on_other.client.cookies = phone.client.cookies
    assert on_other.position()["you"] == "waiting"
    laptop = door.visitor()
    takes(laptop, code_of(phone))
    assert phone.position()["you"] == "moved"
    other.refresh()
    assert on_other.position()["you"] == "moved"
    assert claims(on_other).status_code == 409


def test_the_claim_of_the_first_device_loses_though_its_worker_has_not_heard(
    two_workers: tuple[Door, Door],
) -> None:
    door, other = two_workers
    first = door.visit_at()
    phone = door.visit_at()
    first.fetches("/vwr/main/leave", "POST")
    door.refresh()
    assert phone.position()["you"] in ("next", "may_enter")
    laptop = Visitor.of(other.transport)
    assert takes(laptop, code_of(phone)).status_code == 200
    refused = claims(phone)
    assert (refused.status_code, refused.json()["you"]) == (409, "moved")
    assert claims(laptop).json()["session"] == "1-2"


@pytest.mark.parametrize("polls", [False, True])
def test_what_a_worker_has_just_said_to_a_claim_is_not_said_to_the_earlier_device(
    two_workers: tuple[Door, Door], polls: bool
) -> None:
    door, other = two_workers
    first = door.visit_at()
    phone = door.visit_at()
    first.fetches("/vwr/main/leave", "POST")
    door.refresh()
    assert phone.fetches("/vwr/main/status").json()["serving"] == 2
    laptop = Visitor.of(other.transport)
    assert takes(laptop, code_of(phone)).status_code == 200
    here, ticket = Visitor.of(door.transport), dict(laptop.client.cookies)
    here.client.cookies.update(ticket)
    if polls:  # it has entered at the other worker
        assert claims(laptop).json()["session"] == "1-2"
        assert here.position()["you"] == "may_enter"
    else:
        assert claims(here).json()["session"] == "1-2"
    refused = claims(phone)  # no reading of the room has told this worker of the move
    assert (refused.status_code, refused.json().get("you")) == (409, "moved")
    assert phone.opens().headers["vwr-state"] == "moved"
    has_only(here, ticket)
    assert claims(here).json()["session"] == "1-2"


def test_the_last_device_to_use_a_code_has_the_place(door: Door) -> None:
    door.visit_at()
    phone, laptop, tablet = door.visit_at(), door.visitor(), door.visitor()
    takes(laptop, code_of(phone))
    takes(tablet, code_of(laptop))
    assert [device.position()["you"] for device in (phone, laptop, tablet)] == [
        "moved",
        "moved",
        "waiting",
    ]
    assert phone.fetches(RESUME, "POST").status_code == 409
    # It may come back, too.
    takes(phone, code_of(tablet))
    assert phone.position()["you"] == "waiting"
    assert tablet.position()["you"] == "moved"


def test_the_page_of_the_first_device_says_where_the_place_is_and_takes_no_other(
    door: Door,
) -> None:
    door.visit_at()
    phone, laptop = door.visit_at(), door.visitor()
    takes(laptop, code_of(phone))
    for path in ("/tickets", "/vwr/main/?next=/tickets", "/tickets"):
        response = phone.opens(path)
        assert response.headers["vwr-state"] == "moved"
        assert "Your place is on another device" in response.text
        assert not set_cookies(response)
    assert phone.fetches().json()["you"] == "moved"
    assert door.visit_at().position()["position"] == 3
    # Whoever asks for a new place gets one.
    assert phone.fetches("/vwr/main/tickets", "POST").json()["position"] == 4


def test_the_first_device_cannot_give_up_what_it_has_no_more(door: Door) -> None:
    door.visit_at()
    phone, laptop = door.visit_at(), door.visitor()
    takes(laptop, code_of(phone))
    phone.fetches("/vwr/main/leave", "POST")
    door.refresh()
    assert laptop.position()["you"] == "waiting"


@pytest.mark.parametrize("is_inside_again", [False, True])
def test_the_token_of_a_lapsed_claim_gives_up_nothing_that_has_moved_since(
    door: Door, is_inside_again: bool
) -> None:
    phone, ticket, token = claimed(door)
    laptop = door.visitor()
    door.refresh(70)  # nobody has confirmed the claim, so the place may move
    has_only(phone, ticket)
    assert takes(laptop, code_of(phone)).status_code == 200
    if is_inside_again:
        assert claims(laptop).status_code == 200
    phone.client.cookies.update(token)
    assert phone.fetches("/vwr/main/leave", "POST").status_code == 200
    door.refresh()
    assert is_inside(laptop.opens())


def test_it_ends_no_session_of_the_device_that_has_the_place_by_now(door: Door) -> None:
    phone, ticket, token = claimed(door)
    laptop = door.visitor()
    door.refresh(70)
    has_only(phone, ticket)
    assert takes(laptop, code_of(phone)).status_code == 200
    assert claims(laptop).status_code == 200
    phone.client.cookies.update(token)
    assert phone.fetches("/vwr/main/complete", "POST").status_code == 401
    door.refresh()
    assert is_inside(laptop.opens())


def test_a_token_that_ran_out_in_an_outage_leads_into_no_session_of_another_device(
    door: Door,
) -> None:
    phone, ticket, token = claimed(door)
    laptop = door.visitor()
    door.store.is_off = True
    for _ in range(14):
        door.refresh(5)
        phone.position()
    door.store.is_off = False
    door.refresh(5)
    phone.position()
    has_only(phone, ticket)
    assert takes(laptop, code_of(phone)).status_code == 200
    # The phone may be inside, by its token, for as long as a session lasts: its slot is held.
    for _ in range(140):
        if claims(laptop).status_code == 200:
            break
        door.refresh(5)
    has_only(phone, token)
    assert phone.opens().headers["vwr-state"] == "moved"
    assert is_inside(laptop.opens())


def test_a_place_that_is_inside_stays_where_it_is(door: Door) -> None:
    first, laptop = door.visitor(), door.visitor()
    first.fetches("/vwr/main/tickets", "POST")
    code = code_of(first)
    door.refresh()
    first.position()
    ticket = dict(first.client.cookies)
    while claims(first).status_code != 200:
        door.refresh()
    refused = takes(laptop, code)
    assert (refused.status_code, refused.json()["you"]) == (409, "admitted")
    first.client.cookies.clear()
    first.client.cookies.update(ticket)
    assert first.fetches(RESUME, "POST").status_code == 409
    assert is_inside(first.opens())


def test_a_moved_place_whose_claim_lapses_goes_on_where_it_is(door: Door) -> None:
    first, phone, laptop = door.visit_at(), door.visit_at(), door.visitor()
    takes(laptop, code_of(phone))
    first.fetches("/vwr/main/leave", "POST")
    for _ in range(4):
        door.refresh()
        answer = claims(laptop)
        if answer.status_code == 200:
            break
    assert answer.json()["session"] == "1-2"
    door.refresh(70)
    # It has the token alone, and that was not confirmed.
    assert is_inside(laptop.opens())


def test_whoever_is_inside_needs_no_place(door: Door) -> None:
    inside = door.visit_at()
    inside.opens()
    phone = door.visit_at()
    code = code_of(phone)
    assert takes(inside, code).status_code == 409
    assert takes(door.visitor(), code).status_code == 200


def test_a_reset_ends_codes_and_moves(door: Door) -> None:
    door.visit_at()
    phone, laptop = door.visit_at(), door.visitor()
    takes(laptop, code_of(phone))
    code = code_of(laptop)
    door.ask(lambda: door.site.store_access.store.reset("main"))
    door.refresh()
    assert takes(phone, code).status_code == 404
    assert laptop.fetches(RESUME, "POST").status_code == 410
    assert phone.position()["you"] == "reset"


def test_a_place_that_was_given_up_is_given_up_for_every_request(
    two_workers: tuple[Door, Door],
) -> None:
    door, other = two_workers
    door.visit_at()
    leaver = door.visit_at()
    ticket = {"VWR-Ticket": leaver.client.cookies["vwr_main"]}
    code = code_of(leaver)
    leaver.fetches("/vwr/main/leave", "POST")
    other_room = Visitor.of(other.transport)
    other.refresh()
    assert other_room.fetches("/vwr/main/position", headers=ticket).json()["you"] == "left"
    for path in ("token", "resume"):
        refused = other_room.fetches(f"/vwr/main/{path}", "POST", headers=ticket)
        assert (refused.status_code, refused.json()["you"]) == (410, "left")
    assert takes(other_room, code).status_code == 410


def test_a_waiting_visitors_poll_still_makes_no_round_trip(door: Door) -> None:
    door.visit_at()
    phone, laptop = door.visit_at(), door.visitor()
    takes(laptop, code_of(phone))
    door.store.trips.clear()
    for _ in range(5):
        assert laptop.position()["you"] == "waiting"
        assert phone.position()["you"] == "moved"
    assert not door.store.trips


@pytest.mark.parametrize("leaves", [False, True])
def test_a_reset_does_not_give_the_session_back_to_the_device_that_handed_it_on(
    door: Door, leaves: bool
) -> None:
    phone, ticket, token = claimed(door)
    laptop = door.visitor()
    door.refresh(70)
    has_only(phone, ticket)
    assert takes(laptop, code_of(phone)).status_code == 200
    assert claims(laptop).status_code == 200
    assert is_inside(laptop.opens())
    door.ask(lambda: door.site.store_access.store.reset("main"))
    door.refresh(6)
    has_only(phone, token)
    if leaves:
        phone.fetches("/vwr/main/leave", "POST")
        door.refresh()
    else:
        assert not is_inside(phone.opens())
    assert is_inside(laptop.opens())
