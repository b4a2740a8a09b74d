"""A session: confirmed, renewed, expired, ended; and what a cache may keep of it."""

from dataclasses import replace

import pytest

from tests.doors.conftest import Open
from tests.support.doors import Door
from tests.support.visitor import TOKEN, is_inside, set_cookies
from vwr_middleware.line.answers import Seen
from vwr_middleware.line.constants import ENDED_AT_ONCE

#: What the page's button "Join the line" asks for without a script.
JOIN = "/vwr/main/leave?next=/tickets/a&join=1"


def test_the_first_request_that_brings_the_token_back_gets_the_full_length(door: Door) -> None:
    visitor = door.visit_at()
    response = visitor.opens()
    assert response.json()["session"]["left"] == 600
    assert response.json()["session"]["is_new"] is False
    assert TOKEN in set_cookies(response)
    assert not set_cookies(visitor.opens())


def test_a_probe_without_cookies_holds_a_slot_for_a_minute(door: Door) -> None:
    door.visit_at()
    waiting = door.visit_at()
    door.refresh(59)
    assert not is_inside(waiting.opens())
    for _ in range(3):
        door.refresh(2)
        waiting.position()
    assert is_inside(waiting.opens())


def test_a_person_who_read_the_first_page_for_long_takes_the_next_free_slot(door: Door) -> None:
    visitor = door.visit_at()
    door.refresh(300)
    response = visitor.opens()
    assert is_inside(response)


def test_a_session_is_renewed_past_half_of_its_life(door: Door) -> None:
    visitor = door.confirmed()
    door.refresh(290)
    assert not set_cookies(visitor.opens())
    door.refresh(20)
    response = visitor.opens()
    assert TOKEN in set_cookies(response)
    assert response.json()["session"]["left"] == 600
    for _ in range(5):
        door.refresh(500)
        assert is_inside(visitor.opens())


def test_a_fixed_session_just_ends(open_it: Open) -> None:
    door = open_it(max_active=1, renew=False)
    visitor = door.confirmed()
    door.refresh(400)
    assert not set_cookies(visitor.opens())
    door.refresh(300)
    response = visitor.opens()
    assert is_inside(response)
    assert response.json()["session"]["id"] == "1-2"


def test_an_expired_visitor_rejoins_by_itself(door: Door) -> None:
    visitor = door.confirmed()
    door.refresh(1000)
    door.visit_at()
    response = visitor.opens()
    assert response.status_code == 202
    assert visitor.position()["position"] == 3


def test_work_in_progress_passes_within_the_grace(door: Door) -> None:
    visitor = door.confirmed()
    door.refresh(630)
    response = visitor.opens("/tickets/pay", "POST", content=b"card=1")
    assert is_inside(response)
    assert response.json()["body"] == "card=1"
    door.visit_at()
    door.refresh(31)
    assert not is_inside(visitor.opens("/tickets/pay", "POST", content=b"card=1"))


@pytest.mark.parametrize("path", ["/tickets/done", "/tickets/complete"])
def test_a_completed_session_ends_at_once_and_frees_its_slot(door: Door, path: str) -> None:
    visitor = door.confirmed()
    response = visitor.opens(path)
    assert response.status_code == 200
    assert "vwr-session" not in response.headers
    assert door.store.trips["end"] == 1
    door.refresh()
    assert is_inside(door.visitor().opens())


@pytest.mark.parametrize("path", ["/tickets/done", "/tickets/complete", "/tickets/abandon"])
def test_an_ended_visitor_gets_a_page_and_no_place(door: Door, path: str) -> None:
    visitor = door.confirmed()
    visitor.opens(path)
    door.refresh(20)
    response = visitor.opens()
    assert response.status_code in (200, 202)
    assert response.headers["vwr-state"] == "ended"
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
    assert (back.status_code, back.headers["location"]) == (303, "/vwr/main/?next=/tickets/a")
    response = visitor.opens(back.headers["location"])
    assert (response.status_code, response.headers["location"]) == (303, "/tickets/a")
    assert is_inside(visitor.opens(response.headers["location"]))


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


def test_no_other_site_presses_that_button(door: Door) -> None:
    visitor = door.confirmed()
    visitor.opens("/tickets/done")
    door.refresh(20)
    response = visitor.opens(JOIN, "POST", headers={"Sec-Fetch-Site": "cross-site"})
    assert response.status_code == 403
    assert not set_cookies(response)
    assert visitor.position()["you"] == "ended"


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
    response = waiting.opens("/vwr/main/leave?next=/tickets?nojoin=1", "POST")
    assert (response.status_code, response.headers["vwr-state"]) == (200, "left")
    assert waiting.position()["you"] == "left"


def test_a_receipt_is_shown_whole(door: Door) -> None:
    visitor = door.confirmed()
    visitor.opens("/tickets/done")
    door.refresh(5)
    assert visitor.loads("/tickets/qr.png").content == b"\x89PNG"
    assert visitor.fetches("/tickets/list").status_code == 429
    door.refresh(6)
    assert visitor.loads("/tickets/qr.png").status_code == 429


def test_a_response_that_a_cache_may_keep_ends_no_session(door: Door) -> None:
    visitor = door.confirmed()
    response = visitor.opens("/tickets/done-in-public")
    assert "vwr-session" not in response.headers
    assert is_inside(visitor.opens())


def test_a_first_cookie_makes_a_public_response_private(door: Door) -> None:
    response = door.visitor().opens("/tickets/public")
    assert TOKEN in set_cookies(response)
    cache = response.headers["cache-control"]
    assert "private" in cache
    assert "public" not in cache
    assert "s-maxage" not in cache
    assert "surrogate-control" not in response.headers


