"""All rooms at once: totals, the last hour, pausing all; the big screen; what others change."""

import re
from typing import Any

import httpx
import pytest

from tests.panel.conftest import Open
from tests.support.doors import Door
from tests.support.panel import PAGE, PASSWORD, VIEWER, Operator, api, said
from vwr_middleware.line.minutes import Minute
from vwr_middleware.panel.all_rooms import HEIGHT, WIDTH, drawn_of

KEY = "a key that opens all"
ROOMS = [
    {"name": "spring", "paths": "/spring", "max_active": 1},
    {"name": "autumn", "paths": "/autumn", "mode": "queue"},
    {"name": "winter", "paths": "/winter", "mode": "closed"},
]
ANN: dict[str, Any] = {"name": "Ann", "password": "a password of Ann's own", "rooms": ["spring"]}
GIVEN: dict[str, Any] = {
    "rooms": ROOMS,
    "admin_password": PASSWORD,
    "admin_viewer_password": VIEWER,
    "admin_api_key": KEY,
    "admin_operators": [ANN],
}


@pytest.fixture
def door(open_it: Open) -> Door:
    return open_it(**GIVEN)


def at(door: Door, password: str = PASSWORD, name: str = "Bo") -> Operator:
    operator = Operator.at(door)
    assert operator.sign_in(password, name=name).status_code == 303
    operator.open("/")
    return operator


def to_all(operator: Operator, step: str, **fields: str) -> httpx.Response:
    form = {"csrf": operator.csrf, **fields}
    headers = {"Accept": "application/json"}
    return operator.client.post(f"/vwr-admin/{step}", data=form, headers=headers)


def modes(door: Door) -> dict[str, str]:
    return {row["room"]: row["mode"] for row in api(door, KEY).get("/rooms").json()["rooms"]}


def figures(page: str) -> dict[str, str]:
    """The figures of the first list on a page."""
    first = page.partition("<dl")[2].partition("</dl>")[0]
    return dict(re.findall(r"<dt>([^<]+)</dt><dd>([^<]+)", first))


def test_the_overview_has_totals_and_the_last_hour_of_each_room(door: Door) -> None:
    for path in ("/spring", "/spring", "/spring", "/autumn"):
        door.visit_at(path)
    door.refresh()
    page = at(door).open("/").text
    assert figures(page)["Waiting"] == "2" and figures(page)["Rooms"] == "3"
    assert page.count('<svg viewBox="0 0 120 28"') == 3
    assert "last hour: at most 2 waiting, 1 entered" in page


def test_a_room_is_found_by_a_part_of_its_name_without_a_script(door: Door) -> None:
    page = at(door).open("/?q=UTU").text
    assert "/rooms/autumn" in page and "/rooms/spring" not in page
    assert "No room has a name like that." in at(door).open("/?q=x%3C").text


def test_pause_all_asks_once_and_says_what_it_does_to_each_room(door: Door) -> None:
    operator = at(door)
    question = to_all(operator, "pause")
    assert question.status_code == 409
    assert question.json()["ask"] == "Pause 2 rooms?"
    assert [line.partition(":")[0] for line in question.json()["hazards"]] == ["spring", "autumn"]
    assert modes(door) == {"spring": "auto", "autumn": "queue", "winter": "closed"}
    assert said(to_all(operator, "pause", sure="yes")) == "Paused 2 rooms: spring, autumn."
    assert modes(door) == {"spring": "paused", "autumn": "paused", "winter": "closed"}


def test_those_that_were_paused_together_are_resumed_and_no_other(door: Door) -> None:
    operator = at(door)
    operator.act("pause", "autumn")
    to_all(operator, "pause", sure="yes")
    assert "Resume those that were paused together" in operator.open("/").text
    assert said(to_all(operator, "resume")) == "Resumed 1 room: spring."
    assert modes(door) == {"spring": "auto", "autumn": "paused", "winter": "closed"}
    assert "Resume those" not in operator.open("/").text
    refused = to_all(operator, "resume")
    assert refused.status_code == 409 and "no room was paused together" in refused.json()["problem"]


