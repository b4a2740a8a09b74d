"""What happens in rooms is told once, to receivers that want it, in the form that is documented."""

import json
import typing
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.alarms.conftest import rounds
from tests.support.alarm_receivers import WebhookReceiver
from tests.support.clock import Clock
from tests.support.house import House
from vwr_middleware.alarms.book import DUE_MOST, AlarmBook
from vwr_middleware.alarms.conditions import Finding
from vwr_middleware.alarms.kinds import ROOM_EVENTS
from vwr_middleware.alarms.room_events import RoomEvent, brief, said
from vwr_middleware.blocking import finish
from vwr_middleware.errors import ConfigurationError
from vwr_middleware.events import EventName
from vwr_middleware.panel.api import document
from vwr_middleware.settings import Settings, alarm_kinds
from vwr_middleware.stores.memory.store import MemoryStore

Make = Callable[..., House]


@pytest.fixture
def told(alarmed: Make, clock: Clock) -> Callable[..., list[House]]:
    """Makes two workers of a room, both of whose rounds have begun."""

    def make(**given: Any) -> list[House]:
        store = MemoryStore(clock)
        given = {"alarms": False, "alarm_events": True, **given}
        houses = [alarmed(store=store, **given) for _ in range(2)]
        later(houses, 2)
        return houses

    return make


def later(houses: list[House], seconds: float) -> None:
    """Time passes, and both look."""
    houses[0].clock.pass_by(seconds)
    rounds(*houses)
    rounds(*reversed(houses))


def changed(house: House, who: str = "anna", **changes: Any) -> None:
    house.clock.pass_by(0.1)
    finish(house.store.change("main", changes, who=who))


def test_what_operators_do_is_told_once_and_says_who(
    told: Callable[..., list[House]], receiver: WebhookReceiver
) -> None:
    houses = told()
    changed(houses[0], max_active=5, per_minute=60.0)
    changed(houses[0], "ben", mode="paused")
    changed(houses[0], "ben", mode="paused")  # which it was
    changed(houses[0], "ben", mode="auto")  # before anybody has looked
    houses[0].clock.pass_by(0.1)
    finish(houses[1].store.reset("main", who="anna"))
    finish(houses[1].store.advance("main", 1, who="anna"))  # which is no matter of the room's life
    later(houses, 2)
    assert receiver.told("subject", "by") == [
        ("room.settings_changed", "max_active,per_minute", "anna"),
        ("room.mode_changed", "paused", "ben"),
        ("room.mode_changed", "auto", "ben"),
        ("room.reset", "2", "anna"),
    ]
    first = json.loads(receiver.came[0][2])["data"]
    assert first["text"] == "anna has changed main: max_active 1 → 5; per_minute none → 60.0."
    assert first["changes"][0] == {"what": "max_active", "from": 1, "to": 5}
    numbers = [number for _, number in receiver.told("number")]
    assert numbers == sorted(set(numbers))
    by_hooks = [subject for house in houses for subject in house.told("settings_changed")]
    assert by_hooks == ["max_active,per_minute"]
    later(houses, 60)
    assert len(receiver.came) == 4


def test_each_is_as_the_document_of_the_api_says(
    told: Callable[..., list[House]], receiver: WebhookReceiver
) -> None:
    whole = document("/vwr-admin/api")
    named = {"$ref": "#/components/schemas/RoomEvent", "components": whole["components"]}
    houses = told()
    changed(houses[0], message="Soon", mode="queue", quiet_hours=None)
    later(houses, 2)
    assert sorted(receiver.told()) == ["room.mode_changed", "room.settings_changed"]
    for _, _, body in receiver.came:
        Draft202012Validator(named).validate(json.loads(body))
    assert {*whole["webhooks"]} == {"alarm", "room"}


def test_when_a_room_opens_and_closes_is_told_and_before_that_it_opens_soon(
    told: Callable[..., list[House]], receiver: WebhookReceiver, clock: Clock
) -> None:
    houses = told(opens_at=clock() + 1000, closes_at=clock() + 1300)
    for seconds in (390, 20, 300, 290, 300):
        later(houses, seconds)
    assert receiver.told("subject", "text") == [
        ("room.opening_soon", "1", "main opens in 9 min 48 s."),
        ("room.opening_began", "1", "The time has come at which main opens."),
        ("room.opening_over", "1", "The opening of main is over."),
    ]
    assert [house.told("opening_soon") for house in houses] in ([["1"], []], [[], ["1"]])