def test_a_renewal_waits_for_a_response_that_no_cache_shares(door: Door) -> None:
    visitor = door.confirmed()
    door.refresh(310)
    response = visitor.opens("/tickets/public")
    assert not set_cookies(response)
    assert response.headers["cache-control"] == "public, max-age=60, s-maxage=90"
    door.refresh(10)
    assert TOKEN in set_cookies(visitor.opens("/tickets/private"))


def test_a_renewal_waits_no_longer_than_three_quarters_of_the_life(door: Door) -> None:
    visitor = door.confirmed()
    door.refresh(460)
    response = visitor.opens("/tickets/public")
    assert TOKEN in set_cookies(response)
    assert "public" not in response.headers["cache-control"]


def test_whoever_saw_a_public_page_last_is_inside_as_long_as_the_store_says(door: Door) -> None:
    visitor = door.confirmed()
    door.refresh(310)
    assert not set_cookies(visitor.opens("/tickets/public"))  # the renewal was withheld
    door.refresh(300)
    response = visitor.opens()
    assert is_inside(response)
    assert response.json()["session"]["id"] == "1-1"
    assert TOKEN in set_cookies(response)
    assert not set_cookies(visitor.opens())


def test_a_session_goes_on_whose_fresh_token_got_lost(door: Door) -> None:
    visitor = door.confirmed()
    old = visitor.client.cookies[TOKEN]
    door.refresh(500)
    assert TOKEN in set_cookies(visitor.opens())
    visitor.client.cookies.clear()
    visitor.client.cookies.set(TOKEN, old)
    door.refresh(200)
    response = visitor.opens()
    assert is_inside(response)
    assert response.json()["session"]["left"] == 400
    door.refresh(900)  # nobody asks, so that it is over in the end
    assert is_inside(door.visitor().opens())
    assert visitor.opens().status_code == 202


def test_no_store_stays_no_store(door: Door) -> None:
    response = door.visitor().opens("/tickets/no-store")
    assert response.headers["cache-control"] == "no-store"


def test_the_apps_own_cookies_stay(door: Door) -> None:
    cookies = set_cookies(door.visitor().opens("/tickets/cookies"))
    assert {"app", TOKEN} <= set(cookies)


def test_parallel_requests_renew_once(door: Door) -> None:
    visitor = door.confirmed()
    door.refresh(310)
    before = door.store.trips["renew"]
    stale = dict(visitor.client.cookies)
    for _ in range(5):
        copy = door.visitor()
        copy.client.cookies.update(stale)
        assert is_inside(copy.opens())
    assert door.store.trips["renew"] == before + 1


def test_an_admitted_visitor_never_touches_the_store(door: Door) -> None:
    visitor = door.confirmed()
    visitor.opens()
    door.store.trips.clear()
    door.store.is_off = True
    for _ in range(20):
        assert is_inside(visitor.opens())
    assert not door.store.trips


def test_a_poll_never_touches_the_store(door: Door) -> None:
    door.visit_at()
    waiting = door.visit_at()
    waiting.position()
    door.store.trips.clear()
    for _ in range(20):
        assert waiting.position()["you"] == "waiting"
        assert waiting.fetches("/vwr/main/status").status_code == 200
        assert waiting.opens().status_code == 202
    assert not door.store.trips


def test_a_session_that_the_operator_ends_is_refused_within_a_second(open_it: Open) -> None:
    door = open_it(max_active=1)
    visitor = door.confirmed()
    run(door, "end", "main", "1-1", "revoked")
    door.refresh(1.1)
    assert visitor.opens().headers["vwr-state"] == "ended"


def run(door: Door, name: str, *args: object) -> object:
    """Ask the store from where it lives."""
    method = getattr(door.store, name)
    return door.ask(lambda: method(*args))


def test_an_old_place_of_before_a_reset_leads_to_a_new_one_with_an_explanation(door: Door) -> None:
    inside = door.confirmed()
    waiting = door.visit_at()
    run(door, "reset", "main")
    door.refresh()
    assert waiting.position()["you"] == "reset"
    response = waiting.opens()
    assert response.headers["vwr-state"] == "reset"
    assert "vwr_main" in set_cookies(response)
    assert waiting.position()["position"] == 1
    assert is_inside(inside.opens())


def test_a_clock_that_steps_back_loses_nobody(door: Door) -> None:
    inside, waiting = door.confirmed(), door.visit_at()
    door.clock.pass_by(-3600)
    assert is_inside(inside.opens())
    assert waiting.opens().status_code == 202
    assert waiting.position()["position"] == 2


def test_a_worker_that_has_just_begun_knows_every_ended_session_at_its_first_request(
    open_it: Open, store_url: str
) -> None:
    if store_url == "memory://":
        pytest.skip("memory is for one worker")
    door = open_it(max_active=1)
    many_have_ended(door)
    visitor = door.confirmed()
    session = door.session_of(visitor)
    door.ask(lambda: door.store.as_store().end("main", session, "revoked"))
    restarted = open_it(max_active=1).visitor()
    restarted.client.cookies = visitor.client.cookies
    assert restarted.opens().headers["vwr-state"] == "ended"


def many_have_ended(door: Door) -> None:
    """As many sessions as one refresh tells of: a worker brings them to a store that lost them."""
    ended = [f"1-{position}" for position in range(1, ENDED_AT_ONCE + 1)]
    knows = Seen("f" * 16, 1, ENDED_AT_ONCE, ENDED_AT_ONCE)
    ask = replace(door.site.desk.views["main"].ask(door.clock()), seen=knows, ended=ended)
    door.ask(lambda: door.store.as_store().refresh([ask]))
    door.refresh()
