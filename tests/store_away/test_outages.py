"""What several workers owe those inside, and the ended, when their store is away or loses all."""

import pytest

from tests.support.clock import Clock
from tests.support.faults import fault
from tests.support.house import House, Shop, Visitor, inside, make_house
from tests.support.stores import Switched
from vwr_middleware.blocking import finish
from vwr_middleware.stores.memory.store import MemoryRooms, MemoryStore


@pytest.fixture
def workers(clock: Clock, store: Switched, shop: Shop) -> list[House]:
    return [make_house(clock, shop, store.as_store(), max_active=2) for _ in range(2)]


def look(workers: list[House]) -> None:
    """Every worker has reason to read the room."""
    for house in workers:
        house.visitor().get("/vwr/main/status")


def complete(visitor: Visitor, shop: Shop) -> None:
    shop.headers = [("VWR-Session", "completed")]
    assert visitor.open("/tickets/receipt").has_passed
    shop.headers = []


def test_a_session_completed_in_an_outage_beyond_its_end_comes_back_on_no_worker(
    workers: list[House], store: Switched, shop: Shop, clock: Clock
) -> None:
    visitor = inside(workers[0])
    look(workers)
    store.is_off = True
    clock.pass_by(300)
    look(workers)
    complete(visitor, shop)
    clock.pass_by(600)
    store.is_off = False
    for _ in range(2):
        look(workers)
        clock.pass_by(10)
    visitor.house = workers[1]
    assert not visitor.open().has_passed


def test_a_completed_session_is_over_as_long_as_an_outage_lets_tokens_outlive_their_end(
    store: Switched, shop: Shop, clock: Clock
) -> None:
    house = make_house(clock, shop, store.as_store(), max_active=2, outage_grace=7200)
    visitor = inside(house)
    complete(visitor, shop)
    store.is_off = True
    clock.pass_by(590)
    look([house])
    clock.pass_by(20)
    store.is_off = False
    for _ in range(50):
        clock.pass_by(100)
        look([house])
    assert visitor.open().header("vwr-state") == "ended"


def test_who_was_put_out_just_after_an_outage_is_not_let_in_anew_unasked(
    workers: list[House], store: Switched, clock: Clock
) -> None:
    visitor = inside(workers[0])
    store.is_off = True
    for _ in range(2):
        clock.pass_by(400)
        assert visitor.open().has_passed
    store.is_off = False
    clock.pass_by(6)
    look(workers)
    store_access = workers[1].site.store_access
    finish(store_access.endings.end(store_access.views["main"], "1-1", "revoked"))
    answer = visitor.open()
    assert (answer.status, answer.header("vwr-state")) == (202, "ended")
    assert workers[0].issued == 1


def test_a_completed_session_is_over_for_workers_that_start_after_a_loss_of_data(
    workers: list[House], kept: MemoryStore, store: Switched, shop: Shop, clock: Clock
) -> None:
    other, visitor = inside(workers[0]), inside(workers[0])
    look(workers)
    complete(visitor, shop)
    clock.pass_by(1)
    look(workers)
    kept._kept = MemoryRooms()
    clock.pass_by(1)
    look(workers)
    visitor.house = other.house = make_house(clock, shop, store.as_store(), max_active=2)
    clock.pass_by(1)
    assert visitor.open().header("vwr-state") == "ended"
    assert other.open().has_passed


@pytest.mark.parametrize("asks", ["page", "client"])
def test_a_place_taken_after_a_reset_is_kept_by_a_worker_that_read_just_before(
    workers: list[House], kept: MemoryStore, clock: Clock, asks: str
) -> None:
    one, other = workers
    for _ in range(2):
        inside(one)
    clock.pass_by(2)
    look([other])
    finish(kept.reset("main"))
    visitor = one.visitor()
    assert visitor.open().status == 202
    ticket = visitor.jar["vwr_main"]
    visitor.house = other
    clock.pass_by(0.1)
    if asks == "page":
        assert visitor.open().header("vwr-state") == "waiting"
    else:
        assert visitor.post("/vwr/main/tickets").json["ticket"] == ticket
    clock.pass_by(1)
    assert visitor.get("/vwr/main/position").json["position"] == 1
    assert one.issued == 1


def test_a_session_that_ran_out_in_an_outage_outlives_the_next_one_too(
    workers: list[House], store: Switched, clock: Clock
) -> None:
    house = workers[0]
    visitor = inside(house)
    for pause in (590, 60):  # the first outage is the one in which the session runs out
        clock.pass_by(pause)
        look([house])
        store.is_off = True
        for _ in range(2):
            clock.pass_by(10)
            look([house])
        store.is_off = False
        clock.pass_by(10)
        look([house])
    assert not house.site.store_access.breaker.is_open
    assert visitor.open().has_passed
    assert house.issued == 1, "it is the same session"


@fault(
    "The store is slow, or too busy for a moment",
    inside="Go on; a session that has run out is over.",
)
def test_sessions_that_ran_out_while_the_store_was_only_busy_do_not_all_come_back(
    workers: list[House], store: Switched, clock: Clock
) -> None:
    house = workers[0]
    gone = []
    for _ in range(3):
        gone.append(inside(house))
        clock.pass_by(595)
        look(workers)
        for _ in range(30):  # a crowd lets each second of it look like an outage
            store.is_busy = True
            clock.pass_by(2)
            look(workers)
            assert house.site.store_access.breaker.is_open
            store.is_busy = False
            clock.pass_by(2)
            look(workers)
            assert not house.site.store_access.breaker.is_open
    assert house.issued == 3
    others = [inside(house), inside(house)]
    assert [visitor.open().header("vwr-state") for visitor in gone] == ["waiting"] * 3
    assert all(visitor.open().has_passed for visitor in others)


