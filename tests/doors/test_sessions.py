"""A session: confirmed, renewed, expired; and what a cache may keep of it."""

from tests.doors.conftest import Open
from tests.support.doors import Door
from tests.support.visitor import TOKEN, is_inside, set_cookies


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
    door.refresh(445)
    assert not set_cookies(visitor.opens("/tickets/public"))
    door.refresh(10)
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


def test_the_apps_own_cookies_stay(door: Door) -> None:
    cookies = set_cookies(door.visitor().opens("/tickets/cookies"))
    assert {"app", TOKEN} <= set(cookies)


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


def test_an_old_place_of_before_a_reset_leads_to_a_new_one_with_an_explanation(door: Door) -> None:
    inside = door.confirmed()
    waiting = door.visit_at()
    door.ask(lambda: door.store.as_store().reset("main"))
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
