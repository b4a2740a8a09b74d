"""What is sent arrives at least once, with one id, and no receiver harms anybody."""

import logging
import threading
from collections.abc import Callable
from math import inf
from secrets import token_hex
from typing import Any

import pytest

from tests.alarms.conftest import line_of, rounds
from tests.support.alarm_receivers import WebhookReceiver, mail_server, webhook_receiver
from tests.support.clock import Clock
from tests.support.house import House
from tests.support.in_time import in_time
from vwr_middleware.alarms.book import (
    AGAIN,
    AGAIN_MOST,
    DUE_MOST,
    LOG_MOST,
    AlarmBook,
    DeliveryReport,
)
from vwr_middleware.alarms.conditions import Finding
from vwr_middleware.alarms.outages import StoreOutage
from vwr_middleware.alarms.receivers import receivers_of
from vwr_middleware.alarms.signatures import signature
from vwr_middleware.blocking import finish
from vwr_middleware.errors import ConfigurationError
from vwr_middleware.keys import Keys
from vwr_middleware.settings import Settings
from vwr_middleware.stores.memory.store import MemoryStore

Make = Callable[..., House]


@pytest.fixture
def two(alarmed: Make, clock: Clock) -> list[House]:
    """Two workers, in whose room a line has formed."""
    store = MemoryStore(clock)
    houses = [alarmed(store=store, alarms={"line_formed": 1}) for _ in range(2)]
    line_of(houses[0], 1)
    clock.pass_by(2)
    for house in houses:
        house.visitor().get("/vwr/main/status")
    return houses


def log_of(house: House) -> list[tuple[Any, ...]]:
    """How each try ended to tell that a line has formed."""
    rows = finish(house.site.alarms.shared.read()).rows["log"]
    told = [row for row in rows if (row["type"], row["kind"]) == ("alarm.began", "line_formed")]
    return [(row["tries"], row["outcome"], row["status"]) for row in told]


def test_a_receiver_in_trouble_is_asked_again_by_whichever_worker_lives(
    two: list[House], receiver: WebhookReceiver, clock: Clock
) -> None:
    one, other = two
    receiver.status = 503
    rounds(one)
    receiver.headers = {"Retry-After": "90"}
    clock.pass_by(6)
    rounds(other)
    assert log_of(one) == [(1, "tried again later", 503), (2, "tried again later", 503)]
    clock.pass_by(60)
    rounds(other)
    assert len(receiver.came) == 2, "it has asked for 90 seconds"
    receiver.status = 200
    clock.pass_by(31)
    rounds(other)
    assert log_of(one)[-1] == (3, "sent", 200)
    assert len({headers["webhook-id"] for _, headers, _ in receiver.came}) == 1
    times = [int(headers["webhook-timestamp"]) for _, headers, _ in receiver.came]
    assert times[0] < times[1] < times[2]


def test_a_receiver_that_never_takes_it_is_given_up_and_that_is_an_alarm(
    two: list[House], receiver: WebhookReceiver, clock: Clock
) -> None:
    one, other = two
    receiver.status = 500
    for wait in (0.0, *AGAIN):
        clock.pass_by(wait + 1)
        rounds(one)
    assert log_of(one)[-1] == (len(AGAIN) + 1, "given up", 500)
    assert "undelivered" in finish(other.site.alarms.shared.read()).on
    assert one.told("alarm_began") == ["line_formed", "undelivered"]


@pytest.mark.parametrize("status", [301, 307, 308])
def test_no_redirect_is_followed(two: list[House], receiver: WebhookReceiver, status: int) -> None:
    receiver.status, receiver.headers = status, {"Location": f"{receiver.url}/elsewhere"}
    rounds(two[0])
    assert [path for path, *_ in receiver.came] == ["/hook"]
    assert log_of(two[0]) == [(1, "tried again later", status)]


