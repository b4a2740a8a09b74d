"""What each cache keeps for everybody: a crowd that polls reaches the app once a second. And what
it tells the app of whoever asks for anything else."""

import re
import threading
import time

import pytest

from tests.support.cache_walk import status_of, visitors
from tests.support.caches import SPA, Cached, Somebody
from tests.support.in_time import in_time

pytestmark = pytest.mark.outside

STATUS = "/vwr/main/status"
#: Polls of a crowd, and the connections on which they come at the same time.
POLLS, AT_ONCE = 150, 8


def _polls(one: Somebody, polled: list[int]) -> None:
    for number in range(POLLS):
        answer = one.asks(f"{STATUS}?{one.name}{number}", Cookie=f"mine={one.name}")
        polled.append(answer.status)


def test_a_crowd_that_polls_reaches_the_app_about_once_a_second(cache: Cached) -> None:
    crowd = [cache.somebody(f"of-the-crowd-{number}") for number in range(AT_ONCE)]
    polled: list[int] = []
    threads = [threading.Thread(target=_polls, args=[one, polled]) for one in crowd]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.monotonic() - began
    assert polled == [200] * POLLS * AT_ONCE
    reached = [address for _, address in cache.app.asked]
    assert set(reached) <= {STATUS}, "neither the query nor the cookie is told to the app"
    assert not [seen for seen in cache.app.seen if "cookie" in seen]
    assert len(reached) <= took + 2


def test_a_status_is_not_kept_for_longer_than_some_seconds(cache: Cached) -> None:
    one = cache.somebody("one")
    one.asks(STATUS)
    before = cache.app.count(STATUS)
    assert in_time(lambda: one.asks(STATUS).status == 200 and cache.app.count(STATUS) > before)


def test_the_status_tells_of_whoever_joins_within_some_seconds(cache: Cached) -> None:
    one = cache.somebody("one")
    assert in_time(lambda: b'"issued":0' in one.asks(STATUS).body, 20)
    visitors(cache)
    assert in_time(lambda: b'"issued":4' in one.asks(STATUS).body, 20)


def test_a_kept_status_is_not_sent_again_to_whoever_has_it(cache: Cached) -> None:
    one = cache.somebody("one")
    told = one.asks(STATUS)

    def is_known() -> bool:
        nonlocal told
        answer = one.asks(STATUS, If_None_Match=told.headers["etag"])
        told = told if answer.status == 304 else answer
        return answer.status == 304 and answer.body == b""

    assert in_time(is_known, 20)


def test_each_origin_gets_the_status_that_its_scripts_may_read(cache: Cached) -> None:
    allowed, other, none = (cache.somebody(name) for name in ("allowed", "other", "none"))
    for _ in range(3):
        answers = [
            none.asks(STATUS),
            allowed.asks(STATUS, Origin=SPA),
            other.asks(STATUS, Origin="https://evil.example"),
        ]
        may_read = [answer.headers.get("access-control-allow-origin") for answer in answers]
        assert may_read == [None, SPA, None]


@pytest.mark.parametrize("first", ["gzip, br", "identity"])
def test_files_are_kept_in_each_encoding_that_is_asked_for(cache: Cached, first: str) -> None:
    one = cache.somebody("one")
    found = re.search(rb'/vwr/static/[^"> ]+', one.opens("/late").body)
    assert found
    file = found[0].decode()
    for taken in (first, "gzip;q=0", "gzip, deflate", "identity", "br;q=1, gzip;q=1"):
        answer = one.asks(file, Accept_Encoding=taken)
        has_gzip = answer.body[:2] == b"\x1f\x8b"
        assert (answer.status, has_gzip) == (200, "gzip" in taken and "q=0" not in taken)
        assert has_gzip == (answer.headers.get("content-encoding") == "gzip")
        assert "immutable" in answer.headers["cache-control"]
    assert cache.app.count(file) <= 2


def test_the_app_hears_who_asks_and_how(cache: Cached) -> None:
    one = cache.somebody("one")
    one.asks("/about", X_Forwarded_For="203.0.113.7", X_Request_ID="made-up", VWR_Ticket="mine")
    (seen,) = cache.app.seen
    assert seen["host"] == seen["x-forwarded-host"] == "shop.example"
    assert seen["x-forwarded-proto"] == "http"
    assert seen["x-forwarded-for"].split(", ")[-1] == "127.0.0.1"
    assert seen["vwr-ticket"] == "mine"
    assert len(seen["x-request-id"]) > 5


def test_connections_to_the_app_are_kept(cache: Cached) -> None:
    one = cache.somebody("one")
    for _ in range(20):
        one.asks("/about")
    assert len(cache.app.ports) < 5


def test_whoever_waits_is_called_and_comes_in(cache: Cached) -> None:
    inside, *_, in_line, _ = visitors(cache)
    assert status_of(in_line) == "waiting"
    inside.asks("/vwr/main/complete", "POST")
    program = next(one for one in cache.people if one.name == "program-in-line")
    assert in_time(lambda: program.asks("/tickets").status == 200, 30)