def test_a_session_that_runs_out_in_the_first_moments_of_an_outage_notices_nothing(
    workers: list[House], store: Switched, clock: Clock
) -> None:
    house = workers[0]
    visitor = inside(house)
    clock.pass_by(597)
    look([house])
    store.is_busy = True
    clock.pass_by(2)
    look([house])
    for pause in (1.5, 1, 1, 60):
        clock.pass_by(pause)
        assert visitor.open().has_passed
    store.is_busy = False
    clock.pass_by(10)
    look([house])
    assert visitor.open().has_passed
    assert house.issued == 1, "it is the same session"


def test_a_quiet_time_after_a_moment_in_which_the_store_was_busy_is_no_outage(
    workers: list[House], store: Switched, clock: Clock
) -> None:
    house = workers[0]
    visitor = inside(house)
    store.is_busy = True
    clock.pass_by(2)
    look([house])
    store.is_busy = False
    clock.pass_by(1200)
    assert visitor.open().has_passed
    assert house.issued == 2, "the session is over, and this is another one"


def test_where_newcomers_are_let_in_without_a_store_their_sockets_are_too(
    clock: Clock, store: Switched, shop: Shop
) -> None:
    house = make_house(clock, shop, store.as_store(), max_active=1, on_store_error="admit")
    inside(house)
    waiting, newcomer = house.visitor(), house.visitor()
    assert waiting.open().status == 202
    assert newcomer.connect().status == 429
    store.is_off = True
    clock.pass_by(2)
    assert newcomer.open().has_passed
    assert newcomer.connect().messages == [{"type": "websocket.accept"}]
    assert waiting.open().status == 202
    refused = waiting.connect()
    assert (refused.status, refused.header("vwr-state")) == (429, "store-down")
    store.is_off = False
    clock.pass_by(10)
    assert newcomer.connect().status == 429


def test_where_newcomers_wait_without_a_store_their_sockets_hear_of_the_outage(
    clock: Clock, store: Switched, shop: Shop
) -> None:
    house = make_house(clock, shop, store.as_store(), max_active=1)
    inside(house)
    store.is_off = True
    clock.pass_by(2)
    refused = house.visitor().connect()
    assert (refused.status, refused.header("vwr-state")) == (429, "store-down")


@pytest.mark.parametrize("ends", range(100, 111))
def test_nobody_who_waited_through_an_outage_is_passed_by_a_newcomer(
    clock: Clock, store: Switched, ends: int
) -> None:
    house = make_house(
        clock, None, store.as_store(), max_active=1, session_seconds=20, session_grace=0
    )
    inside(house)
    waiting = house.visitor()
    assert waiting.open().status == 202
    for half_second in range(ends):
        clock.pass_by(0.5)
        store.is_off = half_second > 10
        look([house])
        if half_second % 11 == 0:  # as often as a page does that was told of the outage
            assert waiting.get("/vwr/main/position").json["you"] == "waiting"
    store.is_off = False
    for half_second in range(52):  # who was inside may come back for as long as a session lasts
        clock.pass_by(0.5)
        assert not house.visitor().open().has_passed
        if half_second % 4 == 0:
            waiting.get("/vwr/main/position?door=1")
    assert waiting.open().has_passed


@fault("The store is slow, or too busy for a moment", line="Who is called asks again soon.")
def test_who_is_called_asks_again_soon_while_the_store_is_only_busy(
    workers: list[House], store: Switched, clock: Clock
) -> None:
    house = workers[0]
    for _ in range(2):
        inside(house)
    called, waiting = house.visitor(), house.visitor()
    assert [visitor.open().status for visitor in (called, waiting)] == [202, 202]
    finish(store.as_store().advance("main", 1))
    clock.pass_by(2)
    look(workers)

    def asks(visitor: Visitor, query: str = "") -> float:
        told = visitor.get(f"/vwr/main/position{query}").json
        assert told["position"] == {id(called): 3, id(waiting): 4}[id(visitor)]
        retry_after: float = told["retry_after"]
        return retry_after

    assert called.get("/vwr/main/position").json["you"] == "next"
    store.is_busy = True
    clock.pass_by(2)
    assert [asks(called, "?door=1"), asks(called), asks(waiting)] == [1, 1, 5]
    clock.pass_by(4)
    assert asks(called, "?door=1") == 5, "by now it is away"


def start_without_store(workers: list[House], store: Switched, clock: Clock) -> House:
    """A worker that starts in an outage."""
    store.is_off = True
    return make_house(clock, workers[0].app, store.as_store(), max_active=2)


def test_a_session_completed_before_the_store_was_ever_read_is_over_at_once(
    workers: list[House], store: Switched, shop: Shop, clock: Clock
) -> None:
    visitor = inside(workers[0])
    visitor.house = start_without_store(workers, store, clock)
    complete(visitor, shop)
    assert visitor.get("/tickets/receipt.png", sec_fetch_dest="image").has_passed
    assert visitor.open().header("vwr-state") == "ended"
    store.is_off = False
    clock.pass_by(2)
    look([visitor.house, workers[1]])
    assert visitor.at(workers[1]).open().header("vwr-state") == "ended"


def test_a_session_completed_before_the_store_was_ever_read_is_nobody_in_another_room(
    workers: list[House], store: Switched, kept: MemoryStore, shop: Shop, clock: Clock
) -> None:
    visitor = inside(workers[0])
    visitor.house = late = start_without_store(workers, store, clock)
    complete(visitor, shop)
    kept._kept = MemoryRooms()
    store.is_off = False
    newcomer = inside(make_house(clock, shop, store.as_store(), max_active=2))
    for house in (late, newcomer.house):
        clock.pass_by(2)
        assert newcomer.at(house).open().has_passed
