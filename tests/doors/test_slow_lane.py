"""The slow lane: who looks like a robot is called after the others, and an appeal brings the place
back."""

import re

import pytest

from tests.doors.conftest import Open
from tests.support.doors import Door
from tests.support.visitor import TICKET, Visitor, is_inside, set_cookies
from vwr_middleware.papers.puzzles import solve
from vwr_middleware.web.http import Request

APPEAL = "/vwr/main/appeal"
ROBOT = {"User-Agent": "made by a script"}

#: Once in a loop and once in place, over both stores that workers can share: that is enough here.
pytestmark = pytest.mark.parametrize(
    ("door_name", "store_url"), [("asgi", "sqlite"), ("wsgi", "redis")], indirect=True
)


def robotic(request: Request) -> bool:
    return request.header("user-agent") == "made by a script"


@pytest.fixture
def door(open_it: Open) -> Door:
    """A room for one, with somebody inside, who is served by sessions of a minute."""
    given = {"slow_lane": robotic, "slow_share": 0.05, "challenge_work": 8}
    found = open_it(max_active=1, session_seconds=60, session_grace=0, **given)
    found.confirmed()
    return found


def robot_at(door: Door) -> Visitor:
    visitor = door.visitor()
    assert visitor.opens(headers=ROBOT).status_code == 202
    return visitor


def solves(visitor: Visitor) -> str:
    """Where somebody is led who solves the puzzle of the appeal."""
    found = re.search('data-puzzle="([^"]+)"', visitor.opens(APPEAL).text)
    assert found
    response = visitor.opens(APPEAL, "POST", data={"solution": solve(found[1])})
    assert response.status_code == 303
    return str(response.headers["location"])


def test_who_looks_like_a_robot_is_called_after_the_others(door: Door) -> None:
    robot = robot_at(door)
    people = [door.visit_at() for _ in range(3)]
    door.refresh()
    places = [one.position()["position"] for one in people]
    assert robot.position()["position"] > max(places)
    page = robot.opens().text
    assert "You are called after others" in page
    assert "You are called after others" in robot.opens().text, "also when it is remembered"
    assert "You are called after others" not in people[0].opens().text


def test_an_appeal_brings_the_place_back(door: Door) -> None:
    robot = robot_at(door)
    later = door.visit_at()
    door.refresh()
    before = robot.client.cookies[TICKET]
    solves(robot)
    assert "You are called after others" not in robot.opens().text
    door.refresh()
    assert robot.position()["position"] < later.position()["position"]
    other = door.visitor()
    told = other.fetches("/vwr/main/position", headers={"VWR-Ticket": before}).json()
    assert told["you"] == "left", "nobody has both places"


def test_a_solution_brings_one_place_back(door: Door) -> None:
    first, second = robot_at(door), robot_at(door)
    found = re.search('data-puzzle="([^"]+)"', first.opens(APPEAL).text)
    assert found
    data = {"solution": solve(found[1])}
    assert "again=1" not in first.opens(APPEAL, "POST", data=data).headers["location"]
    assert "again=1" in second.opens(APPEAL, "POST", data=data).headers["location"]
    assert "You are called after others" in second.opens().text


def test_who_has_nothing_to_appeal_is_led_to_the_line(door: Door) -> None:
    for visitor in (door.visitor(), door.visit_at()):
        response = visitor.opens(APPEAL)
        assert (response.status_code, response.headers["location"]) == (
            303,
            "/vwr/main/?next=/tickets",
        )
    robot, thief = robot_at(door), robot_at(door)
    name = f"{TICKET}_appeal"
    thief.client.cookies.delete(name)
    thief.client.cookies.set(name, robot.client.cookies[name])
    assert thief.opens(APPEAL).status_code == 303, "the proof is for another place"


def test_a_cookie_that_a_subdomain_has_set_hides_no_proof(door: Door) -> None:
    robot, name = robot_at(door), f"{TICKET}_appeal"
    slow, proof = robot.client.cookies[TICKET], robot.client.cookies[name]
    both = f"{name}=forged; {TICKET}={slow}; {name}={proof}"
    assert "data-puzzle" in door.visitor().opens(APPEAL, headers={"Cookie": both}).text


def test_a_kept_place_is_no_ticket(door: Door) -> None:
    robot = robot_at(door)
    kept = robot.client.cookies[f"{TICKET}_appeal"]
    told = door.visitor().fetches("/vwr/main/position", headers={"VWR-Ticket": kept})
    assert told.json()["you"] == "none"
    joined = door.visitor().sends("/vwr/main/tickets", headers={"VWR-Ticket": kept})
    assert joined.status_code == 400


