"""The control API, by its own document."""

import os
import subprocess
import sys
from typing import Any

import httpx
import pytest

from tests.panel.conftest import Open
from tests.support.clock import Clock
from tests.support.doors import Door
from tests.support.panel import GIVEN, Operator, api, fill
from tests.support.resume import code_of, takes
from tests.support.servers import ROOT


@pytest.fixture
def client(door: Door) -> httpx.Client:
    """A program with a key, and seven people who came."""
    fill(door)
    return api(door)


@pytest.mark.outside
def test_the_api_keeps_what_its_document_promises(pytestconfig: pytest.Config) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "schemathesis", "-p", "no:cacheprovider"]
    profile = pytestconfig.getoption("--hypothesis-profile")
    options = ["--hypothesis-profile", profile] if profile else []
    done = subprocess.run(
        [*command, *options, "tests/support/api_document.py"],
        cwd=ROOT,
        env={**os.environ, "PYTEST_ADDOPTS": ""},  # meant for the tests around this one
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert " passed" in done.stdout


def test_all_rooms_are_listed(client: httpx.Client) -> None:
    (room,) = client.get("/rooms").json()["rooms"]
    told = (room["room"], room["state"], room["waiting"], room["active"], room["limit"])
    assert told == ("main", "queueing", 5, 2, 2)


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "words"),
    [
        ("PATCH", "/settings", {}, 422, "name a setting and its value"),
        ("POST", "/advance", {}, 422, "count is missing"),
        ("POST", "/advance", {"count": 1}, 400, "key is longer than 200"),
        ("POST", "/explain", {"position": 10**12}, 422, "position must be a whole number"),
        ("POST", "/explain", {}, 422, "position must be a whole number"),
        ("GET", "/nothing", None, 404, "no such endpoint"),
        ("DELETE", "/settings/x", None, 404, "x is not a setting"),
        ("PUT", "/pause", None, 405, "use POST"),
    ],
)
def test_what_is_wrong_with_a_request_is_told(
    client: httpx.Client, method: str, path: str, body: Any, status: int, words: str
) -> None:
    headers = {"Idempotency-Key": "x" * 201} if status == 400 else {}
    answer = client.request(method, f"/rooms/main{path}", json=body, headers=headers)
    assert (answer.status_code, words in answer.json()["detail"]) == (status, True), answer.text
    assert answer.headers.get("allow") == ("POST" if status == 405 else None)


def test_a_repeated_key_calls_nobody_again(client: httpx.Client) -> None:
    for key in ("once", "once", '"once"'):  # quoted, as a draft of the header's standard has it
        answer = client.post(
            "/rooms/main/advance", json={"count": 2}, headers={"Idempotency-Key": key}
        )
        assert answer.json() == {"called": 2, "serving": 4}
    assert client.post("/rooms/main/advance", json={"count": 2}).json()["serving"] == 6


def test_a_key_that_came_with_another_call_is_refused(client: httpx.Client) -> None:
    once = {"Idempotency-Key": "once"}
    client.post("/rooms/main/advance", json={"count": 2}, headers=once)
    answer = client.post("/rooms/main/advance", json={"count": 3}, headers=once)
    assert answer.status_code == 422 and "idempotency key" in answer.json()["detail"]
    assert client.get("/rooms/main").json()["serving"] == 4


def test_who_changed_something_is_written_down(client: httpx.Client) -> None:
    client.patch("/rooms/main/settings", json={"max_active": 5}, headers={"VWR-Operator": "deploy"})
    row = client.get("/rooms/main/audit").json()["audit"][0]
    assert (row["who"], row["what"], row["from"], row["to"]) == ("deploy", "max_active", 2, 5)


def test_none_is_a_value_and_not_the_configured_one(open_it: Open) -> None:
    client = api(open_it(per_minute=60, **GIVEN))
    answer = client.patch("/rooms/main/settings", json={"per_minute": None}).json()
    assert answer["settings"]["per_minute"] is None
    answer = client.delete("/rooms/main/settings/per_minute").json()
    assert answer["settings"]["per_minute"] == 60


def test_several_settings_change_together_or_not_at_all(client: httpx.Client) -> None:
    answer = client.patch("/rooms/main/settings", json={"max_active": 9, "mode": "x", "nme": 1})
    assert answer.status_code == 422 and len(answer.json()["errors"]) == 2
    rows = client.get("/rooms/main").json()["settings"]
    assert next(row["value"] for row in rows if row["name"] == "max_active") == 2


