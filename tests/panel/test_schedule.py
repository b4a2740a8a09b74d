"""Openings and planned changes: by the API, for operators, over every store."""

import re
from datetime import UTC, datetime
from typing import Any

from tests.panel.conftest import Open
from tests.support.clock import Clock
from tests.support.doors import Door
from tests.support.panel import GIVEN, VIEWER, Operator, api, audit, numbers, said, signed_in
from vwr_middleware.blocking import finish
from vwr_middleware.panel.planned import MOST


def planned(door: Door) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = api(door).get("/rooms/main/planned").json()["planned"]
    return rows


def openings(door: Door) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = api(door).get("/rooms/main/openings").json()["openings"]
    return rows


def refused(answer: Any, status: int) -> str:
    assert answer.status_code == status
    return answer.text  # type: ignore[no-any-return]


def plan(door: Door, at: float, unset: list[str] | None = None, **settings: Any) -> Any:
    body = {"at": at, "settings": settings} | ({"unset": unset} if unset else {})
    return api(door).post("/rooms/main/planned", json=body)


def test_a_change_is_planned_seen_and_made_at_its_time(
    open_it: Open, store_url: str, clock: Clock
) -> None:
    door = open_it(url=store_url, max_active=5, **GIVEN)
    now = clock()
    (row,) = plan(door, now + 60, max_active=600).json()["planned"]
    assert (row["at"], row["in"], row["settings"]) == (now + 60, 60, {"max_active": 600})
    assert planned(door) == [row]
    assert numbers(door)["limit"] == 5
    clock.pass_by(60)
    door.refresh()
    assert (numbers(door)["limit"], planned(door)) == (600, [])
    made, noted = audit(door)[:2]
    assert made[1:] == ("max_active", 5, 600)
    assert made[0].startswith(f"{noted[0]}, as planned on ")
    assert noted[1] == f"planned:{row['id']}"


def test_a_plan_is_withdrawn_until_its_time(door: Door, clock: Clock) -> None:
    (row,) = plan(door, clock() + 60, mode="paused").json()["planned"]
    assert api(door).delete(f"/rooms/main/planned/{row['id']}").json() == {"planned": []}
    again = api(door).delete(f"/rooms/main/planned/{row['id']}")
    assert refused(again, 404).count("its time has come, or it was withdrawn")
    (row,) = plan(door, clock() + 60, mode="paused").json()["planned"]
    clock.pass_by(60)
    late = api(door).delete(f"/rooms/main/planned/{row['id']}")
    assert late.status_code in (404, 409)
    assert numbers(door)["mode"] == "paused"


def test_a_plan_that_is_sent_twice_is_one(door: Door, clock: Clock) -> None:
    at = clock() + 60
    once = plan(door, at, max_active=9).json()
    assert [row["id"] for row in plan(door, at, max_active=9).json()["planned"]] == [
        row["id"] for row in once["planned"]
    ]


NO_SENSE: list[tuple[dict[str, Any], str]] = [
    ({"settings": {"max_active": 9}}, "at is missing: it must be a time"),
    ({"at": 5.0, "settings": {"max_active": 9}}, "set it now, or name a later time"),
    ({"at": "10:30", "settings": {"max_active": 9}}, "the time must be a time with its UTC"),
    ({"at": 9e10, "settings": {"max_active": 9}}, "is more than a year ahead"),
    ({"at": 60.0, "settings": {}}, "name a setting and its value"),
    ({"at": 60.0, "settings": {"max_active": 0}}, "max_active must be a whole number from 1"),
    ({"at": 60.0, "settings": {"burst": 9}}, "burst needs per_minute"),
    ({"at": 60.0, "settings": {"maxactive": 9}}, "did you mean max_active?"),
    ({"at": 60.0, "settings": {"opens_at": 9e9}}, "opens_at says a time itself"),
    ({"at": 60.0, "settings": {"mode": "auto"}, "unset": ["mode"]}, "set and unset at once"),
    ({"at": 60.0, "settings": [1]}, "settings must be an object"),
    ({"at": 60.0, "unset": "mode"}, "unset must be a list of names"),
    ({"at": 60.0, "set": {}}, "set is not a field of this request"),
]


def test_a_plan_that_makes_no_sense_is_refused_and_nothing_is_planned(
    door: Door, clock: Clock
) -> None:
    for body, told in NO_SENSE:
        at = {"at": clock() + 60} if body.get("at") == 60.0 else {}
        answer = api(door).post("/rooms/main/planned", json={**body, **at})
        assert answer.status_code == 422
        assert told in answer.text
    assert planned(door) == []


