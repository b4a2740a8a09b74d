"""Invitations and lanes at every door: who gets in by a link, and where in line."""

import re
from typing import Any

import pytest

from tests.doors.conftest import Open
from tests.doors.test_newcomers import issued
from tests.support.doors import Door
from tests.support.visitor import Visitor
from vwr_middleware.gate.invited import Invited
from vwr_middleware.papers.invitations import Invitation
from vwr_middleware.web.http import Request

BATCH = "0a0a0a0a"


@pytest.fixture
def club(open_it: Open) -> Door:
    """A full room with a lane for members, into which only invited people come."""
    return open_it(mode="queue", lanes={"members": 0.3}, invited_only=True)


def link(door: Door, number: int = 1, lane: str = "members", seconds: int = 3600) -> str:
    invitation = Invitation(BATCH, number, lane, int(door.clock() + seconds))
    code = door.site.gates["main"].papers.invitations.sign(invitation)
    return f"/vwr/main/invitation?code={code}&next=/tickets"


def accepts(visitor: Visitor, where: str) -> Any:
    return visitor.opens(where, "POST")


def place(visitor: Visitor) -> dict[str, Any]:
    found: dict[str, Any] = visitor.position()
    return found


def test_without_an_invitation_nobody_gets_in(club: Door) -> None:
    visitor = club.visitor()
    response = visitor.opens("/tickets")
    where = response.headers["location"]
    assert (response.status_code, where) == (303, "/vwr/main/invitation?why=needed&next=/tickets")
    page = visitor.opens(where)
    assert (page.status_code, "You need an invitation" in page.text) == (403, True)
    response = club.visitor().fetches("/vwr/main/tickets", "POST")
    assert (response.status_code, response.json()["challenge"][:24]) == (
        403,
        "/vwr/main/invitation?why",
    )
    assert issued(club) == 0


def test_a_link_that_a_robot_opens_is_not_used(club: Door) -> None:
    where = link(club)
    for _ in range(3):
        page = club.visitor().opens(where)
        assert (page.status_code, "You are invited" in page.text) == (200, True)
    visitor = club.visitor()
    assert accepts(visitor, where).headers["location"] == "/tickets"
    assert visitor.opens("/tickets").status_code == 202
    assert (place(visitor)["lane"], issued(club) > 0) == ("members", True)


def test_whoever_is_first_has_it_and_keeps_it(club: Door) -> None:
    where, first, second = link(club), club.visitor(), club.visitor()
    for visitor in (first, second):
        accepts(visitor, where)
    assert first.opens("/tickets").status_code == 202
    response = second.opens("/tickets")
    assert response.headers["location"].startswith("/vwr/main/invitation?why=used")
    assert "used already" in second.opens(response.headers["location"]).text
    assert club.visitor().opens(where).status_code == 403
    number = place(first)["position"]
    for path in ("/tickets", where, "/tickets/seats"):  # a reload, the link again, a second tab
        assert first.opens(path).status_code in (200, 202)
    assert accepts(first, where).status_code == 303
    assert place(first)["position"] == number


def test_a_lost_answer_costs_nothing(club: Door) -> None:
    where, visitor = link(club), club.visitor()
    accepts(visitor, where)
    cookies = dict(visitor.client.cookies)
    assert visitor.opens("/tickets").status_code == 202
    number = place(visitor)["position"]
    again = club.visitor()
    again.client.cookies.update(cookies)  # without the ticket, which has not arrived
    assert again.opens("/tickets").status_code == 202
    assert place(again)["position"] == number


@pytest.mark.parametrize("why", ["expired", "revoked", "cut off", "of another room"])
def test_a_link_that_is_no_good_says_so_and_takes_no_number(open_it: Open, why: str) -> None:
    door = open_it(mode="queue", lanes={"members": 0.3}, invited_only=True)
    where = link(door, seconds=30)
    if why == "expired":
        door.clock.pass_by(31)
    if why == "revoked":
        assert issued(door) == 0  # which makes the room
        batch = {"count": 1, "lane": "", "expires_at": 9e9, "revoked": True}
        door.ask(lambda: door.site.store.change("main", {f"invited:{BATCH}": batch}))
        door.refresh()
    if why == "cut off":
        where = re.sub(r"code=(\S{20})\S*&", r"code=\1&", where)
    if why == "of another room":
        where = where.replace("members", "members2")
    visitor = door.visitor()
    assert visitor.opens(where).status_code == 403
    assert accepts(visitor, where).status_code == 403
    assert visitor.opens("/tickets").status_code == 303
    assert issued(door) == 0


def test_after_a_reset_the_same_link_leads_to_a_place_again(club: Door) -> None:
    where, visitor = link(club), club.visitor()
    accepts(visitor, where)
    assert visitor.opens("/tickets").status_code == 202
    club.ask(lambda: club.site.store.reset("main"))
    club.refresh()
    assert visitor.opens("/tickets").status_code == 202
    assert place(visitor)["position"] == 1


