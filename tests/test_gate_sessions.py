"""Sessions at the gate: confirmed, renewed, lapsed, expired, ended."""

import pytest

from tests.support.house import House, Shop, inside, make_house, waiting
from tests.support.visitor import TICKET, TOKEN
from vwr_middleware.blocking import finish
from vwr_middleware.line.answers import Ending


def test_the_first_request_that_brings_a_token_back_renews_it_for_the_full_length(
    house: House,
) -> None:
    visitor = house.visitor()
    visitor.open()
    first = visitor.jar[TOKEN]
    visitor.open()
    assert visitor.jar[TOKEN] != first
    house.pass_by(300)
    assert visitor.get().has_passed


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


def test_a_lost_answer_to_a_confirmation_costs_nothing(house: House) -> None:
    visitor = house.visitor()
    visitor.open()
    first = dict(visitor.jar)
    visitor.open()
    visitor.jar = first  # the answer got lost
    house.pass_by(70)
    assert visitor.open().has_passed
    assert house.issued == 1


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
    assert visitor.post("/tickets/buy").has_passed
    house.pass_by(0.1)  # the grace is over to the second
    assert visitor.post("/tickets/buy").status == 429
    house.pass_by(1)
    assert house.visitor().open().has_passed


def test_an_expired_visitor_rejoins_by_opening_the_page(house: House) -> None:
    visitor = inside(house)
    house.pass_by(601)
    assert visitor.open().status == 202
    assert visitor.get("/vwr/main/position").json["position"] == 2


def test_a_receipt_is_whole_and_nobody_rejoins_without_asking(house: House, shop: Shop) -> None:
    visitor = inside(house)
    shop.headers = [("VWR-Session", "completed")]
    assert visitor.open("/tickets/receipt").all("vwr-session") == []
    shop.headers = []
    image = {"sec_fetch_mode": "no-cors", "sec_fetch_dest": "image"}
    assert visitor.get("/tickets/qr.png", **image).has_passed
    ended = visitor.open()
    assert (ended.status, ended.header("vwr-state")) == (202, "ended")
    assert visitor.get("/tickets/api").json["you"] == "ended"
    assert house.issued == 1
    house.pass_by(11)
    assert visitor.get("/tickets/qr.png", **image).status == 429
    assert house.told("completed") == ["1-1"]


def test_nothing_but_the_parts_of_a_page_passes_after_the_end(house: House, shop: Shop) -> None:
    visitor = inside(house)
    shop.headers = [("VWR-Session", "completed")]
    visitor.open("/tickets/receipt")
    shop.headers = []
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert visitor.ask(method, "/tickets/buy", {}, IMAGE).status == 429
    assert visitor.connect("/tickets/live", True, **{"sec-fetch-dest": "image"}).status == 429
    assert visitor.get("/tickets/qr.png", **IMAGE).has_passed


def test_who_asks_for_a_new_place_after_the_end_is_not_told_of_the_old_session(
    house: House, shop: Shop
) -> None:
    visitor = inside(house)
    shop.headers = [("VWR-Session", "completed")]
    visitor.open("/tickets/receipt")
    shop.headers = []
    other = house.visitor()
    house.pass_by(1)
    assert other.open().has_passed
    assert visitor.open("/vwr/main/?next=/tickets").header("vwr-state") == "ended"
    assert visitor.post("/vwr/main/tickets").status == 201
    assert visitor.get("/vwr/main/position").json["you"] == "waiting"
    assert visitor.open().header("vwr-state") == "waiting"
    other.post("/vwr/main/leave")
    house.pass_by(4)
    assert visitor.open().has_passed


def test_an_old_ended_token_beside_a_newer_ticket_does_not_hide_it(
    house: House, shop: Shop
) -> None:
    visitor = inside(house)
    old = visitor.jar[TOKEN]
    visitor.post("/vwr/main/leave")
    house.pass_by(1)
    other = house.visitor()
    assert other.open().has_passed
    visitor.open()
    visitor.jar[TOKEN] = old  # a second tab, or a subdomain's cookie
    assert visitor.get("/vwr/main/position").json["you"] == "waiting"
    assert visitor.open().header("vwr-state") == "waiting"


def test_an_ended_session_is_refused_on_another_worker_within_a_second(
    house: House, shop: Shop
) -> None:
    second = make_house(house.clock, shop, house.store, max_active=1)
    visitor = inside(house)
    visitor.house = second
    assert visitor.open().has_passed
    visitor.house = house
    shop.headers = [("VWR-Session", "abandoned")]
    visitor.open()
    shop.headers = []
    visitor.house = second
    house.clock.pass_by(1.0)
    visitor.get("/vwr/main/status")
    assert visitor.open().header("vwr-state") == "ended"


IMAGE = {"sec_fetch_mode": "no-cors", "sec_fetch_dest": "image"}


@pytest.mark.parametrize("how", ["completed", "abandoned", "revoked"])
def test_only_a_receipt_is_whole_on_another_worker(house: House, shop: Shop, how: Ending) -> None:
    second = make_house(house.clock, shop, house.store, max_active=1)
    visitor = inside(house)
    visitor.house = second
    assert visitor.open().has_passed
    finish(house.site.desk.endings.end(house.site.desk.views["main"], "1-1", how))
    second.pass_by(1)
    assert visitor.open().header("vwr-state") == "ended"
    assert visitor.get("/tickets/qr.png", **IMAGE).has_passed == (how == "completed")
    second.pass_by(11)
    assert not visitor.get("/tickets/qr.png", **IMAGE).has_passed


@pytest.mark.parametrize("how", ["completed", "abandoned", "revoked"])
@pytest.mark.parametrize("age", [0, 301])
def test_only_a_receipt_is_whole_on_a_worker_that_has_not_heard_of_the_end_yet(
    house: House, shop: Shop, how: Ending, age: float
) -> None:
    second = make_house(house.clock, shop, house.store, max_active=1)
    visitor = house.visitor()
    visitor.open()
    if age:  # else the first token is to be confirmed, now to be renewed
        visitor.open()
    house.pass_by(age)
    second.visitor().get("/vwr/main/status")
    finish(house.site.desk.endings.end(house.site.desk.views["main"], "1-1", how))
    visitor.house = second
    for _ in range(2):
        image = visitor.get("/tickets/qr.png", **IMAGE)
        assert image.has_passed == (how == "completed")
    assert visitor.open().header("vwr-state") == "ended"


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


def test_an_operator_who_lengthens_sessions_does_not_let_the_ended_back_in(
    house: House, shop: Shop
) -> None:
    house.pass_by(1)
    finish(house.store.change("main", {"session_seconds": 7200}))
    house.pass_by(1)
    visitor = inside(house)
    token = visitor.jar[TOKEN]
    visitor.post("/vwr/main/leave")
    house.pass_by(1000)
    visitor.jar = {TOKEN: token}
    assert visitor.open().header("vwr-state") == "ended"


def test_one_token_shared_by_many_is_refused_beyond_so_many_requests_at_a_time(
    house: House,
) -> None:
    visitor = inside(house)
    view = house.site.desk.views["main"]
    stay = view.guests.stay("1-1")
    stay.in_hand = 32
    assert visitor.get().status == 429
    stay.in_hand = 31
    assert visitor.get().has_passed
    assert stay.in_hand == 31
