"""What becomes of headers that no client sends in a test with a real server."""

from typing import Any

import pytest

from vwr_middleware.serve.upstream_headers import to_upstream, to_visitor
from vwr_middleware.serve.upstream_sockets import without_handshake


def handed_on(*headers: tuple[bytes, bytes], **scope: Any) -> dict[str, str]:
    pairs = to_upstream({"type": "http", "headers": [*headers], "client": None, **scope})
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


def test_cookies_of_http_2_go_on_in_one_header() -> None:
    told = handed_on((b"cookie", b"a=1"), (b"host", b"a"), (b"cookie", b"b=2"))
    assert told["Cookie"] == "a=1; b=2"


def test_of_two_lengths_the_app_gets_none() -> None:
    told = handed_on((b"content-length", b"5"), (b"transfer-encoding", b"chunked"))
    assert "content-length" not in told and "transfer-encoding" not in told


@pytest.mark.parametrize(("value", "text"), [(b"\xc3\xa4", "ä"), (b"\xe4", "ä")])
def test_a_value_is_handed_on_as_text(value: bytes, text: str) -> None:
    assert handed_on((b"x-name", value))["x-name"] == text


def test_a_visitor_without_an_address_is_named_by_none() -> None:
    told = handed_on((b"host", b"a"), scheme="https")
    assert "X-Forwarded-For" not in told and told["X-Forwarded-Proto"] == "https"


def test_an_app_cannot_hide_our_headers_by_naming_them() -> None:
    headers = [
        (b"Connection", b"content-length, X-Own"),
        (b"Content-Length", b"1"),
        (b"X-Own", b""),
    ]
    assert to_visitor(headers, {"type": "http"}) == [(b"content-length", b"1")]


def test_a_handshake_announces_no_body_to_the_app() -> None:
    """POST and a length beside an Upgrade: some servers take that for a WebSocket, too."""
    pairs = to_upstream(
        {
            "type": "websocket",
            "headers": [(b"content-length", b"5"), (b"sec-websocket-key", b"x"), (b"host", b"a")],
            "client": None,
        }
    )
    assert [name.lower() for name, _ in without_handshake(pairs)] == [
        "host",
        "x-forwarded-proto",
        "x-forwarded-host",
    ]
