"""The panel and its API while the store is away."""

from html import unescape

import pytest

from tests.support.doors import Door
from tests.support.panel import Operator, api
from vwr_middleware.panel.pages import STORE_DOWN, STORE_SILENT_TO_READ

ROOM = "/rooms/main"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", f"{ROOM}/history", None),
        ("GET", f"{ROOM}/sessions", None),
        ("GET", f"{ROOM}/ended", None),
        ("POST", f"{ROOM}/advance", {"count": 1}),
        ("PATCH", f"{ROOM}/settings", {"max_active": 5}),
        ("DELETE", f"{ROOM}/sessions/1-1", None),
        ("POST", f"{ROOM}/sessions/1-1/complete", None),
        ("POST", f"{ROOM}/explain", {"position": 1}),
    ],
)
def test_a_program_is_told_to_try_again(
    door: Door, operator: Operator, method: str, path: str, body: dict[str, int] | None
) -> None:
    door.store.is_off = True
    answer = api(door).request(method, path, json=body)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "the store does not answer" in answer.json()["detail"]


def test_an_operator_is_told_so_who_looks_a_visitor_up(door: Door, operator: Operator) -> None:
    door.store.is_off = True
    page = operator.send("explain", visitor="1")
    assert page.status_code == 503 and STORE_SILENT_TO_READ in unescape(page.text)


def test_nobody_is_told_that_nothing_was_changed_or_that_nobody_is_inside(
    door: Door, operator: Operator
) -> None:
    door.visit_at()
    before = operator.open(ROOM).text
    assert "Nothing yet." in before and "Not known" not in before
    door.store.is_off = True
    door.clock.pass_by(40)
    page = operator.open(ROOM).text
    assert "1 inside" in page and "these numbers are 40 s old" in page
    assert page.count("Not known while the store does not answer.") == 4
    assert "Nothing yet." not in page and "Nobody is inside." not in page and "None yet" not in page


def test_the_list_of_rooms_says_whether_the_store_answers(door: Door, operator: Operator) -> None:
    for is_off, word in ((False, "ok"), (True, "down")):
        door.store.is_off = is_off
        door.refresh()
        (row,) = api(door).get("/rooms").json()["rooms"]
        assert (row["store"], row["state"]) == (word, "open")


def test_a_worker_that_has_not_seen_its_store_yet_says_so(door: Door, operator: Operator) -> None:
    door.site.store_access.views["main"].adopt()  # as if it had only just begun
    door.store.is_off = True
    page = operator.open()
    assert page.status_code == 503 and "main" in page.text
    assert operator.open("/").status_code == 200
    assert operator.open(f"{ROOM}/live").status_code == 503
    assert operator.act("pause").json() == {"problem": STORE_DOWN}
    assert api(door).get("/rooms").json()["rooms"] == [
        {"room": "main", "state": "unknown", "store": "down", "alarms": []}
    ]
    assert api(door).get(ROOM).status_code == 503
