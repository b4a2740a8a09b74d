"""Workers meet papers of rooms that their store does not hold, and a room that was restored."""

import json
from typing import Any

import pytest

from tests.support.asgi import FETCH
from tests.support.clock import Clock
from tests.support.house import House, Shop, Visitor, inside, make_house, waiting
from vwr_middleware.blocking import finish
from vwr_middleware.line.answers import Seen
from vwr_middleware.stores.memory import MemoryStore
from vwr_middleware.worker.strangers import ROOMS_MOST, Stranger, Strangers, together

LOST = "f" * 16


def restore(house: House, **changes: Any) -> bool:
    """An operator does it, by way of nobody that this worker knows of."""
    known: dict[str, Any] = {"generation": 1, "queue": 500, "serving": 40, **changes}
    return finish(house.store.restore("main", Seen(LOST, **known), who="Ann"))


@pytest.fixture
def house(clock: Clock) -> House:
    return make_house(clock, max_active=2)


def test_what_papers_tell_of_a_room_is_that_of_its_latest_generation() -> None:
    told = Stranger(2, 70, 0, 1, 100.0)
    for paper in (Stranger(2, 0, 40, 1, 101.0), Stranger(1, 900, 800, 1, 102.0)):
        told.take(paper)
    assert told == Stranger(2, 70, 40, 3, 102.0)
    told.take(Stranger(3, 5, 0, 1, 90.0))
    assert told == Stranger(3, 5, 0, 4, 102.0)


def test_few_such_rooms_are_remembered_and_those_met_last() -> None:
    met = Strangers()
    for number in range(9):
        met.note(f"{number:016x}", Stranger(1, number, 0, 1, float(number)))
        met.note(f"{5:016x}", Stranger(1, 70, 0, 1, float(number)))
    assert len(met) == ROOMS_MOST
    assert [told.ticket for told in met.values()] == [6, 7, 8, 70]


def test_what_several_workers_met_is_put_together() -> None:
    one, other = Strangers(), Strangers()
    one.note(LOST, Stranger(1, 70, 0, 3, 100.0))
    other.note(LOST, Stranger(1, 60, 50, 2, 300.0))
    other.note("a" * 16, Stranger(1, 1, 0, 1, 200.0))
    posts = [json.loads(json.dumps(met.post())) for met in (one, other)]
    posts[0][LOST].append("what a later release tells")
    assert dict(together(posts)) == {
        "a" * 16: Stranger(1, 1, 0, 1, 200.0),
        LOST: Stranger(1, 70, 50, 5, 300.0),
    }
    assert list(together(posts)) == ["a" * 16, LOST]


def test_papers_of_another_store_tell_how_far_its_line_was(house: House) -> None:
    other = make_house(house.clock, max_active=2)
    admitted = [inside(other), inside(other)]
    line = [waiting(other) for _ in range(3)]
    inside(house)
    for visitor in (admitted[1], line[2], admitted[0], line[0]):
        visitor.at(house).ask("GET", "/tickets", FETCH, {})
    view, theirs = house.site.desk.views["main"], other.site.desk.views["main"]
    assert theirs.snapshot
    met = house.site.desk.meetings.strangers(view)
    assert list(met) == [theirs.snapshot.room_id]
    told = met[theirs.snapshot.room_id]
    assert (told.generation, told.ticket, told.token) == (1, 5, 2)
    assert told.papers >= 4


def test_any_worker_tells_what_the_others_met(clock: Clock) -> None:
    store = MemoryStore(clock)
    one = make_house(clock, store=store, max_active=1)  # which no panel asks
    other = make_house(clock, store=store, max_active=1, admin_password="one for tests")
    elsewhere = make_house(clock, max_active=1)
    inside(one), inside(elsewhere)
    waiting(elsewhere).at(one).get("/vwr/main/position")
    for house in (one, other):
        house.pass_by(12)
    met = other.site.desk.meetings.strangers(other.site.desk.views["main"])
    assert [(told.ticket, told.papers) for told in met.values()] == [(2, 1)]