def test_a_setting_of_the_configuration_alone_is_named_as_such(client: httpx.Client) -> None:
    answer = client.patch("/rooms/main/settings", json={"paths": "/"})
    assert "set it in the configuration" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("of_before", "also_wrong"),
    [
        ({"burst": 5}, {"burst": 6}),
        ({"session_seconds": 40, "confirm_within": 50}, {"confirm_within": 51}),
    ],
)
def test_what_no_longer_fits_a_new_configuration_keeps_nobody_from_pausing(
    door: Door, client: httpx.Client, of_before: dict[str, int], also_wrong: dict[str, int]
) -> None:
    door.ask(lambda: door.store.change("main", of_before))
    assert client.post("/rooms/main/pause").status_code == 200
    told = client.patch("/rooms/main/settings", json={"message": "Back at noon", "max_active": 3})
    assert told.json()["settings"]["message"] == "Back at noon"
    assert client.patch("/rooms/main/settings", json=also_wrong).status_code == 422
    for name in of_before:
        assert client.delete(f"/rooms/main/settings/{name}").status_code == 200
    assert client.post("/rooms/main/resume").json()["settings"]["mode"] == "auto"


def test_pause_and_resume(client: httpx.Client) -> None:
    assert client.post("/rooms/main/pause").json()["settings"]["mode"] == "paused"
    assert client.post("/rooms/main/resume").json()["settings"]["mode"] == "auto"
    assert client.post("/rooms/main/resume").status_code == 409


def test_a_reset_needs_the_rooms_name(client: httpx.Client) -> None:
    assert client.post("/rooms/main/reset", json={"confirm": "x"}).status_code == 422
    for more, inside in (({}, 2), ({"end_sessions": True}, 0)):
        answer = client.post("/rooms/main/reset", json={"confirm": "main", **more})
        assert answer.json() == {"generation": 3 if more else 2}
        assert client.get("/rooms/main").json()["active"] == inside


def test_sessions_are_listed_and_revoked(client: httpx.Client) -> None:
    sessions = client.get("/rooms/main/sessions").json()["sessions"]
    assert {row["session"] for row in sessions} == {"1-1", "1-2"}
    assert client.delete("/rooms/main/sessions/1-1").json() == {"revoked": "1-1"}
    assert client.delete("/rooms/main/sessions/1-1").status_code == 404


def test_sessions_that_ended_are_listed_with_how_the_latest_first(client: httpx.Client) -> None:
    assert client.get("/rooms/main/ended").json() == {"ended": []}
    client.delete("/rooms/main/sessions/1-1")
    client.post("/rooms/main/sessions/1-2/complete")
    ended = client.get("/rooms/main/ended").json()["ended"]
    assert [(row["session"], row["how"]) for row in ended] == [
        ("1-2", "completed"),
        ("1-1", "revoked"),
    ]
    assert ended[0]["time"] >= ended[1]["time"] > 0


@pytest.mark.parametrize(("end", "how"), [("complete", "completed"), ("abandon", "abandoned")])
def test_other_programs_end_sessions(open_it: Open, end: str, how: str) -> None:
    events: list[tuple[str, str]] = []
    door = open_it(
        max_active=1, on_event=lambda event: events.append((event.name, event.subject)), **GIVEN
    )
    client, inside, waiting = api(door), door.confirmed(), door.visit_at()
    for was_running in (True, False):  # and once more, since the answer may have been lost
        answer = client.post(f"/rooms/main/sessions/1-1/{end}")
        assert answer.json() == {"session": "1-1", "was_running": was_running}
    assert inside.opens().headers["vwr-state"] == "ended"
    door.refresh()
    assert client.get("/rooms/main").json()["totals"][how] == 1
    assert [event for event in events if event[0] == how] == [(how, "1-1")]
    assert client.get("/rooms/main/audit").json()["audit"] == []
    assert waiting.opens().status_code == 200


def test_nobody_loses_a_place_to_a_program_that_names_another_session(
    client: httpx.Client, door: Door
) -> None:
    waiting = door.visit_at()
    for session in ("1-8", "1-9", "2-1"):
        answer = client.post(f"/rooms/main/sessions/{session}/complete")
        assert answer.json() == {"session": session, "was_running": False}
    assert client.post("/rooms/main/sessions/8/complete").status_code == 422
    door.refresh()
    told = waiting.position()
    assert (told["you"], told["position"], told["ahead"]) == ("waiting", 8, 5)


