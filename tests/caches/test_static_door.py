"""The static door through each cache: one page for all who come at once, and for nobody else."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.caches.conftest import CACHE_PARAMS
from tests.support.cache_walk import leaks, status_of, visitors
from tests.support.caches import Cached, Somebody, cached, with_door
from tests.support.in_time import in_time

pytestmark = pytest.mark.outside

DOOR = "/vwr/main/door/en"


@pytest.fixture(scope="module", params=CACHE_PARAMS)
def started_cache(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Cached]:
    """Each cache, with the static door switched on as its comments say."""
    with cached(request.param, tmp_path_factory.mktemp(request.param), with_door) as started:
        yield started


def is_door(one: Somebody, path: str = "/tickets", **more: str) -> bool:
    answer = one.opens(path, **more)
    return b"data-most" in answer.body and "set-cookie" not in answer.headers


def test_all_who_come_at_once_get_one_page_and_take_no_place(cache: Cached) -> None:
    assert all(
        is_door(cache.somebody(f"new-{number}"), f"/tickets?{number}") for number in range(50)
    )
    assert cache.app.count(DOOR) <= 2
    assert {path for _, path in cache.app.asked} <= {DOOR}


def test_whoever_has_a_place_or_is_inside_or_is_no_browser_goes_to_the_app(cache: Cached) -> None:
    people = visitors(cache)
    inside, *_, in_line, stranger = people
    assert (inside.opens("/tickets").status, in_line.opens("/tickets").status) == (200, 202)
    assert stranger.asks("/tickets").status == 429
    stranger.cookies = {}
    assert stranger.asks("/tickets", "POST").status == 429
    for other in ("/about", "/ticketsale", "/vwr/main/"):
        assert not is_door(stranger, other)
        stranger.cookies = {}
    assert is_door(stranger, Cookie="vwr_mainly=1; other=vwr_main=2")
    assert is_door(stranger, "/tickets/7?row=2")
    assert not is_door(stranger, Cookie="a=b; vwr_main=made-up")


def test_it_speaks_the_language_of_the_browser(cache: Cached) -> None:
    one = cache.somebody("one")
    spoken = {
        "de-AT,de;q=0.9": "de",
        "zh-TW,zh;q=0.9": "zh-Hant",
        "zh-CN,zh;q=0.9": "zh-Hans",
        "xx": "en",
        "en-GB": "en",
        "../../position": "en",
    }
    for wish, code in spoken.items():
        answer = one.opens("/tickets", Accept_Language=wish)
        assert answer.headers["content-language"] == code


def test_nobody_can_put_another_host_into_the_page_of_all(cache: Cached) -> None:
    one, other = cache.somebody("one"), cache.somebody("other")
    path = "/vwr/late/door/fr"
    one.asks(path, X_Forwarded_Host="evil.example", Forwarded="host=evil.example")
    one.asks(path, Host="evil.example")
    one.asks(path, Host="shop.example:666")
    answer = other.asks(path)
    assert b"data-most" in answer.body and b"shop.example" in answer.body
    assert "evil" not in answer and ":666" not in answer


def test_what_is_for_one_visitor_reaches_no_other_there_either(cache: Cached) -> None:
    people = visitors(cache)
    assert leaks(cache, people) == []
    assert status_of(people[0]) == "admitted"


async def broken(scope: Any, receive: Any, send: Any) -> None:
    """An app that fails before it answers."""
    raise RuntimeError("away")


def test_it_is_shown_on_while_the_app_is_away(cache: Cached) -> None:
    one = cache.somebody("one")
    assert one.asks(DOOR).status == 200
    cache.app.app = broken
    before = cache.app.count(DOOR)
    shown = []

    def has_failed_twice() -> bool:
        shown.append(one.asks(DOOR).status)
        return cache.app.count(DOOR) > before + 1

    assert in_time(has_failed_twice, 60)
    assert set(shown) == {200}
    assert one.asks("/about").status == 500