def test_operators_are_told_until_a_while_after_the_last_paper(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    other = make_house(house.clock, max_active=1)
    inside(house), inside(other)
    stray = waiting(other).at(house)
    view, meetings = house.site.desk.views["main"], house.site.desk.meetings
    told = []
    for seconds in (0, 590, 590, 601, 1):
        house.pass_by(seconds)
        told.append(meetings.met_lately(view))
        if len(told) < 3:
            stray.get("/vwr/main/position")
    assert told == [False, True, True, False, False]
    assert caplog.text.count("two stores serve it") == 1
    assert "vwr restore main" in caplog.text
    stray.get("/vwr/main/position")
    assert caplog.text.count("two stores serve it") == 2
    assert house.site.desk.herald.foreign == 3
    assert next(iter(meetings.strangers(view).values())).ticket == 2, "it is not forgotten"


def test_a_worker_whose_room_is_another_by_now_tells_what_it_knew(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    house = make_house(clock, max_active=2)
    inside(house), inside(house), waiting(house)
    view = house.site.desk.views["main"]
    known = view.snapshot
    house.site.desk.store = MemoryStore(clock)
    newcomer = make_house(clock, store=house.site.desk.store, max_active=2)
    inside(newcomer)
    assert known
    house.pass_by(2)
    met = house.site.desk.meetings.strangers(view)
    assert (met[known.room_id].ticket, met[known.room_id].token) == (3, 2)
    assert caplog.text.count("two stores serve it") == 1


# A room is restored, and this worker learns of it.


def test_a_newcomer_notices_nothing_of_it(house: House, caplog: pytest.LogCaptureFixture) -> None:
    inside(house), inside(house), waiting(house)
    restore(house)
    newcomer = house.visitor()
    answer = newcomer.open()
    assert (answer.status, answer.header("vwr-state")) == (202, "waiting")
    assert newcomer.get("/vwr/main/position").json["position"] == 501
    assert "two stores" not in caplog.text
    assert house.site.desk.herald.foreign == 0


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
    assert not house.site.desk.meetings.met_lately(house.site.desk.views["main"])


def test_whoever_was_inside_in_between_is_told_of_a_reset(house: House) -> None:
    visitor = inside(house)
    restore(house, active=2)
    house.pass_by(2)
    answer = visitor.open()
    assert (answer.status, answer.header("vwr-state")) == (202, "reset")
    assert house.site.desk.herald.foreign == 0


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
    sessions = finish(house.store.view("main")).sessions
    assert sessions == []
    assert finish(house.store.claim("main", 1, 3, 2.0)).verdict == "entered"


def test_a_session_of_in_between_prolongs_none_of_old(house: House) -> None:
    visitor = house.visitor()
    assert visitor.open().has_passed  # its first token is to be confirmed
    restore(house)
    visitor.get()
    assert finish(house.store.view("main")).sessions == []


@pytest.mark.parametrize("knows", [True, False])
def test_a_session_that_is_completed_meanwhile_ends_none_of_old(clock: Clock, knows: bool) -> None:
    shop = Shop()
    house = make_house(clock, app=shop, max_active=2)
    visitor = inside(house)

    def buy(scope: dict[str, Any]) -> None:
        restore(house)
        if knows:
            house.clock.pass_by(2)
            finish(house.site.desk.newest(house.site.desk.views["main"]))
        scope["vwr"].complete()

    shop.on_request = buy
    assert visitor.open().has_passed
    assert finish(house.store.renew("main", "1-1")).verdict == "entered"
    assert finish(house.store.refresh([ask_of(house)]))[0].ended == []


@pytest.mark.parametrize("when", ["before", "after"])
def test_an_ending_that_the_store_has_not_heard_of_ends_none_of_old(
    house: House, when: str
) -> None:
    inside(house)
    desk, view = house.site.desk, house.site.desk.views["main"]
    desk.endings.mark(view, "1-1", "completed")
    restore(house)
    if when == "after":
        house.pass_by(2)
    finish(desk.newest(view))
    assert finish(house.store.renew("main", "1-1")).verdict == "entered"


def test_a_reading_that_was_on_its_way_brings_no_replaced_room_back(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    desk, view = house.site.desk, house.site.desk.views["main"]
    inside(house)
    late, began = view.snapshot, house.clock()
    assert late
    house.clock.pass_by(1)
    restore(house)
    finish(desk.newest(view))
    assert not desk.meetings.take(view, late, began)
    assert view.snapshot
    assert view.snapshot.room_id == LOST
    assert "two stores" not in caplog.text


def test_other_rooms_keep_what_they_know(clock: Clock) -> None:
    rooms = [{"name": name, "paths": f"/{name}", "max_active": 1} for name in ("main", "shop")]
    house = make_house(clock, rooms=rooms)
    house.visitor().open("/main"), house.visitor().open("/shop")
    desk = house.site.desk
    shop = desk.views["shop"]
    desk.endings.mark(shop, "1-1", "completed")
    restore(house)
    house.pass_by(3)
    assert desk.views["main"].snapshot
    assert desk.views["main"].snapshot.room_id == LOST
    assert "1-1" in shop.ended
    assert shop.snapshot
    assert shop.snapshot.totals["completed"] == 1


def ask_of(house: House) -> Any:
    return house.site.desk.views["main"].ask(house.clock())


@pytest.mark.parametrize("by_script", [True, False])
def test_whoever_has_a_place_of_old_takes_no_new_one_while_the_worker_learns_of_it(
    house: House, by_script: bool
) -> None:
    """A ticket that was foreign a moment ago is not: nobody joins with it."""
    other = make_house(house.clock, max_active=2)
    inside(other), inside(other)
    stray = waiting(other).at(house)
    inside(house), inside(house)
    known = other.site.desk.views["main"].snapshot
    assert known
    former = Seen(known.room_id, 1, 500, 2, 2)
    assert finish(house.store.restore("main", former))
    if by_script:
        assert stray.post("/vwr/main/tickets").json["position"] == 3
    else:
        assert stray.open().header("vwr-state") == "waiting"
    assert stray.get("/vwr/main/position").json["position"] == 3
    assert house.issued == 500


@pytest.mark.parametrize("by_poll", [True, False])
def test_whoever_goes_to_and_fro_between_two_stores_has_a_place_in_each_and_is_noticed(
    clock: Clock, by_poll: bool
) -> None:
    houses = [make_house(clock, max_active=1) for _ in "ab"]
    for house in houses:
        inside(house), waiting(house)
    visitor = houses[0].visitor()
    visitor.open()
    places = []
    for house in houses[::-1] * 4:
        visitor = visitor.at(house)
        if by_poll and len(visitor.jar) == 2:
            places.append(visitor.get("/vwr/main/position").json["position"])
        else:
            visitor.open()
            places.append(visitor.get("/vwr/main/position").json["position"])
        assert len(visitor.jar) <= 2
    assert places == [3] * 8
    assert [house.issued for house in houses] == [3, 3]
    assert all(house.site.desk.herald.foreign >= 3 for house in houses)
