"""What is left to sell, asked of the app behind every door."""

import threading

from tests.doors.conftest import Open
from tests.doors.test_told_functions import metrics
from tests.support.doors import Door
from tests.support.in_time import in_time
from tests.support.panel import GIVEN
from tests.support.visitor import Visitor


def reads(door: Door, visitor: Visitor, likely: str) -> bool:
    """Whether the visitor comes to read this, as time passes: the app is asked by nobody's
    request."""

    def is_so() -> bool:
        door.refresh(1.5)
        odds = visitor.position()["odds"]
        return bool(odds) and odds["likely"] == likely

    return in_time(is_so)


def test_everybody_in_line_reads_what_the_app_says_is_left(open_it: Open) -> None:
    left = [30]
    door = open_it(max_active=1, stock=lambda: left[0], when_gone="close", session_seconds=3600)
    door.confirmed()
    person = door.visit_at()
    assert reads(door, person, "yes")
    page = person.opens("/tickets")
    assert page.status_code == 202 and "There should be enough for you." in page.text
    assert person.fetches("/vwr/main/status").json()["stock"]["likely"] == ""
    left[0] = 0
    assert reads(door, person, "no")
    assert person.position()["state"] == "closed"
    assert "Nothing is left at the moment." in person.opens("/tickets").text
    assert door.visitor().opens("/tickets").status_code == 503
    left[0] = 30
    assert reads(door, person, "yes")
    assert (person.position()["state"], person.position()["position"]) == ("queueing", 2)


def test_a_stock_that_fails_is_told_and_harms_nobody(open_it: Open) -> None:
    door = open_it(max_active=1, stock=lambda: 1 // 0, when_gone="close", **GIVEN)
    inside, person = door.confirmed(), door.visit_at()

    def is_told() -> bool:
        door.refresh(1.5)
        assert person.position()["odds"] is None
        rows = metrics(door.transport).splitlines()
        name = 'vwr_function_failures_total{function="stock",room="main"'
        return any(row.startswith(name) and not row.endswith(" 0.0") for row in rows)

    assert in_time(is_told)
    assert inside.opens("/tickets").status_code == 200


def test_a_stock_that_hangs_or_lies_holds_nobody_up(open_it: Open) -> None:
    ends, asked = threading.Event(), list[int]()

    def left() -> object:
        asked.append(1)
        if len(asked) == 1:
            ends.wait(20)
        return "plenty" if len(asked) < 3 else -4

    door = open_it(max_active=1, stock=left, when_gone="close", **GIVEN)
    inside, person = door.confirmed(), door.visit_at()

    def is_asked(times: int) -> bool:
        door.refresh(6)
        assert inside.opens("/tickets").status_code == 200
        assert (person.position()["state"], person.position()["odds"]) == ("queueing", None)
        return len(asked) >= times

    try:
        assert in_time(lambda: is_asked(1))
        assert not is_asked(2), "it has not answered yet"
    finally:
        ends.set()
    assert in_time(lambda: is_asked(4))
    assert door.visit_at().opens("/tickets").status_code == 202, "no line is closed by that"
