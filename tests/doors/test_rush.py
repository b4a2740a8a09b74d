"""More newcomers than a worker can give places to: those inside and in line notice nothing, and all
others are told when to come again.
"""

import re

import httpx
import pytest

from tests.doors.conftest import Open
from tests.support.doors import Door
from tests.support.faults import fault
from tests.support.rush import is_overloaded
from tests.support.visitor import TICKET, Visitor, is_inside, set_cookies
from vwr_middleware.web.http import Request
from vwr_middleware.worker.appointment_book import LATEST
from vwr_middleware.worker.overload import CROWD

APPOINTMENT = "vwr_main_appointment"


@pytest.fixture
def door(open_it: Open) -> Door:
    """A room for one, in which somebody is, and somebody else in line."""
    door = open_it(max_active=1)
    door.visitors = [door.confirmed(), door.visit_at()]
    return door


def calms_down(door: Door, seconds: float = 20.0) -> None:
    """Time passes in which there is little to do."""
    overload = door.site.store_access.overload
    for _ in range(int(seconds * 10)):
        door.clock.pass_by(0.1)
        overload.look(door.clock())


def is_light(page: httpx.Response) -> bool:
    """Whether this is the page of somebody who is told to come again, without a place."""
    window = re.search(r"data-least=(\d+) data-most=(\d+)>", page.text)
    given = set_cookies(page)
    return (
        page.status_code == 202
        and page.headers["vwr-state"] == "overload"
        and window is not None
        and 0 < int(window[1]) <= int(page.headers["retry-after"]) <= int(window[2])
        and list(given) == [APPOINTMENT]
    )


def test_newcomers_are_told_when_to_come_again_without_asking_the_store(door: Door) -> None:
    is_overloaded(door)
    before = door.store.trips["join"]
    first, second = door.visitor(), door.visitor()
    pages = [first.opens(), second.opens()]
    assert all(map(is_light, pages))
    assert door.store.trips["join"] == before
    assert pages[0].content == pages[1].content
    assert set_cookies(pages[0]) == set_cookies(pages[1]), "it says nothing of anybody"


@fault(
    "More newcomers come than a worker can give places to: a rush",
    inside="Notice nothing: they come first.",
    line="Notice nothing: they come next.",
)
def test_those_inside_and_in_line_notice_nothing(door: Door) -> None:
    inside, waiting = door.visitors
    is_overloaded(door)
    for _ in range(3):
        assert is_inside(inside.opens())
        assert is_inside(inside.opens("/tickets/pay", "POST", content=b"a=1"))
        assert waiting.position()["you"] == "waiting"
        page = waiting.opens()
        assert (page.status_code, page.headers["vwr-state"]) == (202, "waiting")
        assert is_light(door.visitor().opens())


@fault(
    "More newcomers come than a worker can give places to: a rush",
    new="A light page that joins by itself, in order; programs get `429` ([how](rush.md)).",
)
def test_whoever_was_told_to_come_again_gets_a_place_before_who_comes_anew(door: Door) -> None:
    is_overloaded(door)
    early = door.visitor()
    assert is_light(early.opens())
    assert is_light(early.opens()), "loaded again before the time"
    calms_down(door, 1)
    assert is_light(late := door.visitor().opens()), "others are expected"
    assert "vwr_main=" not in str(late.headers)
    calms_down(door, 30)
    assert TICKET in set_cookies(early.opens())
    assert TICKET in set_cookies(door.visitor().opens()), "and then it is over"


def test_an_appointment_holds_though_the_page_is_loaded_again_and_again(door: Door) -> None:
    is_overloaded(door)
    visitor = door.visitor()
    given = set_cookies(visitor.opens())[APPOINTMENT]
    for _ in range(5):
        assert set_cookies(visitor.opens())[APPOINTMENT] == given
    assert set_cookies(door.visitor().opens())[APPOINTMENT].partition("=")[2]
    for _ in range(500):  # so that a new one would be another
        door.site.store_access.overload.appoint(None)
    both = f"{APPOINTMENT}=forged; {APPOINTMENT}={visitor.client.cookies[APPOINTMENT]}"
    page = door.visitor().opens(headers={"Cookie": both})
    assert set_cookies(page)[APPOINTMENT] == given, "though a subdomain has set one, too"


@pytest.mark.parametrize(
    "made_up", ["0.0", "", "zz", "6b0eed09.3d22159c00c996e", "é.1", "-1." * 99]
)
def test_an_appointment_that_is_made_up_is_none(door: Door, made_up: str) -> None:
    is_overloaded(door)
    visitor = door.visitor()
    page = visitor.opens(headers={"Cookie": f"{APPOINTMENT}={made_up}".encode("latin-1")})
    assert is_light(page)


def test_programs_get_429_and_when_to_come_again(door: Door) -> None:
    is_overloaded(door)
    program = door.visitor()
    refused = program.sends("/vwr/main/tickets")
    told = refused.json()
    assert refused.status_code == 429
    assert refused.headers["vwr-state"] == "overload"
    assert int(refused.headers["retry-after"]) == told["retry_after"] > 0
    assert (told["you"], told["position"]) == ("none", None)
    calms_down(door, told["retry_after"] + 1)
    program.client.cookies.clear()
    joined = program.sends(f"/vwr/main/tickets?appointment={told['appointment']}")
    assert (joined.status_code, joined.json()["position"]) == (201, 3)


def test_a_script_at_a_protected_path_is_answered_as_ever(door: Door) -> None:
    is_overloaded(door)
    answer = door.visitor().fetches()
    assert (answer.status_code, answer.headers["content-type"]) == (429, "application/json")
    assert answer.headers["retry-after"]


