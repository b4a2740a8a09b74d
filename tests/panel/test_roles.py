"""Operators with a role of their own in some rooms or all: what each may see and do."""

from pathlib import Path
from typing import Any

import pytest

from tests.panel.conftest import Open
from tests.support.doors import Door
from tests.support.panel import PAGE, PASSWORD, Operator, api, problem, said
from vwr_middleware.alarms.conditions import Finding

ANN, BO, CY, DI = (f"a password of {name}'s own" for name in ("Ann", "Bo", "Cy", "Di"))
KEY = "a key of Ann's own, for programs"
ROOMS = [{"name": "spring", "paths": "/spring"}, {"name": "autumn", "paths": "/autumn"}]
OPERATORS: list[dict[str, Any]] = [
    {"name": "Ann", "password": ANN, "key": KEY, "role": "operator", "rooms": ["spring"]},
    {"name": "Bo", "password": BO, "rooms": {"spring": "admin", "*": "viewer"}},
    {"name": "Cy", "password": CY, "role": "admin"},
    {"name": "Di", "password": DI, "role": "viewer"},
]


@pytest.fixture
def door(open_it: Open) -> Door:
    """Two rooms, whom four operate, and one who has the password for all."""
    rooms = {"rooms": ROOMS, "admin_operators": OPERATORS}
    return open_it(admin_password=PASSWORD, admin_api_key="a key that opens all", **rooms)


def at(door: Door, password: str, room_name: str = "spring") -> Operator:
    operator = Operator.at(door)
    assert operator.sign_in(password, name="somebody else").status_code == 303
    operator.open("/")
    operator.open(f"/rooms/{room_name}")
    return operator


def test_an_operator_steers_the_own_room_and_is_named_in_its_audit_log(door: Door) -> None:
    ann = at(door, ANN)
    assert "max_active is 7" in said(ann.act("set", "spring", max_active="7"))
    rows = door_audit(door, "spring")
    assert rows[0][:2] == ("Ann", "max_active")


def door_audit(door: Door, room_name: str) -> list[tuple[Any, ...]]:
    answer = api(door, "a key that opens all").get(f"/rooms/{room_name}/audit").json()["audit"]
    return [(row["who"], row["what"], row["from"], row["to"]) for row in answer]


def test_another_room_is_neither_shown_nor_steered(door: Door) -> None:
    ann = at(door, ANN)
    assert "autumn" not in ann.open("/").text
    page = ann.open("/rooms/autumn")
    assert page.status_code == 403 and "may not see the room autumn, only spring" in page.text
    refused = ann.act("set", "autumn", max_active="7")
    assert refused.status_code == 403 and "only spring" in refused.json()["detail"]
    assert door_audit(door, "autumn") == []


@pytest.mark.parametrize(
    ("password", "action", "why"),
    [
        (ANN, "reset", "your role here is operator: that takes the role admin"),
        (ANN, "restore", "your role here is operator: that takes the role admin"),
        (DI, "pause", "you have read-only access here: that takes the role operator"),
    ],
)
def test_what_a_role_does_not_allow_is_refused_with_the_role_that_it_takes(
    door: Door, password: str, action: str, why: str
) -> None:
    refused = at(door, password).act(action, "spring", typed="spring")
    assert (refused.status_code, refused.json()["detail"]) == (403, why)
    assert door_audit(door, "spring") == []


def test_one_operator_may_have_another_role_in_each_room(door: Door) -> None:
    bo = at(door, BO)
    assert "Reset" in said(bo.act("reset", "spring", typed="spring"))
    assert bo.act("pause", "autumn").status_code == 403
    assert bo.open("/rooms/autumn").status_code == 200


def test_an_admin_of_all_rooms_may_do_everything_and_ends_all_sign_ins(door: Door) -> None:
    cy, ann = at(door, CY), at(door, ANN)
    form = {"csrf": ann.csrf, "everywhere": "yes"}
    ann.client.post("/vwr-admin/sign-out", data=form)
    assert cy.open("/").status_code == 200  # Ann has signed out nobody but herself
    form = {"csrf": cy.csrf, "everywhere": "yes"}
    cy.client.post("/vwr-admin/sign-out", data=form)
    assert cy.open("/").status_code == 401


def test_a_key_of_an_operator_obeys_the_same_and_calls_itself_nothing_else(door: Door) -> None:
    program = api(door, KEY)
    program.headers["VWR-Operator"] = "Somebody"
    assert [row["room"] for row in program.get("/rooms").json()["rooms"]] == ["spring"]
    assert program.patch("/rooms/spring/settings", json={"max_active": 9}).status_code == 200
    assert door_audit(door, "spring")[0][:2] == ("Ann", "max_active")
    for answer in (
        program.patch("/rooms/autumn/settings", json={"max_active": 9}),
        program.get("/rooms/autumn"),
        program.post("/rooms/spring/reset", json={"confirm": "spring"}),
        program.get("http://shop.example/vwr-admin/metrics"),
    ):
        assert answer.status_code == 403, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
    unknown = program.get("/rooms/winter")
    assert unknown.status_code == 403 and "autumn" not in unknown.text


