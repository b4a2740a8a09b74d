"""A room that is restored while a worker goes on with the one that stood in its place."""

from typing import Any

import pytest

from tests.support.clock import Clock
from tests.support.house import House, Shop, Visitor, inside, make_house, waiting
from tests.support.rooms import sessions
from vwr_middleware.blocking import finish
from vwr_middleware.errors import RoomChanged
from vwr_middleware.line.messages import Place, Seen
from vwr_middleware.worker.refresh import ask_of

LOST = "f" * 16


def restore(house: House, **changes: Any) -> bool:
    """An operator does it, by way of nobody that this worker knows of."""
    known: dict[str, Any] = {"generation": 1, "queue": 500, "serving": 40, **changes}
    return finish(house.store.restore("main", Seen(LOST, **known), who="Ann"))


@pytest.fixture
def house(clock: Clock) -> House:
    return make_house(clock, max_active=2)


def test_a_newcomer_notices_nothing_of_it(house: House, caplog: pytest.LogCaptureFixture) -> None:
    inside(house), inside(house), waiting(house)
    restore(house)
    newcomer = house.visitor()
    answer = newcomer.open()
    assert (answer.status, answer.header("vwr-state")) == (202, "waiting")
    assert newcomer.get("/vwr/main/position").json["position"] == 501
    assert "two stores" not in caplog.text
    assert house.site.store_access.events_and_log.foreign == 0


@pytest.mark.parametrize("by_poll", [True, False])
def test_whoever_joined_in_between_is_told_of_a_reset(
    house: House, by_poll: bool, caplog: pytest.LogCaptureFixture
) -> None:
    inside(house), inside(house)
    visitor = waiting(house)
    restore(house)
    house.pass_by(2)
    if by_poll:
        assert visitor.get("/vwr/main/position").json["you"] == "reset"
        assert visitor.post("/vwr/main/token").status == 410
        assert visitor.post("/vwr/main/resume").status == 410
        assert visitor.post("/vwr/main/tickets").json["position"] == 501
    else:
        answer = visitor.open()
        assert (answer.status, answer.header("vwr-state")) == (202, "reset")
    house.pass_by(1)
    assert visitor.get("/vwr/main/position").json["position"] == 501
    assert "two stores" not in caplog.text
    assert not house.site.store_access.room_identity.met_lately(
        house.site.store_access.views["main"]
    )


