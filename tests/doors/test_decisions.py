"""Proxies that ask first whether a request may go on to the app: `/vwr/auth`, at every door."""

from itertools import product

import httpx
import pytest

from tests.doors.conftest import Open
from tests.support.doors import Door
from tests.support.questions import ASKS_ONLY, DECISION_KEY, PROXIES, SHOWS, asks, lets_in
from tests.support.visitor import TICKET, TOKEN, Visitor, set_cookies


@pytest.fixture
def asked(open_it: Open) -> Door:
    """A room for one, where proxies may ask."""
    return open_it(max_active=1, decision_key=DECISION_KEY)


@pytest.fixture
def wide(open_it: Open) -> Door:
    """The same for fifty."""
    return open_it(max_active=50, decision_key=DECISION_KEY)


def session_of(response: httpx.Response) -> tuple[str | None, ...]:
    """What the app is told of the session. For Caddy every header is there, if only empty."""
    names = ("session-id", "position", "room")
    return tuple(response.headers.get(f"vwr-{name}") or None for name in names)


def numbered(response: httpx.Response) -> list[str]:
    """The cookies that each have a header of their own."""
    told = response.headers.items()
    return [value for name, value in told if name.startswith("vwr-set-cookie-") and value]


def issued(door: Door) -> int:
    """The queue counter."""
    count: int = door.visitor().fetches("/vwr/main/status").json()["issued"]
    return count


def inside(door: Door, proxy: str = "nginx") -> Visitor:
    """Somebody whose session is confirmed."""
    visitor = door.visitor()
    for _ in range(2):
        assert lets_in(asks(visitor, proxy))
    return visitor


def test_somebody_enters_is_confirmed_and_stays_inside(wide: Door) -> None:
    for number, proxy in enumerate(PROXIES, start=1):
        _enters(wide.visitor(), proxy, number)


def _enters(visitor: Visitor, proxy: str, number: int) -> None:
    for cookies in ({TOKEN, TICKET}, {TOKEN}, set()):
        response = asks(visitor, proxy)
        assert (response.status_code, response.content) == (200, b"")
        assert response.headers["vwr-decision"] == "admitted"
        assert session_of(response) == (f"1-{number}", str(number), "main")
        # ingress-nginx would make one header of two.
        assert set(set_cookies(response)) == (cookies & {TOKEN} if "ingress" in proxy else cookies)
        assert numbered(response) == list(set_cookies(response).values())
        assert response.headers["cache-control"] == "private, no-store"


def test_what_no_room_protects_goes_to_the_app(asked: Door) -> None:
    for proxy in PROXIES:
        response = asks(asked.visitor(), proxy, "/about?a=/tickets")
        assert (response.status_code, response.headers["vwr-decision"]) == (200, "open")
        assert session_of(response) == (None, None, None)
        assert not set_cookies(response)


def test_a_no_that_nobody_sees_takes_no_place(asked: Door) -> None:
    inside(asked)
    for proxy, by_script in product(ASKS_ONLY, (False, True)):
        response = asks(asked.visitor(), proxy, by_script=by_script)
        assert (response.status_code, response.content) == (401, b"")
        assert not set_cookies(response)
    assert issued(asked) == 1


@pytest.mark.parametrize(("proxy", "status"), [("traefik", 503), ("envoy", 202)])
def test_a_no_that_is_shown_is_the_waiting_page(asked: Door, proxy: str, status: int) -> None:
    inside(asked)
    visitor = asked.visitor()
    for cookies in ({TICKET}, set()):
        response = asks(visitor, proxy, "/tickets/7?row=2")
        assert response.status_code == status
        assert "You are in line" in response.text
        assert "url=/tickets/7?row=2" in response.text
        assert set(set_cookies(response)) == cookies
        assert response.headers["vwr-status"] == "202"  # for a proxy that can put it right
    assert issued(asked) == 2


def test_a_program_reads_that_it_has_to_wait(asked: Door) -> None:
    inside(asked)
    for proxy in SHOWS:
        response = asks(asked.visitor(), proxy, by_script=True)
        assert response.status_code == 429
        assert response.json()["you"] == "none"
        assert response.headers["vwr-waiting-room"] == "/vwr/main/?next=/tickets"


def test_the_page_after_a_no_gives_the_place(asked: Door) -> None:
    inside(asked)
    visitor = asked.visitor()
    for cookies in ({TICKET}, set()):
        response = asks(visitor, "page", "/tickets/7?row=2")
        assert response.status_code == 202
        assert "url=/tickets/7?row=2" in response.text
        assert set(set_cookies(response)) == cookies
    told = asks(visitor, "page", by_script=True)
    assert (told.status_code, told.json()["position"]) == (429, 2)


def test_whoever_may_enter_only_by_then_is_sent_to_the_app(asked: Door) -> None:
    visitor = asked.visitor()
    opened = asks(visitor, "page", "/tickets/7?row=2")
    assert opened.status_code == 303
    assert opened.headers["location"] == "/vwr/main/?next=/tickets/7%3Frow%3D2"
    assert TOKEN in set_cookies(opened)
    assert visitor.opens(opened.headers["location"]).headers["location"] == "/tickets/7?row=2"
    sent = asks(visitor, "page", "/tickets/buy", "POST", by_script=True)
    assert (sent.status_code, sent.headers["location"]) == (307, "/tickets/buy")


