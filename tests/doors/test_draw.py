"""Whoever comes before the opening registers, and has a place by lot from the opening on."""

from typing import Any

import pytest

from tests.doors.conftest import Open
from tests.support.doors import Door
from tests.support.lost import lose_all
from tests.support.resume import code_of, takes
from tests.support.visitor import TICKET, Visitor, is_inside, set_cookies
from vwr_middleware.line.constants import SETTLING

OPENS = 1_800_000_060.0


def registering(open_it: Open, **given: Any) -> Door:
    """A room that opens in a minute."""
    return open_it(**{"max_active": 2, "draw": True, "opens_at": OPENS, **given})


def opens(door: Door) -> None:
    """The opening, and the moment in which pages look where they stand."""
    door.refresh(60)


def starts(door: Door, *people: Visitor) -> None:
    """These look where they stand, until those of them are called for whom there is space."""
    for _ in range(12):
        for person in people:
            person.position()
        door.refresh(1.5)


def test_people_who_register_read_their_number_and_when_the_draw_is(open_it: Open) -> None:
    door = registering(open_it)
    door.visit_at()
    visitor = door.visitor()
    page = visitor.opens()
    assert page.status_code == 202
    assert "<h1 id=heading tabindex=-1>You are registered</h1>" in page.text
    assert "<dd id=position>2</div>" in page.text
    door.refresh()
    told = visitor.position()
    assert (told["you"], told["position"], told["ahead"]) == ("waiting", 2, None)
    assert (told["draw"], told["registered"], told["opens_at"]) == ("registering", 2, OPENS)
    assert (told["wait_seconds"], told["may_enter"]) == (None, False)
    assert len(told["commitment"]) == 64


def test_the_opening_gives_each_of_them_a_place_and_later_ones_are_behind(open_it: Open) -> None:
    door = registering(open_it)
    people = [door.visit_at() for _ in range(9)]
    opens(door)
    late = door.visit_at()
    places = [person.position()["position"] for person in people]
    assert sorted(places) == [*range(1, 10)]
    assert places != [*range(1, 10)], "the chance that they are is one in 362,880"
    told = late.position()
    assert (told["position"], told["draw"], told["registered"]) == (10, "drawn", 9)
    assert [person.position()["position"] for person in people] == places


def test_the_first_who_are_there_come_in(open_it: Open) -> None:
    door = registering(open_it)
    people = [door.visit_at() for _ in range(6)]
    opens(door)
    people.sort(key=lambda person: person.position()["position"])
    away, *there = people
    starts(door, *there)
    entered = [is_inside(person.opens()) for person in there]
    assert entered == [True, True, False, False, False], "nobody waits for who is not there"
    assert not is_inside(away.opens())


def test_a_ticket_from_before_the_draw_is_worth_the_same_for_ever(open_it: Open) -> None:
    door = registering(open_it)
    people = [door.visit_at() for _ in range(5)]
    phone = people[2]
    before = phone.client.cookies[TICKET]
    opens(door)
    people[0].position()  # who looks first has the room read
    place = phone.position()["position"]
    page = phone.opens()
    assert TICKET in set_cookies(page), "whoever loads the page has a new one"
    assert phone.client.cookies[TICKET] != before
    assert TICKET not in set_cookies(phone.opens()), "once"
    assert phone.position()["position"] == place
    other_tab = door.visitor()
    told = other_tab.fetches("/vwr/main/position", headers={"VWR-Ticket": before}).json()
    assert (told["you"], told["position"]) == ("waiting", place)
    joined = other_tab.sends("/vwr/main/tickets", headers={"VWR-Ticket": before})
    assert (joined.status_code, joined.json()["position"]) == (200, place)


def test_each_worker_draws_the_same(open_it: Open) -> None:
    door = registering(open_it)
    other = registering(open_it)
    people = [door.visit_at() for _ in range(7)]
    opens(door)
    here = [person.position()["position"] for person in people]
    tickets = [person.client.cookies[TICKET] for person in people]
    there = [
        other.visitor().fetches("/vwr/main/position", headers={"VWR-Ticket": ticket}).json()
        for ticket in tickets
    ]
    assert [told["position"] for told in there] == here
    assert len({told["generation"] for told in there}) == 1


def test_a_place_goes_to_another_device_before_the_draw_and_after_it(open_it: Open) -> None:
    door = registering(open_it)
    door.visit_at()
    phone, laptop, tablet = door.visit_at(), door.visitor(), door.visitor()
    assert takes(laptop, code_of(phone)).json()["position"] == 2
    code = code_of(laptop)
    opens(door)
    place = laptop.position()["position"]
    assert phone.position()["you"] == "moved"
    moved = takes(tablet, code)
    assert (moved.status_code, moved.json()["position"]) == (200, place)
    assert tablet.position()["position"] == place
    assert laptop.position()["you"] == "moved"
    assert phone.position()["you"] == "moved"
    assert takes(phone, code_of(tablet)).json()["position"] == place


