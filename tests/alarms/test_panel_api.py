"""Operators see alarms, take them up, and send a test: by the API, over two workers."""

from collections.abc import Callable
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from tests.alarms.conftest import line_of, rounds
from tests.support.alarm_receivers import WebhookReceiver
from tests.support.clock import Clock
from tests.support.house import House
from vwr_middleware.alarms.signatures import as_text
from vwr_middleware.keys import Keys
from vwr_middleware.stores.memory.store import MemoryStore

KEY = "a key of the tests for the API"
API = "/vwr-admin/api"


def asks(house: House, method: str, path: str, status: int = 200, body: bytes = b"") -> Any:
    headers = {"authorization": f"Bearer {KEY}", "vwr-operator": "anna"}
    answer = house.visitor(**headers).ask(method, API + path, {}, {}, body)
    assert answer.status == status, answer.text
    return answer.json


@pytest.fixture
def two(alarmed: Callable[..., House], clock: Clock) -> list[House]:
    store = MemoryStore(clock)
    given = {"admin_api_key": KEY, "alarms": {"line_formed": 2}}
    houses = [alarmed(store=store, **given) for _ in range(2)]
    line_of(houses[0], 2)
    for house in houses:
        house.clock.pass_by(2)
        house.visitor().get("/vwr/main/status")
    return houses


def test_what_is_on_and_what_was_sent_is_shown_by_every_worker(two: list[House]) -> None:
    one, other = two
    rounds(one)
    for house in (one, other):
        told = asks(house, "GET", "/alarms")
        (alarm,) = told["alarms"]
        assert (alarm["alarm"], alarm["severity"]) == ("main.line_formed", "info")
        assert alarm["text"] == "A line has formed for main: 2 waiting."
        (delivery,) = told["deliveries"]
        assert (delivery["outcome"], delivery["status"], delivery["tries"]) == ("sent", 204, 1)
        assert (delivery["receiver"], told["sent"], told["due"]) == ("127.0.0.1", 1, 0)
        house.clock.pass_by(2)
        assert asks(house, "GET", "/rooms/main")["alarms"] == [alarm]
        assert asks(house, "GET", "/rooms")["rooms"][0]["alarms"] == [alarm]


def test_an_alarm_is_taken_up_once_and_the_audit_log_says_by_whom(
    two: list[House], receiver: WebhookReceiver
) -> None:
    one, other = two
    rounds(one)
    path = "/alarms/main.line_formed/acknowledge"
    assert asks(other, "POST", path)["acknowledged_by"] == "anna"
    assert asks(one, "POST", path)["acknowledged_by"] == "anna"
    (row,) = (row for row in asks(one, "GET", "/rooms/main/audit")["audit"])
    assert (row["who"], row["what"], row["from"], row["to"]) == (
        "anna",
        "alarm",
        "line_formed",
        "acknowledged",
    )
    rounds(other)
    assert receiver.told("acknowledged_by") == [
        ("alarm.began", None),
        ("alarm.acknowledged", "anna"),
    ]
    assert "no alarm" in asks(one, "POST", "/alarms/main.paused/acknowledge", 404)["detail"]


def test_a_test_arrives_and_is_signed(
    two: list[House], receiver: WebhookReceiver, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the library of those who made the convention."""
    told = asks(two[0], "POST", "/alarms/test")
    assert told["receivers"] == ["127.0.0.1"]
    rounds(two[1])
    path, headers, body = receiver.came[0]
    assert (path, headers["webhook-id"]) == ("/hook", told["id"])
    key = Keys([two[0].site.settings.secret_key[0]], "vwr").for_purpose("webhook")[0]
    monkeypatch.setattr(Webhook, "_Webhook__verify_timestamp", lambda self, at: clock_of(at))
    found: Any = Webhook(as_text(key)).verify(body, headers)
    assert (found["type"], found["data"]["alarm"]) == ("alarm.test", "test")
    assert int(headers["webhook-timestamp"]) == pytest.approx(clock.now, abs=5)
    with pytest.raises(WebhookVerificationError):
        Webhook(as_text(key)).verify(body.replace(b"anna", b"eve"), headers)


def clock_of(at: str) -> Any:
    """The real time is not that of the test's clock."""
    from datetime import UTC, datetime

    return datetime.fromtimestamp(int(at), UTC)
