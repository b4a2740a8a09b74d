"""A report tells of each draw of its time, with its proof and whether that verifies."""

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.doors.test_draw import OPENS, registering
from tests.panel.conftest import Open
from tests.support.clock import Clock
from tests.support.doors import Door
from tests.support.panel import GIVEN, PAGE, api, signed_in
from vwr_middleware.cli.commands import vwr
from vwr_middleware.draw.record import read_record
from vwr_middleware.keys import Keys
from vwr_middleware.papers.tickets import Tickets
from vwr_middleware.report.draws import DrawSources, draws_of

FILE = "/vwr/main/draw.json"


def report(door: Door) -> Any:
    door.refresh()
    return api(door).get("/rooms/main/report", params={"since": "3h"}).json()


@pytest.fixture
def door(open_it: Open) -> Door:
    """A room in which five have registered, and a worker has told the fingerprint."""
    door = registering(open_it, draw_beacon="3 14 15", **GIVEN)
    for _ in range(5):
        door.visit_at()
    door.refresh()
    door.visitor().fetches(FILE)  # a reading, by which the store is told
    return door


def test_before_the_draw_it_tells_the_fingerprint_and_no_more(door: Door) -> None:
    (draw,) = report(door)["draws"]
    shown = door.visitor().fetches(FILE).json()
    assert (draw["is_made"], draw["count"], draw["at"]) == (False, 5, OPENS)
    assert draw["verifies"] is None and "still to be made" in draw["why"]
    assert draw["proof"] == shown and "seed" not in shown


def test_after_the_draw_it_has_what_is_published_and_says_that_it_fits(
    door: Door, tmp_path: Path
) -> None:
    door.refresh(60)
    (draw,) = report(door)["draws"]
    assert draw["proof"] == door.visitor().fetches(FILE).json()
    assert (draw["count"], draw["verifies"], draw["file"]) == (5, True, FILE)
    assert read_record(draw["proof"]).beacon == "3 14 15"
    saved = tmp_path / "draw.json"
    saved.write_text(json.dumps(draw["proof"]))
    checked = CliRunner().invoke(vwr, ["verify-draw", str(saved), "--number", "3"])
    assert "number 3 got place" in checked.output, "the proof alone is enough"


def test_a_draw_can_be_proven_when_another_line_has_begun(door: Door) -> None:
    door.refresh(60)
    published = door.visitor().fetches(FILE).json()
    api(door).post("/rooms/main/reset", json={"confirm": "main"})
    door.refresh()
    (draw,) = report(door)["draws"]
    assert (draw["verifies"], draw["file"]) == (True, None)
    assert {**draw["proof"], "drawn_at": published["drawn_at"]} == published


def test_a_draw_in_lanes_is_told_and_proven_with_each_of_them(
    open_it: Open, tmp_path: Path
) -> None:
    door = registering(open_it, lanes={"members": 0.3}, lane=lambda _: "members", **GIVEN)
    for _ in range(5):
        door.visit_at()
    door.refresh()
    shown = door.visitor().fetches(FILE).json()
    (to_come,) = report(door)["draws"]
    assert to_come["proof"] == shown and shown["lanes"][1] == {"lane": "members", "count": 5}
    door.refresh(60)
    published = door.visitor().fetches(FILE).json()
    (draw,) = report(door)["draws"]
    assert (draw["count"], draw["verifies"], draw["proof"]) == (5, True, published)
    page = signed_in(door).open("/rooms/main/report?since=3h").text
    assert "<bdi>everybody else</bdi> 0, <bdi>members</bdi> 5" in page
    api(door).post("/rooms/main/reset", json={"confirm": "main"})
    door.refresh()
    (draw,) = report(door)["draws"]
    assert (draw["verifies"], draw["file"]) == (True, None), "also once another line has begun"
    assert {**draw["proof"], "drawn_at": published["drawn_at"]} == published
    saved = tmp_path / "draw.json"
    saved.write_text(json.dumps(draw["proof"]))
    asked = ["verify-draw", str(saved), "--lane", "members", "--number", "3"]
    assert "number 3 in the lane members got place" in CliRunner().invoke(vwr, asked).output


