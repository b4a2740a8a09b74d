"""What is left to sell, as operators read it and say it in the panel."""

import re

from tests.panel.conftest import Open
from tests.support.doors import Door
from tests.support.in_time import in_time
from tests.support.panel import GIVEN, Operator, api, audit, fill, numbers, problem, said, signed_in


def plain(page: str) -> str:
    """What stands on a page."""
    return " ".join(re.sub("<[^>]+>", " ", page).split())


def test_an_operator_says_what_is_left_and_takes_it_back(door: Door, operator: Operator) -> None:
    fill(door, 5)
    assert numbers(door)["stock"] is None
    said(operator.act("set", stock_left="420"))
    door.refresh()
    page = plain(operator.open().text)
    assert "Left to sell 420 said by an operator" in page
    assert "For the last in line reaches the end of the line 10 in 10" in page
    stock = numbers(door)["stock"]
    assert (stock["left"], stock["said_by"]) == (420, "operator")
    assert audit(door)[0] == ("Ann", "stock_left", None, 420)
    said(operator.act("set", stock_left=""))
    door.refresh()
    assert numbers(door)["stock"] is None
    assert "For the last in line" not in operator.open().text


def test_what_is_left_by_hand_may_be_no_nonsense(operator: Operator) -> None:
    for text in ("-1", "some", "1.5"):
        assert "stock_left" in problem(operator.act("set", stock_left=text))


def test_that_the_line_closes_is_asked_about_first(door: Door, operator: Operator) -> None:
    fill(door, 3)
    said(operator.act("set", when_gone="close"))
    assert operator.press("set", stock_left="0").json()["hazards"] == [
        "Nothing is left: the line closes at once, and everybody in it is told so."
    ]


def test_why_the_app_says_nothing_stands_in_the_panel_and_the_api(open_it: Open) -> None:
    door = open_it(max_active=2, stock=lambda: "many", **GIVEN)

    def is_told() -> bool:
        door.refresh(1.5)
        return bool(numbers(door)["stock"])

    assert in_time(is_told)
    words = "it answered with something that is no whole number."
    assert words in numbers(door)["stock"]["problem"]
    assert words in signed_in(door).open().text


def test_a_program_says_it_by_the_api(door: Door) -> None:
    client = api(door)
    assert client.patch("rooms/main/settings", json={"stock_left": 3}).status_code == 200
    assert client.patch("rooms/main/settings", json={"stock_left": -3}).status_code == 422
    door.refresh()
    assert numbers(door)["stock"]["left"] == 3
