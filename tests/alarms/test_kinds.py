"""An alarm of each kind begins once and ends once, however many workers look, and arrives."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.alarms.conftest import line_of, more, polls, rounds
from tests.support.alarm_receivers import WebhookReceiver
from tests.support.clock import Clock
from tests.support.house import House
from vwr_middleware.alarms.kinds import KINDS
from vwr_middleware.blocking import finish
from vwr_middleware.stores.memory.store import MemoryStore
from vwr_middleware.testing.store_faults import StoreWithFaults

Make = Callable[..., House]


def changed(house: House, **changes: Any) -> None:
    finish(house.store.change("main", changes, who="anna"))


def reads(*houses: House) -> None:
    for house in houses:
        house.clock.pass_by(2)
        house.visitor().get("/vwr/main/status")


def test_a_line_has_formed_and_is_gone(
    alarmed: Make, clock: Clock, receiver: WebhookReceiver
) -> None:
    store = MemoryStore(clock)
    one, other = (alarmed(store=store, alarms={"line_formed": 3}) for _ in range(2))
    waiting = line_of(one, 2)
    reads(one, other)
    rounds(one, other)
    assert receiver.told() == []
    waiting += more(one, 1)
    reads(one, other)
    rounds(one, other, one)
    assert receiver.told("alarm", "room", "severity", "value") == [
        ("alarm.began", "line_formed", "main", "info", "3")
    ]
    for visitor in waiting:
        visitor.post("/vwr/main/leave")
    for house in (one, other):
        house.pass_by(90)
        rounds(one, other)
        house.pass_by(90)
        rounds(other, one)
    assert receiver.told("alarm") == [
        ("alarm.began", "line_formed"),
        ("alarm.ended", "line_formed"),
    ]
    told = one.told("alarm_began") + other.told("alarm_began")
    over = one.told("alarm_ended") + other.told("alarm_ended")
    assert (told, over) == (["line_formed"], ["line_formed"])


def test_nobody_enters_although_people_wait(alarmed: Make, receiver: WebhookReceiver) -> None:
    house = alarmed(inlet={"kind": "manual"}, mode="queue", alarms={"line_formed": False})
    waiting = [house.visitor() for _ in range(2)]
    for visitor in waiting:
        visitor.open()
    polls(house, waiting, 110)
    rounds(house)
    assert receiver.told() == []
    polls(house, waiting, 20)
    rounds(house)
    assert receiver.told("alarm", "severity") == [("alarm.began", "nobody_enters", "critical")]
    assert receiver.told("text")[0][1].startswith("Nobody has entered main for 2 min")
    finish(house.store.advance("main", 1, who="anna"))
    polls(house, waiting, 10)
    assert waiting[0].open().status == 200
    polls(house, waiting[1:], 10)
    rounds(house)
    assert receiver.told("alarm")[1:] == [("alarm.ended", "nobody_enters")]


def test_nobody_enters_a_full_room_whose_visits_are_long(
    alarmed: Make, receiver: WebhookReceiver
) -> None:
    """One comes in when one leaves, which may take ten minutes: that is no alarm."""
    house = alarmed(alarms={"line_formed": False})
    polls(house, line_of(house, 2), 240, every=20)
    rounds(house)
    assert receiver.told() == []


def test_nobody_waits_so_nobody_enters(alarmed: Make, receiver: WebhookReceiver) -> None:
    house = alarmed(max_active=9)
    house.visitor().open()
    polls(house, [], 400, every=50)
    rounds(house)
    assert receiver.told() == []


def test_the_room_has_been_paused_for_long(alarmed: Make, receiver: WebhookReceiver) -> None:
    house = alarmed()
    reads(house)
    changed(house, mode="paused")
    polls(house, [house.visitor()], 870)
    rounds(house)
    assert receiver.told() == []
    polls(house, [house.visitor()], 60)
    changed(house, mode="auto")
    polls(house, [house.visitor()], 20)
    rounds(house)
    assert receiver.told("alarm") == [("alarm.began", "paused"), ("alarm.ended", "paused")]


def test_the_record_of_the_estimates_has_fallen(
    alarmed: Make, receiver: WebhookReceiver, clock: Clock
) -> None:
    house = alarmed()
    reads(house)
    numbers = house.store._kept.find("main").numbers  # type: ignore[attr-defined]
    numbers.estimates_off, numbers.record_log = clock(), [[clock(), 40.0, 12.0]]
    reads(house)
    rounds(house)
    assert receiver.told("alarm", "value") == [("alarm.began", "estimates_off", "12 of 40")]
    numbers.estimates_off = 0.0
    reads(house)
    rounds(house)
    assert receiver.told()[1:] == ["alarm.ended"]


def test_the_line_is_nearly_full(alarmed: Make, receiver: WebhookReceiver) -> None:
    house = alarmed(
        max_waiting=10, joins_per_address=99, alarms={"line_formed": False, "nearly_full": 0.8}
    )
    line_of(house, 7)
    reads(house)
    rounds(house)
    assert receiver.told() == []
    more(house, 1)
    reads(house)
    rounds(house)
    assert receiver.told("alarm", "value") == [("alarm.began", "nearly_full", "8 of 10")]


def test_nothing_is_left_to_sell(alarmed: Make, receiver: WebhookReceiver) -> None:
    house = alarmed()
    reads(house)
    changed(house, stock_left=0)
    reads(house)
    rounds(house)
    changed(house, stock_left=5)
    reads(house)
    rounds(house)
    assert receiver.told("alarm") == [("alarm.began", "stock_gone"), ("alarm.ended", "stock_gone")]


def test_the_store_does_not_answer(
    alarmed: Make,
    clock: Clock,
    receiver: WebhookReceiver,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Any,
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    faults: Any = StoreWithFaults
    store = faults(clock)
    one, other, third = (alarmed(store=store) for _ in range(3))
    for house in (one, other, third):
        house.visitor().get("/vwr/main/status")
        rounds(house)
    store.goes_away()
    for seconds in (2, 4, 4):
        rounds(one, other)
        assert receiver.told() == []
        clock.pass_by(seconds)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "another machine"))
    (tmp_path / "another machine").mkdir()
    rounds(other)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    rounds(one, third)
    assert receiver.told("alarm", "severity") == [("alarm.began", "store_down", "critical")] * 2
    ids = {headers["webhook-id"] for _, headers, _ in receiver.came}
    assert len(ids) == 1, "receivers know by it that it is the same"
    store.comes_back()
    clock.pass_by(2)
    rounds(third, other, one)
    assert receiver.told("alarm")[2:] == [("alarm.ended", "store_down")]
    assert [house.told("alarm_began") for house in (one, other)] == [["store_down"]] * 2
    assert list(tmp_path.glob("vwr-*")) == []


def test_an_alarm_does_not_arrive(alarmed: Make, clock: Clock, receiver: WebhookReceiver) -> None:
    """The other receiver hears of it, and the panel shows it."""
    nowhere = "http://127.0.0.1:9/secret-part"
    house = alarmed(alarms={"line_formed": 1}, alarm_webhooks=[f"{receiver.url}/hook", nowhere])
    line_of(house, 1)
    reads(house)
    for _ in range(4):
        rounds(house)
        house.pass_by(70)
    assert ("alarm.began", "undelivered") in receiver.told("alarm")
    assert "Alarms do not arrive: 127.0.0.1: ConnectionError." in receiver.told("text")[-1]
    assert all("secret-part" not in str(each) for each in receiver.came)


def test_each_kind_has_a_test_here() -> None:
    tried = {"line_formed", "nobody_enters", "paused", "estimates_off", "nearly_full"}
    assert set(KINDS) == tried | {"stock_gone", "store_down", "undelivered"}