def test_a_paused_room_says_that_it_will_not_open(
    told: Callable[..., list[House]], receiver: WebhookReceiver, clock: Clock
) -> None:
    houses = told(opens_at=clock() + 700, mode="paused")
    later(houses, 120)
    assert "but is paused: resume it" in receiver.told("text")[0][1]


def test_an_opening_that_is_moved_into_the_past_has_not_begun_now(
    told: Callable[..., list[House]], receiver: WebhookReceiver, clock: Clock
) -> None:
    houses = told(opens_at=clock() + 5000)
    clock.pass_by(60)
    changed(houses[0], opens_at=clock() - 30)
    later(houses, 2)
    assert receiver.told() == ["room.settings_changed"]


def test_a_draw_is_told(
    told: Callable[..., list[House]], receiver: WebhookReceiver, clock: Clock
) -> None:
    houses = told(opens_at=clock() + 700, draw=True)
    for _ in range(2):
        assert houses[0].visitor().open().status == 202
    later(houses, 300)
    for _ in range(4):
        later(houses, 150)
    assert ("room.drawn", "2") in receiver.told("subject")


def test_what_happened_while_no_worker_looked_is_told_afterwards(
    told: Callable[..., list[House]], receiver: WebhookReceiver, clock: Clock
) -> None:
    one, other = told()
    changed(one, mode="closed")
    clock.pass_by(3000)
    rounds(other)
    assert receiver.told("subject") == [("room.mode_changed", "closed")]
    at = datetime.fromisoformat(json.loads(receiver.came[0][2])["timestamp"])
    assert clock() - at.timestamp() > 2990
    changed(one, mode="auto")
    clock.pass_by(90_000)  # that is too long ago
    rounds(other)
    assert receiver.told("subject") == [("room.mode_changed", "closed")]


@pytest.mark.parametrize("wanted", [(), ("reset",)])
def test_only_what_is_asked_for_is_sent(
    told: Callable[..., list[House]], receiver: WebhookReceiver, wanted: tuple[str, ...]
) -> None:
    houses = told(alarm_events=wanted)
    changed(houses[0], mode="paused", max_active=3)
    houses[0].clock.pass_by(0.1)
    finish(houses[0].store.reset("main", who="anna"))
    later(houses, 2)
    assert receiver.told() == [f"room.{name}" for name in wanted]
    assert sum(len(house.told("settings_changed")) for house in houses) == 1


def test_no_alarm_is_pushed_out_by_what_else_happens() -> None:
    book, receivers = AlarmBook(), {"one": "ops.example"}
    book.note(Finding("paused", "main", True, 10.0, 5.0, "5 s"))
    for number in range(2 * DUE_MOST):
        event = RoomEvent("settings_changed", "main", 11.0, "max_active")
        book.tell("room.settings_changed", event.as_row(number), 11.0)
        if number >= DUE_MOST:
            book.address(receivers)
    kinds = [row["event"]["kind"] for row in book.rows["due"]]
    assert len(kinds) == DUE_MOST and kinds.count("paused") == 1


def test_values_are_short_and_told_as_people_read_them() -> None:
    assert said("opens_at", 1_800_000_000) == "2027-01-15T08:00:00.000Z"
    assert (said("max_waiting", None), said("renew", True)) == ("none", "true")
    assert brief({"a": "b" * 999})[-1] == "…" and len(brief("x" * 999)) == 200  # type: ignore[index, arg-type]


def test_the_names_are_those_of_events() -> None:
    assert {*ROOM_EVENTS} == {*alarm_kinds.ROOM_EVENTS} <= {*typing.get_args(EventName)}


@pytest.mark.parametrize("given", [["joined"], "nonsense", 7])
def test_what_is_no_such_event_ends_the_start(given: Any) -> None:
    with pytest.raises(ConfigurationError, match="alarm_events must be true, or some of"):
        Settings(
            secret_key="a secret of the tests, long enough", paths="/tickets", alarm_events=given,
            alarm_webhooks="http://127.0.0.1:9/",
        )  # fmt: skip


def test_events_without_a_receiver_end_the_start() -> None:
    with pytest.raises(ConfigurationError, match="told to nobody"):
        Settings(
            secret_key="a secret of the tests, long enough", paths="/tickets", alarm_events=True
        )
