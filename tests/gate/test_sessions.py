"""Sessions at the gate: confirmed, renewed, lapsed, expired, ended."""

import json

import pytest

from tests.support.asgi import FETCH
from tests.support.clock import Clock
from tests.support.faults import fault
from tests.support.house import House, inside, make_house, waiting
from tests.support.stores import Switched
from tests.support.visitor import TICKET, TOKEN
from vwr_middleware.stores.memory.store import MemoryStore


def test_a_tokens_cookie_is_kept_for_as_long_as_the_token_may_be_of_use(house: House) -> None:
    visitor = house.visitor()
    kept = 3600 + 86400  # through an outage, and a day in which it is known to have expired
    for lasts in (60, 600):
        (cookie,) = (c for c in visitor.open().all("set-cookie") if c.startswith(f"{TOKEN}="))
        assert f"; Max-Age={lasts + kept};" in cookie


def test_who_reads_the_first_page_for_long_takes_the_next_slot_before_anybody_later(
    house: House,
) -> None:
    reader = house.visitor()
    assert reader.open().has_passed
    later = waiting(house)
    house.pass_by(61)  # the claim lapses
    house.pass_by(1)
    assert reader.open().has_passed
    assert later.open().status == 202
    assert house.issued == 2


def test_who_reads_slowly_where_sessions_are_fixed_has_one_in_full_and_no_more(
    clock: Clock,
) -> None:
    house = make_house(clock, max_active=1, renew=False)
    reader = house.visitor()
    assert reader.open().has_passed
    for seconds in (61, 300, 298):
        house.pass_by(seconds)
        assert reader.open().has_passed
    assert [house.told("lapsed"), house.issued] == [["1-1"], 1]
    house.pass_by(70)
    reader.open()
    assert [house.told("expired"), house.issued] == [["1-1"], 2]


def test_whose_claim_lapsed_is_next_while_somebody_else_is_inside(house: House) -> None:
    reader = house.visitor()
    reader.open()
    other = waiting(house)
    house.pass_by(62)
    for _ in range(5):
        house.pass_by(2)
        if other.open().has_passed:
            break
    assert other.open().has_passed
    answer = reader.open()
    assert answer.status == 202
    assert answer.header("vwr-state") == "next"
    assert reader.jar[TICKET]  # so that the page can ask for its position
    assert reader.get("/vwr/main/position").json["you"] == "next"
    assert reader.get("/vwr/main/position").json["position"] == 1
    other.post("/vwr/main/leave")
    house.pass_by(3)
    assert reader.open().has_passed
    assert reader.open().has_passed
    assert house.issued == 2


def test_a_session_whose_claim_lapsed_and_was_taken_again_is_not_refused_as_ended(
    house: House,
) -> None:
    reader = house.visitor()
    reader.open()
    house.clock.pass_by(59.9)
    house.visitor().get("/vwr/main/status")
    house.clock.pass_by(0.3)  # the worker thinks so still when the store has given the slot on
    assert reader.open().has_passed
    assert reader.open().has_passed
    assert house.issued == 1


@fault("An answer gets lost", inside="Go on.")
def test_a_lost_answer_to_a_confirmation_costs_nothing(house: House) -> None:
    visitor = house.visitor()
    visitor.open()
    first = dict(visitor.jar)
    visitor.open()
    visitor.jar = first  # the answer got lost
    house.pass_by(70)
    assert visitor.open().has_passed
    assert house.issued == 1


@fault(
    "An answer gets lost",
    line="Who may come in comes in by the next request, on the same slot.",
)
def test_a_lost_answer_to_a_claim_costs_nothing_in_a_full_room(house: House) -> None:
    first, second = inside(house), waiting(house)
    first.post("/vwr/main/leave")
    house.pass_by(3)
    ticket = dict(second.jar)
    assert second.open().has_passed
    second.jar = dict(ticket)
    house.pass_by(3)
    assert second.post("/vwr/main/token").status == 200
    second.jar = dict(ticket)
    assert second.get("/vwr/main/position").json["you"] == "may_enter"
    assert second.open().has_passed
    assert house.issued == 2


def test_an_expired_first_token_is_not_granted_the_grace_of_a_session(house: House) -> None:
    reader = house.visitor()
    reader.open()
    house.pass_by(62)
    other = house.visitor()
    assert other.open().has_passed  # has the only slot
    assert reader.post("/tickets/buy").status == 429


def test_an_expired_visitor_may_still_send_what_was_being_filled_in(house: House) -> None:
    visitor = inside(house)
    house.pass_by(601)
    assert waiting(house).open().status == 202  # the slot counts as taken
    house.pass_by(58.9)
    assert visitor.get("/tickets/seats").status == 429  # and nothing else
    expired = dict(visitor.jar)
    assert visitor.post("/tickets/buy").has_passed
    house.pass_by(0.1)  # the grace is over to the second
    visitor.jar = expired
    assert visitor.post("/tickets/buy").status == 429


