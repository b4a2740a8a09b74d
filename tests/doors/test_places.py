"""Who takes a place in line, and who walks straight in."""

import pytest

from tests.doors.conftest import Open
from tests.support.clock import Clock
from tests.support.doors import Door
from tests.support.faults import fault
from tests.support.visitor import PAGE, is_inside, set_cookies
from vwr_middleware.web.remembered import warn_once

DAY = 24 * 3600


def test_the_first_visitor_walks_straight_in(door: Door) -> None:
    response = door.visitor().opens()
    assert is_inside(response)
    assert response.json()["session"] == {
        "id": "1-1",
        "room": "main",
        "position": 1,
        "left": 60,
        "is_new": True,
    }
    assert set(set_cookies(response)) == {"vwr_main", "vwr_main_token"}
    assert response.headers["cache-control"] == "private"


def test_an_unprotected_path_is_open_and_has_no_session(door: Door) -> None:
    response = door.visitor().opens("/about")
    assert response.json()["session"] is None
    assert not set_cookies(response)


def test_a_navigation_to_a_full_room_takes_a_place(door: Door) -> None:
    door.visit_at()
    response = door.visitor().opens()
    assert response.status_code == 202
    assert response.headers["content-type"].startswith("text/html")
    assert response.headers["vwr-state"] == "waiting"
    assert int(response.headers["retry-after"]) > 0
    assert response.headers["x-robots-tag"] == "noindex"
    assert response.headers["cache-control"] == "private, no-store"
    assert "default-src 'self';" in response.headers["content-security-policy"]
    for name in ("Cookie", "Accept", "Sec-Fetch-Mode", "Sec-Fetch-Dest"):
        assert name in response.headers["vary"]
    assert list(set_cookies(response)) == ["vwr_main"]


def test_a_browser_without_fetch_metadata_takes_a_place_by_its_accept_header(door: Door) -> None:
    door.visit_at()
    response = door.visitor().client.get("/tickets", headers={"Accept": PAGE["Accept"]})
    assert response.status_code == 202
    assert set_cookies(response)


@fault("A page is reloaded, a second tab opened, a tab put to sleep", line="Keep their place.")
def test_a_place_is_kept_across_reloads(door: Door) -> None:
    door.visit_at()
    visitor = door.visit_at()
    assert not set_cookies(visitor.opens())
    assert visitor.position()["position"] == 2


def test_a_place_taken_long_before_the_opening_is_kept_until_a_week_after_it(
    open_it: Open, clock: Clock
) -> None:
    door = open_it(opens_at=clock() + 20 * DAY)
    page = door.visitor().opens()
    by_script = door.visitor().fetches("/vwr/main/tickets", "POST")
    by_form = door.visitor().opens(method="POST")
    for response in (page, by_script, by_form):
        assert f"max-age={4 * 7 * DAY};" in set_cookies(response)["vwr_main"].lower()
    clock.pass_by(20 * DAY - 60)
    door.refresh()
    assert f"max-age={2 * 7 * DAY};" in set_cookies(door.visitor().opens())["vwr_main"].lower()


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"cookie_domain": "other.example"}, "cookie_domain is other.example"),
        ({"cookie_path": "/shop"}, 'cookie_path is "/shop"'),
        ({"cookie_path": "/tickets", "paths": "*"}, 'cookie_path is "/tickets"'),
    ],
)
def test_where_no_cookie_of_ours_comes_back_is_told_in_the_log(
    settings: dict[str, str], told: str, open_it: Open, caplog: pytest.LogCaptureFixture
) -> None:
    warn_once.cache_clear()
    visitor = open_it(mode="queue", **settings).visitor()
    assert visitor.opens().status_code == 202
    assert visitor.position()["you"] == "none"  # its browser keeps or brings none
    visitor.position()
    assert caplog.text.count(told) == 1


def test_a_script_gets_json_and_the_page_to_show_a_person_but_no_place(door: Door) -> None:
    door.visit_at()
    response = door.visitor().fetches("/tickets/list?a=1")
    assert response.status_code == 429
    assert response.headers["content-type"] == "application/json"
    assert response.headers["vwr-waiting-room"].startswith("/vwr/main/?next=/")
    assert response.headers["vwr-state"] == "none"
    assert "retry-after" in response.headers
    assert response.headers["cache-control"] == "private, no-store"
    assert not set_cookies(response)
    assert response.json()["you"] == "none"
    assert door.visit_at().position()["position"] == 2


#: Facebook's app, which asks for a link that somebody scrolls by.
IN_FACEBOOKS_APP = {"X-Purpose": "preview", "X-FB-HTTP-Engine": "Liger"}


def test_nothing_but_a_navigation_takes_a_place(door: Door) -> None:
    door.visit_at()
    asked: list[tuple[dict[str, str], int]] = [
        ({"Accept": "image/*", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}, 429),
        ({"Accept": "*/*", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "manifest"}, 429),
        ({"Accept": "*/*", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "script"}, 429),
        ({"Accept": "application/json"}, 429),
        ({"Accept": "*/*"}, 429),
        ({}, 429),
        ({**PAGE, "Sec-Purpose": "prefetch"}, 503),
        ({**PAGE, "Sec-Purpose": "prefetch;prerender"}, 503),
        ({**PAGE, "Purpose": "prefetch"}, 503),
        ({**PAGE, "X-Sec-Purpose": "prefetch"}, 503),
        ({**PAGE, **IN_FACEBOOKS_APP}, 503),
        ({**PAGE, "User-Agent": "Googlebot/2.1"}, 503),
    ]
    for headers, status in asked:
        response = door.visitor().client.get("/tickets", headers=headers)
        assert response.status_code == status, headers
        assert not set_cookies(response), headers
    assert door.visit_at().position()["position"] == 2


