"""Joins per address: they are counted where they bring a place, and nowhere else."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.doors.conftest import Open
from tests.support.visitor import set_cookies
from vwr_middleware.web.remembered import warn_once

TICKETS = "/vwr/main/tickets"


def test_joins_per_address_are_limited(open_it: Open) -> None:
    door = open_it(max_active=1, joins_per_address=2)
    door.visit_at()
    door.visit_at()
    response = door.visitor().opens()
    assert response.status_code == 429
    assert response.headers["retry-after"] == "60"
    assert not set_cookies(response)
    assert ">One moment</h1>" in response.text
    told = door.visitor().sends(TICKETS)
    assert (told.status_code, told.headers["retry-after"], told.json()["you"]) == (
        429,
        "60",
        "none",
    )


def test_the_log_tells_of_a_proxy_whose_visitors_count_as_one_address(
    open_it: Open, caplog: pytest.LogCaptureFixture
) -> None:
    warn_once.cache_clear()
    door = open_it(max_active=1, joins_per_address=2)
    statuses = []
    for number in range(4):
        visitor = door.visitor()
        visitor.client.headers["X-Forwarded-For"] = f"203.0.113.{number}"
        statuses.append(visitor.opens().status_code)
        assert ("joins_per_address refuses them" in caplog.text) == (number > 1)
    assert statuses == [200, 202, 429, 429]
    assert caplog.text.count("trusted_proxies is 0") == 1


def test_whoever_enters_at_once_has_joined(open_it: Open) -> None:
    door = open_it(max_active=5, joins_per_address=2)
    answers = [door.visitor().fetches("/tickets") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 429, 429]
    assert not set_cookies(answers[-1])
    assert door.visitor().opens().status_code == 429


def test_whoever_may_not_enter_at_once_has_not(open_it: Open) -> None:
    door = open_it(max_active=1, joins_per_address=2)
    door.visit_at()
    for _ in range(4):
        assert door.visitor().fetches("/tickets").status_code == 429
    assert "vwr_main" in set_cookies(door.visitor().opens())


def test_a_full_line_costs_no_join(open_it: Open) -> None:
    door = open_it(max_active=1, max_waiting=1, joins_per_address=3)
    for _ in range(2):
        door.visit_at()
    for _ in range(3):
        assert door.visitor().opens().status_code == 202
        assert door.visitor().sends(TICKETS).status_code == 503
    door.ask(lambda: door.store.as_store().change("main", {"max_waiting": 5}))
    door.refresh()
    assert "vwr_main" in set_cookies(door.visitor().opens())
    assert door.visitor().opens().status_code == 429


def test_an_outage_costs_no_join(open_it: Open) -> None:
    door = open_it(max_active=1, joins_per_address=2)
    door.visit_at()
    door.store.is_off = True
    door.refresh(2)
    for _ in range(3):
        assert door.visitor().opens().headers["vwr-state"] == "store-down"
        assert door.visitor().sends(TICKETS).status_code == 503
    door.store.is_off = False
    door.refresh(6)
    assert "vwr_main" in set_cookies(door.visitor().opens())
    assert door.visitor().opens().status_code == 429


def test_whoever_has_had_all_joins_is_told_of_an_outage_first(open_it: Open) -> None:
    door = open_it(max_active=1, joins_per_address=1)
    door.visit_at()
    door.store.is_off = True
    door.refresh(2)
    assert door.visitor().opens().headers["vwr-state"] == "store-down"
    assert door.visitor().sends(TICKETS).status_code == 503


def test_whoever_has_had_all_joins_is_let_in_while_the_store_is_away(open_it: Open) -> None:
    door = open_it(max_active=1, joins_per_address=1, on_store_error="admit")
    door.visit_at()
    door.store.is_off = True
    door.refresh(2)
    assert door.visitor().opens().status_code == 200


def test_joins_at_the_same_time_are_no_more_than_those_one_by_one(open_it: Open) -> None:
    door = open_it(max_active=1, joins_per_address=3)
    visitors = [door.visitor() for _ in range(12)]
    with ThreadPoolExecutor(len(visitors)) as crowd:
        answers = list(crowd.map(lambda visitor: visitor.opens().status_code, visitors))
    assert 429 in answers
    door.refresh()
    assert 1 <= door.visitor().fetches("/vwr/main/status").json()["issued"] <= 3
