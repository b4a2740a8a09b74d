"""The minutes and the report, by the panel's page and by the API."""

import csv
from io import StringIO
from typing import Any

import pytest

from tests.panel.conftest import Open
from tests.support.doors import Door
from tests.support.panel import GIVEN, Operator, api, fill


def after_a_sale(door: Door) -> None:
    """Five come to a room for two, and a minute later somebody looks."""
    fill(door, 5)
    door.refresh(61)


def test_the_minutes_of_a_room_are_told(door: Door) -> None:
    after_a_sale(door)
    rows = api(door).get("/rooms/main/minutes", params={"since": "1h", "step": "60"}).json()
    assert rows["step"] == 60
    assert sum(minute["arrivals"] for minute in rows["minutes"]) == 5
    assert sum(minute["entries"] for minute in rows["minutes"]) == 2


def test_the_report_is_a_page_a_table_and_numbers(operator: Operator, door: Door) -> None:
    after_a_sale(door)
    page = operator.open("/rooms/main/report?zone=Europe/Berlin&since=2h")
    assert page.status_code == 200 and "5 people came, and 0 went in." in page.text
    assert "'sha256-" in page.headers["content-security-policy"]
    assert page.headers["cache-control"] == "private, no-store"
    facts = operator.open("/rooms/main/report.json?since=2h").json()
    assert facts["people"]["arrivals"] == 5
    assert (
        api(door).get("/rooms/main/report", params={"since": "2h"}).json()["people"]
        == (facts["people"])
    )
    text = operator.open("/rooms/main/report.csv?since=2h").text
    rows = list(csv.DictReader(StringIO(text)))
    assert sum(int(row["arrivals"]) for row in rows) == 5


def test_the_room_leads_to_its_report(operator: Operator) -> None:
    assert "/vwr-admin/rooms/main/report" in operator.open().text


@pytest.mark.parametrize(
    "query",
    ["since=yesterday", "zone=Middle/Earth", "since=1h&until=2h", "until=90d", "since=%00"],
)
def test_a_time_that_makes_no_sense_is_refused_in_words(
    operator: Operator, door: Door, query: str
) -> None:
    assert operator.open(f"/rooms/main/report?{query}").status_code == 422
    answer = api(door).get(f"/rooms/main/report?{query}")
    assert answer.status_code == 422 and len(answer.json()["detail"]) > 20


@pytest.mark.parametrize("step", ["0", "59", "90", "-60", "60.0", "86460", "x", "9" * 50])
def test_a_step_that_is_none_is_refused(door: Door, step: str) -> None:
    answer = api(door).get("/rooms/main/minutes", params={"step": step})
    assert answer.status_code == 422 and "step must be" in answer.json()["detail"]


def test_what_passes_without_the_line_and_who_gets_no_place_is_counted(open_it: Open) -> None:
    def knows(request: Any) -> bool:
        return "pass" in request.query

    door = open_it(max_active=1, max_waiting=1, bypass=knows, **GIVEN)
    for _ in range(5):
        door.visit_at()
    for _ in range(3):
        door.visit_at("/tickets?pass")
    door.refresh()
    people = report(door)["people"]
    assert (people["bypassed"], people["turned_away"]) == (3, 3)


def test_waits_of_those_who_enter_are_counted(open_it: Open) -> None:
    door = open_it(max_active=1, **GIVEN)
    inside = door.confirmed()
    waits = door.visit_at()
    for _ in range(20):
        door.refresh(2)
        waits.position()
    door.frees_a_slot(inside)
    while waits.opens().status_code != 200:
        door.refresh(2)
    door.refresh()
    found = report(door)
    assert found["waits"]["people"] == 1 and 30 <= found["waits"]["median"] <= 60
    assert found["people"]["at_once"] == 1


def report(door: Door) -> Any:
    return api(door).get("/rooms/main/report").json()


def test_of_several_days_the_hours_are_told(door: Door) -> None:
    after_a_sale(door)
    for days in ("2.5d", "30d"):
        rows = api(door).get("/rooms/main/minutes", params={"since": days}).json()
        assert rows["step"] % 3600 == 0
        assert sum(minute["arrivals"] for minute in rows["minutes"]) == 5
    refused = api(door).get("/rooms/main/minutes", params={"since": "3d", "step": "60"})
    assert refused.status_code == 422 and "two days" in refused.json()["detail"]


def test_a_report_while_people_still_wait_says_so_and_counts_them_apart(
    door: Door, operator: Operator
) -> None:
    door.confirmed()
    fill(door, 5)
    found = report(door)
    assert found["going_on"] == {"waiting": 4, "inside": 2}
    assert (found["people"]["still_waiting"], found["people"]["did_not_go_in"]) == (4, 0)
    page = operator.open("/rooms/main/report?since=2h").text
    assert "This is not over: 4 are still in line" in page and "Still in line" in page
