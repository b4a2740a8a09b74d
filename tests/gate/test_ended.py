"""The gate for those whose session has ended: a receipt is whole, and nobody rejoins unasked."""

from dataclasses import replace

import pytest

from tests.support.clock import Clock
from tests.support.house import House, Shop, inside, make_house, waiting
from tests.support.visitor import TICKET, TOKEN
from vwr_middleware.blocking import finish
from vwr_middleware.line import snapshot
from vwr_middleware.line.messages import Ask, Ending
from vwr_middleware.stores.memory.store import MemoryStore
from vwr_middleware.worker import known_sessions, refresh

IMAGE = {"sec_fetch_mode": "no-cors", "sec_fetch_dest": "image"}


def test_a_receipt_is_whole_and_nobody_rejoins_without_asking(house: House, shop: Shop) -> None:
    visitor = inside(house)
    shop.headers = [("VWR-Session", "completed")]
    assert visitor.open("/tickets/receipt").all("vwr-session") == []
    shop.headers = []
    assert visitor.get("/tickets/qr.png", **IMAGE).has_passed
    assert visitor.post("/tickets/buy", b"", **IMAGE).status == 429
    ended = visitor.open()
    assert (ended.status, ended.header("vwr-state")) == (202, "ended")
    assert visitor.get("/tickets/api").json["you"] == "ended"
    assert house.issued == 1
    house.pass_by(9.9)
    assert visitor.get("/tickets/qr.png", **IMAGE).has_passed
    house.pass_by(0.2)
    assert visitor.get("/tickets/qr.png", **IMAGE).status == 429
    assert house.told("completed") == ["1-1"]


@pytest.mark.parametrize(
    ("word", "caching", "ends"),
    [
        ("Completed ", "no-cache", True),
        ("\tABANDONED", "private, max-age=60", True),
        ("complete", "no-cache", False),
        ("", "no-cache", False),
        ("completed", "Public, max-age=60", False),
        ("completed", "max-age=5, S-MaxAge=60", False),
    ],
)
def test_only_an_answer_of_the_app_for_one_visitor_ends_the_session_by_a_word_that_is_known(
    house: House, shop: Shop, word: str, caching: str, ends: bool
) -> None:
    visitor = inside(house)
    shop.headers = [("Cache-Control", caching), ("vWR-sESSION", word)]
    answer = visitor.open("/tickets/receipt")
    assert answer.has_passed and answer.pairs == [("cache-control", caching)]
    shop.headers = []
    assert visitor.open().has_passed is not ends


@pytest.mark.parametrize("how", ["completed", "left"])
def test_the_token_of_a_session_that_ends_tells_a_store_that_forgot_its_number(
    clock: Clock, shop: Shop, how: str
) -> None:
    before = make_house(clock, shop, max_active=10)
    visitor = [inside(before) for _ in range(7)][-1]
    (room,) = before.site.store_access.views.values()
    known = room.seen(0.0)
    assert known is not None and known.queue == 7
    store = MemoryStore(clock)
    idle = replace(known, queue=2, serving=2)  # the worker that rebuilds the room knew no more
    finish(store.refresh([Ask("main", room.settings.store_config(), seen=idle)]))
    house = make_house(clock, shop, store, max_active=10)
    assert house.issued == 2
    visitor = visitor.at(house)
    if how == "left":
        assert visitor.post("/vwr/main/leave").header("vwr-state") == "left"
    else:
        shop.headers = [("VWR-Session", "completed")]
        assert visitor.open("/tickets/receipt").has_passed
        shop.headers = []
    house.pass_by(1)
    assert house.issued == 7


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


@pytest.mark.parametrize("resets", [0, 1])
def test_nor_does_one_of_before_a_reset(clock: Clock, resets: int) -> None:
    house = make_house(clock, max_active=3)
    house.pass_by(0.5)
    for _ in range(resets):
        finish(house.store.reset("main"))
    visitor = [inside(house) for _ in "123"][-1]
    old = visitor.jar[TOKEN]
    visitor.post("/vwr/main/leave")
    finish(house.store.reset("main"))
    house.pass_by(1)
    assert house.visitor().open().has_passed
    visitor.open()
    visitor.jar[TOKEN] = old
    assert visitor.get("/vwr/main/position").json["you"] == "waiting"
    assert visitor.open().header("vwr-state") == "waiting"


def test_a_ticket_of_a_room_of_another_store_is_no_newer_place(
    house: House, shop: Shop, clock: Clock
) -> None:
    visitor, other = inside(house), make_house(clock, max_active=1)
    shop.headers = [("VWR-Session", "completed")]
    visitor.open("/tickets/receipt")
    inside(other)
    visitor.jar[TICKET] = waiting(other).jar[TICKET]
    assert visitor.open().header("vwr-state") == "ended"
    assert house.issued == 1


@pytest.mark.parametrize("how", ["completed", "abandoned", "revoked"])
def test_another_worker_refuses_an_ended_session_within_a_second_but_for_a_receipts_parts(
    house: House, shop: Shop, how: Ending
) -> None:
    second = make_house(house.clock, shop, house.store, max_active=1)
    visitor = inside(house)
    visitor.house = second
    assert visitor.open().has_passed
    finish(house.site.store_access.endings.end(house.site.store_access.views["main"], "1-1", how))
    second.pass_by(1)
    assert visitor.open().header("vwr-state") == "ended"
    assert visitor.get("/tickets/qr.png", **IMAGE).has_passed == (how == "completed")
    second.pass_by(11)
    assert not visitor.get("/tickets/qr.png", **IMAGE).has_passed


@pytest.mark.parametrize("at_once", [2, 10_000])
def test_a_worker_that_starts_opens_no_session_again_that_was_completed_before(
    clock: Clock, shop: Shop, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for reader in (
        known_sessions,
        refresh,
        snapshot,
    ):  # it may read the list of the ended in several steps
        monkeypatch.setattr(reader, "ENDED_AT_ONCE", at_once)
    house = make_house(clock, shop, max_active=5)
    visitors = [inside(house) for _ in range(5)]
    shop.headers = [("VWR-Session", "completed")]
    for visitor in visitors:
        visitor.open("/tickets/receipt")
    shop.headers = []
    house.pass_by(60)
    second = make_house(clock, shop, house.store, max_active=5)
    for visitor in visitors:
        visitor.house = second
        assert visitor.get("/tickets/qr.png", **IMAGE).status == 429
        assert visitor.open().header("vwr-state") == "ended"


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
    finish(house.site.store_access.endings.end(house.site.store_access.views["main"], "1-1", how))
    visitor.house = second
    for _ in range(2):
        image = visitor.get("/tickets/qr.png", **IMAGE)
        assert image.has_passed == (how == "completed")
    assert visitor.open().header("vwr-state") == "ended"


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