def test_a_room_that_somebody_paused_by_hand_since_is_not_resumed_with_the_others(
    door: Door,
) -> None:
    operator = at(door)
    to_all(operator, "pause", sure="yes")
    operator.act("resume", "spring")
    operator.act("pause", "spring")
    assert said(to_all(operator, "resume")) == "Resumed 1 room: autumn."


def test_pause_all_is_the_rooms_of_the_operator_and_of_nobody_who_may_only_look(door: Door) -> None:
    ann = at(door, ANN["password"])
    assert said(to_all(ann, "pause", sure="yes")) == "Paused 1 room: spring."
    rows = api(door, KEY).get("/rooms/spring/audit").json()["audit"]
    assert rows[0]["who"] == "Ann (all rooms)"
    viewer = at(door, VIEWER)
    assert "Pause all" not in viewer.open("/").text
    assert to_all(viewer, "pause", sure="yes").status_code == 403
    assert modes(door)["autumn"] == "queue"


def test_an_hour_is_drawn_from_its_minutes(door: Door) -> None:
    now = 3600.0 * 500_000
    quiet = drawn_of([], now)
    assert (quiet.most, quiet.entered) == (0, 0) and f"{WIDTH}.0,{HEIGHT - 1}.0" in quiet.line
    drawn = drawn_of([Minute(now - 1800, waiting=40, entries=7), Minute(now, waiting=20)], now)
    assert (drawn.most, drawn.entered) == (40, 7)
    assert f" {WIDTH / 2},1.0 " in drawn.line and drawn.line.endswith(f"{WIDTH}.0,14.0")


# The big screen.


@pytest.mark.parametrize("address", ["/wall", "/rooms/spring/wall"])
def test_a_wall_shows_figures_and_has_nothing_to_press(door: Door, address: str) -> None:
    for _ in range(3):
        door.visit_at("/spring")
    door.refresh()
    page = at(door, VIEWER).open(address).text
    assert figures(page)["Waiting"] == "2"
    assert not re.search("<(form|button|input|select|a )", page)


def test_the_wall_leads_to_itself_after_signing_in_and_takes_only_who_may_look(door: Door) -> None:
    screen = Operator.at(door)
    asked = screen.open("/rooms/spring/wall")
    assert asked.status_code == 401 and 'name="next" value="/rooms/spring/wall"' in asked.text
    assert "/static/wall." in asked.text
    refused = screen.sign_in(PASSWORD, next="/wall", screen="yes")
    assert refused.status_code == 403 and "somebody who may only look" in refused.text
    done = screen.sign_in(VIEWER, next="/rooms/spring/wall", screen="yes")
    assert done.headers["location"] == "/vwr-admin/rooms/spring/wall"


def test_a_wall_shows_only_rooms_that_its_operator_may_see(door: Door) -> None:
    ann = at(door, ANN["password"])
    assert "autumn" not in ann.open("/wall").text
    assert ann.open("/rooms/autumn/wall").status_code == 403


# What others change.


def changes(operator: Operator, since: float | str = "", **more: str) -> dict[str, Any]:
    given = {"since": str(since), **more}
    answer = operator.client.get("/vwr-admin/changes", params=given, headers=PAGE)
    found: dict[str, Any] = answer.json()
    return found


