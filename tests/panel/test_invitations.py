"""Invitations by the API: made, used, listed, revoked, and noted; lanes in numbers and metrics."""

import pytest

from tests.panel.conftest import Open
from tests.support.doors import Door
from tests.support.panel import GIVEN, api, audit, numbers
from tests.support.visitor import Visitor

WHERE = "/rooms/main/invitations"


@pytest.fixture
def club(open_it: Open) -> Door:
    door = open_it(mode="paused", lanes={"members": 0.3}, invited_only=True, **GIVEN)
    door.refresh()
    return door


def accepted(door: Door, code: str) -> Visitor:
    visitor = door.visitor()
    visitor.opens(f"/vwr/main/invitation?code={code}", "POST")
    return visitor


def test_a_batch_is_made_used_listed_and_revoked(club: Door) -> None:
    made = api(club).post(WHERE, json={"count": 3, "lane": "members", "valid_seconds": 600}).json()
    codes = [each["code"] for each in made["invitations"]]
    assert [each["number"] for each in made["invitations"]] == [1, 2, 3]
    assert len(set(codes)) == 3
    visitor = accepted(club, codes[0])
    assert visitor.opens("/tickets").status_code == 202
    (row,) = api(club).get(WHERE).json()["batches"]
    assert (row["batch"], row["count"], row["revoked"]) == (made["batch"], 3, False)
    (row,) = api(club).delete(f"{WHERE}/{made['batch']}").json()["batches"]
    assert row["revoked"]
    club.refresh()
    assert accepted(club, codes[1]).opens("/tickets").status_code == 303
    assert visitor.opens("/tickets").status_code == 202, "whoever has a place keeps it"
    noted = [what for _, what, *_ in audit(club)]
    assert noted == [f"invited:{made['batch']}"] * 2
    lanes = numbers(club)["lanes"]
    assert [(lane["lane"], lane["share"], lane["waiting"]) for lane in lanes] == [
        ("", 0.7, 0),
        ("members", 0.3, 1),
    ]
    metrics = api(club).get("/../metrics").text
    assert 'vwr_lane_waiting{lane="members",room="main"} 1.0' in metrics
    told = api(club).get("/rooms/main/report").json()["lanes"]
    assert [{name: lane[name] for name in lanes[0]} for lane in told] == lanes
    assert [lane["in_time"]["joined"] for lane in told] == [0, 1]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"count": 1, "lane": "vips"}, "there is no lane 'vips', only members"),
        ({"count": 10_001}, "make several batches"),
        ({"count": 1, "valid_seconds": 10**9}, "a year"),
        ({"lane": "members"}, "count is missing"),
    ],
)
def test_what_makes_no_sense_is_refused_and_makes_nothing(
    club: Door, body: dict[str, object], told: str
) -> None:
    answer = api(club).post(WHERE, json=body)
    assert (answer.status_code, told in answer.text) == (422, True)
    assert api(club).get(WHERE).json() == {"batches": []}


def test_a_batch_that_there_is_not_cannot_be_revoked(club: Door) -> None:
    assert api(club).delete(f"{WHERE}/0a0a0a0a").status_code == 404


def test_the_shares_are_changed_while_the_room_runs(club: Door) -> None:
    answer = api(club).patch("/rooms/main/settings", json={"lanes": {"members": 0.5}})
    assert answer.json()["settings"]["lanes"] == {"members": 0.5}
    answer = api(club).patch("/rooms/main/settings", json={"lanes": {"a": 0.5, "b": 0.5}})
    assert (answer.status_code, "leave at least 0.01" in answer.text) == (422, True)
