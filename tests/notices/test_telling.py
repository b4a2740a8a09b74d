"""People who are away are told of their turn: by Web Push, and by the site itself."""

import json
from typing import Any

import pytest
from py_vapid import Vapid02

from tests.support.clock import Clock
from tests.support.house import House, Visitor, make_house
from tests.support.our_log import our_log
from tests.support.push_receiver import Browser, PushReceiver
from vwr_middleware.blocking import finish
from vwr_middleware.line.constants import NOTICE_LEASE, NOTICE_TRIES
from vwr_middleware.notices.room_notices import TurnNotice
from vwr_middleware.stores.memory.store import MemoryStore
from vwr_middleware.web import outgoing

NOTICES = "/vwr/main/notices"
PUSH: dict[str, Any] = {"push_contact": "mailto:ops@shop.example", "site_name": "The shop"}


def house_with(clock: Clock, receiver: PushReceiver, **settings: Any) -> House:
    given = {"max_active": 1, "push_services": [receiver.service], **PUSH, **settings}
    return make_house(clock, **given)


def subscribes(visitor: Visitor, browser: Browser, endpoint: str, **headers: str) -> Any:
    body = json.dumps(browser.subscription(endpoint)).encode()
    return visitor.post(NOTICES, body, content_type="application/json", **headers)


def line_of_two(house: House) -> tuple[Visitor, Visitor]:
    """Somebody inside, and somebody who waits."""
    first, second = house.visitor(), house.visitor(accept_language="de")
    first.open(), first.open()
    assert second.open().status == 202
    return first, second


def called(house: House, first: Visitor) -> None:
    """The visitor inside is done, so that the next is called."""
    house.app.headers = [("VWR-Session", "completed")]
    first.open()
    house.app.headers = []
    house.pass_by(2)


def sends(house: House) -> None:
    """A worker's round."""
    finish(house.site.notifier.round())


def test_a_browser_reads_that_the_turn_has_come(clock: Clock, receiver: PushReceiver) -> None:
    house, browser = house_with(clock, receiver), Browser()
    first, second = line_of_two(house)
    told = subscribes(second, browser, f"{receiver.url}/wpush/v2/abc").json
    assert told == {"subscribed": True, "you": "waiting"}
    sends(house)
    assert receiver.came == []
    called(house, first)
    sends(house)
    sends(house)
    ((path, headers, body),) = receiver.came
    assert path == "/wpush/v2/abc"
    message = json.loads(browser.reads(body))
    assert message["title"] == "Sie sind dran"
    assert message["site"] == "The shop"
    assert (headers["Content-Encoding"], headers["Urgency"]) == ("aes128gcm", "high")
    assert int(headers["TTL"]) >= 3600
    assert Vapid02.verify(headers["Authorization"])
    # Nothing in the address, the headers or the message says who this is.
    assert second.jar["vwr_main"] not in str(headers) + str(message)


def test_the_public_key_is_the_same_for_all_workers(clock: Clock, receiver: PushReceiver) -> None:
    one, other = house_with(clock, receiver), house_with(clock, receiver)
    keys = {house.visitor().get(NOTICES).json["push_key"] for house in (one, other)}
    assert len(keys) == 1 and len(keys.pop()) == 87


def test_two_workers_do_not_both_send(clock: Clock, receiver: PushReceiver) -> None:
    store = MemoryStore(clock)
    one = house_with(clock, receiver, store=store)
    other = make_house(clock, store=store, max_active=1, push_services=[receiver.service], **PUSH)
    first, second = line_of_two(one)
    subscribes(second, Browser(), f"{receiver.url}/a")
    called(one, first)
    found = [
        finish(h.site.notifier._step(h.site.store_access.views["main"], 9)) for h in (one, other)
    ]
    assert [len(each.due) for each in found] == [1, 0]
    # The first one dies before it has sent.
    clock.pass_by(NOTICE_LEASE)
    sends(other)
    assert len(receiver.came) == 1
    clock.pass_by(NOTICE_LEASE)
    sends(one)
    sends(other)
    assert len(receiver.came) == 1