def test_the_apps_own_appeal_is_a_sign_in(open_it: Open) -> None:
    def signed_in(request: Request) -> str | None:
        return None if "signed=in" in str(request.cookies) else "/login?next=/vwr/main/appeal"

    door = open_it(max_active=1, slow_lane=[robotic], appeal=signed_in)
    door.confirmed()
    robot = robot_at(door)
    assert robot.opens(APPEAL).headers["location"] == "/login?next=/vwr/main/appeal"
    assert "You are called after others" in robot.opens().text
    robot.client.cookies.set("signed", "in")
    robot.opens(APPEAL)
    assert "You are called after others" not in robot.opens().text


def joins_from(door: Door, address: str) -> Visitor:
    """Somebody who comes through a proxy that tells this address."""
    visitor = door.visitor()
    visitor.client.headers["X-Forwarded-For"] = address
    visitor.opens()
    return visitor


def is_slow(visitor: Visitor) -> bool:
    return "You are called after others" in visitor.opens().text


def test_too_many_of_one_network_are_slowed_and_not_refused(open_it: Open) -> None:
    door = open_it(max_active=1, slow_lane="network", slow_joins_per_address=2)
    door.confirmed()
    people = [door.visit_at() for _ in range(3)]
    assert [is_slow(one) for one in people] == [False, True, True]
    people[0].opens()  # a reload is no join
    door.clock.pass_by(30)
    assert [is_slow(door.visit_at()) for _ in range(2)] == [False, True], (
        "one more in half a minute"
    )


def test_beyond_the_harder_limit_nobody_joins(open_it: Open) -> None:
    limits = {"slow_joins_per_address": 2, "joins_per_address": 4}
    door = open_it(max_active=1, slow_lane="network", **limits)
    door.confirmed()
    people = [door.visit_at() for _ in range(3)]
    assert [is_slow(one) for one in people] == [False, True, True]
    assert door.visitor().opens().status_code == 429


def test_a_network_is_an_address_or_a_block_of_ipv6_as_the_trusted_proxy_tells_it(
    open_it: Open,
) -> None:
    limits = {"slow_lane": "network", "slow_joins_per_address": 1, "trusted_proxies": 1}
    door = open_it(max_active=1, **limits)
    joins_from(door, "198.51.100.1")  # goes in
    slow = {
        address: is_slow(joins_from(door, address))
        for address in (
            "203.0.113.7",
            "6.6.6.6, 203.0.113.7",  # made up by the visitor, before what the proxy has added
            "203.0.113.8",
            "2001:db8:1:2::1",
            "2001:db8:1:2:ffff::9",
            "2001:db8:1:3::1",
        )
    }
    assert [*slow.values()] == [False, True, False, False, True, False]


def test_without_a_trusted_proxy_nobody_evades_it_by_a_header(open_it: Open) -> None:
    door = open_it(max_active=1, slow_lane="network", slow_joins_per_address=2)
    people = [joins_from(door, f"203.0.113.{number}") for number in range(4)][1:]
    assert [is_slow(one) for one in people] == [False, True, True]


def test_who_cannot_solve_the_puzzle_may_go_on_behind_the_others(open_it: Open) -> None:
    given = {"challenge": "pow", "challenge_work": 8, "slow_lane": "unsolved"}
    door = open_it(mode="queue", max_active=1, per_minute=0.001, burst=1, **given)
    visitor = door.visitor()
    page = visitor.opens("/vwr/main/puzzle?next=/tickets")
    assert "puzzle?next=/tickets&amp;skip=1" in page.text.replace("&skip", "&amp;skip")
    skips = "/vwr/main/puzzle?next=/tickets&skip=1"
    led_by_others = visitor.opens(skips, headers={"Sec-Fetch-Site": "cross-site"})
    assert (led_by_others.status_code, set_cookies(led_by_others)) == (200, {})
    response = visitor.opens(skips)
    assert (response.status_code, response.headers["location"]) == (303, "/tickets")
    door.refresh()
    assert visitor.opens("/tickets").status_code == 202
    assert "You are called after others" in visitor.opens("/tickets").text


def test_who_is_known_by_name_is_never_slowed(open_it: Open) -> None:
    def identity(request: Request) -> str | None:
        return request.header("x-account") or None

    door = open_it(max_active=1, slow_lane=robotic, identity=identity)
    door.confirmed()
    phone, laptop = door.visitor(), door.visitor()
    for device in (phone, laptop):
        device.opens(headers={**ROBOT, "X-Account": "anna"})
    door.refresh()
    assert phone.position()["position"] == laptop.position()["position"]
    assert "You are called after others" not in phone.opens().text


def test_a_rule_that_fails_slows_nobody(open_it: Open) -> None:
    door = open_it(max_active=1, slow_lane=lambda request: 1 // 0)
    door.confirmed()
    assert "You are called after others" not in door.visit_at().opens().text


def test_an_empty_room_lets_everybody_in(open_it: Open) -> None:
    door = open_it(max_active=1, slow_lane=robotic)
    assert is_inside(door.visitor().opens(headers=ROBOT))
