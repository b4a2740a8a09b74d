"""A session that has ended: by the app or the operator; its page, and the way back into line."""

from dataclasses import replace

import pytest

from tests.doors.conftest import Open
from tests.support.doors import Door
from tests.support.visitor import is_inside, set_cookies
from vwr_middleware.line.constants import ENDED_AT_ONCE, SETTLING
from vwr_middleware.line.messages import Seen
from vwr_middleware.worker.refresh import ask_of

#: What the page's button "Join the line" asks for without a script.
JOIN = "/vwr/main/leave?next=/tickets/a&join=1"


@pytest.mark.parametrize("path", ["/tickets/done", "/tickets/complete", "/tickets/abandon"])
def test_who_is_done_has_freed_the_slot_and_gets_a_page_and_no_place(door: Door, path: str) -> None:
    visitor = door.confirmed()
    response = visitor.opens(path)
    assert response.status_code == 200
    assert "vwr-session" not in response.headers
    assert door.store.trips["end"] == 1
    door.refresh()
    assert is_inside(door.visitor().opens())
    door.refresh(20)
    response = visitor.opens()
    assert (response.status_code, response.headers["vwr-state"]) == (202, "ended")
    assert "vwr_main" not in set_cookies(response)
    assert visitor.position()["you"] == "ended"


def test_the_button_of_that_page_takes_a_new_place(door: Door) -> None:
    visitor = door.confirmed()
    visitor.opens("/tickets/done")
    door.refresh(20)
    response = visitor.opens("/vwr/main/?next=/tickets/a")
    assert response.headers["vwr-state"] == "ended", "looking at the page takes no place"
    assert f'method=post action="{JOIN}"' in response.text
    back = visitor.opens(JOIN, "POST")
    assert (back.status_code, back.headers["location"]) == (303, "/tickets/a")
    assert is_inside(visitor.opens(back.headers["location"]))


def test_that_button_takes_a_place_in_line_where_others_are_inside(door: Door) -> None:
    visitor = door.confirmed()
    visitor.opens("/tickets/done")
    door.refresh(20)
    door.visit_at()
    back = visitor.opens(JOIN, "POST")
    assert visitor.opens(back.headers["location"]).headers["vwr-state"] == "waiting"
    assert visitor.position()["position"] == 3
    assert visitor.opens(JOIN, "POST").status_code == 303, "pressed twice, or in another tab"
    assert visitor.position()["position"] == 3


def test_that_button_ends_no_session_that_another_tab_has_begun(door: Door) -> None:
    visitor = door.confirmed()
    back = visitor.opens(JOIN, "POST")
    assert (back.status_code, back.headers["location"]) == (303, "/tickets/a")
    assert is_inside(visitor.opens())


def test_that_button_leads_to_no_other_site(door: Door) -> None:
    visitor = door.visitor()
    response = visitor.opens("/vwr/main/leave?join=1&next=//evil.example", "POST")
    assert (response.status_code, response.headers["location"]) == (303, "/vwr/main/?next=/tickets")
    response = visitor.opens(response.headers["location"])
    assert (response.status_code, response.headers["location"]) == (303, "/tickets")


def test_a_browser_that_keeps_no_cookies_takes_one_number_with_that_button(open_it: Open) -> None:
    door = open_it(max_active=1)
    door.visit_at()
    response = door.visitor().opens(JOIN, "POST")
    assert not set_cookies(response)
    door.visitor().opens(response.headers["location"])
    assert door.visit_at().position()["position"] == 3


def test_a_wanted_address_is_no_press_of_that_button(open_it: Open) -> None:
    door = open_it(max_active=1)
    door.visit_at()
    waiting = door.visit_at()
    response = waiting.opens("/vwr/main/leave?sure=1&next=/tickets?nojoin=1", "POST")
    assert (response.status_code, response.headers["vwr-state"]) == (200, "left")
    assert waiting.position()["you"] == "left"


def test_a_worker_that_has_just_begun_knows_every_ended_session_at_its_first_request(
    open_worker: Open,
) -> None:
    door = open_worker(max_active=1)
    many_have_ended(door)
    visitor = door.confirmed()
    session = door.session_of(visitor)
    door.ask(lambda: door.store.as_store().end("main", session, "revoked"))
    restarted = open_worker(max_active=1).visitor()
    restarted.client.cookies = visitor.client.cookies
    assert restarted.opens().headers["vwr-state"] == "ended"


def many_have_ended(door: Door) -> None:
    """As many sessions as one refresh tells of: a worker brings them to a store that lost them."""
    ended = [f"1-{position}" for position in range(1, ENDED_AT_ONCE + 1)]
    knows = Seen("f" * 16, 1, ENDED_AT_ONCE, ENDED_AT_ONCE)
    ask = replace(
        ask_of(door.site.store_access.views["main"], door.clock()), seen=knows, ended=ended
    )
    door.ask(lambda: door.store.as_store().refresh([ask]))
    door.refresh(SETTLING)  # nobody comes in before
