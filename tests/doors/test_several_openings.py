"""Where a room opens several times: a line that ends with its opening says why to whoever was in
it, and an opening that is moved, or comes while the store is away, costs nobody a place."""

from typing import Any

import pytest

from tests.doors.conftest import Open
from tests.support.doors import Door
from tests.support.faults import fault
from tests.support.visitor import Visitor, is_inside

STARTS = 1_800_000_000.0
NOTE = "<p id=notice class=note>{}</p>"
OVER = "The line ended with its opening: for the next one, everybody joins anew."
RESTARTED = NOTE.format("The line was restarted, so you have a new place.")


def in_line_as_it_closes(open_it: Open, **second: Any) -> tuple[Door, Visitor]:
    """Somebody in a line whose opening is over in a hundred seconds, and was a minute ago as this
    returns; the next opening is more than an hour later."""
    first = {"opens_at": STARTS - 60, "closes_at": STARTS + 100}
    listed = [first, {"opens_at": STARTS + 5000, **second}]
    door = open_it(max_active=1, openings=listed)
    door.confirmed()
    visitor = door.visit_at()
    door.refresh(160)
    return door, visitor


def test_whose_line_ended_with_its_opening_reads_why_beside_the_new_place(open_it: Open) -> None:
    door, visitor = in_line_as_it_closes(open_it, fresh=True)
    told = visitor.position()
    assert (told["you"], told["why"], told["generation"]) == ("reset", "over", 2)
    refused = visitor.fetches("/vwr/main/token", "POST")
    assert (refused.status_code, refused.json()["why"]) == (410, "over")
    page = visitor.opens()
    assert (page.status_code, page.headers["vwr-state"]) == (202, "reset")
    assert NOTE.format(OVER) in page.text and RESTARTED not in page.text
    assert "Not open yet" in page.text and "<dd id=position>1</div>" in page.text
    assert '"anew":"over"' in page.text, "the script says so, too"
    assert OVER not in visitor.opens().text, "once: the new place is one like any other"
    assert "why" not in visitor.position()
    assert OVER not in door.visitor().opens().text


def test_it_is_said_too_while_nobody_may_join_for_the_next_yet(open_it: Open) -> None:
    joins = STARTS + 3000
    door, visitor = in_line_as_it_closes(open_it, fresh=True, joins_from=joins)
    for _ in range(2):
        page = visitor.opens()
        assert page.status_code == 503 and OVER in page.text
        assert "<h1 id=heading tabindex=-1>Closed</h1>" in page.text
        assert visitor.position()["why"] == "over"
    assert visitor.fetches("/vwr/main/tickets", "POST").status_code == 503
    assert OVER not in door.visitor().opens().text
    door.refresh(3000)
    page = visitor.opens()
    assert OVER in page.text and "<dd id=position>1</div>" in page.text


def test_it_is_said_to_whoever_registers_for_the_draw_of_the_next(open_it: Open) -> None:
    _, visitor = in_line_as_it_closes(open_it, draw=True)
    page = visitor.opens("/tickets", headers={"Accept-Language": "de"})
    assert "Sie sind angemeldet" in page.text
    assert "Die Warteschlange endete mit ihrem Termin" in page.text


def test_a_reset_by_an_operator_is_told_as_before_and_a_line_that_goes_on_not_at_all(
    open_it: Open,
) -> None:
    door, visitor = in_line_as_it_closes(open_it)
    assert "why" not in visitor.position() and OVER not in visitor.opens().text
    door.ask(lambda: door.store.as_store().reset("main"))
    door.refresh()
    told = visitor.position()
    assert told["you"] == "reset" and "why" not in told
    page = visitor.opens().text
    assert RESTARTED in page and OVER not in page


# An opening that is moved while people count down to it, and one while the store is away.


def moved(door: Door, opens_at: float) -> None:
    """An operator moves the only opening."""
    listed = {"openings": [{"opens_at": opens_at}]}
    door.ask(lambda: door.store.as_store().change("main", listed))
    door.refresh()


@pytest.mark.parametrize("by", [-600, 600])
def test_who_counts_down_keeps_the_place_as_the_opening_is_moved_at_another_worker(
    open_worker: Open, by: int
) -> None:
    opens = STARTS + 1000
    one, other = (open_worker(max_active=2, openings=[{"opens_at": opens}]) for _ in range(2))
    people = [one.visit_at(), one.visit_at()]
    there = one.visitor()
    there.client.cookies = people[1].client.cookies
    there.client._transport = other.transport
    assert there.position()["opens_at"] == opens
    moved(other, opens + by)
    for person, place in ((people[0], 1), (people[1], 2), (there, 2)):
        told = person.position()
        assert (told["state"], told["opens_at"]) == ("scheduled", opens + by)
        assert (told["generation"], told["position"]) == (1, place)
    left = opens + by - one.clock.now
    one.refresh(left - 1)
    assert people[0].position()["state"] == "scheduled"
    assert not is_inside(people[0].opens())
    for _ in range(8):
        one.refresh(2)
        for person in (people[0], there):
            person.position()
    assert is_inside(people[0].opens()) and is_inside(there.opens())


@fault(
    "The store is away as a room opens, or as an opening is over",
    line="Keep the place: the room opens as soon as the store is back.",
)
def test_an_opening_while_the_store_is_away_is_caught_up_on(open_it: Open) -> None:
    door = open_it(max_active=1, openings=[{"opens_at": STARTS + 100}])
    people = [door.visit_at(), door.visit_at()]
    door.store.is_off = True
    for _ in range(3):
        door.refresh(60)
        for number, person in enumerate(people, 1):
            assert not is_inside(person.opens())
            told = person.position()
            assert (told["you"], told["position"]) == ("waiting", number)
    door.store.is_off = False
    for _ in range(12):
        door.refresh(3)
        for person in people:
            person.position()
    assert [is_inside(person.opens()) for person in people] == [True, False]


@fault(
    "The store is away as a room opens, or as an opening is over",
    line="Where the next one is `fresh`, they join anew once it is back, and are told why.",
)
def test_a_line_that_ends_while_the_store_is_away_ends_once(open_it: Open) -> None:
    first = {"opens_at": STARTS - 60, "closes_at": STARTS + 100}
    listed = [first, {"opens_at": STARTS + 5000, "fresh": True}]
    door = open_it(max_active=1, openings=listed)
    door.confirmed()
    visitor = door.visit_at()
    door.store.is_off = True
    for _ in range(3):
        door.refresh(60)
        assert visitor.position()["you"] == "waiting", "nobody knows better yet"
    door.store.is_off = False
    for _ in range(10):
        door.refresh(5)
        told = visitor.position()
        if told["you"] != "waiting":
            break
    assert (told["you"], told["why"]) == ("reset", "over")
    assert OVER in visitor.opens().text
    door.refresh(30)
    told = visitor.position()
    assert (told["generation"], told["position"], told["you"]) == (2, 1, "waiting")
