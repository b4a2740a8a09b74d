"""The little HTTP that the gate speaks."""

import pytest
from werkzeug.http import parse_cookie

from vwr_middleware.web.http import Cookie, Reply


def test_a_plain_cookie_is_kept_from_scripts_and_from_other_sites() -> None:
    header = Cookie("vwr_main", "abc", max_age=60).header()
    assert header == "vwr_main=abc; Max-Age=60; Path=/; HttpOnly; SameSite=Lax"


def test_a_cookie_says_everything_that_it_is_told() -> None:
    cookie = Cookie(
        "vwr_main_token",
        "abc",
        max_age=60,
        path="/shop",
        domain="shop.example",
        secure=True,
        same_site="None",
        partitioned=True,
        http_only=False,
    )
    assert cookie.header().split("; ") == [
        "vwr_main_token=abc",
        "Max-Age=60",
        "Path=/shop",
        "Domain=shop.example",
        "Secure",
        "SameSite=None",
        "Partitioned",
    ]


@pytest.mark.parametrize("value", ["abc.DEF-_1", "", "eyJ0.eyJp.c2ln"])
def test_a_value_comes_back_as_it_was_set(value: str) -> None:
    pair = Cookie("vwr_main", value, max_age=0).header().partition(";")[0]
    assert parse_cookie(pair).to_dict() == {"vwr_main": value}


def test_headers_are_added_and_the_first_reply_is_left_alone() -> None:
    first = Reply(202, b"wait", (("Retry-After", "5"),), close=True)
    second = first.with_headers([("Vary", "Cookie")])
    assert second.headers == (("Retry-After", "5"), ("Vary", "Cookie"))
    assert (second.status, second.body, second.close) == (202, b"wait", True)
    assert first.headers == (("Retry-After", "5"),)
