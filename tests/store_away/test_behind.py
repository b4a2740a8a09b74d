"""What a worker answers that has just read the room, and whose store is away or knows better."""

import pytest

from tests.support.asgi import NAVIGATION
from tests.support.clock import Clock
from tests.support.house import House, Visitor, inside, make_house, waiting
from tests.support.stores import Switched
from tests.support.visitor import TICKET
from vwr_middleware.blocking import finish
from vwr_middleware.stores.memory.store import MemoryStore


@pytest.fixture
def called(house: House) -> Visitor:
    """Somebody for whom a slot is free."""
    first, visitor = inside(house), waiting(house)
    house.pass_by(2)
    visitor.get("/vwr/main/position")
    first.post("/vwr/main/leave")
    house.pass_by(1)
    assert visitor.get("/vwr/main/position").json["you"] == "may_enter"
    return visitor


def test_who_comes_when_called_keeps_the_place_though_the_store_is_away(
    house: House, called: Visitor, store: Switched
) -> None:
    store.is_off = True
    claim, page = called.post("/vwr/main/token?go=1"), called.open()
    assert (claim.status, claim.header("vwr-state"), claim.cookies) == (503, "store-down", {})
    assert (page.status, page.header("vwr-state"), page.cookies) == (202, "store-down", {})
    assert '"position":2,' in page.text
    store.is_off = False
    house.pass_by(6)
    assert called.open().has_passed


def test_who_leaves_while_the_store_is_away_is_told_that_it_was_not_heard(
    house: House, called: Visitor, store: Switched
) -> None:
    store.is_off = True
    answer = called.post("/vwr/main/leave")
    assert (answer.status, answer.header("vwr-state"), answer.cookies) == (503, "store-down", {})
    store.is_off = False
    house.pass_by(6)
    assert called.open().has_passed


def test_a_person_who_leaves_while_the_store_is_away_reads_it_on_the_page(
    called: Visitor, store: Switched
) -> None:
    store.is_off = True
    answer = called.ask("POST", "/vwr/main/leave?next=/tickets&sure=1", NAVIGATION, {})
    assert (answer.status, answer.header("vwr-state"), answer.cookies) == (503, "store-down", {})
    assert "<h1" in answer.text
    assert '"position":2,' in answer.text


def test_who_leaves_a_room_that_was_never_seen_is_told_so(house: House, store: Switched) -> None:
    store.is_off = True
    visitor = house.visitor()
    assert visitor.post("/vwr/main/leave").status == 503
    page = visitor.ask("POST", "/vwr/main/leave", NAVIGATION, {})
    assert (page.status, page.cookies, "<h1" in page.text) == (503, {}, True)


def test_who_is_called_in_a_room_that_another_worker_has_reset_begins_anew(
    called: Visitor, store: Switched
) -> None:
    finish(store.reset("main"))
    assert called.open().has_passed
    assert finish(store.record("main")).sessions[0][0] == "2-1"


def test_who_begins_anew_behind_others_reads_that_the_line_was_started_anew(
    called: Visitor, store: Switched
) -> None:
    finish(store.reset("main"))
    finish(store.join("main", ["place"], None))
    answer = called.open()
    assert (answer.status, answer.header("vwr-state")) == (202, "reset")
    assert '"position":2,"ahead":0' in answer.text
    assert called.get("/vwr/main/position").json["position"] == 2


def test_a_page_is_opened_with_ones_own_ticket_where_another_was_used_long_ago(
    house: House, called: Visitor, clock: Clock
) -> None:
    tossed = called.jar[TICKET]
    assert called.open().has_passed and called.open().has_passed
    clock.pass_by(700)
    inside(house)
    own = waiting(house).jar[TICKET]
    answer = house.visitor().open(cookie=f"{TICKET}={tossed}; {TICKET}={own}")
    assert (answer.status, answer.header("vwr-state"), answer.cookies) == (202, "waiting", {})


