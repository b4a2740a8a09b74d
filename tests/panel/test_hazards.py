"""What an operator is asked first, since it could hurt."""

import pytest

from tests.support.doors import Door
from tests.support.panel import Operator, fill, numbers, problem, said


@pytest.mark.parametrize(("come", "words"), [(3, "1 person waits"), (5, "3 people wait")])
def test_how_many_a_pause_keeps_waiting_is_told(
    door: Door, operator: Operator, come: int, words: str
) -> None:
    fill(door, come)
    told = f"Nobody is called or enters: {words} until you resume."
    assert operator.press("set", mode="paused").json()["hazards"] == [told]
    assert operator.press("pause").json() == {"said": f"Paused. {told}"}


def test_the_emergency_stop_does_not_ask(door: Door, operator: Operator) -> None:
    fill(door, 5)
    assert operator.press("pause").status_code == 200
    assert numbers(door)["state"] == "paused"


@pytest.mark.parametrize(
    ("come", "also", "told"),
    [
        (1, "", ""),
        (3, ", including the one in line", "; the one in line is told so"),
        (5, ", including the 3 in line", "; the 3 in line are told so"),
    ],
)
def test_how_many_pass_or_are_turned_away_is_told(
    door: Door, operator: Operator, come: int, also: str, told: str
) -> None:
    fill(door, come)
    if come > 3:  # whoever is called is still in line
        said(operator.act("advance", count="1"))
    passes = f"Everybody passes without waiting{also}. No limit protects the app any more."
    for mode, words in (("off", passes), ("closed", f"Everybody new is turned away{told}.")):
        assert operator.press("set", mode=mode).json()["hazards"] == [words]


@pytest.mark.parametrize(
    ("action", "fields", "words"),
    [
        ("set", {"mode": "paused"}, "Nobody is called or enters"),
        ("scale", {"percent": "50", "less": "yes"}, "none is ended"),
        ("set", {"max_active": "1"}, "none is ended"),
        ("set", {"session_seconds": "60"}, "may lose theirs while they fill in a form"),
        ("set", {"renew": "no"}, "each ends 10 min after its last renewal, and people may"),
        ("set", {"late": "lost"}, "lose their place"),
        ("set", {"closes_at": "2020-01-01T00:00"}, "closes at once"),
        ("set", {"opens_at": "2030-01-01T00:00"}, "nobody is called"),
        ("advance", {"count": "500"}, "calls 18 at once"),
        ("serve", {"serving": "20"}, "calls 18 at once"),
        ("revoke", {"session": "1-1"}, "ends at once"),
    ],
)
def test_what_could_hurt_is_asked_first(
    door: Door, operator: Operator, action: str, fields: dict[str, str], words: str
) -> None:
    fill(door, 20)
    before = (numbers(door)["settings"], numbers(door)["serving"], numbers(door)["active"])
    asked = operator.press(action, **fields)
    (hazard,) = asked.json()["hazards"]
    assert asked.status_code == 409 and words in hazard
    page = operator.send(action, **fields)
    assert words in page.text and 'name="sure"' in page.text
    for name, value in fields.items():  # what is asked for goes along with the answer
        assert f'name="{name}" value="{value}"' in page.text
    after = (numbers(door)["settings"], numbers(door)["serving"], numbers(door)["active"])
    assert before == after


def test_few_are_called_unasked_and_many_are_ten_or_twice_those_who_may_be_inside(
    door: Door, operator: Operator
) -> None:
    fill(door, 60)
    for action, fields in (("advance", {"count": "11"}), ("serve", {"serving": "13"})):
        assert operator.press(action, **fields).status_code == 409
    assert "to 60 (the last" in problem(operator.press("serve", serving="61"))
    said(operator.press("serve", serving="12"))
    said(operator.press("advance", count="10"))
    said(operator.act("set", max_active="6"))
    said(operator.press("advance", count="12"))
    assert operator.press("advance", count="13").status_code == 409
    said(operator.act("serve", serving="52"))
    assert said(operator.press("advance", count="100")).startswith("Called 8: "), "no more wait"


@pytest.mark.parametrize(
    ("before", "words"),
    [
        ({"mode": "paused"}, "is paused"),
        ({"mode": "closed"}, "is closed"),
        ({"opens_at": "2030-01-01T00:00"}, "has not opened yet"),
    ],
)
def test_nobody_is_called_unasked_who_could_not_enter(
    door: Door, operator: Operator, before: dict[str, str], words: str
) -> None:
    fill(door, 5)
    said(operator.act("set", **before))
    told = f"The room {words}: people who are called cannot enter yet."
    for action, fields in (("advance", {"count": "1"}), ("serve", {"serving": "3"})):
        assert operator.press(action, **fields).json()["hazards"] == [told]
    said(operator.press("serve", serving="2"))  # it stands there
    said(operator.act("advance", count="3"))
    said(operator.press("advance", count="3"))  # nobody waits any more


@pytest.mark.parametrize(
    ("mode", "comers"),
    [
        ("auto", "join the line or enter"),
        ("queue", "join the line or enter"),
        ("paused", "join the line"),
        ("off", "pass"),
    ],
)
def test_a_closed_room_is_not_opened_again_unasked(
    door: Door, operator: Operator, mode: str, comers: str
) -> None:
    said(operator.act("set", mode="closed"))
    hazards = operator.press("set", mode=mode).json()["hazards"]
    assert f"The room was closed and opens again: newcomers {comers}." in hazards
    assert numbers(door)["mode"] == "closed"