def test_a_crawler_that_takes_anything_reads_what_all_programs_read(door: Door) -> None:
    door.visit_at()
    for _ in range(2):
        answer = door.visitor().fetches(headers={"User-Agent": "Googlebot/2.1"})
        assert (answer.status_code, answer.json()["you"]) == (429, "none")
        door.refresh()


def test_a_head_takes_no_place_and_brings_no_body(door: Door) -> None:
    door.visit_at()
    response = door.visitor().opens(method="HEAD")
    assert response.status_code == 429
    assert response.content == b""
    assert int(response.headers["content-length"]) > 0, "as the answer to GET has"
    assert not set_cookies(response)


#: htmx's extension, which asks while the pointer is over a link.
PRELOAD = {"HX-Preloaded": "true", "Accept": "*/*"}


def test_any_request_but_a_prefetch_enters_a_room_with_space(wide_door: Door) -> None:
    assert is_inside(wide_door.visitor().fetches())
    assert is_inside(wide_door.visitor().loads("/tickets/x"))
    assert is_inside(wide_door.visitor().fetches(method="POST", content=b"a=1"))
    purposes = ({"Sec-Purpose": "prefetch"}, {"X-Sec-Purpose": "prefetch"})
    for headers in (*purposes, IN_FACEBOOKS_APP, PRELOAD):
        response = wide_door.visitor().opens(headers=headers)
        assert response.status_code == 503
        assert not set_cookies(response)


def test_nobody_walks_past_people_who_wait(open_it: Open) -> None:
    door = open_it(max_active=1, mode="queue")
    first = door.visit_at()
    assert first.position()["position"] == 1
    assert door.visitor().fetches().status_code == 429


@pytest.mark.parametrize("status", [200, 202, 429, 503])
def test_the_status_of_the_waiting_page_can_be_set(open_it: Open, status: int) -> None:
    door = open_it(max_active=1, waiting_status=status)
    door.visit_at()
    assert door.visitor().opens().status_code == status


def test_a_closed_room_turns_everybody_away_with_503(open_it: Open) -> None:
    door = open_it(mode="closed", message="Back at ten")
    page = door.visitor().opens()
    assert page.status_code == 503
    assert "retry-after" in page.headers
    assert "Back at ten" in page.text
    script = door.visitor().fetches()
    assert script.status_code == 503
    assert script.json()["state"] == "closed"
    assert script.json()["message"] == "Back at ten"


def test_who_entered_and_got_no_answer_is_inside_though_the_room_has_closed_since(
    open_it: Open,
) -> None:
    door = open_it(max_active=1)
    first, called, behind = door.visit_at(), door.visit_at(), door.visit_at()
    ticket = called.client.cookies["vwr_main"]
    door.frees_a_slot(first)
    for _ in range(4):
        if is_inside(called.opens()):
            break
        door.refresh()
    turned_to(door, "closed")
    lost = door.visitor()
    lost.client.cookies.set("vwr_main", ticket)
    answer = lost.opens()
    assert is_inside(answer)
    assert answer.json()["session"]["id"] == "1-2"
    called.opens("/tickets/done")
    door.refresh()
    lost.client.cookies.clear()
    lost.client.cookies.set("vwr_main", ticket)
    assert [who.opens().status_code for who in (lost, behind)] == [503, 503]


def test_a_room_that_is_off_lets_everybody_pass(open_it: Open) -> None:
    door = open_it(mode="off", max_active=1)
    for _ in range(3):
        response = door.visitor().opens()
        assert response.status_code == 200
        assert not set_cookies(response)


def test_a_room_that_is_turned_off_keeps_the_sessions_of_those_inside(open_it: Open) -> None:
    door = open_it(max_active=2)
    first, second = door.visit_at(), door.visit_at()
    for visitor in (first, second):
        visitor.opens()
    turned_to(door, "off")
    for _ in range(4):  # as long as they are used
        door.refresh(400)
        assert first.opens().json()["session"]["id"] == "1-1"
        assert second.opens().json()["session"]["id"] == "1-2"
    done = second.opens("/tickets/done")
    assert done.status_code == 200 and "vwr-session" not in done.headers
    assert second.opens().json()["session"] is None  # everybody passes
    turned_to(door, "queue")
    assert first.opens().json()["session"]["id"] == "1-1"
    assert second.opens().headers["vwr-state"] == "ended"


def turned_to(door: Door, mode: str) -> None:
    """An operator chooses another mode."""
    door.ask(lambda: door.store.change("main", {"mode": mode}))
    door.refresh()


def test_people_in_line_are_at_most_max_waiting(open_it: Open) -> None:
    door = open_it(max_active=1, max_waiting=1)
    door.visit_at()
    door.visit_at()
    response = door.visitor().opens()
    assert (response.status_code, response.headers["retry-after"]) == (202, "30")
    assert "The line is full" in response.text.partition("<script type")[0]
    assert not set_cookies(response)
    refused = door.visitor().sends("/vwr/main/tickets")
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "30")
    assert "ticket" not in refused.json()


def test_a_bypass_lets_whom_it_knows_pass_without_a_session(open_it: Open) -> None:
    door = open_it(max_active=1, bypass=lambda request: request.header("x-health") == "yes")
    door.visit_at()
    response = door.visitor().opens(headers={"X-Health": "yes"})
    assert response.status_code == 200
    assert response.json()["session"] is None
    assert door.visit_at().position()["position"] == 2


def test_a_switched_off_middleware_steps_aside(open_it: Open) -> None:
    door = open_it(max_active=1, enabled=False)
    for _ in range(2):
        assert door.visitor().opens().json()["session"] is None
    assert not door.store.trips
