"""What people read where a room opens several times."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.support.clock import Clock
from tests.support.doors import Door, open_door

AGAIN = "This opening is over. The next one is on"


@pytest.fixture
def door(clock: Clock) -> Iterator[Door]:
    """Two openings: people may join for the second one only a while before it."""
    now = clock()
    openings: list[dict[str, Any]] = [
        {"opens_at": now + 100, "closes_at": now + 200, "title": {"en": "First", "de": "Erster"}},
        {"opens_at": now + 9000, "joins_from": now + 5000, "title": "Second"},
    ]
    with ExitStack() as stack:
        yield open_door("wsgi", "memory://", clock, stack, max_active=1, openings=openings)


def pass_by(door: Door, seconds: float) -> None:
    door.clock.pass_by(seconds)
    door.refresh()


def test_each_opening_has_its_title_on_the_page(door: Door) -> None:
    assert "<b id=title>First</b>" in door.visitor().opens("/tickets").text
    german = door.visitor().opens("/tickets", headers={"Accept-Language": "de"}).text
    assert "<b id=title>Erster</b>" in german
    pass_by(door, 5000)
    assert "<b id=title>Second</b>" in door.visitor().opens("/tickets").text


def test_before_the_first_nothing_is_said_of_another(door: Door) -> None:
    page = door.visitor().opens("/tickets").text
    assert "Opens on" in page
    assert AGAIN not in page


def test_whoever_waits_as_it_closes_reads_when_the_next_one_is_and_keeps_the_place(
    door: Door,
) -> None:
    visitor = door.visitor()
    visitor.opens("/tickets")
    door.visitor().opens("/tickets")
    pass_by(door, 200)
    shut = visitor.opens("/tickets").text
    assert "You keep your place" in shut
    assert AGAIN in shut
    told = visitor.fetches("/vwr/main/position").json()
    assert (told["state"], told["opening"], told["position"]) == ("closed", 2, 1)
    pass_by(door, 4800)
    again = visitor.opens("/tickets").text
    assert "You already have your place in line" in again
    assert AGAIN in again
    told = visitor.fetches("/vwr/main/position").json()
    assert (told["state"], told["joins_from"], told["position"]) == ("scheduled", None, 1)


def test_newcomers_read_when_it_opens_while_nobody_may_join_yet(door: Door) -> None:
    pass_by(door, 200)
    answer = door.visitor().opens("/tickets")
    assert answer.status_code == 503
    assert "<h1 id=heading tabindex=-1>Closed</h1>" in answer.text
    assert AGAIN in answer.text
    calendar = re.search(r'href="(/vwr/main/opening/en\.ics[^"]*)"', answer.text)
    assert calendar
    file = door.visitor().fetches(calendar[1].replace("&amp;", "&")).text
    assert "Second" in file
    assert "UID:main-1-2@" in file


def test_a_room_that_an_operator_has_closed_says_nothing_of_an_opening(door: Door) -> None:
    from vwr_middleware.blocking import finish

    door.visitor().opens("/tickets")
    finish(door.store.change("main", {"mode": "closed"}))
    door.refresh()
    page = door.visitor().opens("/tickets").text
    assert re.search(r'<p id=opens data-in="scheduled" hidden>', page)
    assert "opening/en.ics" not in page


def test_a_ticket_is_kept_until_the_last_opening(clock: Clock) -> None:
    now, week = clock(), 7 * 86400
    openings = [
        {"opens_at": now + 100, "closes_at": now + 200},
        {"opens_at": now + 3 * week, "closes_at": now + 3 * week + 9},
    ]
    with ExitStack() as stack:
        door = open_door("wsgi", "memory://", clock, stack, openings=openings)
        cookie = door.visitor().opens("/tickets").headers["set-cookie"]
    assert f"Max-Age={4 * week}" in cookie