@pytest.mark.parametrize("later", ["", "2030-01-01T00:00"])
def test_nor_is_one_that_its_time_has_closed(operator: Operator, later: str) -> None:
    said(operator.act("set", closes_at="2020-01-01T00:00"))
    words = ["The room was closed and opens again: newcomers join the line or enter."]
    assert operator.press("set", closes_at=later).json()["hazards"] == words
    assert operator.press("unset", name="closes_at").json()["hazards"] == words
    said(operator.act("set", mode="closed"))
    assert "hazards" not in operator.press("set", closes_at=later).json()


@pytest.mark.parametrize("mode", ["auto", "closed", "off"])
def test_a_room_does_not_close_that_is_closed_or_off(operator: Operator, mode: str) -> None:
    past = {"closes_at": "2020-01-01T00:00"}
    said(operator.act("set", **(past if mode == "auto" else {"mode": mode})))
    assert "hazards" not in operator.press("set", closes_at="2021-01-01T00:00").json()


def test_a_mode_opens_no_room_that_its_time_keeps_closed(operator: Operator) -> None:
    said(operator.act("set", closes_at="2020-01-01T00:00"))
    for mode in ("queue", "paused", "closed", "auto"):
        said(operator.press("set", mode=mode))
    said(operator.act("set", mode="off"))
    hazards = operator.press("set", mode="auto").json()["hazards"]
    assert hazards == ["Everybody new is turned away."]


@pytest.mark.parametrize("mode", ["auto", "queue", "paused", "closed"])
def test_who_passed_through_a_room_that_was_off_joins_the_line_unless_it_is_closed(
    operator: Operator, mode: str
) -> None:
    said(operator.act("set", mode="off"))
    hazards = operator.press("set", mode=mode).json()["hazards"]
    assert any("must join the line" in text for text in hazards) == (mode != "closed")


@pytest.mark.parametrize("mode", ["paused", "closed", "off"])
def test_a_room_that_is_not_open_is_not_called_so(operator: Operator, mode: str) -> None:
    assert operator.press("set", opens_at="2030-01-01T00:00").json()["hazards"] == [
        "The room is open now: nobody is called or enters until that time."
    ]
    said(operator.act("set", mode=mode))
    assert "hazards" not in operator.press("set", opens_at="2030-01-01T00:00").json()


def test_a_room_is_not_opened_before_its_time_unasked(door: Door, operator: Operator) -> None:
    said(operator.act("set", opens_at="2030-01-01T00:00"))
    fill(door, 3)
    for earlier in ("", "2020-01-01T00:00"):
        asked = operator.press("set", opens_at=earlier)
        assert asked.json()["hazards"] == ["The room opens at once: 3 people wait for it."]
    assert "hazards" not in operator.press("set", opens_at="2029-01-01T00:00").json()


def test_a_paused_room_is_not_said_to_open_by_itself(operator: Operator) -> None:
    """At ten to ten that would be the last thing that anybody looks at."""
    said(operator.act("set", opens_at="2030-01-01T00:00"))
    said(operator.act("pause"))
    assert ", but stays paused until you resume" in operator.open().text
    assert "hazards" not in operator.press("set", opens_at="2020-01-01T00:00").json()
    assert ", but stays paused" not in operator.open().text


@pytest.mark.parametrize(
    ("before", "change"),
    [
        ({}, {"session_seconds": "300"}),  # half of what is configured
        ({"late": "lost"}, {"late": "lost"}),
        ({"renew": "no"}, {"renew": "no"}),
        ({}, {"renew": "yes"}),
        ({}, {"max_active": "4"}),  # twice what is configured
        ({"opens_at": "2030-01-01T00:00"}, {"max_active": "3"}),
        ({}, {"opens_at": "2020-01-01T00:00"}),
        ({}, {"closes_at": "2130-01-01T00:00"}),
    ],
)
def test_what_hurts_nobody_is_not_asked_about(
    operator: Operator, before: dict[str, str], change: dict[str, str]
) -> None:
    if before:
        said(operator.act("set", **before))
    assert "hazards" not in operator.press("set", **change).json()


def test_after_the_limit_was_lowered_other_changes_are_not_asked_about_it(
    operator: Operator, door: Door
) -> None:
    operator.act("set", max_active="5")
    fill(door, 5)
    (asked,) = operator.press("set", max_active="1").json()["hazards"]
    assert asked.endswith("nobody enters until 5 have ended.")
    said(operator.act("set", max_active="1"))
    assert "hazards" not in operator.press("set", message="We are slow today").json()
    (hazard,) = operator.press("set", mode="paused").json()["hazards"]
    assert hazard.startswith("Nobody is called or enters")


@pytest.mark.parametrize(
    ("most", "told"),
    [
        ("6", ["That is 6 times the limit in force: up to 1 person may enter at once."]),
        ("5", []),
    ],
)
def test_how_many_more_a_raised_limit_lets_in_is_told(
    operator: Operator, door: Door, most: str, told: list[str]
) -> None:
    operator.act("set", max_active="5")
    fill(door, 5)
    operator.act("set", max_active="1")
    assert operator.press("set", max_active=most).json().get("hazards", []) == told


def test_where_there_is_a_pace_nobody_is_said_to_come_in_at_once(operator: Operator) -> None:
    said(operator.act("set", per_minute="60"))
    (hazard,) = operator.press("set", max_active="5").json()["hazards"]
    assert hazard.endswith("may enter as fast as the pace allows.")


@pytest.mark.parametrize(
    ("before", "words"),
    [("off", "Everybody passes without waiting"), ("closed", "Everybody new is turned away")],
)
def test_resuming_asks_first_where_nobody_waits_afterwards(
    door: Door, operator: Operator, before: str, words: str
) -> None:
    operator.act("set", mode=before)
    operator.act("pause")
    asked = operator.press("resume")
    assert asked.status_code == 409 and words in asked.json()["hazards"][0]
    assert numbers(door)["mode"] == "paused"
    assert said(operator.act("resume")) == f"Resumed: the mode is {before}."
