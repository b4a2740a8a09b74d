"""Paths: no spelling of a protected path is a way around, and nothing else is caught."""

import re
from collections.abc import Callable
from urllib.parse import quote, unquote

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from vwr_middleware.web.path_readings import MOST_CHARACTERS, MOST_READINGS, readings
from vwr_middleware.web.paths import PathRule

TICKETS = PathRule(["/tickets"])

Respell = Callable[[str, int], str]


def _encode_one(path: str, at: int) -> str:
    at %= len(path)
    return f"{path[:at]}%{ord(path[at]):02x}{path[at + 1 :]}" if path[at].isascii() else path


def _at_a_slash(path: str, at: int, text: str) -> str:
    slashes = [index for index, letter in enumerate(path) if letter == "/"]
    if not slashes:
        return path
    index = slashes[at % len(slashes)]
    return path[:index] + text + path[index + 1 :]


RESPELLINGS: list[Respell] = [
    _encode_one,
    lambda path, at: quote(path, safe="/"),
    lambda path, at: path.swapcase() if "%" not in path else path,
    lambda path, at: f"{path}/",
    lambda path, at: _at_a_slash(path, at, "//"),
    lambda path, at: _at_a_slash(path, at, "/./"),
    lambda path, at: _at_a_slash(path, at, "/x/../"),
    lambda path, at: _at_a_slash(path, at, "\\"),
]
WITH_PARAMETERS: list[Respell] = [
    *RESPELLINGS,
    lambda path, at: _at_a_slash(path, at, "/x;y=1/..;z/"),
    lambda path, at: f"{path};jsessionid=1",
    lambda path, at: f"{path}\0.css",
    lambda path, at: f"{path}%0a",
]
NUMBERS = st.integers(0, 200)


def respelled(path: str, steps: list[tuple[Respell, int]]) -> str:
    for respell, at in steps:
        path = respell(path, at)
    return path


@given(
    st.sampled_from(["/tickets", "/tickets/", "/tickets/buy", "/Tickets/1/seats"]),
    st.lists(st.tuples(st.sampled_from(WITH_PARAMETERS), NUMBERS), max_size=6),
)
def test_no_spelling_of_a_protected_path_is_a_way_around(
    path: str, steps: list[tuple[Respell, int]]
) -> None:
    raw_path = respelled(path, steps)
    assert TICKETS.covers(raw_path)
    assert TICKETS.covers(unquote(raw_path), raw_path)
    assert TICKETS.covers("/rewritten", raw_path)
    assert TICKETS.covers("http://shop.example" + raw_path)


@given(
    st.sampled_from(["/ticketsfoo", "/ticket", "/", "/tickets-old/x", "/my/ticket"]),
    st.lists(st.tuples(st.sampled_from(RESPELLINGS), NUMBERS), max_size=3),
)
def test_a_sibling_is_not_caught_however_it_is_spelled(
    path: str, steps: list[tuple[Respell, int]]
) -> None:
    raw_path = respelled(path, steps)
    assume(raw_path.startswith("/"))
    assert not TICKETS.covers(raw_path)
    assert not TICKETS.covers(unquote(raw_path), raw_path)


@given(
    st.lists(st.tuples(st.sampled_from(WITH_PARAMETERS), NUMBERS), max_size=6),
    st.sampled_from(["/tickets/static/../buy", "/tickets/static/..;/buy", "/tickets/buy"]),
)
def test_no_spelling_of_a_protected_path_is_excluded(
    steps: list[tuple[Respell, int]], path: str
) -> None:
    rule = PathRule(["/tickets"], ["/tickets/static", "*.css"])
    raw_path = respelled(path, steps)
    if not raw_path.endswith(".css"):
        assert rule.covers(unquote(raw_path), raw_path)


@given(st.text(), st.text(), st.text())
def test_no_text_at_all_makes_it_fail(path: str, raw_path: str, mount: str) -> None:
    rule = PathRule(["/tickets", "/a*b*c", re.compile("x.y")], ["/tickets/static"])
    assert rule.covers(path, raw_path, mount) in (True, False)


@pytest.mark.parametrize("path", ["/tickets\udcff", "/%ff%fe", "", "*", "//", "/\0", "/x\ud800;"])
def test_strange_paths_are_read_like_others(path: str) -> None:
    assert TICKETS.covers(path) is False