def test_a_newcomer_to_a_room_that_another_worker_has_closed_is_turned_away(
    house: House, store: Switched
) -> None:
    inside(house)
    finish(store.change("main", {"mode": "closed"}))
    answer = house.visitor().open()
    assert (answer.status, answer.header("retry-after"), answer.cookies) == (503, "5", {})


def test_a_program_gets_no_place_in_a_closed_room(clock: Clock, store: Switched) -> None:
    house = make_house(clock, store=store.as_store(), mode="closed")
    answer = house.visitor().post("/vwr/main/tickets")
    assert (answer.status, answer.json["you"], answer.json["issued"]) == (503, "none", 0)
    assert answer.header("retry-after") == "60"
    assert "join" not in store.trips


def test_who_reloads_without_scripts_is_not_overtaken_between_two_reloads(clock: Clock) -> None:
    store = MemoryStore(clock)
    house = make_house(clock, store=store, max_active=1)
    first, reloads, polls = inside(house), waiting(house), waiting(house)
    finish(store.advance("main", 2))
    house.pass_by(1)
    assert reloads.open().header("vwr-state") == "next"
    for _ in range(5):
        assert polls.get("/vwr/main/position").json["you"] == "next"
        house.pass_by(1)
    first.post("/vwr/main/leave")
    house.pass_by(1)
    assert polls.get("/vwr/main/position").json["you"] == "next"
    assert reloads.open().has_passed


def test_what_takes_no_place_in_a_full_room_costs_the_store_nothing(
    house: House, store: Switched
) -> None:
    inside(house), waiting(house)
    store.trips.clear()
    for answer in (
        house.visitor().get(),
        house.visitor().post("/tickets"),
        house.visitor().open(user_agent="Googlebot/2.1"),
    ):
        assert not answer.has_passed
    assert not store.trips


def test_who_was_told_to_come_is_let_in_by_a_worker_that_has_not_read_of_the_free_slot(
    clock: Clock,
) -> None:
    store = MemoryStore(clock)
    one, other = (make_house(clock, store=store, max_active=1) for _ in range(2))
    first, visitor = inside(one), waiting(one)
    finish(store.advance("main", 1))
    one.pass_by(1)
    finish(other.site.store_access.newest(other.site.store_access.views["main"]))
    there = visitor.at(other)
    assert there.get("/vwr/main/position").json["you"] == "next"
    first.post("/vwr/main/leave")
    clock.pass_by(0.4)
    finish(one.site.store_access.newest(one.site.store_access.views["main"]))
    assert visitor.get("/vwr/main/position").json["you"] == "may_enter"
    assert there.post("/vwr/main/token").status == 202
    assert there.post("/vwr/main/token?go=1").status == 200


def test_a_script_of_an_allowed_origin_can_read_the_token_that_it_claims(clock: Clock) -> None:
    house = make_house(clock, max_active=1, cors_origins="https://app.example")
    first, visitor = inside(house), waiting(house)
    first.post("/vwr/main/leave")
    house.pass_by(1)
    answer = visitor.post("/vwr/main/token", origin="https://app.example")
    assert (answer.status, answer.header("vwr-state")) == (200, "admitted")
    assert answer.header("access-control-allow-origin") == "https://app.example"
    assert "VWR-State" in answer.header("access-control-expose-headers")


def test_who_leaves_from_inside_with_the_ticket_at_hand_takes_no_new_place_by_a_reload(
    house: House, called: Visitor
) -> None:
    ticket = called.jar[TICKET]
    assert called.open().has_passed and called.open().has_passed
    called.jar[TICKET] = ticket  # another tab had it on its way
    assert called.post("/vwr/main/leave").json["you"] == "left"
    house.pass_by(1)
    issued = house.issued
    assert called.open().header("vwr-state") == "left"
    assert house.issued == issued


def test_leaving_with_a_token_of_another_store_ends_nobody_elses_session(clock: Clock) -> None:
    house, other = (make_house(clock, max_active=1) for _ in range(2))
    owner, visitor = inside(house), inside(other)
    assert visitor.at(house).post("/vwr/main/leave").status == 200
    house.pass_by(1)
    assert owner.open().has_passed
