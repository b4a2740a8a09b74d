"""The ASGI door below a mount prefix, and paths that a header cannot hold as they are."""

import sys

import pytest

from tests.support.asgi import call, scope_of
from tests.support.clock import Clock
from tests.support.house import House, inside, make_house


def test_a_mount_prefix_is_no_part_of_a_rooms_paths(house: House) -> None:
    inside(house)
    for scope in (
        scope_of("/shop/tickets", {}, root_path="/shop"),
        scope_of("/tickets", {}, root_path="/shop"),  # some servers leave the prefix out
        scope_of("/shop/tickets", {}, root_path="/shop/"),
    ):
        answer = call(house.middleware, scope)
        assert answer.status == 429
        assert answer.header("vwr-waiting-room").startswith("/shop/vwr/main/?next=/shop/tickets")
    assert call(house.middleware, scope_of("/shop/about", {}, root_path="/shop")).has_passed


def test_our_own_addresses_lie_below_the_mount_prefix(house: House) -> None:
    for path in ("/shop/vwr/main/status", "/vwr/main/status"):
        assert call(house.middleware, scope_of(path, {}, root_path="/shop")).json["room"] == "main"
    answer = call(house.middleware, scope_of("/shop/vwr/main?next=/x", {}, root_path="/shop"))
    assert (answer.status, answer.header("location")) == (308, "/shop/vwr/main/?next=/x")


def test_our_own_addresses_do_not_lie_behind_a_prefix_that_only_litestar_takes_off(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "litestar", sys)
    house = make_house(clock, admin_password="a long password")
    for path in ("/vwr-admin/sign-in", "/vwr/main/status"):
        for before, passes in (("/zzz/shop", True), ("/shop", False), ("", False)):
            answer = call(house.middleware, scope_of(before + path, {}, root_path="/shop"))
            assert answer.has_passed is passes, (before, path)


def test_a_prefix_that_a_visitor_can_choose_is_quoted(house: House) -> None:
    inside(house)
    for mount in ("/a\r\nx: y", "//evil.example", "/é\N{BULLET}", "/\udcff", "/\\evil.example"):
        for path in ("/tickets", "/vwr/main"):
            answer = call(house.middleware, scope_of(mount + path, {}, root_path=mount))
            for name in ("vwr-waiting-room", "location"):
                value = answer.header(name)
                assert value.isprintable()
                assert not value.startswith(("//", "/\\"))


def test_a_prefix_that_a_visitor_can_choose_is_no_way_around(clock: Clock) -> None:
    house = make_house(clock, paths=["/"], mode="queue")
    for mount in ("/favicon.ico", "/.well-known", "/tenant"):
        answer = call(house.middleware, scope_of(f"{mount}/buy", {}, root_path=mount))
        assert answer.status == 429


def test_at_the_panel_too(clock: Clock) -> None:
    house = make_house(clock, admin_password="a long password")
    form = {"content-type": "application/x-www-form-urlencoded"}
    for mount in ("/a\r\nx: y", "//evil.example", "/é\N{BULLET}", "/\\evil.example", "/a;Domain=b"):
        scope = scope_of(f"{mount}/vwr-admin/sign-in", form, "POST", root_path=mount)
        body = {"type": "http.request", "body": b"password=a+long+password"}
        signed_in = call(house.middleware, scope, body)
        assert signed_in.status == 303
        assert signed_in.header("set-cookie").isprintable()
        assert "; Domain" not in signed_in.header("set-cookie").replace(";", "; ")
        near = call(house.middleware, scope_of(f"{mount}/vwr-admin", {}, root_path=mount))
        for location in (signed_in.header("location"), near.header("location")):
            assert location.isprintable()
            assert location.isascii()
            assert not location.startswith(("//", "/\\"))


def test_a_rooms_path_in_another_script_can_be_told_in_a_header(clock: Clock) -> None:
    house = make_house(clock, max_active=1, paths=["/チケット", "/tickets"])
    house.visitor().open("/tickets")
    answer = house.visitor().post("/tickets/buy")
    assert answer.status == 429
    assert answer.header("vwr-waiting-room").isascii()
    assert house.visitor().get("/vwr/main/").status == 429
