"""An open page that sends nothing else keeps its visitor's session."""

from tests.doors.conftest import Open
from tests.support.visitor import TOKEN, is_inside, set_cookies

KEEP = "/vwr/main/keep"


def test_a_session_is_kept_for_as_long_as_its_page_asks(open_it: Open) -> None:
    door = open_it(max_active=1, session_seconds=100)
    inside, waiting = door.confirmed(), door.visitor()
    for _ in range(6):
        door.refresh(40)
        answer = inside.fetches(KEEP)
        assert answer.status_code == 200 and answer.json()["seconds_left"] >= 20
        assert "no-store" in answer.headers["cache-control"]
        assert waiting.opens().status_code == 202
    assert inside.opens().json()["session"]["id"] == "1-1"
    door.refresh(170)
    assert is_inside(waiting.opens())


def test_whose_session_is_over_is_shown_the_room(open_it: Open) -> None:
    door = open_it(max_active=1, session_seconds=100)
    inside, waiting = door.confirmed(), door.visit_at()
    door.refresh(170)
    assert is_inside(waiting.opens())
    answer = inside.fetches(KEEP, headers={"Referer": "http://shop.example/tickets"})
    assert answer.status_code == 429
    assert answer.headers["vwr-waiting-room"].startswith("/vwr/main/?next=")


def test_a_page_that_anybody_sees_gives_no_place_and_no_session(open_it: Open) -> None:
    door = open_it(max_active=1)
    passer_by = door.visitor()
    answer = passer_by.fetches(KEEP)
    assert (answer.json(), set_cookies(answer)) == ({"seconds_left": None}, {})
    assert TOKEN in set_cookies(door.visitor().opens())  # the room was empty
