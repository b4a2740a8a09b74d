"""What kind of request this is."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.requests import PlainRequest
from vwr_middleware.web.request_kinds import (
    is_crawler,
    is_navigation,
    is_prefetch,
    is_preflight,
    is_subresource,
    takes_gzip,
    wants_html,
)


def asking(method: str = "GET", is_websocket: bool = False, **headers: str) -> PlainRequest:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return PlainRequest(headers=named, method=method, is_websocket=is_websocket)


PAGES = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


def passed_on(method: str = "GET", accept: str = PAGES, **headers: str) -> PlainRequest:
    headers |= {"sec_fetch_dest": "empty", "upgrade_insecure_requests": "1", "accept": accept}
    return asking(method, is_websocket=False, **headers)


@pytest.mark.parametrize(
    "request_",
    [
        asking(sec_fetch_mode="navigate", sec_fetch_dest="document"),
        *(
            asking(sec_fetch_mode="navigate", sec_fetch_dest=dest)
            for dest in ("iframe", "frame", "embed", "object")
        ),
        asking("POST", sec_fetch_mode="navigate", sec_fetch_dest="document"),
        asking(sec_fetch_mode="navigate"),  # the first browsers to say it had no Sec-Fetch-Dest
        asking(accept="text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
        asking(accept="TEXT/HTML"),
        asking(accept="application/xhtml+xml, text/html;q=0.5"),
        # What Chromium and Firefox send where a service worker does `fetch(event.request)`.
        passed_on(sec_fetch_mode="navigate"),
        passed_on(sec_fetch_mode="same-origin"),
    ],
)
def test_a_person_opens_a_page(request_: PlainRequest) -> None:
    assert is_navigation(request_)


@pytest.mark.parametrize(
    "request_",
    [
        asking(),
        asking(accept="*/*"),
        asking(accept="application/json, text/plain, */*"),
        asking(accept="application/json, text/html;q=0.5"),
        asking(accept="text/html;q=0"),
        asking(accept="text/event-stream"),
        asking("HEAD", accept="text/html"),
        asking("HEAD", sec_fetch_mode="navigate", sec_fetch_dest="document"),
        asking("CONNECT", accept="text/html"),
        asking(sec_fetch_mode="cors", sec_fetch_dest="empty", accept="text/html"),
        # A link with `download`, in Chromium.
        asking(sec_fetch_mode="navigate", sec_fetch_dest="empty", accept=PAGES),
        passed_on(sec_fetch_mode="navigate", accept="*/*"),
        passed_on("HEAD", sec_fetch_mode="navigate"),
        asking(sec_fetch_mode="no-cors", sec_fetch_dest="image"),
        asking(sec_fetch_mode="no-cors", accept=PAGES),
        asking(sec_fetch_mode="cors", sec_fetch_dest="document", accept=PAGES),
        asking(sec_fetch_mode="navigate", sec_fetch_dest="image", accept=PAGES),
        asking(sec_fetch_mode="cors", sec_fetch_dest="manifest"),
        asking(sec_fetch_mode="websocket", sec_fetch_dest="websocket"),
        asking(is_websocket=True, accept="text/html"),
        asking(accept="text/html," * 1000),
    ],
)
def test_a_program_or_a_page_asks_for_something_else(request_: PlainRequest) -> None:
    assert not is_navigation(request_)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"sec_purpose": "prefetch"}, True),
        ({"sec_purpose": "prefetch;prerender"}, True),
        ({"sec_purpose": "other", "purpose": "Prefetch"}, True),
        ({"x_sec_purpose": "prefetch"}, True),  # Turbo
        ({"hx_preloaded": "true"}, True),  # htmx
        ({"x_purpose": "preview"}, True),  # Facebook's app
        ({"x_purpose": "Preview"}, True),
        ({"x_purpose": "purchase"}, False),  # an app's own
        ({"purpose": "preview"}, False),
        ({}, False),
    ],
)
def test_a_prefetch_says_so(headers: dict[str, str], expected: bool) -> None:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    assert is_prefetch(PlainRequest(headers=named)) is expected


@pytest.mark.parametrize("dest", ["image", "style", "script", "font"])
def test_a_receipt_may_load_what_it_is_made_of(dest: str) -> None:
    assert is_subresource(asking(sec_fetch_dest=dest))


@pytest.mark.parametrize("dest", ["", "document", "empty", "iframe"])
def test_pages_and_fetches_are_no_part_of_a_receipt(dest: str) -> None:
    assert not is_subresource(asking(sec_fetch_dest=dest))


@pytest.mark.parametrize(
    "request_",
    [
        *(asking(method, sec_fetch_dest="image") for method in ("POST", "PUT", "PATCH", "DELETE")),
        asking("OPTIONS", sec_fetch_dest="image"),
        asking(is_websocket=True, sec_fetch_dest="image"),
    ],
)
def test_what_may_change_something_is_no_part_of_a_receipt(request_: PlainRequest) -> None:
    assert not is_subresource(request_)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, True),
        ({"origin": ""}, False),
        ({"access-control-request-method": ""}, False),
        # Nothing by which an app could take it for another method, or know who asks.
        ({"x-http-method-override": "POST"}, False),
        ({"x-http-method": "POST"}, False),
        ({"x-method-override": "POST"}, False),
        ({"cookie": "sessionid=1"}, False),
        ({"authorization": "Basic eDp4"}, False),
        # And no body, whose length is not told over HTTP/2.
        ({"content-length": "0"}, True),
        ({"content-length": "12"}, False),
        ({"transfer-encoding": "chunked"}, False),
        ({"content-type": "text/plain"}, True),  # as Django's runserver says of every request
        ({"content-type": "application/x-www-form-urlencoded"}, False),
        ({"content-type": "multipart/form-data"}, False),
    ],
)
def test_a_preflight_is_only_what_a_browser_sends(changed: dict[str, str], expected: bool) -> None:
    sent = {"origin": "https://app.example", "access-control-request-method": "POST"} | changed
    assert is_preflight(PlainRequest(method="OPTIONS", headers=sent)) is expected
    assert not is_preflight(PlainRequest(method="GET", headers=sent))
    assert not is_preflight(PlainRequest(method="POST", headers=sent))


@pytest.mark.parametrize(
    ("agent", "expected"),
    [
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", True),
        ("Mozilla/5.0 AppleWebKit/537.36 (compatible; bingbot/2.0)", True),
        ("facebookexternalhit/1.1", True),
        ("TelegramBot (like TwitterBot)", True),
        ("WhatsApp/2.23.20.0 A", True),
        ("Mozilla/5.0 (compatible; Google-InspectionTool/1.0;)", True),
        ("Mozilla/5.0 AppleWebKit/537.36 (compatible; GoogleOther) Chrome/126.0", True),
        # People who read a page within an app.
        ("Mozilla/5.0 (Linux; Android 14) Chrome/126.0 Telegram-Android/11.2.3 (SDK 34)", False),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_4) Mobile/15E148 WhatsApp/24.1", False),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36", False),
        ("Mozilla/5.0 (Linux; Android 14; CUBOT X70) Chrome/126.0 Mobile", False),
        ("x" * 100_000, False),
        ("", False),
    ],
)
def test_a_crawler_is_known_by_its_name(agent: str, expected: bool) -> None:
    assert is_crawler(asking(user_agent=agent)) is expected


@given(st.text(max_size=60))
@example("text/html;q=é, \x00")
@example("text/html;q=1e999")
def test_no_accept_header_is_an_error(accept: str) -> None:
    assert wants_html(accept) in (True, False)


def test_html_is_wanted_when_it_is_named_and_not_by_a_star() -> None:
    assert wants_html("text/html, */*")
    assert not wants_html("*/*")
    assert wants_html("application/xhtml+xml, */*")
    assert wants_html("application/xhtml+xml;q=0.1, text/html, application/json;q=0.5")


@pytest.mark.parametrize(
    ("accept", "is_taken"),
    [
        ("gzip, deflate, br", True),
        ("GZIP", True),
        ("*", True),
        ("identity, gzip;q=0.1", True),
        ("gzip;q=0", False),
        ("*, gzip;q=0", False),
        ("gzip;q=x", False),
        ("identity", False),
        ("", False),
        ("gzip," * 1000, False),
    ],
)
def test_a_file_is_sent_compressed_to_whoever_can_take_it(accept: str, is_taken: bool) -> None:
    assert takes_gzip(asking(accept_encoding=accept)) is is_taken