def test_a_plan_is_checked_against_what_will_be_in_force_then(door: Door, clock: Clock) -> None:
    now = clock()
    assert plan(door, now + 60, per_minute=60).status_code == 200
    assert plan(door, now + 30, burst=9).status_code == 422
    assert plan(door, now + 90, burst=9).status_code == 200


def test_so_many_changes_are_planned_at_most(door: Door, clock: Clock) -> None:
    kept = {"set": {}, "unset": ["mode"], "by": "", "who": "", "made": 0}
    there = {f"planned:{n}": {**kept, "at": clock() + n} for n in range(60, 60 + MOST)}
    assert planned(door) == []
    finish(door.store.change("main", there))
    door.refresh()
    assert "withdraw one first" in refused(plan(door, clock() + 70, max_active=8), 409)


def test_an_opening_is_added_and_taken_out_and_the_one_that_was_stays(
    open_it: Open, store_url: str, clock: Clock
) -> None:
    now = clock()
    door = open_it(url=store_url, opens_at=now + 100, closes_at=now + 200, **GIVEN)
    assert [row["is"] for row in openings(door)] == ["next"]
    new = {"opens_at": now + 1000, "closes_at": now + 2000, "max_active": 3, "title": "Late"}
    rows = api(door).post("/rooms/main/openings", json=new).json()["openings"]
    assert [(row["opens_at"], row["is"]) for row in rows] == [
        *((now + 100, "next"), (now + 1000, "later"))
    ]
    assert rows[1]["settings"] == {"title": {"": "Late"}, "max_active": 3}
    clock.pass_by(200)
    door.refresh()
    assert [row["is"] for row in openings(door)] == ["over", "next"]
    assert (numbers(door)["state"], numbers(door)["opens_at"]) == ("scheduled", now + 1000)
    assert numbers(door)["limit"] == 3
    rows = api(door).delete(f"/rooms/main/openings/{now + 1000}").json()["openings"]
    assert [row["is"] for row in rows] == ["over"]
    assert numbers(door)["state"] == "closed"
    assert api(door).delete("/rooms/main/settings/openings").status_code == 200
    assert [row["opens_at"] for row in openings(door)] == [now + 100]


def test_openings_that_overlap_or_are_over_are_refused_and_nothing_changes(
    door: Door, clock: Clock
) -> None:
    now, client = clock(), api(door)
    one = {"opens_at": now + 100, "closes_at": now + 200}
    client.post("/rooms/main/openings", json=one)
    for new, told in [
        ({"opens_at": now + 150}, "begins before the one at"),
        ({"opens_at": now - 100, "closes_at": now - 50}, "was over 50 s ago"),
        ({"closes_at": now + 900}, "has no opens_at"),
        ({"opens_at": now + 300, "closing": 1}, "closing is not a part of number 2"),
    ]:
        answer = client.post("/rooms/main/openings", json=new)
        assert answer.status_code == 422
        assert told in answer.text
    gone = client.delete(f"/rooms/main/openings/{now + 5}")
    assert "no opening begins at" in refused(gone, 404)
    single = client.patch("/rooms/main/settings", json={"opens_at": now + 9})
    assert "openings stands beside closes_at and opens_at" in refused(single, 422)
    assert [row["opens_at"] for row in openings(door)] == [now + 100]


def test_what_a_change_of_openings_could_hurt_is_asked_before(door: Door, clock: Clock) -> None:
    now = clock()

    def hazards(*openings: dict[str, Any]) -> str:
        given = {"openings": list(openings)}
        found = api(door).post("/rooms/main/hazards", json=given).json()["hazards"]
        return " ".join(found)

    assert "nobody is called or enters until that time" in hazards({"opens_at": now + 60})
    ends = {"opens_at": now - 90, "closes_at": now + 60}
    assert hazards(ends) == ""


def test_programs_read_which_opening_it_is(open_it: Open, clock: Clock) -> None:
    now = clock()
    listed = [
        {"opens_at": now - 10, "closes_at": now + 10},
        {"opens_at": now + 500, "joins_from": now + 300},
    ]
    door = open_it(openings=listed, **GIVEN)
    status = door.visitor().fetches("/vwr/main/status").json()
    assert (status["opening"], status["opens_at"], status["closes_at"]) == (1, now - 10, now + 10)
    clock.pass_by(10)
    door.refresh()
    status = door.visitor().fetches("/vwr/main/status").json()
    told = status["opening"], status["state"], status["joins_from"], status["closes_at"]
    assert told == (2, "closed", now + 300, None)


