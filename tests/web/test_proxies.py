"""Who really asked, as far as proxies are trusted."""

import pytest

from tests.support.requests import PlainRequest
from vwr_middleware.web.proxies import (
    Origin,
    network_of,
    origin_of,
    warn_of_untrusted_addresses,
)
from vwr_middleware.web.remembered import warn_once

FORWARDED = {
    "host": "inner.example",
    "x-forwarded-for": "6.6.6.6, 203.0.113.9, 10.0.0.2",
    "x-forwarded-proto": "https, https, http",
    "x-forwarded-host": "evil.example, SHOP.example, inner.example",
}


@pytest.mark.parametrize(
    ("trusted", "origin"),
    [
        (0, Origin("http", "inner.example", "203.0.113.7")),
        (1, Origin("http", "inner.example", "10.0.0.2")),
        (2, Origin("https", "shop.example", "203.0.113.9")),
    ],
)
def test_what_the_outermost_trusted_proxy_added_counts(trusted: int, origin: Origin) -> None:
    assert origin_of(PlainRequest(headers=FORWARDED), trusted) == origin


@pytest.mark.parametrize("trusted", [2, 3])
def test_where_an_inner_proxy_replaces_scheme_and_host_its_words_count(trusted: int) -> None:
    headers = {**FORWARDED, "x-forwarded-proto": "https", "x-forwarded-host": "shop.example"}
    origin = origin_of(PlainRequest(headers=headers), trusted)
    assert (origin.scheme, origin.host) == ("https", "shop.example")


def test_a_scheme_may_be_told_in_capitals() -> None:
    assert origin_of(PlainRequest(headers={"x-forwarded-proto": "HTTPS"}), 1).is_secure


def test_an_address_counts_only_if_every_trusted_proxy_has_added_one() -> None:
    assert origin_of(PlainRequest(headers=FORWARDED), 4).address == "203.0.113.7"


def test_a_proxy_that_is_not_trusted_though_it_ends_tls_is_warned_of_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    warn_once.cache_clear()
    origin_of(PlainRequest(scheme="https", headers={"x-forwarded-proto": "https"}), 0)
    origin_of(PlainRequest(headers={"x-forwarded-proto": "http"}), 0)
    assert not caplog.records
    for _ in range(3):
        origin_of(PlainRequest(headers={"x-forwarded-proto": "https"}), 0)
    assert caplog.text.count("set trusted_proxies") == 1


def test_proxies_that_do_not_all_tell_an_address_are_warned_of_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    warn_once.cache_clear()
    origin_of(PlainRequest(headers=FORWARDED), 3)
    origin_of(PlainRequest(), 0)
    assert not caplog.records
    for headers in (FORWARDED, {}, {"x-forwarded-for": ""}):
        origin_of(PlainRequest(headers=headers), 4)
    assert caplog.text.count("trusted_proxies is 4, but a request came with fewer addresses") == 1


def test_addresses_that_do_not_count_are_warned_of_once(caplog: pytest.LogCaptureFixture) -> None:
    warn_once.cache_clear()
    warn_of_untrusted_addresses(PlainRequest(), 0)
    warn_of_untrusted_addresses(PlainRequest(headers=FORWARDED), 1)
    assert not caplog.records
    for _ in range(3):
        warn_of_untrusted_addresses(PlainRequest(headers=FORWARDED), 0)
    assert caplog.text.count("requests bring X-Forwarded-For, but trusted_proxies is 0") == 1


def test_without_upstream_headers_the_connection_counts() -> None:
    origin = origin_of(PlainRequest(scheme="https"), 1)
    assert origin == Origin("https", "shop.example", "203.0.113.7")
    assert origin.is_secure
    assert origin.text == "https://shop.example"


@pytest.mark.parametrize("value", ["javascript", "", ",", "https\N{BULLET}", "HTTP"])
def test_an_odd_scheme_is_no_https(value: str) -> None:
    assert not origin_of(PlainRequest(headers={"x-forwarded-proto": value}), 1).is_secure


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("203.0.113.7:4711", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::1]:4711", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::1]", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unix:", "unix:"),
        ("", ""),
        ("x" * 1000, "x" * 64),
    ],
)
def test_one_visitor_is_one_network(address: str, network: str) -> None:
    assert network_of(address) == network
