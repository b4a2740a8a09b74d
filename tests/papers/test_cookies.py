"""The cookies of a room, as they are set and removed."""

from typing import Any

import pytest

from vwr_middleware.papers.cookies import PaperCookies, weeks_from
from vwr_middleware.settings import Settings
from vwr_middleware.web.remembered import warn_once


def jar(**settings: Any) -> PaperCookies:
    given = {"secret_key": "a secret of the tests, long enough", "paths": "/tickets", **settings}
    return PaperCookies(Settings(**given), "main")


def test_cookies_are_called_after_their_room() -> None:
    assert jar().names == ("vwr_main", "vwr_main_token", "vwr_main_kept", "vwr_main_token_kept")


def test_the_ticket_lasts_a_week_and_is_hidden_from_scripts() -> None:
    assert jar().ticket("x", is_https=False).header() == (
        "vwr_main=x; Max-Age=604800; Path=/; HttpOnly; SameSite=Lax"
    )


def test_a_ticket_is_kept_for_whole_weeks_and_no_longer_than_browsers_keep_it() -> None:
    assert [weeks_from(seconds) for seconds in (-1e9, 0, 1, 604800, 604801)] == [1, 1, 2, 2, 3]
    assert jar().ticket("x", is_https=False, weeks=3).max_age == 3 * 604800
    assert jar().ticket("x", is_https=False, weeks=9000).max_age == 57 * 604800
    assert "Max-Age=1209600;" in jar().around_ticket(False, 2)[1]


def test_the_token_outlives_its_end_so_that_an_expired_visitor_is_recognised() -> None:
    cookie = jar(outage_grace=3600).token("x", 600, is_https=True)
    assert cookie.max_age == 600 + 3600 + 86400
    assert cookie.header().endswith("; Secure; HttpOnly; SameSite=None")
    assert jar().token("x", -5, is_https=True).max_age == 3600 + 86400


def test_of_a_lost_room_the_ticket_is_kept_for_a_week_and_the_token_for_a_day() -> None:
    ticket, token = jar().kept_ticket("x", is_https=True), jar().kept_token("x", is_https=True)
    assert ticket.header() == (
        "vwr_main_kept=x; Max-Age=604800; Path=/; Secure; HttpOnly; SameSite=Lax"
    )
    assert token.header() == (
        "vwr_main_token_kept=x; Max-Age=86400; Path=/; Secure; HttpOnly; SameSite=None"
    )


def test_a_cookie_that_is_not_secure_cannot_cross_sites() -> None:
    assert jar().token("x", 600, is_https=False).same_site == "Lax"
    assert not jar(cookie_partitioned=True).token("x", 600, is_https=False).partitioned
    strict = jar(cookie_samesite="Strict")
    assert strict.token("x", 600, is_https=False).same_site == "Strict", "which needs no https"
    assert strict.ticket("x", is_https=False).same_site == "Strict"


@pytest.mark.parametrize(
    ("setting", "is_https", "secure"),
    [
        ("auto", True, True),
        ("auto", False, False),
        ("always", False, True),
        ("never", True, False),
    ],
)
def test_secure_is_as_the_settings_want_it(setting: str, is_https: bool, secure: bool) -> None:
    assert jar(cookie_secure=setting).ticket("x", is_https).secure is secure


def test_domain_path_and_the_rest_are_as_set() -> None:
    made = jar(
        cookie_domain="shop.example",
        cookie_path="/shop",
        cookie_samesite="Strict",
        cookie_partitioned=True,
        namespace="other",
    )
    for cookie in (made.ticket("x", True), made.no_ticket(True), made.no_token(True)):
        header = cookie.header()
        assert header.startswith("other_main")
        assert "; Domain=shop.example; " in header
        assert "; Path=/shop; " in header
        assert header.endswith("; SameSite=Strict; Partitioned")


def test_a_cookie_is_removed_as_it_was_set() -> None:
    for set_, removed in (
        (jar().ticket("x", True), jar().no_ticket(True)),
        (jar().token("x", 1, True), jar().no_token(True)),
        (jar().kept_ticket("x", True), jar().kept_ticket("", True)),
        (jar().kept_token("x", True), jar().kept_token("", True)),
    ):
        assert (removed.value, removed.max_age) == ("", 0)
        assert (set_.name, set_.path, set_.domain) == (removed.name, removed.path, removed.domain)
        assert (set_.secure, set_.same_site) == (removed.secure, removed.same_site)


@pytest.mark.parametrize(
    ("settings", "prefixed"),
    [
        ({"cookie_secure": "always"}, True),
        ({"cookie_secure": "auto"}, False),
        ({"cookie_secure": "always", "cookie_domain": "shop.example"}, False),
        ({"cookie_secure": "always", "cookie_path": "/shop"}, False),
    ],
)
def test_where_it_can_be_a_subdomain_cannot_set_our_cookies(
    settings: dict[str, str], prefixed: bool
) -> None:
    assert jar(**settings).names.ticket.startswith("__Host-") is prefixed


def test_a_domain_that_does_not_hold_the_host_is_warned_of_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    warn_once.cache_clear()
    for domain in (None, ".Shop.example", "shop.example"):
        for host in ("shop.example", "www.shop.example:8000", "SHOP.example."):
            jar(cookie_domain=domain).look_at_host(host)
    jar().look_at_host("localhost")
    jar(cookie_domain="shop.example").look_at_host("")
    assert not caplog.records
    for host in ("localhost:8000", "127.0.0.1", "myshop.example"):
        jar(cookie_domain="shop.example").look_at_host(host)
    assert caplog.text.count("cookie_domain is shop.example, but somebody without") == 1


def test_a_path_that_does_not_hold_our_pages_is_warned_of_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    warn_once.cache_clear()
    for within in ("/", "/shop/", "/shop/vwr"):
        jar(cookie_path=within).look_at_path("/shop/vwr/main/position")
    assert not caplog.records
    for path in ("/shopping/vwr/main/position", "/vwr/main/position"):
        jar(cookie_path="/shop").look_at_path(path)
    assert caplog.text.count('cookie_path is "/shop", but somebody without') == 1
