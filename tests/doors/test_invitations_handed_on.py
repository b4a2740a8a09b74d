"""An invitation that goes from hand to hand, or from one device of its guest to another."""

from functools import partial
from typing import Any

import pytest

from tests.doors.conftest import Open
from tests.doors.test_invitations import AT_ONE_DOOR, accepts, account, link, place
from tests.doors.test_newcomers import issued
from tests.support.doors import Door
from tests.support.resume import code_of, takes
from tests.support.visitor import TICKET, Visitor, is_inside
from vwr_middleware.errors import StoreBusy
from vwr_middleware.gate.invited import Invited

HELD = "vwr_main_invitation"


@pytest.fixture
def club(open_it: Open) -> Door:
    """A room for one at a time, into which only invited people come."""
    return open_it(max_active=1, lanes={"members": 0.3}, invited_only=True)


def guest(door: Door, where: str) -> Visitor:
    """Somebody who has opened an invitation, and then the room."""
    visitor = door.visitor()
    assert accepts(visitor, where).status_code == 303
    visitor.opens()
    return visitor


def inside(door: Door, where: str) -> Visitor:
    """The same of somebody who has gone in."""
    visitor = guest(door, where)
    assert is_inside(visitor.opens())
    return visitor


def joins_again(visitor: Visitor) -> None:
    """Somebody presses the button of the page that says that the place is over."""
    visitor.opens("/vwr/main/leave?join=1&next=/tickets", "POST")


def with_cookie_of(door: Door, holder: Visitor) -> Visitor:
    """Somebody to whom the holder has handed on all that the browser knows of the invitation."""
    other = door.visitor()
    other.client.cookies.set(HELD, holder.client.cookies[HELD])
    return other


def why(visitor: Visitor) -> str:
    """What is wrong with an invitation, when its holder opens the room."""
    answer = visitor.opens()
    assert answer.status_code == 303, answer.text
    found: str = answer.headers["location"].partition("why=")[2].partition("&")[0]
    return found


def test_one_after_the_other_does_not_come_in_by_one_invitation(club: Door) -> None:
    where = link(club)
    first = inside(club, where)
    heirs = [with_cookie_of(club, first) for _ in range(3)]
    club.frees_a_slot(first)
    before = issued(club)
    joins_again(first)
    assert [why(each) for each in (*heirs, first)] == ["used"] * 4
    assert [accepts(heir, where).status_code for heir in heirs] == [303] * 3
    assert {heir.sends("/vwr/main/tickets").status_code for heir in heirs} == {403}
    held = {"VWR-Invitation": first.client.cookies[HELD]}
    assert club.visitor().sends("/vwr/main/tickets", headers=held).status_code == 403
    assert issued(club) == before, "and nobody has taken a number"


def test_all_who_share_one_invitation_share_one_place_and_one_slot(club: Door) -> None:
    inside(club, link(club, 1))
    first = guest(club, link(club, 2))
    second = with_cookie_of(club, first)
    assert second.opens().status_code == 202
    assert place(first)["position"] == place(second)["position"]
    assert club.visitor().fetches("/vwr/main/status").json()["waiting"] == 1


def test_whoever_leaves_before_going_in_may_come_again_behind_the_others(club: Door) -> None:
    inside(club, link(club, 1))
    first, second = guest(club, link(club, 2)), guest(club, link(club, 3))
    club.refresh()
    first.opens("/vwr/main/leave?sure=1", "POST")
    joins_again(first)
    assert first.opens().status_code == 202
    assert place(first)["position"] > place(second)["position"]


def test_a_place_that_moved_takes_the_invitation_along(club: Door) -> None:
    staff = inside(club, link(club, 1))
    where = link(club, 2)
    laptop, phone = guest(club, where), club.visitor()
    assert takes(phone, code_of(laptop)).json()["you"] == "waiting"
    assert "Your place is on another device" in laptop.opens().text
    laptop.client.cookies.delete(TICKET)
    assert why(laptop) == "moved"
    page = laptop.opens("/vwr/main/invitation?why=moved&next=/tickets")
    assert (page.status_code, "Your place is on another device" in page.text) == (403, True)
    assert 'href="/vwr/main/resume?next=/tickets">Move a place to this device' in page.text
    club.frees_a_slot(staff)
    phone.position()
    assert is_inside(phone.opens()), "though this device has never seen the invitation"
    assert why(laptop) == "moved"
    club.frees_a_slot(phone)
    assert why(laptop) == "used"


def test_the_link_on_a_second_device_says_how_the_place_gets_there(club: Door) -> None:
    inside(club, link(club, 1))
    where = link(club, 2)
    phone, laptop = guest(club, where), club.visitor()
    for address in (where, laptop.opens().headers["location"]):
        page = laptop.opens(address)
        assert page.status_code == 403
        assert "you can move it from there to this one" in page.text
        assert 'href="/vwr/main/resume?next=/tickets"' in page.text
    assert laptop.fetches(where).json() == {"invitation": "used"}
    number = place(phone)["position"]
    assert takes(laptop, code_of(phone)).status_code == 200
    assert laptop.opens().status_code == 202
    assert (place(laptop)["position"], place(laptop)["lane"]) == (number, "members")


