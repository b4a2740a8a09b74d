"""When a scheduled room opens, as a calendar file that others' calendars read."""

import re
from datetime import UTC, datetime
from typing import Any

import icalendar
import pytest

from tests.doors.conftest import Open
from tests.support.doors import Door
from tests.support.visitor import set_cookies

FILE = "/vwr/main/opening/en.ics"
HOUR = 3600


def scheduled(open_it: Open, **given: object) -> Door:
    """A room that opens at noon of a later day."""
    return open_it(opens_at=1_893_499_200, max_active=1, **given)


def event_in(text: str) -> Any:
    """The only event of a calendar, as a library that others wrote understands it."""
    calendar = icalendar.Calendar.from_ical(text)
    (event,) = calendar.walk("VEVENT")
    assert not calendar.errors and not event.errors
    return event


def test_a_calendar_gets_when_the_room_opens_and_where(open_it: Open) -> None:
    door = scheduled(open_it, site_name="City; Theatre, Tickets")
    answer = door.visitor().opens(f"{FILE}?next=/tickets/7%3Fa=1")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    event = event_in(answer.text)
    assert event.start == datetime(2030, 1, 1, 12, tzinfo=UTC)
    assert event["summary"] == "City; Theatre, Tickets: the line opens"
    assert event["url"] == "http://shop.example/vwr/main/?next=/tickets/7%3Fa%3D1"
    assert event["description"].endswith(f"automatically.\n{event['url']}")
    assert [alarm["action"] for alarm in event.walk("VALARM")] == ["DISPLAY"]


def description(door: Door, code: str = "en") -> str:
    """What the file says besides the address."""
    event = event_in(door.visitor().opens(f"/vwr/main/opening/{code}.ics").text)
    return str(event["description"]).removesuffix(f"\n{event['url']}")


COME_BACK = (
    "Open this page then, in the same browser."
    " When it is your turn, this page lets you in automatically."
)


def test_whoever_has_a_place_reads_what_to_do_at_the_opening(open_it: Open) -> None:
    has_place = "You already have your place in line. When it opens, the line starts automatically."
    assert description(scheduled(open_it)) == f"{has_place} {COME_BACK}"


def test_whoever_registers_for_a_draw_does_not_read_of_a_place(open_it: Open) -> None:
    door = scheduled(open_it, draw=True)
    by_lot = "When it opens, everybody who is registered gets a place by lot."
    told = description(door)
    assert told.startswith(by_lot) and told.endswith(COME_BACK)
    assert "already have your place" not in told


def test_before_people_may_register_the_file_says_that_they_can(open_it: Open) -> None:
    told = description(scheduled(open_it, draw=True, draw_from=1_893_499_200 - HOUR))
    assert told.startswith("You can register before it opens.") and told.endswith(COME_BACK)


def test_before_people_may_join_the_file_promises_no_place(open_it: Open) -> None:
    opens = 1_893_499_200
    door = open_it(openings=[{"opens_at": opens, "joins_from": opens - HOUR}], max_active=1)
    assert description(door) == COME_BACK


@pytest.mark.parametrize("draw", [False, True])
def test_every_language_says_all_of_it(open_it: Open, draw: bool) -> None:
    door = scheduled(open_it, draw=draw)
    words = door.site.pages.words
    phase = "registered" if draw else "scheduled"
    for code, said in words.items():
        told = description(door, code)
        for part in (said.phases[phase][1], said.come_back, said.phases["waiting"][1]):
            assert part in told
        assert code == "en" or COME_BACK not in told


def test_it_is_named_by_the_event_in_the_readers_language(open_it: Open) -> None:
    door = scheduled(open_it, site_name="City", title={"en": "Spring sale", "de": "Im Frühling"})
    for code, name in (("en", "City · Spring sale"), ("de", "City · Im Frühling")):
        event = event_in(door.visitor().opens(f"/vwr/main/opening/{code}.ics").text)
        assert event["summary"].startswith(f"{name}: ")


@pytest.mark.parametrize("code", ["ja", "ar"])
def test_every_line_ends_and_is_folded_as_the_standard_says(open_it: Open, code: str) -> None:
    name = "市民劇場" * 11
    door = scheduled(open_it, site_name=name)
    body = door.visitor().opens(f"/vwr/main/opening/{code}.ics").content
    assert not re.search(rb"[^\r]\n|\r[^\n]", body)
    lines = body.removesuffix(b"\r\n").split(b"\r\n")
    assert 70 < max(map(len, lines)) <= 75
    assert all(line.decode() for line in lines), "no letter is broken"
    assert event_in(body.decode())["summary"].startswith(name)


def test_caches_may_keep_it_since_it_is_the_same_for_everybody(open_it: Open) -> None:
    door = scheduled(open_it)
    in_line = door.visit_at()
    mine, other = in_line.opens(FILE), door.visitor().opens(FILE)
    assert mine.content == other.content
    assert mine.headers["cache-control"] == "public, max-age=60"
    assert not {"vary", "set-cookie"} & set(mine.headers)
    again = door.visitor().opens(FILE, headers={"If-None-Match": mine.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert door.visitor().fetches("/vwr/main/status").json()["issued"] == 1


def test_another_opening_takes_the_place_of_the_first_in_a_calendar(open_it: Open) -> None:
    door = scheduled(open_it)
    first = event_in(door.visitor().opens(FILE).text)
    changes = {"opens_at": 1_893_499_200 + HOUR}
    door.ask(lambda: door.store.as_store().change("main", changes))
    door.refresh(61)
    later = event_in(door.visitor().opens(FILE).text)
    assert later.start == datetime(2030, 1, 1, 13, tzinfo=UTC)
    assert later["uid"] == first["uid"]
    assert later["dtstamp"].dt > first["dtstamp"].dt


def test_nobody_writes_a_host_into_the_calendars_of_others(open_it: Open) -> None:
    door = scheduled(open_it, trusted_proxies=1)
    forged = {"X-Forwarded-Host": "evil.example"}
    answer = door.visitor().opens(FILE, headers=forged)
    assert answer.headers["cache-control"] == "private, no-store"


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example", "/a%0d%0aURL:b"])
def test_it_leads_to_no_other_site(open_it: Open, wanted: str) -> None:
    answer = scheduled(open_it).visitor().opens(f"{FILE}?next={wanted}")
    assert answer.status_code == 400
    assert "must be a path of this site" in answer.json()["error"]


def test_where_nothing_is_scheduled_it_says_so(open_it: Open) -> None:
    door = open_it(max_active=1)
    told = door.visitor().fetches(FILE)
    assert told.status_code == 404
    assert "no opening is ahead" in told.json()["error"]
    assert "<h1>This page does not exist</h1>" in door.visitor().opens(FILE).text
    assert door.visitor().fetches("/vwr/main/opening/xx.ics").status_code == 404
    posted = door.visitor().fetches(FILE, "POST")
    assert (posted.status_code, posted.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
    assert not set_cookies(posted)


def test_without_a_store_it_is_not_known(open_it: Open) -> None:
    door = scheduled(open_it)
    door.store.is_off = True
    told = door.visitor().fetches(FILE)
    assert (told.status_code, told.headers["retry-after"]) == (503, "30")
    assert "not known at the moment" in told.json()["error"]
