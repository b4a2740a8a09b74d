"""The cockpit: what is needed in a hurry, and taking the last change back."""

from typing import Any

import pytest

from tests.support.clock import Clock
from tests.support.doors import Door
from tests.support.panel import Operator, api, audit, fill, numbers, problem, said, setting
from vwr_middleware.panel.changes import scaled


def cockpit(door: Door) -> dict[str, Any]:
    found: dict[str, Any] = api(door).get("/rooms/main/cockpit").json()
    return found


def test_it_is_told_since_when_the_mode_holds_and_who_set_it(
    door: Door, operator: Operator, clock: Clock
) -> None:
    fill(door, 1)
    assert (cockpit(door)["since"], cockpit(door)["by"]) == (None, "")
    said(operator.press("pause"))
    clock.pass_by(90)
    said(operator.act("set", message="Back soon"))
    found = cockpit(door)
    assert (found["mode"], found["by"]) == ("paused", "Ann")
    assert found["since"] == pytest.approx(clock() - 90, abs=1)
    assert "paused since" in operator.open().text


def test_a_room_that_opens_by_itself_has_done_so_since_then(
    door: Door, operator: Operator, clock: Clock
) -> None:
    said(operator.act("set", mode="queue"))
    at = clock() + 60
    api(door).patch("/rooms/main/settings", json={"opens_at": at})
    clock.pass_by(100)
    door.refresh()
    assert (cockpit(door)["since"], cockpit(door)["by"]) == (at, "")


def test_before_the_opening_it_is_told_how_long_that_is_and_what_to_look_at(
    door: Door, operator: Operator, clock: Clock
) -> None:
    api(door).patch("/rooms/main/settings", json={"opens_at": clock() + 600})
    found = cockpit(door)
    assert found["opens_in"] == pytest.approx(600, abs=1)
    checks = {check["what"]: check for check in found["checks"]}
    assert checks["store"]["ok"] and checks["mode"]["ok"] and checks["before"]["ok"]
    assert checks["workers"]["told"] == "1 worker at work"
    assert checks["max_active"]["told"] == "2 inside: max_active as configured"
    assert checks["changed"]["told"].startswith("Changed by operators: opens_at: 20")
    said(operator.press("pause"))
    (mode,) = (check for check in cockpit(door)["checks"] if check["what"] == "mode")
    assert not mode["ok"] and "until you resume" in mode["told"]
    assert "Opens in" in operator.open().text
    clock.pass_by(700)
    assert cockpit(door)["checks"] == [] and cockpit(door)["opens_in"] is None
    assert "Opens in" not in operator.open().text


def test_people_from_before_are_noticed_before_an_opening(door: Door, clock: Clock) -> None:
    fill(door, 3)
    settings = {"opens_at": clock() + 600, "max_waiting": 1, "mode": "queue"}
    api(door).patch("/rooms/main/settings", json=settings)
    bad = [check["what"] for check in cockpit(door)["checks"] if not check["ok"]]
    assert bad == ["line", "before"]


def test_the_last_change_is_taken_back(door: Door, operator: Operator) -> None:
    api(door).patch("/rooms/main/settings", json={"max_active": 9, "per_minute": 30})
    last = cockpit(door)["last_change"]
    assert last["changes"] == [
        {"what": "max_active", "from": 2, "to": 9},
        {"what": "per_minute", "from": None, "to": 30},
    ]
    told = said(operator.press("undo", number=str(last["number"])))
    assert told == "Undone: max_active is 2 and per_minute is none."
    for name, value in (("max_active", 2), ("per_minute", None)):
        assert setting(door, name)["value"] == value
        assert not setting(door, name)["overridden"]
    # To undo that is to do it again.
    said(operator.act("undo", number=str(cockpit(door)["last_change"]["number"])))
    assert setting(door, "per_minute")["value"] == 30


def test_what_was_set_back_is_set_again(door: Door, operator: Operator) -> None:
    said(operator.act("set", max_active="5"))
    said(operator.act("unset", name="max_active"))
    said(operator.act("undo", number=str(cockpit(door)["number"])))
    assert setting(door, "max_active") == {
        "name": "max_active", "value": 5, "configured": 2, "overridden": True,
    }  # fmt: skip


def test_nothing_is_taken_back_if_somebody_else_has_changed_settings_since(
    door: Door, operator: Operator
) -> None:
    said(operator.act("set", max_active="5"))
    number = cockpit(door)["number"]
    api(door).patch("/rooms/main/settings", json={"message": "Soon"})
    text = problem(operator.press("undo", number=str(number)))
    assert "has changed message since" in text
    assert setting(door, "max_active")["value"] == 5
    answer = api(door).post("/rooms/main/undo", json={"number": number})
    assert answer.status_code == 409 and "since" in answer.json()["detail"]


def test_undoing_what_hurts_asks_first(door: Door, operator: Operator) -> None:
    said(operator.act("set", mode="closed"))
    asked = operator.press("undo", number=str(cockpit(door)["number"]))
    assert asked.status_code == 409
    assert asked.json()["ask"] == "Undo the last change, so that mode is auto?"
    assert "opens again" in asked.json()["hazards"][0]


def test_a_message_and_a_strategy_are_taken_back(door: Door, operator: Operator) -> None:
    first = {"text": "Row 3", "language": "en", "texts": {"de": "Reihe 3"}}
    api(door).patch("/rooms/main/settings", json={"announcement": first})
    said(operator.act("message", message="Row 4"))
    said(operator.act("undo", number=str(cockpit(door)["number"])))
    assert numbers(door)["announcement"]["texts"] == {"de": "Reihe 3"}
    said(operator.act("inlet", kind="manual"))
    said(operator.act("undo", number=str(cockpit(door)["number"])))
    assert not setting(door, "inlet")["overridden"]


def test_there_may_be_nothing_to_take_back(door: Door, operator: Operator) -> None:
    fill(door, 5)
    said(operator.act("advance", count="1"))
    api(door).patch("/rooms/main/settings", json={"stock_left": 7})
    assert cockpit(door)["last_change"] is None
    text = problem(operator.press("undo", number=str(cockpit(door)["number"])))
    assert "no setting has been changed" in text
    assert "Undo" not in operator.open().text


def test_the_limit_goes_up_and_down_by_a_tenth(door: Door, operator: Operator) -> None:
    said(operator.act("set", max_active="200"))
    assert said(operator.act("scale", percent="10")) == "Done: max_active is 220."
    assert said(operator.act("scale", percent="10", less="yes")) == "Done: max_active is 198."
    answer = api(door).post("/rooms/main/scale", json={"percent": -50})
    assert answer.json()["settings"]["max_active"] == 99
    assert api(door).post("/rooms/main/scale", json={"percent": 0}).status_code == 422
    assert audit(door)[0][1:] == ("max_active", 198, 99)


@pytest.mark.parametrize(
    ("most", "percent", "becomes"),
    [(1, 10, 2), (1, -10, 1), (0, 10, 1), (4, -10, 3), (500, 5, 525)],
)
def test_a_small_limit_changes_by_one(most: int, percent: int, becomes: int) -> None:
    assert scaled(most, percent) == becomes