def local(at: float) -> str:
    """A time as the field of a form has it."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M")


def test_the_page_plans_a_change_shows_it_and_withdraws_it(
    door: Door, operator: Operator, clock: Clock
) -> None:
    at = (clock() // 60 + 10) * 60
    form = {"at": local(at), "setting": "max_active", "value": "600"}
    asked = operator.press("plan-change", **form)
    assert "Then: That is 300 times the limit in force" in asked.text
    assert planned(door) == []
    told = said(operator.act("plan-change", **form))
    assert "Planned for" in told
    assert "max_active to 600. Everybody sees it until then." in told
    page = operator.open().text
    assert re.search(r"<b>max_active</b> 600 <small>", page)
    assert f'data-in="{at - clock():.1f}"' in page
    key = planned(door)[0]["id"]
    # Whoever changes the same by hand is told of it.
    assert "a planned change sets max_active to 600" in said(operator.act("set", max_active="3"))
    assert "Withdrawn" in said(operator.act("withdraw", id=key))
    assert "No change is planned." in operator.open().text


def test_the_page_adds_an_opening_and_takes_it_out(
    door: Door, operator: Operator, clock: Clock
) -> None:
    begins = (clock() // 60 + 10) * 60
    form = {
        "opens_at": local(begins),
        "closes_at": local(begins + 1800),
        "offset-closes_at": "-01:00",
        "title": "Late <sale>",
        "max_active": "",
    }
    told = said(operator.act("add-opening", **form))
    assert told == "Added: the room has 1 opening."
    (row,) = openings(door)
    assert (row["opens_at"], row["closes_at"]) == (begins, begins + 1800 + 3600)
    assert "title Late &lt;sale&gt;" in operator.open().text
    overlaps = operator.act("add-opening", opens_at=local(begins + 60))
    assert "begins before the one at" in overlaps.text
    taken = said(operator.act("remove-opening", opens_at=str(row["opens_at"])))
    assert taken == "Taken out: no opening is left."


def test_what_the_forms_refuse_is_said(operator: Operator, clock: Clock) -> None:
    assert "name the time" in operator.act("plan-change", setting="mode", value="auto").text
    past = operator.act("plan-change", at="2020-01-01T10:00", setting="mode", value="auto")
    assert "set it now, or name a later time" in past.text
    assert "number 1 has no opens_at" in operator.act("add-opening", title="x").text
    assert "no change" in operator.act("withdraw", id="abc").text


def test_whoever_only_looks_can_plan_nothing(door: Door, clock: Clock) -> None:
    viewer = signed_in(door, VIEWER)
    page = viewer.open().text
    assert "Plan a change" in page
    form = {"at": local(clock() + 600), "setting": "mode", "value": "auto"}
    assert viewer.act("plan-change", **form).status_code == 403
    assert planned(door) == []


def test_every_worker_obeys_at_that_time_whoever_has_planned_it(
    open_it: Open, shared_url: str, clock: Clock
) -> None:
    one, other = (open_it(url=shared_url, max_active=5, **GIVEN) for _ in range(2))
    assert plan(one, clock() + 60, max_active=1, message="Slowly").status_code == 200
    other.refresh()
    (row,) = planned(other)
    assert row["settings"] == {"max_active": 1, "message": "Slowly"}
    clock.pass_by(60)
    for door in (other, one):
        door.refresh()
        told = numbers(door)
        assert (told["limit"], told["message"], told["planned"]) == (1, "Slowly", [])
    assert sum(row[1] == "max_active" for row in audit(one)) == 1


def test_it_is_made_up_for_if_the_store_was_away_at_that_time(
    open_it: Open, clock: Clock, tmp_path: Any
) -> None:
    door = open_it(url=f"sqlite:///{tmp_path / 'a.sqlite3'}", max_active=5, **GIVEN)
    plan(door, clock() + 60, max_active=9)
    clock.pass_by(3600)  # nobody asks, as while all workers and the store are down
    other = open_it(url=f"sqlite:///{tmp_path / 'a.sqlite3'}", max_active=5, **GIVEN)
    assert numbers(other)["limit"] == 9
