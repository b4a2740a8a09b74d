"""Shadow mode: everybody comes through at every door, and it is counted who would have waited."""

from typing import Any

import pytest

from tests.doors.conftest import Open
from tests.support.doors import Door
from tests.support.panel import GIVEN, api
from tests.support.visitor import is_inside


@pytest.fixture
def shadow(open_it: Open) -> Door:
    """A room for one, in shadow mode."""
    return open_it(max_active=1, mode="shadow", max_waiting=0, **GIVEN)


def report(door: Door) -> Any:
    door.refresh()
    return api(door).get("/rooms/main/report").json()["shadow"]


def test_everybody_comes_through_and_is_counted(shadow: Door) -> None:
    visitors = [shadow.visitor() for _ in range(4)]
    assert all(is_inside(visitor.opens()) for visitor in visitors)
    assert all(is_inside(visitor.opens()) for visitor in visitors), "and again"
    found = report(shadow)
    assert (found["came"], found["would_wait"], found["most_in_line"]) == (4, 3, 3)


def test_a_script_an_image_and_a_form_come_through_too(shadow: Door) -> None:
    shadow.visit_at()
    visitor = shadow.visitor()
    assert visitor.fetches().status_code == 200
    assert visitor.loads("/tickets").status_code == 200
    assert visitor.opens(method="POST").status_code == 200


def test_everybody_comes_through_while_the_store_is_away(shadow: Door) -> None:
    shadow.visit_at()
    shadow.store.is_off = True
    shadow.refresh(30)
    assert shadow.visitor().opens().status_code == 200


@pytest.mark.parametrize(("then", "comes_in"), [("wait", False), ("admit", True)])
def test_a_worker_that_starts_while_the_store_is_away_does_not_believe_its_configuration(
    open_it: Open, then: str, comes_in: bool
) -> None:
    door = open_it(max_active=1, mode="shadow", on_store_error=then)
    door.store.is_off = True
    door.visitor().opens()
    passes = door.visitor().opens().status_code == 200
    assert passes is comes_in, "an operator may have set `queue`"
    door.store.is_off = False
    door.refresh(30)
    assert is_inside(door.visitor().opens())


def test_those_who_wait_come_through_once_it_is_shadow_mode(open_it: Open) -> None:
    door = open_it(max_active=1, **GIVEN)
    door.confirmed()
    waits = door.visit_at()
    assert not is_inside(waits.opens())
    answer = api(door).patch("/rooms/main/settings", json={"mode": "shadow"})
    assert answer.status_code == 200
    door.refresh()
    assert is_inside(waits.opens())