def test_a_program_brings_it_in_a_header(club: Door) -> None:
    code = re.search("code=([^&]+)", link(club))
    assert code
    headers = {"VWR-Invitation": code[1]}
    response = club.visitor().fetches("/vwr/main/tickets", "POST", headers=headers)
    assert (response.status_code, response.json()["lane"]) == (201, "members")
    response = club.visitor().fetches("/vwr/main/tickets", "POST", headers=headers)
    assert response.status_code == 403


def test_somebody_in_line_changes_lanes_by_an_invitation(open_it: Open) -> None:
    door = open_it(mode="queue", lanes={"members": 0.3})
    others = [door.visitor() for _ in range(5)]
    for visitor in others:
        visitor.opens("/tickets")
    late = others[-1]
    assert (place(late)["lane"], place(late)["position"]) == ("", 5)
    accepts(late, link(door))
    found = place(late)
    assert (found["lane"], found["position"], found["ahead"]) == ("members", 1, 0)


def test_the_app_says_who_is_in_which_lane(open_it: Open) -> None:
    door = open_it(
        mode="queue",
        lanes={"members": 0.3},
        lane=lambda request: request.header("x-lane") or None,
    )
    lanes = ["", "members", "", "nonsense", "members"]
    visitors = [door.visitor() for _ in lanes]
    pages = [
        visitor.opens("/tickets", headers={"X-Lane": lane}).text
        for visitor, lane in zip(visitors, lanes, strict=True)
    ]
    found = [place(visitor) for visitor in visitors]
    assert [each["lane"] for each in found] == ["", "members", "", "", "members"]
    assert [each["position"] for each in found] == [1, 1, 2, 3, 2]
    assert [each["ahead"] for each in found] == [0, 0, 1, 2, 1]
    assert {each["watch"] for each in found} == {"position"}
    assert found[0]["waiting"] == 5
    assert all("several lanes" in page for page in pages)
    assert ["<b>members</b>" in page for page in pages] == [False, True, False, False, True]


def test_of_two_who_come_at_once_one_has_it_and_the_other_holds_nothing(
    club: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def looked_before(invited: Invited, held: object) -> str:
        return ""  # when the worker of either looked, nobody had used it

    where, visitors = link(club), [club.visitor(), club.visitor()]
    for visitor in visitors:
        accepts(visitor, where)
    monkeypatch.setattr(Invited, "problem_of", looked_before)
    first, second = (visitor.opens("/tickets") for visitor in visitors)
    assert (first.status_code in (200, 202), second.status_code) == (True, 303)
    assert "why=used" in second.headers["location"]
    club.refresh()
    assert place(visitors[0])["lane"] == "members"
    assert club.ask(lambda: club.site.store.record("main")).sessions[1:] == []
    assert visitors[1].opens("/tickets").status_code == 303, "and again"


AT_ONE_DOOR = pytest.mark.parametrize(
    ("door_name", "store_url"), [("asgi", "sqlite")], indirect=True
)


def account(request: Request) -> str | None:
    return request.header("x-account") or None


@AT_ONE_DOOR
def test_an_invitation_that_is_handed_on_is_good_for_one_account(open_it: Open) -> None:
    door = open_it(mode="queue", lanes={"members": 0.3}, invited_only=True, identity=account)
    code = re.search("code=([^&]+)", link(door))
    assert code
    brought = {"VWR-Invitation": f"{code[1]}~0123456789abcdef"}  # and the cookie with it

    def joins(**who: str) -> Any:
        return door.visitor().fetches("/vwr/main/tickets", "POST", headers={**brought, **who})

    first, others, again = joins(**{"X-Account": "a"}), [], joins(**{"X-Account": "a"})
    others = [joins(**who).status_code for who in ({"X-Account": "b"}, {})]
    assert (first.status_code, others) == (201, [403, 403])
    assert again.json()["position"] == first.json()["position"]


@AT_ONE_DOOR
def test_an_account_in_line_gets_no_second_place_by_an_invitation(open_it: Open) -> None:
    door = open_it(mode="queue", lanes={"members": 0.3}, identity=account)
    door.visitor().opens("/tickets")
    who, visitor = {"X-Account": "a"}, door.visitor()
    visitor.opens("/tickets", headers=who)
    assert visitor.opens(link(door), "POST", headers=who).status_code == 303
    here = visitor.fetches("/vwr/main/position", headers=who).json()
    there = door.visitor().fetches("/vwr/main/tickets", "POST", headers=who).json()
    assert (here["lane"], here["position"], there["position"]) == ("", 2, 2)


@AT_ONE_DOOR
def test_a_cookie_that_a_subdomain_has_set_hides_no_invitation(club: Door) -> None:
    guest, name = club.visitor(), "vwr_main_invitation"
    accepts(guest, link(club))
    both = f"a_{name}=1; {name}=forged; {name}={guest.client.cookies[name]}"
    assert club.visitor().opens("/tickets", headers={"Cookie": both}).status_code == 202
