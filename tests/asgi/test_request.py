"""A request as the ASGI door reads it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.requests import PlainRequest
from vwr_middleware.asgi.request import AsgiRequest, headers_of
from vwr_middleware.web.http import LIKENESS

PAPERS = ("vwr-ticket", "vwr-token", "authorization")
USUAL = {
    "host": "shop.example",
    "user-agent": "A browser",
    "accept": "text/html",
    "accept-language": "en",
    "sec-fetch-mode": "navigate",
    "sec-fetch-dest": "document",
}

#: What one of two requests has more than the other, or otherwise.
more = st.dictionaries(
    st.sampled_from([*LIKENESS, *PAPERS, "cookie", "x-request-id"]),
    st.sampled_from(["a", "b"]),
    max_size=1,
)
#: What a browser may leave out, of what it usually sends.
gone = st.sets(st.sampled_from([*USUAL]), max_size=1)


def request_of(headers: dict[str, str]) -> AsgiRequest:
    pairs = [(name.encode(), text.encode()) for name, text in headers.items()]
    scope = {"type": "http", "scheme": "http", "path": "/", "method": "GET", "headers": pairs}
    return AsgiRequest(scope)


@given(gone, more, more)
def test_two_look_alike_only_if_they_are_alike(
    gone: set[str], one: dict[str, str], two: dict[str, str]
) -> None:
    left = {name: text for name, text in USUAL.items() if name not in gone}
    one, two = left | one, left | two
    alike = request_of(one).likeness == request_of(two).likeness
    assert alike == (PlainRequest("/", one).likeness == PlainRequest("/", two).likeness)


@pytest.mark.parametrize("headers", [USUAL, {**USUAL, "origin": "null"}, {}])
@pytest.mark.parametrize("other", [{"scheme": "https"}, {"type": "websocket"}])
def test_neither_another_scheme_nor_a_websocket_looks_alike(
    headers: dict[str, str], other: dict[str, str]
) -> None:
    request = request_of(headers)
    assert AsgiRequest({**request.native, **other}).likeness != request.likeness


def test_of_several_headers_of_one_name_none_gets_lost() -> None:
    pairs = [(b"cookie", b"a=1"), (b"accept", b"text/html"), (b"cookie", b"b=2")]
    pairs.append((b"accept", b"*/*"))
    request = AsgiRequest({"type": "http", "path": "/", "method": "GET", "headers": pairs})
    assert request.cookies == b"a=1; b=2"
    assert request.header("accept") == "text/html, */*"


def test_a_request_is_told_as_asgi_tells_it() -> None:
    scope = {
        "type": "websocket",
        "scheme": "wss",
        "path": "/ö/ä/b",
        "raw_path": b"/%C3%B6/%C3%A4%2Fb?a=1",  # with the query, as some servers have it
        "root_path": "/ö/",
        "query_string": b"a=1",
        "headers": [(b"host", b"Shop.Example:8000"), (b"content-type", b"text/plain")],
        "client": ("192.0.2.1", 50000),
    }
    told = AsgiRequest(scope)
    assert (told.path, told.mount, told.raw_path) == ("/ä/b", "/ö", "/%C3%B6/%C3%A4%2Fb")
    assert (told.query, told.scheme, told.host) == ("a=1", "https", "shop.example:8000")
    assert (told.client, told.header("content-type")) == ("192.0.2.1", "text/plain")
    assert told.is_websocket
    assert told.native is scope


def test_the_mount_itself_is_the_wrapped_apps_root() -> None:
    scope = {"type": "http", "path": "/shop", "root_path": "/shop", "headers": []}
    request = AsgiRequest(scope)
    assert (request.path, request.mount) == ("/", "/shop")


def test_what_a_scope_may_leave_out_is_nothing() -> None:
    request = AsgiRequest({"type": "websocket", "path": "/tickets", "headers": []})
    assert (request.method, request.scheme) == ("GET", "http")
    assert (request.path, request.raw_path, request.mount) == ("/tickets", "/tickets", "")
    assert request.query == request.host == request.client == request.header("accept") == ""


class Whole(bytes):
    """A value that may be copied once only, when all of its name are joined."""

    def __add__(self, other: object) -> bytes:
        raise AssertionError("to add one after the other takes seconds for 200,000 of one name")


def test_many_headers_of_one_name_are_joined_at_once() -> None:
    pairs = [
        *((b"cookie", Whole(b"a=1")), (b"x", Whole(b"1")), (b"cookie", Whole(b"b=2"))),
        *((b"x", Whole(b"2")), (b"host", Whole(b"shop.example")), (b"x", Whole(b"3"))),
    ]
    joined = {b"cookie": b"a=1; b=2", b"x": b"1, 2, 3", b"host": b"shop.example"}
    assert headers_of(pairs) == joined