def test_a_called_visitor_enters_by_a_form(asked: Door) -> None:
    waiting = asked.visitor()
    inside(asked)
    asks(waiting, "page")
    assert asked.ask(lambda: asked.store.end("main", "1-1", "completed"))
    for _ in range(4):
        asked.refresh(2)
        waiting.position()
    response = asks(waiting, "nginx", "/tickets/buy", "POST")
    assert lets_in(response)
    assert session_of(response) == ("1-2", "2", "main")
    assert "Max-Age=0" in set_cookies(response)[TICKET]


def test_who_is_inside_costs_the_store_nothing(asked: Door) -> None:
    visitor = inside(asked)
    asks(visitor, "nginx")
    asked.store.trips.clear()
    for _ in range(3):
        for proxy in PROXIES:
            assert lets_in(asks(visitor, proxy))
    assert not asked.store.trips
    counts = asked.site.store_access.views["main"].known_sessions.in_hand
    assert not counts, "nobody tells us when the app has answered"


def test_a_session_is_renewed_by_a_decision(asked: Door) -> None:
    visitor = inside(asked)
    asked.refresh(310)
    assert TOKEN in set_cookies(asks(visitor, "nginx"))
    for _ in range(4):
        asked.refresh(500)
        assert lets_in(asks(visitor, "nginx"))


def test_a_program_is_let_in_by_headers_and_gets_its_token_in_one(asked: Door) -> None:
    program = asked.visitor()
    ticket = program.sends("/vwr/main/tickets").json()["ticket"]
    for _ in range(4):
        asked.refresh()
        headers = {"VWR-Ticket": ticket}
        response = asks(asked.visitor(), "nginx", by_script=True, headers=headers)
    assert lets_in(response)
    token = {"VWR-Token": response.headers["vwr-token"]}
    assert session_of(asks(asked.visitor(), "nginx", headers=token)) == ("1-1", "1", "main")


def test_a_handshake_is_asked_about_like_a_page_and_never_claims(asked: Door) -> None:
    handshake = {"Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}
    for proxy in PROXIES:
        assert not lets_in(asks(asked.visitor(), proxy, headers=handshake))
    assert issued(asked) == 0
    visitor = inside(asked)
    assert lets_in(asks(visitor, "nginx", headers=handshake))


def test_any_method_waits(asked: Door) -> None:
    inside(asked)
    for proxy, method in product(PROXIES, ["HEAD", "OPTIONS", "POST", "PURGE"]):
        assert not lets_in(asks(asked.visitor(), proxy, method=method, by_script=True))


def test_while_the_store_is_away_those_inside_pass_and_others_wait(asked: Door) -> None:
    visitor = inside(asked)
    asked.store.is_off = True
    asked.refresh(30)
    assert lets_in(asks(visitor, "nginx"))
    for proxy in PROXIES:
        assert asks(asked.visitor(), proxy).status_code != 200
    assert asks(asked.visitor(), "page").status_code in (202, 503)


def test_if_the_settings_say_so_newcomers_pass_meanwhile(open_it: Open) -> None:
    door = open_it(max_active=1, decision_key=DECISION_KEY, on_store_error="admit")
    inside(door)
    door.store.is_off = True
    for _ in range(8):
        door.refresh(1)
        response = asks(door.visitor(), "nginx")
    assert response.status_code == 200
    assert session_of(response) == (None, None, None)


def test_where_the_room_is_switched_off_every_question_is_a_yes(open_it: Open) -> None:
    door = open_it(enabled=False, decision_key=DECISION_KEY)
    for proxy, url in product(PROXIES, ("/tickets", "/vwr/main/status")):
        response = asks(door.visitor(), proxy, url)
        assert (response.status_code, session_of(response)) == (200, (None, None, None))
    assert asks(door.visitor(), "nginx", headers={"VWR-Decision-Key": "no"}).status_code == 403
    assert door.visitor().opens("/tickets").json()["session"] is None


def test_a_closed_room_is_no_error_that_a_proxy_may_take_for_leave(open_it: Open) -> None:
    door = open_it(mode="closed", decision_key=DECISION_KEY)
    # Envoy's failure_mode_allow lets everybody in whose question is answered with a 5xx.
    expected = {"nginx": 401, "traefik": 503, "envoy": 429, "page": 503}
    for proxy, status in expected.items():
        assert asks(door.visitor(), proxy).status_code == status


def test_a_page_that_says_200_is_a_no_all_the_same(open_it: Open) -> None:
    door = open_it(max_active=1, waiting_status=200, decision_key=DECISION_KEY)
    inside(door)
    told = {proxy: asks(door.visitor(), proxy).status_code for proxy in (*PROXIES, "page")}
    assert told == dict.fromkeys(ASKS_ONLY, 401) | {
        "traefik": 503,
        "caddy": 503,
        "apache": 503,
        "envoy": 202,
        "page": 200,
    }
