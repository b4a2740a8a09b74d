"""A flood of requests with long headers, each another one, costs a worker no memory that grows."""

import tracemalloc
from collections.abc import Callable

import pytest

from tests.support.asgi import Answer
from tests.support.clock import Clock
from tests.support.house import make_house

REQUESTS, LENGTH = 40, 60_000  # servers take headers of 64 kB and more
ALL_KEPT = REQUESTS * LENGTH


def growth(one_request: Callable[[str], object]) -> int:
    """Bytes by which memory has grown after many requests that bring a long text of their own."""
    one_request("")
    tracemalloc.start()
    try:
        for number in range(REQUESTS):
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


def test_long_addresses_of_ours_are_not_kept(clock: Clock) -> None:
    house = make_house(clock)
    assert house.visitor().get("/vwr/main?a=1").header("location") == "/vwr/main/?a=1"
    assert growth(lambda text: house.visitor().get(f"/vwr/main?{text}")) < ALL_KEPT / 2
