"""A flood of requests with long headers, each another one, costs a worker no memory that grows."""

import tracemalloc
from collections.abc import Callable

import pytest

from tests.support.asgi import NAVIGATION, Answer
from tests.support.clock import Clock
from tests.support.faults import fault
from tests.support.house import make_house
from vwr_middleware.web import remembered

REQUESTS, LENGTH = 40, 60_000  # servers take headers of 64 kB and more
ALL_KEPT = REQUESTS * LENGTH


def growth(one_request: Callable[[str], object], requests: int = REQUESTS) -> int:
    """Bytes by which memory has grown after many requests that bring a long text of their own."""
    one_request("")
    tracemalloc.start()
    try:
        for number in range(requests):
            one_request(f"{number:03}" + "x" * LENGTH)
        return tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", ["user-agent", "accept", "accept-language", "host", "cookie"])
def test_long_headers_are_not_kept(clock: Clock, name: str) -> None:
    house = make_house(clock, max_active=1, mode="queue")

    def opens(text: str) -> Answer:
        return house.visitor().ask("GET", "/tickets", {"accept": "text/html"}, {name: text})

    assert opens("").status in (202, 429)
    assert growth(opens) < ALL_KEPT / 2


def test_long_addresses_of_those_who_wait_are_not_kept(clock: Clock) -> None:
    house = make_house(clock, max_active=1, mode="queue")
    visitor = house.visitor()
    assert visitor.open().status == 202
    assert growth(lambda text: visitor.open(f"/tickets?{text}")) < ALL_KEPT / 2


def test_long_addresses_of_ours_are_not_kept(clock: Clock) -> None:
    house = make_house(clock)
    assert house.visitor().get("/vwr/main?a=1").header("location") == "/vwr/main/?a=1"
    assert growth(lambda text: house.visitor().get(f"/vwr/main?{text}")) < ALL_KEPT / 2


@pytest.mark.parametrize(("method", "path"), [("GET", "/vwr/main"), ("POST", "/vwr/main/")])
def test_a_long_query_of_ours_is_not_led_along(clock: Clock, method: str, path: str) -> None:
    """To quote megabytes of it takes a worker a while, in which nobody else is answered."""
    visitor = make_house(clock).visitor()
    for query, led in (("?a=1", "?a=1"), ('?"', "?%22"), ("?" + '"' * LENGTH, "")):
        answer = visitor.ask(method, path + query, NAVIGATION, {})
        assert answer.header("location") == f"/vwr/main/{led}"


@fault(
    "Ever new cookies beside a good ticket, to fill the memory",
    line="Are known all the while.",
    figure="1,000 such requests: less than 0.5 MB.",
)
def test_one_ticket_beside_ever_new_cookies_is_forgotten_in_time(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remembered, "MOST_CHARACTERS", 200_000)
    house = make_house(clock, mode="queue")
    ticket = house.visitor().open().cookies["vwr_main"]

    def polls(text: str) -> Answer:
        cookies = f"vwr_main={ticket}; x={text[:1900]}"
        return house.visitor().ask("GET", "/vwr/main/position", {}, {"cookie": cookies})

    assert polls("").json["you"] == "waiting"
    assert growth(polls, requests=1000) < 500_000