def test_one_that_says_yes_has_it_though_the_body_of_its_answer_never_comes(
    two: list[House], receiver: WebhookReceiver
) -> None:
    receiver.status, receiver.length = 200, 5
    rounds(two[0])
    assert log_of(two[0]) == [(1, "sent", 200)]


@pytest.mark.parametrize(("status", "length"), [(200, 0), (204, None)])
def test_a_body_that_never_ends_holds_no_thread_though_it_says_to_be_empty(
    two: list[House], receiver: WebhookReceiver, status: int, length: int | None
) -> None:
    receiver.status, receiver.length, receiver.goes_on = status, length, True
    try:
        rounds(two[0])
        assert log_of(two[0]) == [(1, "sent", status)]
    finally:
        receiver.goes_on = False


@pytest.mark.parametrize("status", [302, 307])
def test_no_service_leads_elsewhere_either(
    alarmed: Make, receiver: WebhookReceiver, clock: Clock, status: int
) -> None:
    """Nor counts a page elsewhere as an alarm that has arrived."""
    at = receiver.url.removeprefix("http://")
    services = [f"json://{at}/hook"]
    house = alarmed(alarms={"line_formed": 1}, alarm_webhooks=[], alarm_services=services)
    receiver.status, receiver.headers = status, {"Location": f"{receiver.url}/elsewhere"}
    line_of(house, 1)
    clock.pass_by(2)
    house.visitor().get("/vwr/main/status")
    rounds(house)
    assert [path for path, *_ in receiver.came] == ["/hook"]
    assert log_of(house) == [(1, "tried again later", 0)]


def test_one_that_wants_no_more_is_told_nothing_until_it_takes_a_test(
    two: list[House], receiver: WebhookReceiver, clock: Clock
) -> None:
    """By the convention: the sender disables the endpoint, and stops sending it messages."""
    one, other = two
    receiver.status = 410
    rounds(one)
    clock.pass_by(600)
    rounds(one, other)
    assert log_of(one) == [(1, "given up", 410)]
    book = finish(other.site.alarms.shared.read())
    assert "wants nothing more" in book.rows["log"][0]["problem"]
    assert "undelivered" in book.on
    receiver.status = 200
    finish(one.store.change("main", {"stock_left": 0}, who="anna"))
    clock.pass_by(2)
    rounds(one, other)
    assert len(receiver.came) == 1 and "main.stock_gone" in other.site.alarms.shared.book.on
    finish(one.site.alarms.shared.update(lambda book: book.test("anna", "a", clock())))
    rounds(other)
    finish(one.store.change("main", {"stock_left": 1}, who="anna"))
    clock.pass_by(2)
    rounds(one)
    assert receiver.told("alarm")[1:] == [
        ("alarm.test", "test"),
        ("alarm.ended", "undelivered"),
        ("alarm.ended", "stock_gone"),
    ]


def test_what_else_was_to_be_sent_to_one_that_wants_no_more_is_given_up(
    two: list[House], receiver: WebhookReceiver, clock: Clock
) -> None:
    one, _ = two
    receiver.holds.clear()
    finish(one.site.alarms.round())
    assert in_time(lambda: bool(receiver.came))
    finish(one.store.change("main", {"stock_left": 0}, who="anna"))
    clock.pass_by(2)
    finish(one.site.alarms.round())  # what is due waits: its thread is still sending
    receiver.status = 410
    receiver.holds.set()
    rounds(one)
    rows = finish(one.site.alarms.shared.read()).rows
    told = {(row["kind"], row["outcome"], row["status"]) for row in rows["log"]}
    assert told == {("line_formed", "given up", 410), ("stock_gone", "given up", 0)}
    assert rows["due"] == [] and len(receiver.came) == 1


