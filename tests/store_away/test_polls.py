"""What a visitor reads of their own place where the worker knows little, or loses its store."""

import pytest

from tests.support.clock import Clock
from tests.support.house import House, Visitor, inside, make_house, waiting
from tests.support.resume import RESUME
from tests.support.stores import Switched
from tests.support.visitor import TICKET
from vwr_middleware.blocking import finish
from vwr_middleware.stores.memory.store import MemoryStore

POSITION = "/vwr/main/position"


@pytest.fixture
def called(house: House) -> Visitor:
    """Somebody for whom a slot is free, and who has not heard of it."""
    first, visitor = inside(house), waiting(house)
    house.pass_by(2)
    first.post("/vwr/main/leave")
    house.pass_by(1)
    return visitor


def test_a_poll_in_whose_midst_the_store_goes_away_says_that_the_place_is_kept(
    called: Visitor, store: Switched, house: House
) -> None:
    store.is_off = True
    told = called.get(f"{POSITION}?door=1").json
    assert (told["you"], told["position"], told["store"]) == ("waiting", 2, "down")
    assert told["retry_after"] == 5
    store.is_off = False
    house.pass_by(6)
    assert called.open().has_passed


def test_a_program_that_joins_again_keeps_its_place_though_the_store_goes_away(
    called: Visitor, store: Switched
) -> None:
    ticket = called.jar[TICKET]
    store.is_off = True
    answer = called.post("/vwr/main/tickets")
    assert (answer.status, answer.json["position"], answer.json["you"]) == (200, 2, "next")
    assert answer.json["ticket"] == ticket


def test_a_worker_that_has_never_seen_its_store_tells_everybody_that_it_is_away(
    house: House, clock: Clock, store: Switched
) -> None:
    is_inside, waits, left = inside(house), waiting(house), waiting(house)
    left.post("/vwr/main/leave")
    fresh = make_house(clock, store=store.as_store(), max_active=1)
    store.is_off = True
    told_to = ((is_inside, "none", None), (waits, "waiting", 2), (left, "left", None))
    for visitor, you, position in told_to:
        answer = visitor.at(fresh).get(POSITION)
        told = answer.json
        assert (answer.status, told["you"], told["position"]) == (200, you, position)
        assert told["store"] == "down"
        for path in ("tickets", "token"):
            refused = visitor.at(fresh).post(f"/vwr/main/{path}")
            assert (refused.status, refused.json["store"]) == (503, "down")
    status = fresh.visitor().get("/vwr/main/status")
    assert (status.status, status.header("cache-control")) == (200, "no-store")


def test_a_place_that_is_lost_is_not_said_to_be_kept_while_the_store_is_away(
    house: House, store: Switched
) -> None:
    inside(house)
    left, phone, waits, laptop = waiting(house), waiting(house), waiting(house), house.visitor()
    assert left.post("/vwr/main/leave").json["you"] == "left"
    code = phone.post(RESUME).json["code"].encode()
    taken = laptop.post(RESUME, b"code=" + code, content_type="application/x-www-form-urlencoded")
    assert taken.json["position"] == 3
    store.is_off = True
    house.pass_by(3)
    for visitor, you in ((left, "left"), (phone, "moved")):
        assert visitor.open().header("vwr-state") == visitor.get(POSITION).json["you"] == you
    for visitor, position in ((laptop, 3), (waits, 4)):
        told = visitor.get(POSITION).json
        assert (told["you"], told["position"], told["store"]) == ("waiting", position, "down")


def test_a_place_in_a_line_that_this_worker_has_not_read_of_is_kept_while_the_store_is_away(
    house: House, clock: Clock, store: Switched, kept: MemoryStore
) -> None:
    inside(house)
    finish(kept.reset("main"))
    other = make_house(clock, store=kept, max_active=1)
    visitor = waiting(other).at(house)
    store.is_off = True
    answers = [visitor.post(f"/vwr/main/{path}") for path in ("tickets", "token")]
    for answer in (*answers, visitor.get(POSITION)):
        told = answer.json
        assert (told["you"], told["position"], told["store"]) == ("waiting", 1, "down")
    assert [answer.status for answer in answers] == [503, 503]
    assert visitor.open().header("vwr-state") == "store-down"