@AT_ONE_DOOR
def test_without_codes_no_page_speaks_of_another_device(open_it: Open) -> None:
    door = open_it(mode="queue", invited_only=True, resume=False)
    page = door.visitor().opens("/vwr/main/invitation?why=used&next=/tickets")
    assert (page.status_code, "another device" in page.text) == (403, False)


@AT_ONE_DOOR
def test_elsewhere_it_leads_to_the_main_line_after_the_visit(open_it: Open) -> None:
    door = open_it(max_active=1, lanes={"members": 0.3})
    first = inside(door, link(door))
    door.frees_a_slot(first)
    door.confirmed()
    joins_again(first)
    first.opens()
    assert place(first)["lane"] == ""


@AT_ONE_DOOR
def test_whom_the_app_knows_may_come_again(open_it: Open) -> None:
    door = open_it(max_active=1, invited_only=True, identity=account)
    first = door.visitor()
    first.client.headers["X-Account"] = "a"
    where = link(door, lane="")
    for _ in range(2):
        assert accepts(first, where).status_code == 303
        first.opens()
        assert is_inside(first.opens())
        door.frees_a_slot(first)
        joins_again(first)


@AT_ONE_DOOR
def test_a_lane_that_is_gone_or_comes_back_costs_nobody_the_place(open_it: Open) -> None:
    door = open_it(max_active=1, lanes={"members": 0.3})
    door.confirmed()
    where, other_link = link(door, 1, lane="of-before"), link(door, 2, lane="never")
    invited, other = guest(door, where), door.visit_at()
    door.visit_at()
    before = [("waiting", place(each)["position"]) for each in (invited, other)]
    for lanes in ({"members": 0.3}, {"members": 0.3, "of-before": 0.1}):
        door.ask(partial(door.site.store.change, "main", {"lanes": lanes}))
        door.refresh()
        assert (accepts(invited, where).status_code, accepts(other, other_link).status_code) == (
            303,
            303,
        )
        found = [place(each) for each in (invited, other)]
        assert [(each["you"], each["position"]) for each in found] == before


@AT_ONE_DOOR
def test_answers_that_get_lost_on_the_way_cost_nobody_the_invitation(
    open_it: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    door = open_it(max_active=1, lanes={"members": 0.3}, invited_only=True)
    where, used = link(door), door.site.store.use_once

    async def answers_late(*args: Any, **more: Any) -> int:
        await used(*args, **more)
        raise StoreBusy("the answer came too late")

    first, other = door.visitor(), door.visitor()
    for visitor in (first, other):
        assert accepts(visitor, where).status_code == 303
    monkeypatch.setattr(door.store, "use_once", answers_late, raising=False)
    assert first.opens().headers["vwr-state"] == "store-down"
    monkeypatch.undo()
    door.refresh(5)
    assert is_inside(first.opens())
    assert why(other) == "used"


@AT_ONE_DOOR
def test_joins_that_are_broken_off_bring_no_two_places_by_one_invitation(
    open_it: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    join_and_break_off(open_it, monkeypatch, "", "")


@AT_ONE_DOOR
def test_joins_that_two_accounts_break_off_bring_no_two_places_by_one_invitation(
    open_it: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    join_and_break_off(open_it, monkeypatch, "a", "b")


def join_and_break_off(open_it: Open, monkeypatch: pytest.MonkeyPatch, *accounts: str) -> None:
    """Two have places by one invitation, and the store was not asked to use it up: one keeps it."""

    async def breaks_off(*args: Any, **more: Any) -> int:
        raise StoreBusy("before the store was asked to use it up")

    async def looked_before(invited: Invited, held: object) -> str:
        return ""  # when the workers of both looked, nobody had used it

    door = open_it(max_active=1, lanes={"members": 0.3}, invited_only=True, identity=account)
    inside(door, link(door, 1))
    where, used = link(door, 2), door.store.use_once
    guests = [door.visitor() for _ in accounts]
    for one, who in zip(guests, accounts, strict=True):
        one.client.headers["X-Account"] = who
        assert accepts(one, where).status_code == 303
    monkeypatch.setattr(door.store, "use_once", breaks_off, raising=False)
    monkeypatch.setattr(Invited, "problem_of", looked_before)
    for one in guests:
        assert one.opens().headers["vwr-state"] == "store-down"
        door.refresh(5)
    monkeypatch.setattr(door.store, "use_once", used)
    assert guests[0].opens().status_code == 202
    assert why(guests[1]) == "used"