def test_what_was_sent_in_the_grace_leads_to_its_receipt(house: House) -> None:
    visitor = inside(house)
    other = waiting(house)
    house.pass_by(630)
    assert visitor.get("/tickets/seats").status == 429  # the page keeps its seats up to date
    house.pass_by(1)
    assert visitor.post("/tickets/buy").has_passed
    assert visitor.open("/tickets/receipt").has_passed
    house.pass_by(40)
    assert other.open().status == 202  # one slot, and it is taken
    house.pass_by(500)
    assert visitor.get().has_passed  # renewed once more, as any session


def test_where_sessions_are_fixed_it_passes_and_ends_with_its_grace(clock: Clock) -> None:
    house = make_house(clock, max_active=1, renew=False)
    visitor = inside(house)
    house.pass_by(630)
    assert visitor.post("/tickets/buy").has_passed
    assert visitor.get("/tickets/receipt").status == 429
    house.pass_by(31)
    assert house.visitor().open().has_passed


def test_a_page_left_open_beyond_its_session_asks_the_store_rarely_and_at_last_no_more(
    clock: Clock,
) -> None:
    store = Switched(MemoryStore(clock))
    house = make_house(clock, store=store.as_store(), max_active=1)
    visitor = inside(house)
    house.pass_by(661)
    other = inside(house)
    assert waiting(house).open().status == 202

    def asked() -> int:
        store.trips.clear()
        for _ in range(10):
            assert visitor.get().status == 429
            clock.pass_by(0.3)
        return sum(number for name, number in store.trips.items() if name != "refresh")

    assert asked() == 1
    for _ in range(6):
        house.pass_by(100)
        assert other.open().has_passed
    assert asked() == 0


def test_ten_requests_past_half_life_are_one_renewal(house: House) -> None:
    visitor = inside(house)
    house.pass_by(301)
    old = dict(visitor.jar)
    renewed = 0
    for _ in range(10):
        visitor.jar = dict(old)
        renewed += TOKEN in visitor.get().cookies
    assert renewed == 1
    house.clock.pass_by(5.1)
    visitor.jar = dict(old)
    assert TOKEN in visitor.get().cookies  # the answer may have been lost


def test_one_token_shared_by_many_is_refused_beyond_so_many_requests_at_a_time(
    house: House,
) -> None:
    visitor = inside(house)
    view = house.site.store_access.views["main"]
    stay = view.known_sessions.known_session("1-1")
    stay.in_hand = 32
    refused = visitor.get()
    assert (refused.status, refused.header("retry-after")) == (429, "1")
    stay.in_hand = 31
    assert visitor.get().has_passed
    assert stay.in_hand == 31


def test_a_lost_answer_to_a_renewal_costs_nothing_on_the_device_that_took_the_place(
    house: House,
) -> None:
    first, phone, laptop = inside(house), waiting(house), house.visitor()
    code = phone.post("/vwr/main/resume").json["code"]
    headers = {"content-type": "application/json"}
    body = json.dumps({"code": code}).encode()
    assert laptop.ask("POST", "/vwr/main/resume", FETCH, headers, body).status == 200
    first.post("/vwr/main/leave")
    house.pass_by(3)
    assert laptop.open().has_passed
    assert laptop.open().has_passed  # and it is confirmed
    house.pass_by(400)
    known = dict(laptop.jar)
    assert laptop.open().has_passed
    laptop.jar = known  # the answer got lost
    house.pass_by(300)
    assert laptop.open().has_passed
    assert house.issued == 2


def test_a_claim_that_lapses_while_the_token_is_on_its_way_to_the_store_is_made_again(
    clock: Clock,
) -> None:
    monotonic = Clock()
    house = make_house(clock, monotonic=monotonic, max_active=1)
    visitor = house.visitor()
    assert visitor.open().has_passed
    for passes in (59, 0.5):
        clock.pass_by(passes)
        monotonic.pass_by(passes)
        house.visitor().get("/vwr/main/status")
    clock.pass_by(0.6)  # for the worker half a second is left
    for _ in range(2):
        assert visitor.open().has_passed
    assert house.told("claimed") == ["1-1", "1-1"] and house.told("lapsed") == ["1-1"]
    assert house.issued == 1


@pytest.mark.parametrize(
    ("sent_at", "read_at"), [(598, 601), (630, 630)], ids=["before the end", "in the grace"]
)
def test_what_was_sent_twice_leads_to_its_receipt(
    house: House, sent_at: float, read_at: float
) -> None:
    visitor = inside(house)
    house.pass_by(sent_at)
    before = dict(visitor.jar)
    for _ in range(2):  # a second click: the answer to the first never arrives
        visitor.jar = dict(before)
        assert visitor.post("/tickets/buy").has_passed
    house.pass_by(read_at - sent_at)
    assert visitor.open("/tickets/receipt").has_passed