def noted(door: Door, kind: str, room_name: str, begins: bool, at: float) -> None:
    found, shared = Finding(kind, room_name, begins, at, at), door.site.alarms.shared
    assert door.ask(lambda: shared.update(lambda book: book.note(found)))


def test_alarms_of_another_room_are_neither_shown_nor_taken_up(door: Door) -> None:
    noted(door, "undelivered", "", True, 10.0)
    for name in ("autumn", "spring"):
        for begins, when in ((True, 10.0), (False, 20.0), (True, 30.0)):
            noted(door, "paused", name, begins, when)
    ann, program = at(door, ANN), api(door, KEY)
    for path in ("/", "/rooms/spring", "/alarms"):
        page = ann.open(path).text
        assert "spring has been paused" in page and "autumn" not in page
    told = program.get("/alarms").json()
    for rows in ("alarms", "past"):
        assert {row["room"] for row in told[rows]} <= {"spring", None} and told[rows]
    form, path = {"csrf": ann.csrf}, "/alarms/autumn.paused/acknowledge"
    assert ann.client.post(f"/vwr-admin{path}", data=form).status_code == 403
    assert program.post(path).status_code == 403
    assert program.post("/alarms/spring.paused/acknowledge").status_code == 200
    every = api(door, "a key that opens all").get("/alarms").json()
    assert {row["room"]: row["acknowledged_by"] for row in every["alarms"]} == {
        "autumn": None, "spring": "Ann", None: None,
    }  # fmt: skip
    bo = at(door, BO)  # who may only look there
    form = {"csrf": bo.csrf}
    assert bo.client.post(f"/vwr-admin{path}", data=form).status_code == 403
    assert door_audit(door, "autumn") == []


def test_a_change_of_the_password_signs_that_operator_out_and_nobody_else(
    open_it: Open, tmp_path: Path
) -> None:
    given = {"url": f"sqlite:///{tmp_path}/vwr.sqlite3", "rooms": ROOMS}
    one = open_it(admin_operators=OPERATORS, **given)
    ann, bo = at(one, ANN), at(one, BO)
    changed = [{**OPERATORS[0], "password": "another password, long enough"}, *OPERATORS[1:]]
    other = open_it(admin_operators=changed, **given)
    for operator, status in ((ann, 401), (bo, 200)):
        operator.client._transport = other.transport
        assert operator.open("/").status_code == status


def test_a_change_of_the_role_holds_at_once(open_it: Open, tmp_path: Path) -> None:
    given = {"url": f"sqlite:///{tmp_path}/vwr.sqlite3", "rooms": ROOMS}
    ann = at(open_it(admin_operators=OPERATORS, **given), ANN)
    changed = [{**OPERATORS[0], "role": "viewer"}, *OPERATORS[1:]]
    ann.client._transport = open_it(admin_operators=changed, **given).transport
    assert ann.act("pause", "spring").status_code == 403


@pytest.mark.parametrize(
    ("answer", "may"),
    [
        ("Ann", True),
        (("Ann", "operator"), True),  # as before there were other roles
        (("Ann", "admin"), True),
        ({"name": "Ann", "role": "admin", "rooms": ["spring"]}, True),
        ({"name": "Ann", "role": "operator", "rooms": "spring"}, False),
        (("Ann", "viewer"), False),
    ],
)
def test_the_app_may_say_the_role_too(open_it: Open, answer: Any, may: bool) -> None:
    door = open_it(rooms=ROOMS, admin_auth=lambda request: answer)
    operator = Operator.at(door)
    operator.open("/rooms/spring")
    status = operator.act("reset", "spring", typed="spring").status_code
    assert status == (200 if may else 403)


def test_the_settings_of_before_go_on_and_open_everything(open_it: Open) -> None:
    door = open_it(admin_password=PASSWORD, admin_api_key="a key that opens all")
    operator = Operator.at(door)
    operator.sign_in(PASSWORD, name="Ann")
    operator.open()
    assert "Sign out everywhere" in operator.client.get("/vwr-admin/", headers=PAGE).text
    assert "Reset" in said(operator.act("reset", typed="main"))
    program = api(door, "a key that opens all")
    assert program.post("/rooms/main/reset", json={"confirm": "main"}).status_code == 200
    assert problem(operator.act("reset", typed="other"))