@pytest.mark.parametrize("status", [404, 410, 403, 302])
def test_a_browser_that_is_gone_is_forgotten(
    clock: Clock, receiver: PushReceiver, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    house = house_with(clock, receiver)
    receiver.status = status
    receiver.headers = {"Location": f"{receiver.url}/elsewhere"} if status == 302 else {}
    first, second = line_of_two(house)
    subscribes(second, Browser(), f"{receiver.url}/a")
    called(house, first)
    sends(house)
    assert bool(our_log(caplog, "refuses notices")) is (status in (403, 302))
    clock.pass_by(2 * NOTICE_LEASE)
    sends(house)
    assert [path for path, _, _ in receiver.came] == ["/a"], "no redirect is followed either"


@pytest.mark.parametrize(
    ("drips", "status", "kept"),
    [("body", 201, 0), ("body", 410, 0), ("body", 503, 1), ("head", 201, 1)],
)
def test_a_service_whose_answer_comes_byte_by_byte_holds_up_nobody(
    clock: Clock,
    receiver: PushReceiver,
    monkeypatch: pytest.MonkeyPatch,
    drips: str,
    status: int,
    kept: int,
) -> None:
    monkeypatch.setattr(outgoing, "_HEAD_WITHIN", 2.0)
    house = house_with(clock, receiver)
    receiver.drips, receiver.status = drips, status
    first, second = line_of_two(house)
    subscribes(second, Browser(), f"{receiver.url}/a")
    called(house, first)
    sends(house)
    assert (len(receiver.came), receiver.stayed) == (1, [])
    assert finish(house.site.store_access.store.notices("main", 0)).subscribers == kept


def test_a_busy_push_service_is_asked_again_but_not_for_ever(
    clock: Clock, receiver: PushReceiver
) -> None:
    house = house_with(clock, receiver)
    receiver.status, receiver.headers = 503, {"Retry-After": "40"}
    first, second = line_of_two(house)
    subscribes(second, Browser(), f"{receiver.url}/a")
    called(house, first)
    sends(house)
    clock.pass_by(39)
    sends(house)
    assert len(receiver.came) == 1
    clock.pass_by(1)
    sends(house)
    assert len(receiver.came) == 2
    for _ in range(20):
        clock.pass_by(900)
        sends(house)
    assert len(receiver.came) == NOTICE_TRIES


def test_a_push_service_that_is_away_is_asked_again(clock: Clock, receiver: PushReceiver) -> None:
    house = house_with(clock, receiver, push_services=["localhost:9", receiver.service])
    first, second = line_of_two(house)
    subscribes(second, Browser(), "https://localhost:9/a")
    called(house, first)
    sends(house)
    kept = house.site.store_access.store
    assert finish(kept.notices("main", 0)).subscribers == 1


def test_a_push_with_a_fault_of_its_own_keeps_no_other_visitor_from_being_told(
    clock: Clock,
    receiver: PushReceiver,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    house = house_with(clock, receiver, max_active=2)
    inside = [house.visitor() for _ in range(2)]
    away = [house.visitor() for _ in range(2)]
    for visitor in (*inside, *inside, *away):
        visitor.open()
    for number, visitor in enumerate(away):
        assert subscribes(visitor, Browser(), f"{receiver.url}/{number}").status == 200
    notices = house.site.notifier.rooms["main"]
    assert notices.push is not None
    send, asked = notices.push.send, list[str]()

    def spoiled(subscription: Any, *more: Any) -> Any:
        asked.append(subscription["endpoint"])
        if len(asked) == 1:
            raise RuntimeError("a fault of a library")
        return send(subscription, *more)

    monkeypatch.setattr(notices.push, "send", spoiled)
    for visitor in inside:
        called(house, visitor)
    for _ in range(3):
        sends(house)
        clock.pass_by(NOTICE_LEASE)
    assert (len(asked), len(receiver.came)) == (2, 1)
    assert our_log(caplog, "a push of room main failed")


def test_a_new_secret_sends_to_those_who_subscribed_under_the_old_one(
    clock: Clock, receiver: PushReceiver
) -> None:
    store, old, new = MemoryStore(clock), "o" * 40, "n" * 40
    before = make_house(
        clock, store=store, secret_key=old, max_active=1, push_services=[receiver.service], **PUSH
    )
    first, second = line_of_two(before)
    subscribes(second, Browser(), f"{receiver.url}/a")
    called(before, first)
    after = make_house(
        clock,
        store=store,
        secret_key=[new, old],
        max_active=1,
        push_services=[receiver.service],
        **PUSH,
    )
    after.visitor().get("/vwr/main/status")
    sends(after)
    ((_, headers, _),) = receiver.came
    old_key = before.visitor().get(NOTICES).json["push_key"]
    assert f"k={old_key}" in headers["Authorization"]


# By the site itself.


def with_notify(clock: Clock, told: list[TurnNotice], **settings: Any) -> House:
    def notify(notice: TurnNotice) -> None:
        told.append(notice)

    def contact(request: Any) -> str | None:
        return request.header("x-account") or None

    given = {"max_active": 1, "notify": notify, "contact": contact, **settings}
    return make_house(clock, **given)


def test_the_site_is_told_once_whom_to_write_to(clock: Clock) -> None:
    told: list[TurnNotice] = []
    house = with_notify(clock, told)
    first, second = line_of_two(house)
    assert house.visitor().get(NOTICES).json == {"push_key": None, "message": True}
    answer = second.post(NOTICES, x_account="account 7")
    assert answer.json == {"subscribed": True, "you": "waiting"}
    called(house, first)
    for _ in range(3):
        sends(house)
        clock.pass_by(NOTICE_LEASE)
    assert told == [TurnNotice("main", "1-2", 2, "account 7", "de")]


def test_whom_the_site_does_not_know_cannot_be_told_by_it(clock: Clock) -> None:
    house = with_notify(clock, [])
    _, second = line_of_two(house)
    answer = second.post(NOTICES)
    assert (answer.status, "sign in first" in answer.text) == (400, True)
    assert "Melden Sie sich zuerst auf der Website an" in answer.json["message"], "for the person"


def test_nobody_without_a_place_has_contact_asked(clock: Clock) -> None:
    asked: list[str] = []

    def contact(request: Any) -> str:
        asked.append(request.path)
        return "someone"

    house = make_house(clock, max_active=1, notify=lambda notice: None, contact=contact)
    _, second = line_of_two(house)
    assert [house.visitor().post(NOTICES).status for _ in range(3)] == [401] * 3
    assert asked == []
    answers = [second.post(NOTICES).status for _ in range(15)]
    assert answers.count(200) == len(asked) < 15, "and somebody who has one only so often"


def test_a_notify_that_fails_is_logged_and_harms_nothing(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    def notify(notice: TurnNotice) -> None:
        raise RuntimeError("the mail server is away")

    house = make_house(clock, max_active=1, notify=notify, contact=lambda request: "someone")
    first, second = line_of_two(house)
    second.post(NOTICES)
    called(house, first)
    sends(house)
    assert our_log(caplog, "the notify of room main failed")
    assert second.open().status == 200


def test_a_site_that_has_written_does_not_write_again_since_a_push_failed(
    clock: Clock, receiver: PushReceiver
) -> None:
    told: list[TurnNotice] = []
    house = with_notify(clock, told, push_services=[receiver.service], **PUSH)
    receiver.status = 503
    first, second = line_of_two(house)
    subscribes(second, Browser(), f"{receiver.url}/a", x_account="7")
    called(house, first)
    sends(house)
    receiver.status = 201
    clock.pass_by(60)
    sends(house)
    assert (len(told), len(receiver.came)) == (1, 2)


def test_a_closed_page_is_called_although_nobody_asks_any_more(
    clock: Clock, receiver: PushReceiver
) -> None:
    house = house_with(clock, receiver)
    first, second = line_of_two(house)
    subscribes(second, Browser(), f"{receiver.url}/a")
    house.app.headers = [("VWR-Session", "completed")]
    first.open()
    for _ in range(60):  # no request comes, but the worker's own rounds
        clock.pass_by(2)
        sends(house)
    assert len(receiver.came) == 1
