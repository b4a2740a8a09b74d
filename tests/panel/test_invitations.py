"""Invitations by the API and in the panel: made, used, listed, revoked, and noted; lanes in numbers
and metrics."""

import csv
import re
from io import StringIO
from typing import Any

import httpx
import pytest

from tests.panel.conftest import Open
from tests.support.doors import DOORS, Door
from tests.support.panel import GIVEN, PAGE, VIEWER, Operator, api, audit, numbers, signed_in
from tests.support.visitor import Visitor
from vwr_middleware.panel.words import field_moment

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
    assert (row["used"], row["note"]) == (1, "")
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
        ({"count": 1, "note": "x" * 101}, "note"),
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


def test_batches_that_have_expired_make_room_for_others(
    club: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vwr_middleware.panel.invitations.BATCHES_MOST", 2)
    make = {"count": 1, "valid_seconds": 60}
    answers = [api(club).post(WHERE, json=make) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 422]
    assert "2 batches that have not expired" in answers[2].text
    club.refresh(61)
    assert api(club).post(WHERE, json=make).status_code == 200
    assert len(api(club).get(WHERE).json()["batches"]) == 1


# In the panel.


def fields(door: Door, **more: str) -> dict[str, str]:
    """The form as somebody fills it in whose browser runs no script."""
    until = field_moment(door.clock() + 86400)
    return {"count": "3", "lane": "members", "until": until, "offset-until": "+00:00", **more}


def makes(operator: Operator, **given: str) -> httpx.Response:
    data = {"csrf": operator.csrf, **given}
    return operator.client.post(f"/vwr-admin{WHERE}", data=data, headers=PAGE)


def made_by(operator: Operator, **given: str) -> str:
    """The batch that somebody makes there."""
    answer = makes(operator, **given)
    assert answer.status_code == 303, answer.text
    batch: str = answer.headers["location"].partition("?batch=")[2]
    return batch


def links_on(page: httpx.Response) -> list[str]:
    return re.findall(r"http://shop\.example/vwr/main/invitation\?code=[\w.-]+", page.text)


@pytest.mark.parametrize("name", DOORS)
def test_the_panel_makes_shows_and_revokes_a_batch_without_scripts(
    open_it: Open, name: str
) -> None:
    club = open_it(name, mode="paused", lanes={"members": 0.3}, invited_only=True, **GIVEN)
    operator = signed_in(club)
    assert "There are no invitations." in operator.open(WHERE).text
    batch = made_by(operator, **fields(club, note="Fan club"))
    page = operator.open(f"{WHERE}?batch={batch}")
    links = links_on(page)
    assert (len(links), "3 invitations" in page.text, "0 of 3 used" in page.text) == (3, True, True)
    table = operator.client.get(f"/vwr-admin{WHERE}/{batch}.csv")
    assert table.headers["content-disposition"] == f'attachment; filename="main-{batch}.csv"'
    assert table.headers["cache-control"] == "private, no-store"
    rows = [*csv.DictReader(StringIO(table.text))]
    assert [row["link"] for row in rows] == links
    guest = club.visitor()
    guest.opens(links[0].removeprefix("http://shop.example"), "POST")
    assert guest.opens("/tickets").status_code == 202
    assert "1 of 3 used" in operator.open(WHERE).text
    asks = operator.send("revoke-invitations", batch=batch)
    assert "Its links let nobody in any more, for good." in asks.text
    assert f'href="/vwr-admin{WHERE}">Change nothing' in asks.text
    done = operator.send("revoke-invitations", batch=batch, sure="yes")
    assert "This batch is revoked." in done.text and "Make invitations" in done.text
    assert accepted(club, links[1].partition("=")[2]).opens("/tickets").status_code == 303
    noted = [(who, what) for who, what, *_ in audit(club)]
    assert noted == [("Ann", f"invited:{batch}")] * 2
    assert "Fan club" in str(audit(club)[0])


def test_a_form_that_is_sent_twice_makes_one_batch(club: Door) -> None:
    operator = signed_in(club)
    page = operator.open(WHERE)
    new = re.search(r'name="batch" value="(\w+)"', page.text)
    assert new
    assert {made_by(operator, **fields(club, batch=new[1])) for _ in range(2)} == {new[1]}
    assert made_by(operator, **fields(club, batch="../x")) not in (new[1], "../x")
    assert len(audit(club)) == 2


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"count": "many"}, "count must be a whole number"),
        ({"count": "10001"}, "make several batches"),
        ({"lane": "vips"}, "there is no lane &#39;vips&#39;"),
        ({"until": ""}, "the time must be a time"),
        ({"until": "2020-01-01T00:00"}, "for a minute at least"),
        ({"note": "x" * 101}, "at most 100 characters"),
    ],
)
def test_what_makes_no_sense_says_why_and_keeps_what_was_typed(
    club: Door, given: dict[str, str], told: str
) -> None:
    operator = signed_in(club)
    answer = makes(operator, **fields(club, **{"note": "Press", **given}))
    assert (answer.status_code, told in answer.text) == (422, True), answer.text
    assert f'value="{given.get("note", "Press")}"' in answer.text
    assert api(club).get(WHERE).json() == {"batches": []}


