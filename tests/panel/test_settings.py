"""Settings that an operator changes while the room runs: what is taken, and what it replaced."""

import re

import pytest

from tests.panel.conftest import Open
from tests.support.doors import Door
from tests.support.panel import (
    GIVEN,
    Operator,
    audit,
    fill,
    numbers,
    problem,
    said,
    setting,
    signed_in,
)
from vwr_middleware.panel.changes import NAMES


def test_each_setting_has_beside_it_the_name_that_the_log_and_the_shell_have_for_it(
    operator: Operator,
) -> None:
    page = operator.open().text
    shown = set(re.findall(r"<code>(\w+)</code>", page))
    elsewhere = {"mode", "message", "announcement", "openings"}  # in blocks of their own
    assert shown == set(NAMES) - elsewhere


@pytest.mark.parametrize("mode", ["queue", "paused", "closed", "off", "auto"])
def test_each_mode_can_be_set(door: Door, operator: Operator, mode: str) -> None:
    said(operator.act("set", mode=mode))
    assert numbers(door)["mode"] == mode


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("max_active", "1", 1),
        ("max_active", "900", 900),
        ("per_minute", "7.5", 7.5),
        ("max_waiting", "40", 40),
        ("session_seconds", "300", 300),
        ("renew", "no", False),
        ("confirm_within", "20", 20),
        ("session_grace", "0", 0),
        ("claim_within", "90", 90),
        ("late", "lost", "lost"),
        ("message", "Sold out in row 3", "Sold out in row 3"),
        ("message", "Sold out.\r\nSorry!", "Sold out.\nSorry!"),
        ("message", "a\r\n" * 500, "a\n" * 500),
        ("opens_at", "2030-01-01T10:00", 1893492000.0),
    ],
)
def test_a_changed_setting_shows_what_it_replaced_and_goes_back(
    open_it: Open, store_url: str, name: str, text: str, value: object
) -> None:
    door = open_it(url=store_url, **GIVEN)
    operator = signed_in(door)
    before = setting(door, name)
    assert not before["overridden"]
    said(operator.act("set", **{name: text}))
    after = setting(door, name)
    assert after == {
        "name": name,
        "value": value,
        "configured": before["value"],
        "overridden": True,
    }
    assert audit(door)[0] == ("Ann", name, before["value"], value)
    assert "Configured:" in operator.open().text
    assert said(operator.act("unset", name=name)).startswith("Reverted to the configured value")
    assert setting(door, name) == before
    assert "Configured:" not in operator.open().text


def test_the_configured_value_is_no_change(door: Door, operator: Operator) -> None:
    operator.act("set", max_active="9")
    operator.act("set", max_active="2")
    assert not setting(door, "max_active")["overridden"]


def test_a_raised_limit_lets_more_people_in(door: Door, operator: Operator) -> None:
    fill(door, 2)
    assert door.visitor().opens("/tickets").status_code == 202
    operator.act("set", max_active="50")
    door.refresh()
    assert numbers(door)["limit"] == 50


def test_what_the_configuration_would_refuse_is_refused(door: Door, operator: Operator) -> None:
    before = numbers(door)["settings"]
    for name, text in (
        ("max_active", "0"),
        ("max_active", "many"),
        ("max_active", ""),
        ("per_minute", "-1"),
        ("per_minute", "nan"),
        ("session_seconds", "0"),
        ("session_seconds", "inf"),
        ("mode", "open"),
        ("late", ""),
        ("renew", "perhaps"),
        ("opens_at", "tomorrow"),
        ("message", "x" * 1001),
        ("burst", "5"),
        ("confirm_within", "900"),
    ):
        assert name in problem(operator.act("set", **{name: text})), text
    assert numbers(door)["settings"] == before


def test_sessions_that_are_short_already_are_made_shorter(open_it: Open) -> None:
    operator = signed_in(open_it(session_seconds=30, **GIVEN))
    assert said(operator.act("set", session_seconds="20")) == "Done: session_seconds is 20."