def test_whoever_has_a_place_keeps_it_by_asking_for_one(door: Door) -> None:
    _, waiting = door.visitors
    is_overloaded(door)
    assert waiting.fetches("/vwr/main/tickets", "POST").status_code == 200


def test_a_stopped_form_leads_to_the_page_that_asks_again(door: Door) -> None:
    is_overloaded(door)
    visitor = door.visitor()
    led = visitor.opens(method="POST", data={"a": "1"}, follow_redirects=False)
    assert led.status_code == 303
    assert is_light(visitor.opens(led.headers["location"]))


def test_a_room_with_space_lets_newcomers_in_only_as_fast_as_it_can(open_it: Open) -> None:
    door = open_it(max_active=50)
    door.confirmed()
    is_overloaded(door)
    newcomer = door.visitor()
    assert is_light(newcomer.opens())
    assert newcomer.fetches().status_code == 429
    calms_down(door)
    assert is_inside(newcomer.opens())


def test_the_page_speaks_the_visitors_language_and_shows_the_operators_message(
    open_it: Open,
) -> None:
    door = open_it(max_active=1, message="Seats are left.", site_name="Harbour <Hall>")
    door.confirmed()
    is_overloaded(door)
    page = door.visitor().opens(headers={"Accept-Language": "de-AT"})
    assert is_light(page)
    for text in ("<html lang=de", "Seats are left.", "Harbour &lt;Hall&gt;", "Gerade kommen viele"):
        assert text in page.text


def test_where_cookies_choose_the_language_it_is_that_one(door: Door) -> None:
    is_overloaded(door)
    visitor = door.visitor()
    visitor.client.cookies.set("vwr_lang", "fr")
    page = visitor.opens()
    assert is_light(page)
    assert "<html lang=fr" in page.text


@pytest.mark.parametrize("limit", [{"joins_per_address": 50}, {"waiting_status": 503}])
def test_the_same_where_newcomers_are_looked_at_closely(
    open_it: Open, limit: dict[str, int]
) -> None:
    door = open_it(max_active=1, **limit)
    door.confirmed()
    is_overloaded(door)
    page = door.visitor().opens()
    assert page.status_code == limit.get("waiting_status", 202)
    assert page.headers["vwr-state"] == "overload"
    assert APPOINTMENT in set_cookies(page)


def test_a_crawler_is_told_503(open_it: Open) -> None:
    door = open_it(max_active=50)
    door.confirmed()
    is_overloaded(door)
    crawler = door.visitor().opens(headers={"User-Agent": "Googlebot/2.1"})
    assert (crawler.status_code, crawler.headers["vwr-state"]) == (503, "overload")


def test_a_store_that_is_away_is_told_from_one_that_is_slow(door: Door) -> None:
    is_overloaded(door)
    door.store.is_off = True
    door.refresh()
    for _ in range(2):
        away = door.visitor().opens()
    assert away.headers["vwr-state"] == "store-down"
    door.store.is_off = False
    calms_down(door)
    door.refresh(10)
    assert TICKET in set_cookies(door.visitor().opens())


@fault(
    "The store is slow, or too busy for a moment",
    new="In a rush they are told when to come again.",
)
def test_while_the_store_is_late_newcomers_are_told_to_come_again(open_it: Open) -> None:
    door = open_it(max_active=1)
    door.confirmed()
    overload = door.site.store_access.overload
    is_overloaded(door)
    door.clock.pass_by(1)
    overload.look(door.clock(), late=1.0)
    door.store.is_busy = True
    alone = door.visitor().opens()
    assert not is_light(alone) and alone.headers["vwr-state"] == "store-down"
    for _ in range(CROWD):
        overload.begin_join()
    page = door.visitor().opens()  # who may join, but the store does not answer in time
    assert is_light(page)
    assert int(page.headers["retry-after"]) <= LATEST


SCRIPT, PERSON = "192.0.2.1", "192.0.2.2"


def has_to_sign_in(request: Request) -> str | None:
    return "/login" if request.header("x-forwarded-for") == SCRIPT else None


def comes_from(door: Door, address: str, appointment: str = "") -> Visitor:
    visitor = door.visitor()
    visitor.client.headers["X-Forwarded-For"] = address
    if appointment:
        visitor.client.cookies.set(APPOINTMENT, appointment)
    return visitor


AT_ONE_DOOR = pytest.mark.parametrize(
    ("door_name", "store_url"), [("asgi", "sqlite")], indirect=True
)


@AT_ONE_DOOR
def test_what_brings_no_place_takes_no_time_of_those_who_may_join(open_it: Open) -> None:
    lets_others_join(open_it(max_active=1, trusted_proxies=1, joins_per_address=1))


@AT_ONE_DOOR
def test_who_has_to_sign_in_first_takes_no_time_of_those_who_may_join(open_it: Open) -> None:
    lets_others_join(open_it(max_active=1, trusted_proxies=1, challenge=has_to_sign_in))


def lets_others_join(door: Door) -> None:
    """A script brings one appointment again and again, and may not join; somebody else joins."""
    comes_from(door, "192.0.2.3").opens()
    is_overloaded(door)
    script, person = comes_from(door, SCRIPT), comes_from(door, PERSON)
    assert is_light(script.opens()) and is_light(person.opens())
    overload = door.site.store_access.overload
    for _ in range(5000):  # many others are expected
        overload.appoint(None)
    for _ in range(130):
        door.clock.pass_by(0.1)
        overload.look(door.clock(), late=1.0)
    while overload.lets_in(0.0):
        pass
    door.clock.pass_by(0.1)
    due = script.client.cookies[APPOINTMENT]
    for number in range(60):
        again = comes_from(door, SCRIPT, due)
        refused = again.opens() if number % 2 else again.sends("/vwr/main/tickets")
        assert refused.headers.get("vwr-state") != "overload"
    assert TICKET in set_cookies(person.opens())