def test_whoever_may_only_look_gets_no_link(club: Door) -> None:
    batch = made_by(signed_in(club), **fields(club))
    viewer = signed_in(club, VIEWER)
    page = viewer.open(f"{WHERE}?batch={batch}")
    assert (page.status_code, links_on(page), "0 of 3 used" in page.text) == (200, [], True)
    assert viewer.client.get(f"/vwr-admin{WHERE}/{batch}.csv").status_code == 403
    assert makes(viewer, **fields(club)).status_code == 403
    assert viewer.act("revoke-invitations", batch=batch).status_code == 403


def test_neither_another_site_nor_a_stranger_makes_or_reads_any(club: Door) -> None:
    operator = signed_in(club)
    batch = made_by(operator, **fields(club))
    stranger = Operator.at(club)
    assert stranger.client.get(f"/vwr-admin{WHERE}/{batch}.csv").status_code != 200
    assert links_on(stranger.open(f"{WHERE}?batch={batch}")) == []
    operator.csrf = "0" * 64
    assert makes(operator, **fields(club)).status_code == 403
    operator = signed_in(club)
    operator.client.headers["Sec-Fetch-Site"] = "cross-site"
    assert makes(operator, **fields(club)).status_code == 403
    assert len(api(club).get(WHERE).json()["batches"]) == 1


@pytest.mark.parametrize("batch", ["0a0a0a0a", "x"])
def test_a_batch_that_there_is_not_has_no_links(club: Door, batch: str) -> None:
    operator = signed_in(club)
    assert operator.client.get(f"/vwr-admin{WHERE}/{batch}.csv", headers=PAGE).status_code == 404
    assert links_on(operator.open(f"{WHERE}?batch={batch}")) == []
    assert operator.act("revoke-invitations", batch=batch).status_code == 404


def test_where_the_panel_has_a_host_of_its_own_links_lead_to_the_site(open_it: Open) -> None:
    def beginning(**more: Any) -> str:
        door = open_it(mode="queue", admin_hosts=["shop.example"], **more, **GIVEN)
        operator = signed_in(door)
        found = re.search("Links begin with <code>([^<]+)", operator.open(WHERE).text)
        assert found
        return found[1]

    assert beginning() == "http://shop.example/vwr"
    assert beginning(site_url="https://www.example/events") == "https://www.example/vwr"


def test_the_room_leads_to_its_invitations_in_the_language_of_the_operator(club: Door) -> None:
    operator = signed_in(club)
    operator.client.headers["Accept-Language"] = "de"
    assert f'href="/vwr-admin{WHERE}"' in operator.open().text
    page = operator.open(WHERE).text
    assert ("Einladungen erstellen" in page, "Es gibt keine Einladungen." in page) == (True, True)
    refused = makes(operator, **fields(club, count="0")).text
    assert "Für mehr erstellen Sie mehrere Serien" in refused
