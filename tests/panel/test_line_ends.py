"""With an opening that has a line of its own the line before it ends, as by a reset: so that takes
the role that a reset takes, whichever way somebody comes."""

from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from tests.panel.conftest import Open
from tests.support.apps import wsgi_app
from tests.support.clock import Clock
from tests.support.doors import Door
from tests.support.panel import Operator, api, problem, said
from tests.support.serving import serving
from tests.support.shell import failed
from vwr_middleware.blocking import finish
from vwr_middleware.cli.commands import vwr
from vwr_middleware.settings import Settings
from vwr_middleware.wsgi import WaitingRoomMiddleware

ANN, CY = "a password of Ann's own", "a password of Cy's own"
KEY, KEY_OF_ALL = "a key of Ann's own, for programs", "a key that opens all"
OPERATORS: list[dict[str, Any]] = [
    {"name": "Ann", "password": ANN, "key": KEY, "role": "operator"},
    {"name": "Cy", "password": CY, "role": "admin"},
]
GIVEN: dict[str, Any] = {"admin_operators": OPERATORS, "admin_api_key": KEY_OF_ALL}
LOSES = "everybody in line would lose the place, as by a reset"
TAKES = "your role here is operator: that takes the role admin"


@pytest.fixture
def door(open_it: Open, clock: Clock) -> Door:
    """A room with one opening."""
    now = clock()
    return open_it(opens_at=now + 100, closes_at=now + 200, **GIVEN)


def later(door: Door, **more: Any) -> dict[str, Any]:
    return {"opens_at": door.clock() + 1000, "closes_at": door.clock() + 2000, **more}


def both(door: Door, closes: float = 200, **more: Any) -> dict[str, Any]:
    """The opening that there is, and one more, as a change of settings."""
    now = door.clock()
    first = {"opens_at": now + 100, "closes_at": now + closes}
    return {"openings": [first, later(door, **more)]}


def openings(door: Door) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = api(door, KEY).get("/rooms/main/openings").json()["openings"]
    return rows


def is_refused(answer: httpx.Response) -> None:
    assert answer.status_code == 403, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert LOSES in answer.json()["detail"] and TAKES in answer.json()["detail"]


@pytest.mark.parametrize("part", ["fresh", "draw"])
def test_an_operators_program_ends_no_line(door: Door, part: str) -> None:
    program = api(door, KEY)
    for answer in (
        program.post("/rooms/main/openings", json=later(door, **{part: True})),
        program.patch("/rooms/main/settings", json=both(door, **{part: True})),
        program.post("/rooms/main/hazards", json=both(door, **{part: True})),
    ):
        is_refused(answer)
    assert len(openings(door)) == 1
    assert program.post("/rooms/main/openings", json=later(door)).status_code == 200


def test_nor_does_it_make_one_end_earlier_but_it_may_make_it_last(door: Door) -> None:
    program, admin = api(door, KEY), api(door, KEY_OF_ALL)
    assert admin.patch("/rooms/main/settings", json=both(door, fresh=True)).status_code == 200
    is_refused(program.patch("/rooms/main/settings", json=both(door, closes=150, fresh=True)))
    longer = program.patch("/rooms/main/settings", json=both(door, closes=500, fresh=True))
    assert longer.status_code == 200, longer.text
    assert openings(door)[0]["closes_at"] == door.clock() + 500
    # Taken out, it is for an admin to bring back: also as what was changed last.
    gone = program.delete(f"/rooms/main/openings/{door.clock() + 1000}")
    assert gone.status_code == 200 and len(openings(door)) == 1
    number = program.get("/rooms/main/cockpit").json()["number"]
    is_refused(program.post("/rooms/main/undo", json={"number": number}))
    assert admin.post("/rooms/main/undo", json={"number": number}).status_code == 200
    assert [row["keeps_line"] for row in openings(door)] == [True, False]


def test_what_the_configuration_has_anybody_may_return_to(open_it: Open, clock: Clock) -> None:
    now = clock()
    listed = [
        {"opens_at": now + 100, "closes_at": now + 200},
        {"opens_at": now + 1000, "fresh": True},
    ]
    program = api(open_it(openings=listed, **GIVEN), KEY)
    assert program.patch("/rooms/main/settings", json={"openings": listed[:1]}).status_code == 200
    assert program.delete("/rooms/main/settings/openings").status_code == 200


def test_where_the_room_draws_at_each_opening_one_more_ends_the_line_before(
    open_it: Open, clock: Clock
) -> None:
    now = clock()
    door = open_it(draw=True, opens_at=now + 100, closes_at=now + 200, **GIVEN)
    is_refused(api(door, KEY).post("/rooms/main/openings", json=later(door)))
    assert api(door, KEY_OF_ALL).post("/rooms/main/openings", json=later(door)).status_code == 200