@pytest.mark.parametrize(
    "path", ["x/tickets", "x:tickets", "\0/tickets", "%20/tickets", "http:/tickets", "tickets", "x"]
)
def test_what_begins_with_no_slash_and_is_no_url_counts_as_protected(path: str) -> None:
    """Quart takes what urllib finds in it, werkzeug's dispatcher what stands behind a slash."""
    assert TICKETS.covers(path)
    assert TICKETS.covers("/x", path)


@pytest.mark.parametrize("url", ["http://x/tick\tets", "http://x/tick\r\nets", "HTTP://tickets"])
def test_whatever_is_found_in_a_url_is_a_reading(url: str) -> None:
    assert TICKETS.covers(url)
    assert not TICKETS.covers("http://x/about us")


@pytest.mark.parametrize(
    "path", ["//x/tickets", "///x/tickets", "/\\x/tickets", "//a@x:1/tickets", "/./%2fx/tickets"]
)
def test_what_some_programs_take_for_a_host_is_no_way_around(path: str) -> None:
    assert TICKETS.covers(path)
    assert not TICKETS.covers(path.replace("tickets", "about"))


def test_a_path_of_a_megabyte_is_answered() -> None:
    assert not TICKETS.covers("/x" * 500_000)
    assert TICKETS.covers("/tickets" + "/x" * 500_000)


def test_what_is_too_tangled_to_follow_counts_as_protected() -> None:
    tangled = "/%252e%252e%253f%252e%252e%253b/%5c/;x/../..//.%00//%23/..;/a"
    assert readings(tangled) is None
    assert readings("/" + "%2f" * 5000) is None
    assert readings("/%" + "25" * 40) is not None
    assert readings("/" + "x" * 4000 + "%" + "25" * 40) is None
    assert TICKETS.covers(tangled)
    assert TICKETS.covers("/x", tangled)


@given(
    st.lists(st.sampled_from([*"/%;\\?#.x", "//", "%25", "%2f", "/..", "x" * 900]), max_size=300)
)
def test_no_path_has_more_readings_than_can_be_followed_at_once(parts: list[str]) -> None:
    """Whoever makes up a path must not keep a worker busy."""
    found = readings("".join(parts))
    if found is not None and len(found) > 2:
        assert len(found) <= MOST_READINGS
        assert sum(map(len, found)) <= MOST_CHARACTERS


def test_what_bytes_that_are_no_text_leave_behind_is_read_with_and_without() -> None:
    for path in ("/\ufffdtickets", "/tick\ufffdets/buy", "/%fftickets", "/%25fftickets"):
        assert TICKETS.covers(path)
        assert TICKETS.covers(unquote(path), path)
    assert not PathRule(["/"], ["/captcha"]).covers("/captcha")
    assert PathRule(["/"], ["/captcha"]).covers("/\ufffdcaptcha", "/%ffcaptcha")


def test_a_reading_is_followed_through_every_order_of_steps() -> None:
    found = readings("/a%2f..;b\\tickets")
    assert found is not None
    assert "/tickets" in found
    assert len(found) <= MOST_READINGS


def test_a_path_covers_itself_and_what_is_below() -> None:
    assert TICKETS.covers("/tickets")
    assert TICKETS.covers("/tickets/")
    assert TICKETS.covers("/tickets/7/seats")
    assert not TICKETS.covers("/ticketsfoo")
    assert not TICKETS.covers("/my/tickets")
    assert not TICKETS.covers("/")


def test_a_slash_at_a_patterns_end_changes_nothing() -> None:
    assert PathRule(["/tickets/"]).covers("/tickets")
    assert PathRule(["//tickets//"]).covers("/tickets/7")


@pytest.mark.parametrize(
    ("pattern", "path", "covered"),
    [
        ("/shows/*/buy", "/shows/7/buy", True),
        ("/shows/*/buy", "/shows/7/buy/now", True),
        ("/shows/*/buy", "/shows/7/8/BUY", True),
        ("/shows/*/buy", "/shows/7/buyer", False),
        ("/shows/*/buy", "/shows/7", False),
        ("/shows/*/buy", "/show/7/buy", False),
        ("/a*b*c", "/abc", True),
        ("/a*b*c", "/axxbyyc", True),
        ("/a*b*c", "/axxcyyb", False),
        ("/a*b*c", "/axxc", False),
        ("/a*aa", "/aa", False),
        ("/a*b*bc", "/abc", False),
        ("/sale*", "/sale-2026/x", True),
        ("/sales/*", "/SALES", True),
        ("/sale*", "/sale", True),
        ("/sale*", "/sale2", True),
        ("*.php", "/a/b.php", True),
        ("*.php", "/a/b.phps", False),
        ("*/tickets*", "/tickets/1", True),
        ("/caf%C3%89", "/café/1", True),
        ("/café", "/caf%C3%A9", True),
    ],
)
def test_a_star_stands_for_any_characters(pattern: str, path: str, covered: bool) -> None:
    assert PathRule([pattern]).covers(path) is covered


