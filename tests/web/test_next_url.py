"""Where a visitor may be sent: to this origin only, whatever the spelling."""

from urllib.parse import unquote, urljoin, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vwr_middleware.web.next_url import is_path_of_origin, path_of_referer, way_back, written
from vwr_middleware.web.proxies import Origin

ORIGIN = Origin("https", "shop.example", "203.0.113.7")


def leads_to(location: str) -> str:
    """The origin where a browser ends up. It drops tabs and line feeds and takes `\\` for `/`."""
    dropped = "".join(letter for letter in location if letter not in "\t\r\n").strip(" \x00\x1f")
    there = urljoin("https://shop.example/tickets", dropped.replace("\\", "/"))
    parts = urlsplit(there)
    return f"{parts.scheme}://{parts.netloc}"


@pytest.mark.parametrize(
    "text",
    ["/", "/tickets?a=1&b=%0d%0a#x", "/a//b", "/%5cevil.example", "/.//evil.example", "/@evil"],
)
def test_a_path_of_this_origin_is_taken(text: str) -> None:
    assert is_path_of_origin(text)
    assert leads_to(text) == "https://shop.example"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tickets",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/a\\..\\\\evil.example",
        " //evil.example",
        "https://evil.example",
        "https:evil.example",
        "javascript:alert(1)",
        "/a\r\nSet-Cookie: x=y",
        "/a\x00b",
        "/a\x7fb",
        "/é",
        "/" + "a" * 5000,
    ],
)
def test_everything_else_is_ignored(text: str) -> None:
    assert not is_path_of_origin(text)


@given(st.text(alphabet=" /\\\t\n\r.:@#?%aehlpst\x00é", max_size=30))
@example("/\\/evil.example")
def test_what_is_taken_leads_nowhere_else(text: str) -> None:
    if is_path_of_origin(text):
        assert leads_to(text) == "https://shop.example"


@given(
    st.text(alphabet=st.characters(codec=None), max_size=30),
    st.text(alphabet=st.characters(max_codepoint=255), max_size=30),
)
@example("//evil.example/tickets", "")
@example("/\udcff", "\r\nx: y")
@example("/tickets", "a=日")  # of a server that keeps to no rule
def test_whatever_is_written_is_ascii_and_leads_nowhere_else(path: str, query: str) -> None:
    address = written(path, query)
    assert address.isascii()
    assert address.isprintable()
    assert " " not in address
    assert leads_to(address) == "https://shop.example"
    assert address.startswith("/") or not path


@pytest.mark.parametrize(
    ("path", "query", "address"),
    [
        ("/tickets", "", "/tickets"),
        ("/tickets", "a=1&b=%C3%A9", "/tickets?a=1&b=%C3%A9"),
        ("/tickets/100%", "", "/tickets/100%25"),
        ("/tickets/%41", "", "/tickets/%2541"),
        ("/a?b#c", "", "/a%3Fb%23c"),
        ("/é", "a=\xff", "/%C3%A9?a=%FF"),
        ("/tickets", 'a="<x>"', "/tickets?a=%22%3Cx%3E%22"),
    ],
)
def test_an_address_leads_back_to_the_very_path(path: str, query: str, address: str) -> None:
    assert written(path, query) == address
    assert unquote(address.partition("?")[0]) == path


@pytest.mark.parametrize(
    ("referer", "path"),
    [
        ("https://shop.example/cart?a=1#there", "/cart?a=1"),
        ("https://SHOP.example/cart", "/cart"),
        ("https://shop.example", "/"),
        ("https://evil.example/cart", ""),
        ("http://shop.example/cart", ""),
        ("https://shop.example//evil.example", ""),
        ("https://shop.example@evil.example/", ""),
        ("http://[broken", ""),
        ("", ""),
        ("https://shop.example/" + "a" * 5000, ""),
    ],
)
def test_of_a_referer_only_a_path_of_this_origin_counts(referer: str, path: str) -> None:
    assert path_of_referer(referer, ORIGIN) == path


def test_a_way_back_is_shortened_and_never_cut_in_its_middle() -> None:
    assert way_back("/tickets/7", "a=é") == "/tickets/7?a=%E9"
    assert way_back("/tickets", "a=" + "x" * 8000) == "/tickets?a=" + "x" * 8000
    assert way_back("/tickets", "a=" + "é" * 8000) == "/tickets"
    assert way_back("/tickets", "a=" + "x" * 9000) == "/tickets"
    assert way_back("/" + "é" * 8000, "a=1") == way_back("/" + "x" * 9000) == "/"
