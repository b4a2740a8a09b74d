"""With `session_idle`, a session ends soon after its last page was closed."""

from typing import Any

import httpx
import pytest

from tests.doors.conftest import Open
from tests.support.doors import Door
from tests.support.visitor import TOKEN, Visitor, is_inside, set_cookies

KEEP = "/vwr/main/keep"


@pytest.fixture
def door(open_it: Open) -> Door:
    return open_it(max_active=1, session_seconds=600, session_idle=90, session_grace=0)


def tells(visitor: Visitor, query: str = "", **headers: str) -> httpx.Response:
    """A page tells that it is open."""
    return visitor.fetches(f"{KEEP}{query}", "POST", headers=headers)


def left(answer: httpx.Response) -> Any:
    return answer.json()["seconds_left"]


def is_first(visitor: Visitor) -> bool:
    """Whether somebody is still in the first session: whoever comes in again has another."""
    answer = visitor.opens()
    return is_inside(answer) and answer.json()["session"]["id"] == "1-1"


def test_a_page_is_told_how_often_it_must_tell_that_it_is_open(door: Door) -> None:
    told = door.confirmed().fetches(KEEP).json()
    assert told == {"seconds_left": 600, "renews": True, "idle": 90}


def test_the_slot_of_a_page_that_was_closed_is_free_soon(door: Door) -> None:
    inside, waiting = door.confirmed(), door.visit_at()
    answer = tells(inside)
    assert left(answer) == 90 and TOKEN in set_cookies(answer)
    door.refresh(89)
    assert not is_inside(waiting.opens())
    door.refresh(2)
    assert is_inside(waiting.opens())


def test_a_page_that_stays_open_keeps_it(door: Door) -> None:
    inside, waiting = door.confirmed(), door.visit_at()
    for _ in range(5):
        assert left(tells(inside)) == 90
        door.refresh(60)
        waiting.position()
    assert is_first(inside)


def test_a_request_to_the_app_gives_the_whole_length_again(door: Door) -> None:
    inside = door.confirmed()
    tells(inside)
    door.refresh(3)  # the way to the bank may be short
    assert is_inside(inside.opens("/tickets/pay", "POST", content=b"a=1"))
    door.refresh(500)
    assert is_first(inside)


def test_a_hidden_page_keeps_the_whole_length(door: Door) -> None:
    inside = door.confirmed()
    tells(inside)
    assert left(tells(inside, "?hidden=1")) == 600
    door.refresh(290)
    assert left(tells(inside, "?hidden=1")) == 600
    door.refresh(500)
    assert is_first(inside)


def test_telling_it_all_the_time_does_not_make_the_store_work(door: Door) -> None:
    inside = door.confirmed()
    trips = door.store.trips["renew"]
    answers = [tells(inside) for _ in range(4)]
    assert door.store.trips["renew"] == trips + 1
    assert [left(answer) for answer in answers] == [90] * 4


def test_no_page_of_another_origin_shortens_a_session(door: Door) -> None:
    inside = door.confirmed()
    evil = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
    assert tells(inside, **evil).status_code == 403
    door.refresh(400)
    assert is_first(inside)


def test_who_is_not_inside_gets_nothing_by_it(door: Door) -> None:
    passer_by = door.visitor()
    answer = tells(passer_by)
    assert (answer.json(), set_cookies(answer)) == ({"seconds_left": None}, {})
    inside = door.confirmed()
    tells(inside)
    door.refresh(100)
    assert is_inside(door.visitor().opens())
    answer = tells(inside, Referer="http://shop.example/tickets")
    assert answer.status_code == 429 and "vwr-waiting-room" in answer.headers


def test_whose_session_is_ended_is_told_so(door: Door) -> None:
    inside = door.confirmed()
    inside.opens("/tickets/done")
    answer = tells(inside)
    assert (answer.status_code, answer.headers["vwr-state"]) == (429, "ended")


def test_while_the_store_is_away_nobody_is_shortened(door: Door) -> None:
    inside = door.confirmed()
    door.store.is_off = True
    assert left(tells(inside)) == 600
    door.store.is_off = False
    door.refresh(200)
    assert is_first(inside)


def test_a_first_page_that_tells_it_has_come_in_by_it(door: Door) -> None:
    inside = door.visit_at()
    assert left(tells(inside)) == 90
    door.refresh(80)
    assert is_first(inside)


def test_a_program_gets_its_token_in_a_header(door: Door) -> None:
    inside = door.confirmed()
    program, token = door.visitor(), inside.client.cookies[TOKEN]
    answer = program.sends(KEEP, headers={"VWR-Token": token})
    assert left(answer) == 90 and answer.headers["vwr-token"] != token


def test_without_the_setting_it_is_kept_as_by_any_request(open_it: Open) -> None:
    door = open_it(max_active=1, session_seconds=100)
    inside = door.confirmed()
    door.refresh(60)
    assert tells(inside).json() == {"seconds_left": 100, "renews": True}