def test_whoever_has_left_before_the_draw_has_no_place_and_nobody_waits_for_it(
    open_it: Open,
) -> None:
    door = registering(open_it)
    people = [door.visit_at() for _ in range(4)]
    copies = [person.client.cookies[TICKET] for person in people]
    gone, *there = people
    gone.sends("/vwr/main/leave")
    opens(door)
    assert gone.position()["you"] == "left"
    other_tab = door.visitor().fetches("/vwr/main/position", headers={"VWR-Ticket": copies[0]})
    assert other_tab.json()["you"] == "left"
    there.sort(key=lambda person: person.position()["position"])
    starts(door, *there)
    assert [is_inside(person.opens()) for person in there] == [True, True, False]


def test_whoever_gives_a_place_up_at_the_very_opening_has_given_it_up(open_it: Open) -> None:
    door = registering(open_it)
    person = door.visit_at()
    door.visit_at()
    copy = person.client.cookies[TICKET]
    other = registering(open_it)
    other.visit_at()  # so that another worker draws, of which this one has not heard
    door.clock.pass_by(60.5)
    other.refresh(0)
    other.visit_at()
    assert person.sends("/vwr/main/leave").status_code == 200
    door.refresh()
    told = door.visitor().fetches("/vwr/main/position", headers={"VWR-Ticket": copy}).json()
    assert told["you"] == "left"


def test_an_account_has_one_place_before_the_draw_and_after_it(open_it: Open) -> None:
    door = registering(open_it, identity=lambda request: request.header("x-who") or None)
    person: dict[str, Any] = {"headers": {"X-Who": "ann"}}
    phone, laptop = door.visitor(), door.visitor()
    door.visit_at()
    phone.opens(**person)
    assert laptop.opens(**person).status_code == 202
    assert laptop.position()["position"] == phone.position()["position"] == 2
    opens(door)
    place = phone.position()["position"]
    tablet = door.visitor()
    tablet.opens(**person)
    assert tablet.position()["position"] == place
    joined = door.visitor().sends("/vwr/main/tickets", **person)
    assert (joined.status_code, joined.json()["position"]) == (200, place)


def test_whoever_comes_before_the_registration_has_no_place_and_reads_when_it_begins(
    open_it: Open,
) -> None:
    door = registering(open_it, draw_from=OPENS - 30)
    visitor = door.visitor()
    page = visitor.opens()
    assert TICKET not in set_cookies(page)
    assert "<h1 id=heading tabindex=-1>Not open yet</h1>" in page.text
    assert "Registration begins on 15 January 2027 at 08:00 UTC." in page.text
    joined = visitor.sends("/vwr/main/tickets")
    assert (joined.status_code, joined.json()["draw"], joined.json()["position"]) == (
        *(503, "early"),
        None,
    )
    assert 5 <= joined.json()["retry_after"] <= 60
    door.refresh(31)
    assert visitor.opens().status_code == 202
    assert visitor.position()["position"] == 1


def test_pages_ask_within_a_moment_after_the_opening(open_it: Open) -> None:
    door = registering(open_it)
    visitor = door.visit_at()
    assert 2 <= visitor.position()["retry_after"] <= 12
    door.refresh(57)
    assert visitor.position()["retry_after"] == 2


def test_a_store_that_loses_the_room_after_the_draw_has_it_again_from_a_worker(
    open_it: Open,
) -> None:
    door = registering(open_it)
    people = [door.visit_at() for _ in range(6)]
    opens(door)
    places = [person.position()["position"] for person in people]
    door.refresh()
    people[0].position()
    lose_all(door.site.settings.store)
    door.refresh(SETTLING + 1)
    assert [person.position()["position"] for person in people] == places
    door.refresh(SETTLING + 1)
    assert door.visit_at().position()["position"] >= 7


def test_a_room_without_a_draw_says_nothing_of_one(open_it: Open) -> None:
    door = open_it(opens_at=OPENS)
    told = door.visit_at().position()
    assert not told.keys() & {"draw", "draw_from", "registered", "commitment"}
    assert told["ahead"] == 0


@pytest.mark.parametrize("public", [True, False])
def test_how_many_are_registered_is_as_public_as_other_numbers(
    open_it: Open, *, public: bool
) -> None:
    door = registering(open_it, public_numbers=public)
    told = door.visit_at().position()
    assert ("registered" in told) == public
