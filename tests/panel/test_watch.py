"""What the panel says of waits and of shared sessions, by two workers that see other people."""

import re
from typing import Any

import httpx
import jwt
import pytest

from tests.panel.conftest import Open
from tests.support.clock import Clock
from tests.support.doors import Door
from tests.support.lost import at_door
from tests.support.panel import GIVEN, api, signed_in
from tests.support.visitor import Visitor


@pytest.fixture
def workers(open_it: Open, shared_url: str) -> list[Door]:
    """Two workers of one room, behind a proxy that tells addresses."""
    given = {**GIVEN, "max_active": 2, "trusted_proxies": 1, "session_seconds": 100}
    return [open_it(name, shared_url, **given) for name in ("wsgi", "asgi")]


def moved(visitor: Visitor, door: Door, address: str) -> Visitor:
    """The same browser at another address, with another worker."""
    other = at_door(door, visitor)
    other.client.headers["X-Forwarded-For"] = address
    return other


def came(door: Door, address: str) -> Visitor:
    """Somebody who enters, and confirms."""
    visitor = door.visitor()
    visitor.client.headers["X-Forwarded-For"] = address
    visitor.opens()
    assert visitor.opens().json()["session"]
    return visitor


def numbers(door: Door) -> dict[str, Any]:
    for _ in range(2):  # on a busy machine the first may not be waited for
        door.refresh()
        answer: dict[str, Any] = api(door).get("/rooms/main").json()
    return answer


def sessions(door: Door) -> dict[str, int]:
    numbers(door)
    rows = api(door).get("/rooms/main/sessions").json()["sessions"]
    return {row["session"]: row["addresses"] for row in rows}


def shown(door: Door, visitor: str) -> httpx.Response:
    return signed_in(door).send("explain", visitor=visitor)


def test_a_session_that_many_share_shows_with_its_addresses(
    workers: list[Door], clock: Clock
) -> None:
    one, other = workers
    owner, alone = came(one, "203.0.113.1"), came(one, "203.0.113.99")
    for number in range(2, 6):
        clock.pass_by(1.1)
        moved(owner, other, f"203.0.113.{number}").opens()
    alone.opens()
    for door in workers:
        door.refresh()
        api(door).get("/rooms/main")
    assert sessions(one) == {"1-1": 5, "1-2": 1}
    assert list(sessions(other)) == ["1-1", "1-2"]
    text = shown(one, "1").text
    assert "Used from 5 addresses" in text and "Used from" not in shown(one, "2").text
    told = api(other).post("/rooms/main/explain", json={"position": 1}).json()
    assert told["addresses"] == 5


def test_whoever_renews_a_shared_session_is_seen(workers: list[Door], clock: Clock) -> None:
    one, other = workers
    owner = came(one, "203.0.113.1")
    clock.pass_by(60)
    assert "vwr_main_token" in moved(owner, other, "203.0.113.2").opens().headers["set-cookie"]
    assert sessions(other) == {"1-1": 2}


def test_whoever_shares_a_session_that_is_not_renewed_is_seen_by_sample(
    workers: list[Door], clock: Clock
) -> None:
    one, other = workers
    owner = came(one, "203.0.113.1")
    thief = moved(owner, one, "203.0.113.2")
    clock.pass_by(0.6)
    assert "set-cookie" not in thief.opens().headers
    numbers(one)
    assert sessions(other) == {"1-1": 2}


def test_one_address_and_one_ipv6_network_are_one(workers: list[Door], clock: Clock) -> None:
    one, other = workers
    owner = came(one, "2001:db8::1")
    for _ in range(3):
        clock.pass_by(1.1)
        moved(owner, other, "2001:db8::ffff:2").opens()
    assert sessions(other) == {"1-1": 1}


def test_neither_token_nor_store_tells_an_address(workers: list[Door], clock: Clock) -> None:
    one, other = workers
    owner = came(one, "203.0.113.1")
    clock.pass_by(60)
    moved(owner, other, "203.0.113.2").opens()
    assert sessions(other) == {"1-1": 2}
    claims = jwt.decode(owner.client.cookies["vwr_main_token"], options={"verify_signature": False})
    assert re.fullmatch("[0-9a-f]{6}", claims["adr"])
    kept = other.ask(lambda: other.store.as_store().record("main")).sharers
    assert ("1-1", claims["adr"]) in kept and "203" not in str(kept)


def test_an_ended_session_is_listed_no_more(workers: list[Door], clock: Clock) -> None:
    one, other = workers
    owner = came(one, "203.0.113.1")
    clock.pass_by(60)
    moved(owner, other, "203.0.113.2").opens()
    assert sessions(other) == {"1-1": 2}
    api(one).delete("/rooms/main/sessions/1-1")
    assert sessions(one) == {}


def test_the_longest_wait_is_the_one_of_whoever_joined_first_and_still_asks(
    workers: list[Door], clock: Clock
) -> None:
    one, other = workers
    came(one, "203.0.113.1"), came(other, "203.0.113.2")
    first, second = one.visit_at(), None
    clock.pass_by(30)
    second = other.visit_at()
    assert numbers(other)["longest_wait"] is None  # nobody has asked yet
    clock.pass_by(2)
    first.position(), second.position()
    for door in (one, other):
        numbers(door)
    assert 33 <= numbers(other)["longest_wait"] <= 43
    assert "in line now" in signed_in(one).open().text
    first.fetches("/vwr/main/leave", "POST")
    clock.pass_by(45)
    second.position()
    assert 45 <= numbers(other)["longest_wait"] <= 62
    second.fetches("/vwr/main/leave", "POST")
    api(one).post("/rooms/main/advance", json={"count": 2})
    assert numbers(other)["longest_wait"] is None, "nobody waits"


def test_who_moved_to_another_device_hides_nobody_who_waits_longer(
    workers: list[Door], clock: Clock
) -> None:
    one, other = workers
    came(one, "203.0.113.1"), came(other, "203.0.113.2")
    first, second, laptop = one.visit_at(), one.visit_at(), one.visitor()
    clock.pass_by(60)
    code = first.fetches("/vwr/main/resume", "POST").json()["code"]
    laptop.fetches("/vwr/main/resume", "POST", json={"code": code})
    clock.pass_by(10)
    one.refresh()
    laptop.position(), second.position()
    for door in workers:
        numbers(door)
    assert 70 <= numbers(other)["longest_wait"] <= 85


@pytest.mark.parametrize("way", ["page", "client"])
def test_the_longest_wait_of_those_who_entered_is_measured(
    workers: list[Door], clock: Clock, way: str
) -> None:
    one, other = workers
    inside = came(one, "203.0.113.1")
    came(other, "203.0.113.2")
    waiting = one.visit_at()
    clock.pass_by(40)
    inside.fetches("/vwr/main/leave", "POST")
    for _ in range(8):
        one.refresh()
        waiting.position()
        if way == "client":
            entered = waiting.sends("/vwr/main/token").status_code == 200
        else:
            entered = waiting.opens().status_code == 200
        if entered:
            break
    assert entered
    numbers(one)
    assert 40 <= numbers(other)["longest_waited"] <= 55
    assert "Longest wait of those who entered" in signed_in(other).open().text
    clock.pass_by(700)
    assert numbers(other)["longest_waited"] is None