def test_many_stars_cost_no_more_than_one_look_from_left_to_right() -> None:
    rule = PathRule(["/" + "a*" * 50 + "b"])
    assert not rule.covers("/" + "a" * 8000)


def test_a_compiled_regex_is_searched_for_in_either_case() -> None:
    rule = PathRule([re.compile(r"^/Tickets/\d+$")])
    assert rule.covers("/Tickets/7")
    assert rule.covers("/tickets/7/")
    assert rule.covers("/TICKETS/7")
    assert rule.covers("/tickets/%37")
    assert not rule.covers("/tickets/x")
    assert PathRule([re.compile(r"/end/$")]).covers("/the/end")


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("^/stra\u00dfe$", "/stra\u00dfe/"),
        ("^/stra\u00dfe/$", "/stra\u00dfe"),
        ("^/tickets/.+", "/tickets//"),
    ],
)
def test_a_regex_may_match_with_or_without_a_slash_at_the_end(pattern: str, path: str) -> None:
    assert PathRule([re.compile(pattern)]).covers(path)


@pytest.mark.parametrize("pattern", ["^/.+", r"^/[^/]*/", r"^(?!/\Z)"])
def test_a_regex_for_all_below_the_start_page_leaves_that_one_open(pattern: str) -> None:
    rule = PathRule([re.compile(pattern)])
    assert not rule.covers("/", "/")
    assert rule.covers("/x/", "/x/")


@pytest.mark.parametrize("end", ["\n", "\r\n", "%0A", "%250a", "/\n"])
def test_a_line_feed_at_a_paths_end_is_no_way_around(end: str) -> None:
    assert TICKETS.covers(f"/tickets{end}")
    assert PathRule(["/shows/*/buy"]).covers(f"/shows/7/buy{end}")
    assert PathRule([re.compile(r"/\d+/buy\Z")]).covers(f"/shows/7/buy{end}")


@pytest.mark.parametrize("path", ["/T\u0130CKETS", "/t\u0131ckets/buy", "/tic\u212aet\u017f"])
def test_whatever_a_regex_that_ignores_case_takes_for_a_letter_is_that_letter(path: str) -> None:
    assert re.match("/tickets", path, re.IGNORECASE)
    assert TICKETS.covers(path)
    assert PathRule(["/t\u0131ckets"]).covers(path)


def test_a_line_feed_is_one_of_any_characters() -> None:
    rule = PathRule([re.compile("^/shows/.+/buy$")])
    assert rule.covers("/shows/a\nb/buy", "/shows/a%0Ab/buy")


def test_several_patterns_protect_together() -> None:
    rule = PathRule(["/tickets", re.compile("^/drop"), "*/buy"])
    assert all(map(rule.covers, ["/tickets/1", "/dropped", "/x/buy"]))
    assert not rule.covers("/x")


def test_a_mount_prefix_may_be_written_or_left_out() -> None:
    for rule in (TICKETS, PathRule(["/shop/tickets"])):
        assert rule.covers("/tickets", "/shop/tickets", "/shop")
        assert rule.covers("/tickets", "/sh%6fp/tickets", "/shop")
        assert rule.covers("/tickets", "/tickets", "/shop")
        assert rule.covers("/rewritten", "/shop/tickets", "/shop")
        assert rule.covers("/rewritten", "/SHOP//tickets", "/shop")
    assert TICKETS.covers("/rewritten", "/shop/tickets", "/Shop")
    assert not TICKETS.covers("/shop/tickets")
    assert not TICKETS.covers("/other", "/shop/other", "/shop")


def test_where_the_mount_prefix_was_not_taken_off_it_may_be_found_anywhere() -> None:
    for path in ("/x/shop/tickets", "/shoptickets", "/x%2Fshop/tickets"):
        assert TICKETS.covers(unquote(path), path, "/shop")
    assert TICKETS.covers("/x/shop/%74ickets", "/x/shop/%74ickets", "/shop")
    assert not TICKETS.covers("/static/shop/tickets", "/shop/static/shop/tickets", "/shop")
    assert not PathRule([re.compile("^/$")]).covers("/x", "/x", "/shop")
    rest = PathRule(["/"], ["/static"])
    assert not rest.covers("/static/shop.js", "/static/shop.js", "/shop")
