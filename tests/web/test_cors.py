"""Cross-origin rules for our own answers."""

import pytest

from tests.support.requests import PlainRequest
from vwr_middleware.settings import Settings
from vwr_middleware.web.cors import cors_headers, exposed, may_post, preflight_headers
from vwr_middleware.web.proxies import Origin

ALLOWED = ("https://app.example",)
HERE = Origin("http", "shop.example", "203.0.113.7")


def test_an_allowed_origin_may_read_our_answers_and_their_headers() -> None:
    headers = dict(cors_headers(PlainRequest(headers={"origin": "https://app.example"}), ALLOWED))
    assert headers["Access-Control-Allow-Origin"] == "https://app.example"
    assert headers["Access-Control-Allow-Credentials"] == "true"
    assert headers["Access-Control-Expose-Headers"] == (
        "Retry-After, VWR-State, VWR-Waiting-Room, VWR-Token, VWR-Session-Expires"
    )
    assert headers["Vary"] == "Origin"


def test_an_origin_is_the_same_in_capitals_and_reads_itself() -> None:
    """Web views send an extension's name as it is written."""
    request = PlainRequest(headers={"origin": "https://APP.example"})
    told = dict(cors_headers(request, ALLOWED))
    assert told["Access-Control-Allow-Origin"] == "https://APP.example"
    assert exposed(request, ALLOWED) == (
        ("Access-Control-Expose-Headers", told["Access-Control-Expose-Headers"]),
    )


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "", "*"])
def test_no_other_may(origin: str) -> None:
    request = PlainRequest(headers={"origin": origin})
    assert cors_headers(request, ALLOWED) == (("Vary", "Origin"),)
    assert cors_headers(request, ()) == ()
    assert preflight_headers(request, ALLOWED) == (("Vary", "Origin"),)


def test_a_preflight_of_an_allowed_origin_is_answered() -> None:
    request = PlainRequest(headers={"origin": "https://app.example"})
    headers = dict(preflight_headers(request, ALLOWED))
    assert headers.items() > dict(cors_headers(request, ALLOWED)).items()
    assert headers["Access-Control-Allow-Methods"] == "GET, POST, OPTIONS"
    assert headers["Access-Control-Allow-Headers"] == "VWR-Ticket, VWR-Token, Content-Type, Accept"
    assert headers["Access-Control-Max-Age"] == "600"


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, True),  # a program
        ({"origin": "http://shop.example"}, True),
        ({"origin": "https://shop.example"}, True),  # where TLS ends before us
        ({"origin": "https://APP.example"}, True),
        ({"origin": "https://evil.example"}, False),
        ({"origin": "https://shop.example.evil.example"}, False),
        ({"origin": "https://evil.example@shop.example"}, False),
        ({"origin": "ftp://shop.example"}, False),
        ({"origin": "null"}, False),
        ({"origin": "http://["}, False),
        ({"origin": "\x00é"}, False),
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "same-origin", "origin": "https://shop.example"}, True),
        # A proxy has put its own name for us into Host.
        ({"sec-fetch-site": "same-origin", "origin": "https://public.example"}, True),
        ({"sec-fetch-site": "same-site", "origin": "https://public.example"}, False),
        # Over plain http: anybody on the network can have written that page.
        ({"sec-fetch-site": "cross-site", "origin": "http://shop.example"}, False),
        ({"sec-fetch-site": "cross-site", "origin": "https://evil.example"}, False),
        ({"sec-fetch-site": "none", "origin": "https://evil.example"}, False),
        ({"sec-fetch-site": "none"}, True),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "cross-site"}, False),
    ],
)
def test_a_page_of_another_origin_cannot_make_its_visitors_post_here(
    headers: dict[str, str], expected: bool
) -> None:
    assert may_post(PlainRequest(headers=headers), HERE, ALLOWED) is expected


@pytest.mark.parametrize(
    ("host", "sent", "expected"),
    [
        ("shop.example:443", "https://shop.example", True),  # nginx: $host:$server_port
        ("shop.example:80", "http://shop.example", True),
        ("[::1]:80", "http://[::1]", True),
        ("shop.example", "HTTP://Shop.example", True),
        ("shop.example:8080", "http://shop.example", False),
        ("shop.example", "http://shop.example:8080", False),
        ("shop.example:443", "https://evil.example", False),
        ("shop.example:443", "https://evil.example:443", False),
    ],
)
def test_a_port_that_browsers_leave_out_makes_no_other_site(
    host: str, sent: str, expected: bool
) -> None:
    """To a browser that sends no Sec-Fetch-Site, as over plain http none does."""
    here = Origin("http", host, "203.0.113.7")
    assert may_post(PlainRequest(headers={"origin": sent}), here, ()) is expected


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("capacitor://localhost", "capacitor://localhost"),  # an app in a web view
        ("tauri://localhost", "tauri://localhost"),
        ("chrome-extension://Abc", "chrome-extension://abc"),
        ("https://app.example:443", "https://app.example"),  # no browser sends the usual port
        ("http://app.example:80/", "http://app.example"),
        ("http://app.example:443", "http://app.example:443"),
    ],
)
def test_origins_are_kept_as_browsers_and_web_views_send_them(given: str, sent: str) -> None:
    settings = Settings(secret_key="a key for other origins", paths="/", cors_origins=given)
    assert settings.cors_origins == (sent,)