def test_a_program_is_told_when_to_ask_again_where_rooms_change_one_after_the_other(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside(house), inside(house)
    names, join = iter("abcdef"), house.store.join

    async def join_late(*asked: Any) -> Any:
        finish(house.store.restore("main", Seen(next(names) * 16, 1, 500, 40)))
        return await join(*asked)

    monkeypatch.setattr(house.store, "join", join_late)
    answer = house.visitor().post("/vwr/main/tickets")
    assert (answer.status, answer.header("retry-after")) == (503, "5")
    assert answer.json["retry_after"] == 5.0
    assert answer.json["store"] == "down"


def test_whoever_was_inside_in_between_is_told_of_a_reset(house: House) -> None:
    visitor = inside(house)
    restore(house, active=2)
    house.pass_by(2)
    answer = visitor.open()
    assert (answer.status, answer.header("vwr-state")) == (202, "reset")
    assert house.site.store_access.events_and_log.foreign == 0


def act(visitor: Visitor, how: str) -> int:
    if how == "claim":
        return visitor.post("/vwr/main/token").status
    if how == "leave":
        return visitor.post("/vwr/main/leave").status
    return visitor.open().status


@pytest.mark.parametrize(("how", "status"), [("open", 202), ("claim", 410), ("leave", 200)])
def test_a_ticket_of_in_between_never_moves_a_place_of_old(
    house: House, how: str, status: int
) -> None:
    for _ in range(2):
        inside(house)
    visitor = waiting(house)
    house.clock.pass_by(5)
    finish(house.store.advance("main", 1))
    house.pass_by(0.5)
    restore(house, serving=400)
    assert act(visitor, how) == status
    assert sessions(house.store) == []
    assert finish(house.store.claim("main", Place(1, 3), 2.0)).verdict == "entered"


def test_what_was_in_hand_while_the_worker_learned_of_it_is_no_step_for_one_of_old(
    house: House,
) -> None:
    inside(house), inside(house), waiting(house)
    store_access, view = house.site.store_access, house.site.store_access.views["main"]
    former = view.room
    assert former is not None
    restore(house, serving=3)
    house.pass_by(2)
    place = Place(former.generation, 3, room_id=former.room_id)
    for step in (
        store_access.claim(view, place, 2.0),
        store_access.knock(view, place, 2.0, False),
        store_access.renew(view, "1-1", former.room_id),
    ):
        with pytest.raises(RoomChanged):
            finish(step)
    assert view.room is not None and (view.room.room_id, sessions(house.store)) == (
        LOST,
        [],
    )


def test_a_session_of_in_between_prolongs_none_of_old(house: House) -> None:
    visitor = house.visitor()
    assert visitor.open().has_passed  # its first token is to be confirmed
    restore(house)
    visitor.get()
    assert sessions(house.store) == []


@pytest.mark.parametrize("knows", [True, False])
def test_a_session_that_is_completed_meanwhile_ends_none_of_old(clock: Clock, knows: bool) -> None:
    shop = Shop()
    house = make_house(clock, app=shop, max_active=2)
    visitor = inside(house)

    def buy(scope: dict[str, Any]) -> None:
        restore(house)
        if knows:
            house.clock.pass_by(2)
            finish(house.site.store_access.newest(house.site.store_access.views["main"]))
        scope["vwr"].complete()

    shop.on_request = buy
    assert visitor.open().has_passed
    assert finish(house.store.renew("main", "1-1")).verdict == "entered"
    assert finish(house.store.refresh([asked_at(house)]))[0].ended == []


@pytest.mark.parametrize("when", ["before", "after"])
def test_an_ending_that_the_store_has_not_heard_of_ends_none_of_old(
    house: House, when: str
) -> None:
    inside(house)
    store_access, view = house.site.store_access, house.site.store_access.views["main"]
    store_access.endings.mark(view, "1-1", "completed")
    restore(house)
    if when == "after":
        house.pass_by(2)
    finish(store_access.newest(view))
    assert finish(house.store.renew("main", "1-1")).verdict == "entered"


def test_a_reading_that_was_on_its_way_brings_no_replaced_room_back(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    store_access, view = house.site.store_access, house.site.store_access.views["main"]
    inside(house)
    late, began = view.room, house.clock()
    assert late
    house.clock.pass_by(1)
    restore(house)
    finish(store_access.newest(view))
    assert not store_access.room_identity.take(view, late.snapshot, began)
    assert view.room
    assert view.room.room_id == LOST
    assert "two stores" not in caplog.text


def test_other_rooms_keep_what_they_know(clock: Clock) -> None:
    rooms = [{"name": name, "paths": f"/{name}", "max_active": 1} for name in ("main", "shop")]
    house = make_house(clock, rooms=rooms)
    house.visitor().open("/main"), house.visitor().open("/shop")
    store_access = house.site.store_access
    shop = store_access.views["shop"]
    store_access.endings.mark(shop, "1-1", "completed")
    restore(house)
    house.pass_by(3)
    assert store_access.views["main"].room
    assert store_access.views["main"].room.room_id == LOST
    assert "1-1" in shop.ended
    assert shop.room
    assert shop.room.snapshot.totals["completed"] == 1


def asked_at(house: House) -> Any:
    return ask_of(house.site.store_access.views["main"], house.clock())


@pytest.mark.parametrize("by_script", [True, False])
def test_whoever_has_a_place_of_old_takes_no_new_one_while_the_worker_learns_of_it(
    house: House, by_script: bool
) -> None:
    """A ticket that was foreign a moment ago is not: nobody joins with it."""
    other = make_house(house.clock, max_active=2)
    inside(other), inside(other)
    stray = waiting(other).at(house)
    inside(house), inside(house)
    known = other.site.store_access.views["main"].room
    assert known
    former = Seen(known.room_id, 1, 500, 2, 2)
    assert finish(house.store.restore("main", former))
    if by_script:
        assert stray.post("/vwr/main/tickets").json["position"] == 3
    else:
        assert stray.open().header("vwr-state") == "waiting"
    assert stray.get("/vwr/main/position").json["position"] == 3
    assert house.issued == 500