def test_times_that_contradict_each_other_are_refused(door: Door, operator: Operator) -> None:
    said(operator.act("set", opens_at="2030-01-01T10:00", offset="+09:00"))
    assert setting(door, "opens_at")["value"] == 1893459600.0
    answer = operator.act("set", closes_at="2030-01-01T00:00", offset="+00:00")
    assert "closes_at must be later than opens_at" in problem(answer)


def test_a_time_does_not_go_back_before_the_other(open_it: Open) -> None:
    configured = {"opens_at": "2030-01-01T10:00Z", "closes_at": "2030-01-01T12:00Z"}
    operator = signed_in(open_it(**configured, **GIVEN))
    said(operator.act("set", opens_at="2030-01-01T15:00", closes_at="2030-01-01T16:00"))
    answer = operator.act("unset", name="closes_at")
    assert "closes_at must be later than opens_at" in problem(answer)


def test_a_burst_goes_back_before_the_pace_that_it_needs(door: Door, operator: Operator) -> None:
    said(operator.act("set", per_minute="60"))
    said(operator.act("set", burst="5"))
    refused = operator.act("unset", name="per_minute")
    assert refused.status_code == 422 and "revert burst first" in refused.json()["problem"]
    assert setting(door, "per_minute")["value"] == 60
    for name in ("burst", "per_minute"):
        said(operator.act("unset", name=name))
    assert setting(door, "per_minute")["value"] is None


def test_where_a_pace_is_configured_it_goes_back_beside_a_burst(open_it: Open) -> None:
    door = open_it(per_minute=30, **GIVEN)
    operator = signed_in(door)
    said(operator.act("set", per_minute="60", burst="5"))
    said(operator.act("unset", name="per_minute"))
    assert [setting(door, name)["value"] for name in ("per_minute", "burst")] == [30, 5]


def test_a_message_with_a_full_stop_is_told_with_one(operator: Operator) -> None:
    assert said(operator.act("set", message="Wait.")) == "Done: message is Wait."


def test_a_message_is_taken_back_by_an_empty_one(door: Door, operator: Operator) -> None:
    operator.act("set", message="Soon")
    assert numbers(door)["message"] == "Soon"
    operator.act("set", message="")
    assert numbers(door)["message"] is None


def test_the_strategy_is_changed_and_set_back(door: Door, operator: Operator) -> None:
    answer = operator.act("inlet", kind="periodic", **{"periodic.count": "30"})
    assert said(answer) == "Done: inlet is periodic, count 30, every 60."
    assert numbers(door)["per_minute"] == 30
    operator.act("inlet", kind="manual")
    assert "In force: manual" in operator.open().text
    assert said(operator.act("inlet", kind="")) == "Reverted to the configured strategy."
    assert numbers(door)["per_minute"] is None


def test_what_a_strategy_holds_back_stands_among_the_numbers(
    door: Door, operator: Operator
) -> None:
    words = "The strategy is manual: only an operator calls people."
    operator.act("inlet", kind="manual")
    assert words not in operator.open("/rooms/main/live").text, "nobody waits"
    fill(door)
    assert words in operator.open("/rooms/main/live").text
    operator.act("unset", name="inlet")
    assert words not in operator.open("/rooms/main/live").text


def test_a_manual_room_calls_nobody_but_by_hand(door: Door, operator: Operator) -> None:
    operator.act("inlet", kind="manual")
    door.refresh()
    fill(door, 1)
    assert numbers(door)["waiting"] == 1 and numbers(door)["serving"] == 0
    operator.act("advance", count="1")
    assert numbers(door)["serving"] == 1


def test_a_strategy_that_makes_no_sense_is_refused(operator: Operator) -> None:
    for fields in (
        {"kind": "magic"},
        {"kind": "max_size"},
        {"kind": "max_size", "max_size.max_active": "0"},
        {"kind": "periodic", "periodic.count": "x"},
    ):
        assert "inlet" in problem(operator.act("inlet", **fields)), fields