def test_what_another_operator_changes_at_another_worker_is_told_once(
    open_it: Open, tmp_path: Any
) -> None:
    one, two = (open_it(url=f"sqlite:///{tmp_path}/vwr.sqlite3", **GIVEN) for _ in range(2))
    ann, bo = at(one, ANN["password"]), at(two)
    told = changes(bo)
    assert told["changes"] == []
    one.clock.pass_by(0.1)
    ann.act("set", "spring", max_active="7")
    ann.act("advance", "spring", count="3", key="k")
    one.clock.pass_by(0.4)
    found = changes(bo, told["now"])
    assert [row["text"] for row in found["changes"]] == [
        "Ann set max_active to 7 (it was 1)",
        "Ann called people, up to position 0",
    ]
    assert [(row["room"], row["mine"]) for row in found["changes"]] == [("spring", False)] * 2
    assert changes(bo, found["now"])["changes"] == []
    assert changes(ann, told["now"], room="spring")["changes"][0]["mine"]


@pytest.mark.parametrize("since", ["", "x", "nan", "1e999", "-5", "9" * 30])
def test_a_moment_that_is_none_begins_anew(door: Door, since: str) -> None:
    assert changes(at(door), since)["changes"] == []


def test_changes_of_rooms_that_one_may_not_see_are_not_told(door: Door) -> None:
    ann, bo = at(door, ANN["password"]), at(door)
    now = changes(ann)["now"]
    door.clock.pass_by(0.1)
    bo.act("set", "autumn", max_active="7")
    door.clock.pass_by(0.4)
    assert changes(ann, now)["changes"] == changes(ann, now, room="autumn")["changes"] == []
    assert changes(bo, now)["changes"]


# The same for programs.


def test_a_program_pauses_all_and_is_told_what_was_left_and_why(door: Door) -> None:
    program = api(door, KEY)
    done = program.post("/pause").json()
    closed = {"room": "winter", "why": "its mode is closed"}
    assert done == {"paused": ["spring", "autumn"], "left": [closed], "failed": []}
    assert modes(door) == {"spring": "paused", "autumn": "paused", "winter": "closed"}
    again = program.post("/pause").json()
    assert again["paused"] == [] and [row["room"] for row in again["left"]] == [*modes(door)]
    assert program.post("/resume").json()["resumed"] == ["spring", "autumn"]
    assert modes(door) == {"spring": "auto", "autumn": "queue", "winter": "closed"}


def test_a_program_pauses_no_room_of_others(open_it: Open) -> None:
    key = "a key of Ann's own, for programs"
    both = {"name": "Di", "key": key, "rooms": {"spring": "operator", "autumn": "viewer"}}
    given = {**GIVEN, "admin_operators": [ANN, both]}
    door = open_it(**given)
    done = api(door, key).post("/pause").json()
    assert done["paused"] == ["spring"]
    (left,) = done["left"]  # of winter it is told nothing
    assert left["room"] == "autumn" and "takes the role operator" in left["why"]
    assert api(door, KEY).get("/rooms/spring/audit").json()["audit"][0]["who"] == "Di (all rooms)"
    viewer = {"name": "Ed", "key": f"{key}!", "role": "viewer"}
    door = open_it(**{**GIVEN, "admin_operators": [viewer]})
    assert api(door, f"{key}!").post("/pause").status_code == 403


def test_a_room_is_paused_also_while_somebody_changes_other_settings_of_it(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pause is made for the room as it was looked at, and so once more as it is by then."""
    store, change, others = door.store, door.store.change, [7, 8]

    async def busy(name: str, *given: Any, **more: Any) -> dict[str, Any]:
        if name == "spring" and others:
            await change(name, {"max_active": others.pop()}, who="Bo")
        found: dict[str, Any] = await change(name, *given, **more)
        return found

    monkeypatch.setattr(store, "change", busy)
    assert api(door, KEY).post("/pause").json()["paused"] == ["spring", "autumn"]
    assert modes(door)["spring"] == "paused" and not others


def test_a_room_whose_store_does_not_answer_is_named(door: Door) -> None:
    program = api(door, KEY)
    program.get("/rooms")
    door.store.is_off = True
    done = program.post("/pause").json()
    names = {what: [row["room"] for row in done[what]] for what in ("left", "failed")}
    assert done["paused"] == [] and names == {"left": ["winter"], "failed": ["spring", "autumn"]}
