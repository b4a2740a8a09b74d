"""Paths that stay open among protected ones: exclusions, mounts, and files for robots."""

import re

import pytest

from vwr_middleware.web.paths import PathRule


def test_an_exclusion_needs_every_reading() -> None:
    rule = PathRule(["/tickets"], ["/tickets/static", re.compile(r"\.png$")])
    assert not rule.covers("/tickets/static/site.css")
    assert not rule.covers("/tickets/a%20b.png", "/tickets/a%2520b.png")
    assert not rule.covers("/tickets/static/a b", "/tickets/static/a%20b")
    assert rule.covers("/tickets/static/../buy", "/tickets/static/..%2fbuy")
    assert rule.covers("/tickets/static/..%2fbuy")
    assert rule.covers("/tickets/buy;.png")
    assert rule.covers("/tickets/Static/site.css")
    assert not PathRule(["/"], ["/s*s/*.css"]).covers("/ss/.css")


def test_a_slash_that_dots_leave_behind_is_read_too() -> None:
    """Where the files alone have no slash at the end, `/tickets/buy/.` is the page before them."""
    rule = PathRule(["/tickets"], [re.compile(r"[^/]\Z")])
    assert not rule.covers("/tickets/site.css")
    for path in ("/tickets/buy/", "/tickets/buy/.", "/tickets/buy/x/.."):
        assert rule.covers(path), path
    assert PathRule([re.compile("^/$")]).covers("/SHOP/x/..", "/SHOP/x/..", "/shop")


def test_an_exclusion_holds_below_a_mount_prefix() -> None:
    for exclude in ("/tickets/static", "/shop/tickets/static"):
        rule = PathRule(["/tickets"], [exclude])
        assert not rule.covers("/tickets/static/x", "/shop/tickets/static/x", "/shop")
        assert rule.covers("/tickets/x", "/shop/tickets/x", "/shop")
    rule = PathRule(["/tickets"], [re.compile("^/tickets/a b$")])
    assert not rule.covers("/tickets/a b", "/shop/tickets/a%20b", "/shop")
    assert not rule.covers("/tickets/a b", "/tickets/a%20b", "/shop")


def test_a_prefix_that_a_visitor_can_choose_excludes_nothing() -> None:
    rule = PathRule(["/"], ["/static", "*.css"])
    for mount in (
        "/static",
        "/x.css",
        "/favicon.ico",
        "/robots.txt",
        "/.well-known",
        "/.well-known/x",
    ):
        assert rule.covers("/buy", f"{mount}/buy", mount)
    assert rule.covers("/shop/static/buy", "/shop/shop/static/buy", "/shop")
    assert not rule.covers("/static/x", "/static/static/x", "/static")


def test_nothing_is_below_a_file_that_stays_open() -> None:
    for path in ("/favicon.ico/buy", "/robots.txt/buy", "/x/favicon.ico", "/favicon.ico\n"):
        assert PathRule(["/"]).covers(path)


@pytest.mark.parametrize("pattern", ["/", "/*", "*", "//"])
def test_the_whole_site_leaves_open_what_robots_and_certificates_need(pattern: str) -> None:
    rule = PathRule([pattern])
    for path in ("/robots.txt", "/favicon.ico", "/.well-known/acme-challenge/x"):
        assert not rule.covers(path)
        assert not rule.covers(path, f"/shop{path}", "/shop")
        assert PathRule([pattern, path]).covers(path)
    for path in ("/", "/x", "/robots.txt.bak", "/.well-known/../buy", "/.well-known/..%2fbuy"):
        assert rule.covers(path)