def test_the_history_is_told(client: httpx.Client, clock: Clock) -> None:
    for _ in range(3):
        clock.pass_by(11)
        client.get("/rooms")
    rows = client.get("/rooms/main/history").json()["history"]
    assert len(rows) >= 2 and rows[-1]["waiting"] == 5 and rows[-1]["active"] <= 2


def test_a_visitor_is_explained(client: httpx.Client, door: Door) -> None:
    ticket = door.visitor().opens("/tickets").cookies["vwr_main"]
    for given in ({"ticket": ticket}, {"position": 8}):
        told = client.post("/rooms/main/explain", json=given).json()
        assert (told["position"], told["you"], told["ahead"]) == (8, "waiting", 5)


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"", "application/json", 400),
        (b"{", "application/json", 400),
        (b"[]", "application/json", 422),
        (b"[" * 5000, "application/json", 400),
        (b'{"count": 1}', "text/plain", 415),
        (b'{"count": "1"}', "application/json", 422),
        (b'{"count": true}', "application/json", 422),
        (b'{"count": 1e400}', "application/json", 422),
        (b'{"count": 1, "more": 2}', "application/json", 422),
        (b'{"count": "\\ud800"}', "application/json", 400),
        (b'{"count": 1' + b" " * 70_000 + b"}", "application/json", 413),
    ],
)
def test_a_bad_body_is_the_senders_fault(
    client: httpx.Client, body: bytes, kind: str, status: int
) -> None:
    answer = client.post("/rooms/main/advance", content=body, headers={"Content-Type": kind})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status


def test_the_document_names_every_number_of_a_room(client: httpx.Client) -> None:
    described = client.get("/openapi.json").json()["components"]["schemas"]["Overview"]
    (row,) = client.get("/rooms").json()["rooms"]
    assert set(row) == set(described["properties"])


def test_the_document_says_how_an_operator_is_named(client: httpx.Client) -> None:
    pause = client.get("/openapi.json").json()["paths"]["/rooms/{name}/pause"]["post"]
    (header,) = [given["name"] for given in pause["parameters"]]
    client.post("/rooms/main/pause", headers={header: "Ann"})
    client.post("/rooms/main/resume")
    named = [row["who"] for row in client.get("/rooms/main/audit").json()["audit"]]
    assert named[:2] == ["api", "Ann"]


@pytest.mark.parametrize("path", ["/", "/rooms/none"])
def test_what_is_not_there_is_not_found(client: httpx.Client, path: str) -> None:
    assert client.get(path).status_code == 404


def test_head_is_answered_where_get_is(client: httpx.Client, operator: Operator) -> None:
    assert client.head("/rooms/main").status_code == 200
    assert operator.client.head("/vwr-admin/rooms/main").status_code == 200
    assert client.head("/rooms/main/pause").status_code == 405


def test_a_ticket_of_before_a_reset_is_not_taken_for_the_same_number_after_it(
    door: Door, client: httpx.Client
) -> None:
    old = door.visit_at()
    position = old.position()["position"]
    client.post("/rooms/main/reset", json={"confirm": "main"})
    door.refresh()
    newcomers = [door.visit_at() for _ in range(position)]
    newcomers[-1].fetches("/vwr/main/leave", "POST")
    door.refresh()
    by_number = client.post("/rooms/main/explain", json={"position": position}).json()
    by_ticket = client.post(
        "/rooms/main/explain", json={"ticket": old.client.cookies["vwr_main"]}
    ).json()
    assert (by_number["you"], by_ticket["you"]) == ("left", "reset")


def test_an_old_ticket_says_that_its_place_has_moved_or_how_its_session_ended(
    door: Door, client: httpx.Client
) -> None:
    phone, laptop = door.visit_at(), door.visitor()
    takes(laptop, code_of(phone))
    tickets = [visitor.client.cookies["vwr_main"] for visitor in (phone, laptop)]

    def told() -> list[tuple[str, str]]:
        asked = [client.post("/rooms/main/explain", json={"ticket": old}) for old in tickets]
        return [(answer.json()["you"], answer.json()["sentences"][-1]) for answer in asked]

    (moved, _), (waiting, last) = told()
    assert (moved, waiting) == ("moved", "waiting")
    assert last == "It has moved to another device once."
    client.patch("/rooms/main/settings", json={"max_active": 50})
    for _ in range(3):
        door.refresh()
        laptop.fetches("/vwr/main/token", "POST")
    client.delete("/rooms/main/sessions/1-8")
    over = ("ended", "Its session 1-8 has ended (revoked by an operator), so the ticket is spent.")
    assert told()[1] == over
    client.post("/rooms/main/reset", json={"confirm": "main"})
    assert told()[1] == over
