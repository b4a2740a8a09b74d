"""Several rooms, by path and by host, and rooms of single views."""

from typing import Any

import pytest

from tests.doors.conftest import Open
from tests.support.doors import Door
from tests.support.visitor import is_inside, set_cookies

ROOMS: list[dict[str, Any]] = [
    {"name": "main", "paths": "/tickets", "max_active": 50},
    {"name": "vip", "paths": "/vip", "max_active": 1},
    {"name": "action", "paths": [], "max_active": 1},
]


@pytest.fixture
def door(open_it: Open) -> Door:
    """An app with three rooms, of which one is for a single view."""
    return open_it(rooms=ROOMS)


def test_rooms_by_host_go_by_what_a_trusted_proxy_says(open_it: Open) -> None:
    hosts = {"shop": "shop.example", "pay": "pay.example"}
    rooms = [{"name": n, "paths": "/tickets", "hosts": [host]} for n, host in hosts.items()]
    door = open_it(rooms=rooms, trusted_proxies=1)
    for name, host in hosts.items():
        response = door.visitor().opens(headers={"Host": "app:8000", "X-Forwarded-Host": host})
        assert response.json()["session"]["room"] == name


@pytest.mark.parametrize(
    ("logo", "look"),
    [
        ("/tickets/logo", {"logo": "/tickets/logo"}),
        ("/tickets/lo%67o?v=2", {"theme": {"logo": "/tickets/lo%67o?v=2"}}),
    ],
)
def test_those_in_line_see_the_logo_and_nothing_else_of_the_app(
    open_it: Open, logo: str, look: dict[str, Any]
) -> None:
    door = open_it(paths="/", max_active=1, **look)
    door.visit_at("/tickets")
    waiting = door.visitor()
    assert logo in waiting.opens("/tickets").text
    picture = waiting.fetches(logo, headers={"Sec-Fetch-Dest": "image"})
    assert (picture.status_code, picture.json()["session"]) == (200, None)
    for path in ("/tickets/logo/more", "/tickets/logos", "/tickets/logo%2fmore", "/tickets/LOGO"):
        assert waiting.fetches(path).status_code == 429


def test_rooms_have_cookies_and_lines_of_their_own(door: Door) -> None:
    visitor = door.visit_at("/tickets")
    assert is_inside(visitor.opens("/vip"))
    assert visitor.cookies == {"vwr_main_token", "vwr_vip_token"}
    other = door.visit_at("/vip")
    assert other.position("vip")["position"] == 2
    assert is_inside(other.opens("/tickets"))


@pytest.mark.parametrize(("header", "before"), [("VWR-Token", ""), ("Authorization", "Bearer ")])
def test_the_token_of_another_room_in_a_header_hides_no_cookie(
    door: Door, header: str, before: str
) -> None:
    visitor = door.visit_at("/vip")
    token = door.visit_at("/tickets").client.cookies["vwr_main_token"]
    for _ in range(3):  # confirmed, then renewed
        answer = visitor.fetches("/vip", headers={header: f"{before}{token}"})
        assert is_inside(answer)
        assert answer.json()["session"]["id"] == "1-1"
        door.refresh(310)


@pytest.mark.decorated_views
def test_a_decorated_view_has_a_room_whatever_its_path(door: Door) -> None:
    first, second = door.visitor(), door.visitor()
    told = first.opens("/action").json()["session"]
    assert (told["room"], told["position"]) == ("action", 1)
    response = second.opens("/action")
    assert response.status_code == 202
    assert "vwr_action" in set_cookies(response)
    assert second.position("action")["position"] == 2
    assert second.fetches("/action").status_code == 429
    assert is_inside(first.opens("/action"))
    assert second.opens("/about").json()["session"] is None


@pytest.mark.decorated_views
def test_a_decorated_action_takes_its_body_when_the_turn_has_come(door: Door) -> None:
    told = door.visitor().fetches("/action", "POST", content=b"seat=7").json()
    assert told["body"] == "seat=7"
    assert told["session"]["room"] == "action"
    assert door.visitor().fetches("/action", "POST", content=b"seat=8").status_code == 429


def test_a_synchronous_view_of_asynchronous_django_asks_where_the_store_lives(door: Door) -> None:
    if door.name != "django-asgi":
        pytest.skip("only Django runs such a view in a thread")
    first, second = door.visitor(), door.visitor()
    assert is_inside(first.opens("/action-in-a-thread"))
    assert is_inside(first.opens("/action-in-a-thread"))
    assert second.opens("/action-in-a-thread").status_code == 202
    assert not door.site.store_access.views["action"].known_sessions.in_hand


@pytest.mark.decorated_views
def test_a_decorated_view_counts_its_requests(door: Door) -> None:
    door.visit_at("/action").opens("/action")
    assert not door.site.store_access.views["action"].known_sessions.in_hand


def test_a_decorator_without_its_room_fails_loudly(open_it: Open) -> None:
    door = open_it(max_active=1)
    assert door.visitor().opens("/action").status_code == 500


def test_a_second_host_is_no_way_into_the_room_of_another(open_it: Open) -> None:
    hosts = {"shop": "shop.example", "pay": "pay.example"}
    rooms = [{"name": n, "paths": "/tickets", "hosts": [host]} for n, host in hosts.items()]
    door = open_it(rooms=rooms)
    for method in ("GET", "POST"):
        response = door.visitor().opens("/tickets", method, headers={"Host": "pay.example, x"})
        assert response.status_code == 400
        assert response.json() == {
            "error": "the request names hosts of several rooms: send one Host header"
        }