def test_the_page_and_the_table_tell_it_too(door: Door) -> None:
    operator = signed_in(door)
    door.refresh(60)
    page = operator.open("/rooms/main/report?since=3h").text
    proof = door.visitor().fetches(FILE).json()
    for told in ("5 registrations got their places by lot", proof["seed"], proof["commitment"]):
        assert told in page
    assert "It fits:" in page and FILE in page and "3 14 15" in page
    text = operator.open("/rooms/main/report.csv?since=3h").text
    steps, _, draws = text.partition("\r\n\r\n")
    assert steps.startswith("time,at,seconds")
    (row,) = csv.DictReader(draws.splitlines())
    assert (row["registrations"], row["verifies"], row["beacon"]) == ("5", "yes", "3 14 15")
    assert (row["commitment"], row["seed"]) == (proof["commitment"], proof["seed"])
    german = operator.client.get(
        "/vwr-admin/rooms/main/report?since=3h", headers={**PAGE, "Accept-Language": "de"}
    ).text
    assert '<html lang="de" dir="ltr">' in german and "It fits" not in german


def test_no_report_tells_the_seed_of_a_draw_to_come(door: Door) -> None:
    """Not even where a room was restored, and the one in its place had drawn in a generation of the
    same number."""
    program, room_id = api(door), "ab" * 8
    door.refresh(60)
    assert program.patch("/rooms/main/settings", json={"opens_at": door.clock() + 1000}).is_success
    restored = {"confirm": "main", "room_id": room_id, "queue": 10, "serving": 0, "active": 0}
    answer = program.post("/rooms/main/restore", json={**restored, "generation": 1})
    assert answer.is_success, answer.text
    made, to_come = report(door)["draws"]
    assert made["proof"]["generation"] == to_come["proof"]["generation"] == 1
    assert (made["is_made"], to_come["is_made"]) == (True, False)
    seed = door.site.gates["main"].papers.tickets.seeds.seed(room_id, 1).hex()
    for kind in ("", ".csv", ".json"):
        told = signed_in(door).open(f"/rooms/main/report{kind}?since=3h")
        assert told.status_code == 200 and seed not in told.text
    assert made["verifies"] is None and "another line" in made["why"]


@pytest.mark.parametrize("begins", ["=", "+", "-", "@"])
def test_no_spreadsheet_takes_what_an_operator_has_typed_for_a_formula(
    open_it: Open, begins: str
) -> None:
    door = registering(open_it, **GIVEN)
    door.visit_at()
    typed = f'{begins}HYPERLINK("https://elsewhere.example")'
    set_to = api(door).patch("/rooms/main/settings", json={"draw_beacon": typed})
    assert set_to.status_code == 200, set_to.text
    door.refresh(60)
    text = signed_in(door).open("/rooms/main/report.csv?since=3h").text
    rows = list(csv.reader(text.splitlines()))
    assert f"'{typed}" in rows[-1]
    assert not [cell for row in rows for cell in row if cell.startswith(tuple("=+-@"))]
    (draw,) = report(door)["draws"]
    assert draw["proof"]["beacon"]["value"] == typed


def test_a_draw_of_another_secret_does_not_fit_and_without_one_it_is_not_known(
    door: Door, clock: Clock
) -> None:
    door.refresh(60)
    api(door).get("/rooms/main")
    rows = api(door).get("/rooms/main/audit").json()["audit"]
    (view,) = door.site.store_access.views.values()
    assert view.room is not None
    sources = DrawSources(view.room, view.settings, None, "/vwr")
    (unknown,) = draws_of(sources, rows, 0.0, clock.now)
    assert unknown["verifies"] is None and "secret key" in unknown["why"]
    other = Tickets(Keys(["another secret, which was not there"], "vwr"), "main").seeds
    (wrong,) = draws_of(replace(sources, seeds=other), rows, 0.0, clock.now)
    assert wrong["verifies"] is False and "not the one that was committed to" in wrong["why"]