@pytest.fixture
def drawn(open_it: Open, clock: Clock) -> Door:
    """A room whose places were drawn, and in which somebody waits still, since it has closed."""
    door = open_it(draw=True, opens_at=clock() + 100, max_active=1, **GIVEN)
    for _ in range(3):
        door.visit_at()
    door.refresh(200)
    door.refresh(20)
    assert api(door, KEY).patch("/rooms/main/settings", json={"mode": "closed"}).status_code == 200
    door.refresh()
    return door


def test_to_open_a_room_anew_after_its_draw_ends_the_line_too(drawn: Door) -> None:
    anew = {"mode": "auto", "opens_at": drawn.clock() + 1000}
    program, admin = api(drawn, KEY), api(drawn, KEY_OF_ALL)
    before = program.get("/rooms/main").json()
    assert before["waiting"] > 0
    is_refused(program.patch("/rooms/main/settings", json=anew))
    is_refused(program.post("/rooms/main/hazards", json=anew))
    # In two steps it is the second that ends it; and at once it goes on as it was.
    assert program.patch("/rooms/main/settings", json={"opens_at": anew["opens_at"]}).is_success
    is_refused(program.patch("/rooms/main/settings", json={"mode": "auto"}))
    is_refused(program.delete("/rooms/main/settings/mode"))
    at_its_time = {"at": drawn.clock() + 500, "settings": {"mode": "queue"}}
    is_refused(program.post("/rooms/main/planned", json=at_its_time))
    later = {**at_its_time, "at": drawn.clock() + 2000}
    assert program.post("/rooms/main/planned", json=later).is_success
    hazards = admin.post("/rooms/main/hazards", json={"mode": "auto"}).json()["hazards"]
    assert any("everybody in line loses the place, as by a reset" in each for each in hazards)
    drawn.refresh()
    assert program.get("/rooms/main").json()["generation"] == before["generation"]
    assert program.patch("/rooms/main/settings", json={"mode": "auto", "opens_at": 1}).is_success
    drawn.refresh()
    after = program.get("/rooms/main").json()
    assert (after["generation"], after["waiting"]) == (before["generation"], before["waiting"])


def test_an_admin_opens_it_anew(drawn: Door) -> None:
    anew = {"mode": "auto", "opens_at": drawn.clock() + 1000}
    assert api(drawn, KEY_OF_ALL).patch("/rooms/main/settings", json=anew).status_code == 200
    drawn.refresh()
    now = api(drawn, KEY).get("/rooms/main").json()
    assert (now["state"], now["generation"], now["waiting"]) == ("scheduled", 3, 0)


def at(door: Door, password: str) -> Operator:
    operator = Operator.at(door)
    assert operator.sign_in(password).status_code == 303
    operator.open()
    return operator


def filled_in(door: Door) -> dict[str, str]:
    times = ("opens_at", "2035-01-02T10:00"), ("closes_at", "2035-01-02T12:00")
    return {**dict(times), "fresh": "on"}


def test_the_page_offers_it_to_admins_and_refuses_it_to_others(door: Door) -> None:
    ann, cy, form = at(door, ANN), at(door, CY), filled_in(door)
    assert 'name="fresh"' not in ann.open().text
    for press in (ann.press, ann.act):
        refused = press("add-opening", **form)
        assert refused.status_code == 403
        assert LOSES in problem(refused) and TAKES in problem(refused)
    assert 'name="fresh"' in cy.open().text
    asked = cy.press("add-opening", **form)
    assert asked.status_code == 409 and "loses the place, as by a reset" in asked.text
    assert said(cy.act("add-opening", **form)) == "Added: the room has 2 openings."


def test_the_shell_is_refused_in_the_same_words(tmp_path: Any) -> None:
    url = f"sqlite:///{tmp_path / 'vwr.sqlite3'}"
    times = {"opens_at": "2035-01-01T10:00+00:00", "closes_at": "2035-01-01T12:00+00:00"}
    settings = Settings(
        secret_key="a secret of these tests", paths="/tickets", store=url, **times, **GIVEN
    )
    app = WaitingRoomMiddleware(wsgi_app, settings)
    words = ["opening", "main", "2035-01-02T10:00+00:00", "--fresh"]
    try:
        with serving(app) as server:
            reach = {"VWR_URL": f"{server}/vwr-admin", "VWR_KEY": KEY}
            told = failed(CliRunner(env=reach).invoke(vwr, words))
            allowed = CliRunner(env=reach).invoke(vwr, words[:-1])
    finally:
        finish(app.site.close())
    assert LOSES in told and TAKES in told
    assert allowed.exit_code == 0, allowed.output