def test_one_that_wants_no_more_is_not_told_again_of_an_outage_either() -> None:
    outage = StoreOutage(10.0, b"a secret")
    for at in (0.0, 11.0):
        outage.is_away(at, 100.0 + at, 1, token_hex(6), ["one"])
    (delivery,) = outage.take(["one"], 11.0)
    gone = DeliveryReport(delivery.id, "one", False, "ops.example: gone", 410, is_final=True)
    assert outage.report([gone], 12.0) == [gone], "for the book, once the store is back"
    assert outage.take(["one"], 12.0 + 2 * AGAIN_MOST) == []
    outage.end()
    book = AlarmBook()
    book.report([gone], 100.0)
    book.note(Finding("line_formed", "main", True, 101.0, 101.0, "1"))
    book.address({"one": "ops.example", "other": "a service"})
    assert [row["receiver"] for row in book.rows["due"]] == ["other"]


def test_one_that_hangs_holds_up_neither_another_nor_a_round(
    alarmed: Make, receiver: WebhookReceiver, clock: Clock
) -> None:
    with webhook_receiver() as hanging:
        hanging.holds.clear()
        urls = [f"{hanging.url}/hook", f"{receiver.url}/hook"]
        store = MemoryStore(clock)
        one, other = (
            alarmed(store=store, alarms={"line_formed": 1}, alarm_webhooks=urls) for _ in range(2)
        )
        line_of(one, 1)
        clock.pass_by(2)
        one.visitor().get("/vwr/main/status")
        finish(one.site.alarms.round())
        assert in_time(lambda: len(receiver.came) == 1 == len(hanging.came))
        assert len(one.site.alarms.sending.free) <= 1
        one.pass_by(62)  # the lease is over: another worker tries, by the same id
        finish(other.site.alarms.round())
        assert in_time(lambda: len(hanging.came) == 2)
        ids = {headers["webhook-id"] for _, headers, _ in hanging.came}
        assert len(ids) == 1
        hanging.holds.set()
        assert in_time(lambda: not any(h.site.alarms.sending.free == [] for h in (one, other)))


