"""Alarms in the panel: on every page, in the title and the icon, until somebody is on them."""

import re

import pytest

from tests.panel.conftest import Open
from tests.support.clock import Clock
from tests.support.doors import Door
from tests.support.panel import GIVEN, VIEWER, Operator, audit, signed_in
from vwr_middleware.alarms.alarms import Alarms
from vwr_middleware.alarms.conditions import Finding

NOWHERE = "http://127.0.0.1:9/a-secret-path"


@pytest.fixture
def door(open_it: Open, clock: Clock) -> Door:
    """A room that is paused for longer than it should be."""
    given = {"alarms": {"paused": 10}, "alarm_webhooks": [NOWHERE]}
    door = open_it(max_active=2, **GIVEN, **given)
    operator = signed_in(door)
    operator.act("pause")
    for _ in range(2):
        rounds(door)
        clock.pass_by(12)
        door.refresh()
    rounds(door)
    return door


def rounds(door: Door) -> None:
    """A round in which nothing is sent: this is about what is shown."""
    alarms: Alarms = door.site.alarms
    alarms.sending.begin = lambda deliveries, wall: None  # type: ignore[method-assign]
    door.ask(alarms.round)


def icon(page: str) -> str:
    return str(re.findall(r'rel="icon" href="[^"]*/(icon[a-z-]*)\.', page)[0])


def test_an_alarm_is_on_every_page_until_somebody_is_on_it(door: Door) -> None:
    operator = signed_in(door)
    for path in ("/", "/rooms/main", "/alarms"):
        page = operator.open(path).text
        assert "main has been paused for 1" in page
        assert ("<title>(1) " in page, icon(page)) == (True, "icon-alarm")
    walls = "/wall", "/rooms/main/wall"
    assert all("main has been paused for 1" in operator.open(path).text for path in walls)
    page = press(operator, "/alarms/main.paused/acknowledge")
    assert "You are on it" in page and "Ann is on it." in page
    assert ("<title>(" in page, icon(page)) == (False, "icon")
    assert not any("has been paused" in operator.open(path).text for path in walls)
    assert audit(door)[0] == ("Ann", "alarm", "paused", "acknowledged")
    operator.open()
    operator.act("resume")
    rounds(door)
    page = operator.open("/alarms").text
    assert '<li class="banner' not in page and "main has been paused for" in page


def test_the_page_of_alarms_shows_what_was_sent_and_no_secret(door: Door) -> None:
    operator = signed_in(door)
    assert "A test is on its way" in press(operator, "/alarms/test")
    rounds(door)
    page = operator.open("/alarms").text
    assert "127.0.0.1" in page and "2 messages are still to be sent" in page
    assert "a-secret-path" not in page


def test_whoever_may_only_look_says_of_no_alarm_to_be_on_it(door: Door) -> None:
    viewer = signed_in(door, VIEWER)
    page = viewer.open("/alarms").text
    assert "main has been paused" in page and "<button>I am on it" not in page
    for path in ("/alarms/main.paused/acknowledge", "/alarms/test"):
        answer = viewer.client.post(f"/vwr-admin{path}", data={"csrf": viewer.csrf})
        assert answer.status_code == 403


def test_nobody_is_on_an_alarm_that_is_not_on(door: Door) -> None:
    operator = signed_in(door)
    for name in ("main.nobody_enters", "nonsense", "other.paused"):
        assert "There is no alarm &#39;" in press(operator, f"/alarms/{name}/acknowledge", 404)


def press(operator: Operator, path: str, status: int = 200) -> str:
    operator.open("/alarms")
    address, form = f"/vwr-admin{path}", {"csrf": operator.csrf}
    answer = operator.client.post(address, data=form, headers={"Accept": "text/html"})
    assert answer.status_code == status
    return answer.text


def test_whoever_signs_in_to_see_the_alarms_sees_them(door: Door) -> None:
    screen = Operator.at(door)
    asked = screen.open("/alarms")
    assert asked.status_code == 401 and 'name="next" value="/alarms"' in asked.text
    assert screen.sign_in(VIEWER, next="/alarms").headers["location"] == "/vwr-admin/alarms"


def test_a_note_of_a_room_stands_on_its_page_and_on_that_of_alarms_alone(door: Door) -> None:
    shared = door.site.alarms.shared
    note = Finding("line_formed", "main", True, door.clock() + 1, door.clock(), "40")
    assert door.ask(lambda: shared.update(lambda book: book.note(note)))
    operator, text = signed_in(door), "A line has formed for main: 40 waiting."
    told = {path: text in operator.open(path).text for path in ("/", "/rooms/main", "/alarms")}
    assert told == {"/": False, "/rooms/main": True, "/alarms": True}