def test_what_a_worker_took_that_has_ended_is_sent_by_another(
    two: list[House], receiver: WebhookReceiver, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = two
    monkeypatch.setattr(one.site.alarms.sending, "begin", lambda deliveries, wall: None)
    finish(one.site.alarms.round())  # and ends before it has sent
    clock.pass_by(30)
    rounds(other)
    assert receiver.came == []
    clock.pass_by(31)
    rounds(other)
    assert receiver.told("alarm") == [("alarm.began", "line_formed")]


def test_a_mail_arrives(alarmed: Make, receiver: WebhookReceiver) -> None:
    with mail_server() as mails:
        url = f"mailto://127.0.0.1:{mails.port}?from=room@shop.example&to=ops@shop.example"
        house = alarmed(alarms={"line_formed": 1}, alarm_webhooks=[], alarm_services=[url])
        line_of(house, 1)
        house.clock.pass_by(2)
        house.visitor().get("/vwr/main/status")
        rounds(house)
        (mail,) = mails.came
    assert (mail["Subject"], mail["To"]) == ("Note: main line formed", "ops@shop.example")
    text = mail.get_body(("plain",)).get_content()  # type: ignore[attr-defined]
    assert "A line has formed for main: 1 waiting." in text
    assert log_of(house) == [(1, "sent", 0)]


def test_no_secret_of_an_address_is_shown_anywhere(
    alarmed: Make, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    house = alarmed(
        alarms={"line_formed": 1},
        admin_api_key="a key of the tests for the API",
        alarm_webhooks=["http://user:hidden-1@127.0.0.1:9/hidden-2?key=hidden-3"],
        alarm_services=["json://hidden-4:hidden-5@127.0.0.1:9/hidden-6"],
    )
    line_of(house, 1)
    house.clock.pass_by(2)
    for _ in range(4):
        house.visitor().get("/vwr/main/status")
        rounds(house)
        house.clock.pass_by(70)
    headers = {"authorization": "Bearer a key of the tests for the API"}
    shown = house.visitor(**headers).get("/vwr-admin/api/alarms").text
    shown += house.visitor(**headers).get("/vwr-admin/metrics").text
    book = finish(house.site.alarms.shared.read()).text()
    assert "undelivered" in shown and "127.0.0.1" in shown
    texts = [shown, book, caplog.text, *capfd.readouterr(), repr(house.site.settings)]
    assert [text for text in texts if "hidden" in text] == []


@pytest.mark.parametrize(
    "given",
    [
        {"alarm_webhooks": ["ftp://host/hidden"]},
        {"alarm_webhooks": ["https://"]},
        {"alarm_webhooks": ["https://host:99999/hidden"]},
        {"alarm_webhooks": ["https://host\\hidden"]},
        {"alarm_services": ["nonsense://hidden"]},
        {"alarm_services": ["hidden"]},
        {"alarm_webhook_secret": "whsec_hidden"},
        {"alarms": {"nobody_enters": 1}},
        {"alarms": {"nobody": 100}},
        {"alarms": {"stock_gone": 3}},
        {"alarms": {"nearly_full": 1.5}},
        {"alarms": "all"},
    ],
)
def test_a_mistake_ends_the_start_and_shows_no_secret(given: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError) as refused:
        Settings(secret_key="a secret of the tests, long enough", paths="/tickets", **given)
    (problem,) = refused.value.problems
    assert problem.startswith(next(iter(given))) and "hidden" not in problem


def test_each_key_signs_so_that_one_is_changed_without_a_gap() -> None:
    both = signature([b"new" * 11, b"old" * 11], "msg_1", 1, b"{}").split(" ")
    assert both == [signature([key], "msg_1", 1, b"{}") for key in (b"new" * 11, b"old" * 11)]


def test_the_book_stays_small_whatever_happens() -> None:
    book = AlarmBook()
    receivers = {f"mark {number}": "name" for number in range(9)}
    for number in range(500):
        at = 1e9 + 2 * number
        assert book.note(Finding("line_formed", "main", True, at, at, "x" * 900))
        assert book.note(Finding("line_formed", "main", False, at + 1))
        book.address(receivers)
    assert len(book.rows["log"]) == LOG_MOST
    assert len(book.text()) < 120_000


def test_tests_push_no_alarm_out() -> None:
    book = AlarmBook()
    book.note(Finding("paused", "main", True, 10.0, 5.0, "5 s"))
    for number in range(2 * DUE_MOST):
        book.test("anna", str(number), 11.0)
        if number >= DUE_MOST:
            book.address({"one": "ops.example", "other": "a service"})
    types = [row["event"]["type"] for row in book.rows["due"]]
    assert types.count("alarm.began") == 2 and len(types) == DUE_MOST


def test_no_receiver_puts_off_for_ever_what_is_told_of_an_outage() -> None:
    outage = StoreOutage(10.0, b"a secret")
    for at in (0.0, 11.0):
        outage.is_away(at, 100.0 + at, 1, token_hex(6), ["one"])
    (delivery,) = outage.take(["one"], 11.0)
    outage.report([DeliveryReport(delivery.id, "one", False, again_in=inf)], 12.0)
    assert outage.take(["one"], 12.0 + AGAIN_MOST)
    outage.end()


def test_a_process_waits_for_no_thread_that_sends(
    two: list[House], receiver: WebhookReceiver
) -> None:
    receiver.holds.clear()
    finish(two[0].site.alarms.round())
    assert in_time(lambda: bool(receiver.came))
    threads = [each for each in threading.enumerate() if each.name.startswith("vwr-alarm-")]
    assert threads and all(each.daemon for each in threads)
    receiver.holds.set()


def test_a_receiver_is_known_by_its_address_and_the_secret() -> None:
    given = {
        "paths": "/tickets",
        "alarm_webhooks": ["http://one.example/a", "http://one.example/b"],
    }
    settings = Settings(secret_key="a secret of the tests, long enough", **given)
    marks = [set(receivers_of(settings, Keys([secret], "vwr"))) for secret in ("a" * 20, "b" * 20)]
    assert len(marks[0]) == 2 and not marks[0] & marks[1]
