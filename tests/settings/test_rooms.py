"""Rooms: which room protects a request, whatever its host, method and spelling."""

import re
import tracemalloc
from dataclasses import dataclass
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.problems import KEY
from vwr_middleware.errors import ConfigurationError
from vwr_middleware.settings import Settings
from vwr_middleware.settings.web_kinds import bare_host
from vwr_middleware.site.room_of_request import Rooms, SeveralHosts
from vwr_middleware.startup.unreached_paths import never_reached
from vwr_middleware.web import path_readings
from vwr_middleware.web.http import Request
from vwr_middleware.web.remembered import MOST_REMEMBERED


@dataclass(frozen=True)
class AppFunctions:
    """The part of a request that decides about rooms."""

    path: str
    host: str = "shop.example"
    method: str = "GET"
    raw_path: str = ""
    mount: str = ""
    forwarded: str = ""
    sent: str = ""  # the Host header before it was put into lower case

    def header(self, name: str) -> str:
        return {"x-forwarded-host": self.forwarded, "host": self.sent}.get(name, "")


def rooms(*given: dict[str, object], **settings: object) -> Rooms:
    return Rooms(Settings(secret_key=KEY, rooms=list(given), **settings))


def two_hosts(**settings: object) -> Rooms:
    """The rooms of an app that shows something else on each of its two hosts."""
    return rooms(
        {"name": "shop", "paths": "/tickets", "hosts": "shop.example"},
        {"name": "pay", "paths": "/pay", "hosts": "pay.example"},
        **settings,
    )


def found(rooms: Rooms, path: str, **parts: str) -> str | None:
    sent = parts.get("host", "shop.example")
    given = {"raw_path": path, **parts, "host": sent.lower(), "sent": sent}
    asked = AppFunctions(path, **given)
    answers = [rooms.room_for(cast(Request, asked)) for _ in range(2)]
    assert answers[0] is answers[1]  # told anew, and remembered
    return answers[0].name if answers[0] else None


def test_the_first_room_that_matches_protects_a_request() -> None:
    both = rooms({"name": "vip", "paths": "/tickets/vip"}, {"name": "all", "paths": "/tickets"})
    assert found(both, "/tickets/vip/1") == "vip"
    assert found(both, "/tickets/1") == "all"
    assert found(both, "/about") is None


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"paths": "/"}, {"paths": "/tickets"}),
        ({"paths": "*"}, {"paths": ["/.well-known/x", "/tickets"]}),
        ({"paths": ["/seats", "/tickets/"]}, {"paths": "/tickets"}),
        ({"paths": "/tickets"}, {"paths": ["/tickets/*/buy", "/seats"]}),
        ({"paths": "/"}, {"paths": "/tickets", "hosts": "a.example", "exclude": "/tickets/1"}),
        ({"paths": "/", "hosts": ["a.example", "b"]}, {"paths": "/tickets", "hosts": "b"}),
        ({"paths": "/", "methods": ["GET", "POST"]}, {"paths": "/tickets", "methods": "POST"}),
    ],
)
def test_a_path_that_an_earlier_room_covers_is_told(
    first: dict[str, object], second: dict[str, object]
) -> None:
    given = [{"name": "first", **first}, {"name": "second", **second}]
    (told,) = never_reached(Settings(secret_key=KEY, rooms=given))
    assert told.startswith("room 'second': '/tickets")
    assert "never leads to it" in told and "put 'second' before 'first'" in told


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"paths": "/tickets/vip"}, {"paths": "/tickets"}),
        ({"paths": "/ticket"}, {"paths": "/tickets"}),
        ({"paths": "/tickets*"}, {"paths": "/tickets"}),
        ({"paths": re.compile("^/tickets")}, {"paths": "/tickets"}),
        ({"paths": "/"}, {"paths": "/.well-known/x"}),
        ({"paths": []}, {"paths": "/tickets"}),
        ({"paths": "/"}, {"paths": []}),
        ({"paths": "/", "exclude": "/tickets/vip"}, {"paths": "/tickets"}),
        ({"paths": "/", "hosts": "a.example"}, {"paths": "/tickets"}),
        ({"paths": "/", "hosts": "a.example"}, {"paths": "/tickets", "hosts": ["a.example", "b"]}),
        ({"paths": "/", "methods": "POST"}, {"paths": "/tickets"}),
    ],
)
def test_a_path_that_an_earlier_room_leaves_is_not_told(
    first: dict[str, object], second: dict[str, object]
) -> None:
    given = [{"name": "first", **first}, {"name": "second", **second}]
    assert [*never_reached(Settings(secret_key=KEY, rooms=given))] == []


def test_what_a_room_excludes_may_belong_to_a_later_one() -> None:
    both = rooms(
        {"name": "all", "paths": "/tickets", "exclude": "/tickets/vip"},
        {"name": "vip", "paths": "/tickets/vip"},
    )
    assert found(both, "/tickets/vip/1") == "vip"


def test_a_single_room_needs_no_list() -> None:
    single = Rooms(Settings(secret_key=KEY, paths="/tickets"))
    assert found(single, "/tickets") == "main"
    assert found(single, "/tickets", host="", method="BREW") == "main"


def test_a_compiled_regex_protects_too() -> None:
    assert found(rooms({"paths": [re.compile(r"^/t\d")]}), "/t7") == "main"


@pytest.mark.parametrize("exclude", ["/favicon.*", "*.*"])
def test_files_of_any_ending_may_stay_open(exclude: str) -> None:
    room = Rooms(Settings(secret_key=KEY, paths="*", exclude=exclude))
    assert found(room, "/favicon.svg") is None
    assert found(room, "/favicon") == "main"


def test_without_rooms_nothing_is_protected() -> None:
    assert found(Rooms(Settings(enabled=False)), "/tickets") is None


@pytest.mark.parametrize("host", ["SHOP.example", "shop.example:8443", "Shop.Example:80"])
def test_a_host_is_known_by_its_name_alone(host: str) -> None:
    two = rooms(
        {"name": "pay", "paths": "/", "hosts": "pay.example"},
        {"name": "shop", "paths": "/", "hosts": "Shop.Example."},
    )
    assert found(two, "/x", host=host) == "shop"


@pytest.mark.parametrize(
    "host",
    [
        *("shop.example.", "shop.example.:80", "shop.example\t:80"),
        # Many apps cut off all that follows a colon, and werkzeug takes `:80` off.
        *("shop.example:80:80", "shop.example:any", "shop.example:", "shop.example, shop.example."),
    ],
)
@pytest.mark.parametrize("header", ["host", "forwarded"])
def test_a_host_in_a_strange_spelling_counts_as_unknown_too(header: str, host: str) -> None:
    """Starlette shows for it what it shows on all hosts that it does not know."""
    asked = {"host": "app:8000", header: host}
    two = rooms(
        {"name": "pay", "paths": "/pay", "hosts": "pay.example"},
        {"name": "shop", "paths": ["/tickets", "/both"], "hosts": "shop.example"},
        {"name": "paid", "paths": "/both", "hosts": "pay.example"},
        trusted_proxies=1,
    )
    assert found(two, "/pay", **asked) == "pay"
    assert found(two, "/tickets", **asked) == "shop"
    assert found(two, "/about", **asked) is None
    another = rooms(
        {"name": "pay", "paths": "/", "hosts": "pay.example"},
        {"name": "shop", "paths": "/", "hosts": "shop.example"},
        trusted_proxies=1,
    )
    with pytest.raises(SeveralHosts):
        found(another, "/x", **asked)


@pytest.mark.parametrize("host", ["shop.example.,shop.example", "shop.example, shop.example"])
def test_the_same_host_twice_counts_as_unknown_too(host: str) -> None:
    two = two_hosts()
    assert found(two, "/pay", host=host) == "pay"
    assert found(two, "/tickets", host=host) == "shop"


def test_capitals_in_a_host_open_no_path() -> None:
    """Older Starlettes know no such host."""
    two = two_hosts()
    assert found(two, "/pay", host="SHOP.example") == "pay"
    assert found(two, "/about", host="SHOP.example") is None


def test_a_made_up_host_is_no_way_around() -> None:
    two = two_hosts()
    for host in ("", "evil.example", "127.0.0.1:8000", "[::1]:80", "\0", "ü.example", "a" * 9000):
        assert found(two, "/tickets", host=host) == "shop"
        assert found(two, "/pay", host=host) == "pay"


@pytest.mark.parametrize(
    "host",
    [
        *("b.example, x", "x,b.example", "a.example, b.example", "x,,b.example"),
        # To many apps this is the name of neither.
        *("b.example, b.example", "b.example,b.example:80"),
    ],
)
def test_a_second_host_leads_into_no_other_room(host: str) -> None:
    """An app may take the first or the last."""
    two = rooms(
        {"name": "a", "paths": "/tickets", "hosts": ["a.example"]},
        {"name": "b", "paths": "/tickets", "hosts": ["b.example"]},
        trusted_proxies=1,
    )
    with pytest.raises(SeveralHosts):
        found(two, "/tickets", host=host)
    assert found(two, "/about", host=host) is None


@pytest.mark.parametrize(
    "host",
    [
        *("x@b.example", "x.b.example@b.example:80", "[b.example]", "b.exam\tple"),
        *("b.example/", "b.example?", "b.example#", "b.example/.a.example", "b.example\\"),
    ],
)
@pytest.mark.parametrize("header", ["host", "forwarded"])
def test_a_host_that_is_found_in_more_of_a_url_leads_into_no_other_room(
    host: str, header: str
) -> None:
    """Litestar's `request.url.hostname`, and Starlette's up to 1.0, is b.example for these."""
    two = rooms(
        {"name": "b", "paths": "/tickets", "hosts": ["b.example"]},
        {"name": "rest", "paths": "/tickets"},
        trusted_proxies=1,
    )
    with pytest.raises(SeveralHosts):
        found(two, "/tickets", **{header: host})
    assert found(two, "/about", **{header: host}) is None
    only = rooms({"name": "b", "paths": "/tickets", "hosts": ["b.example"]})
    assert found(only, "/tickets", **{header: host}) == "b"
    assert found(two, "/tickets", **{header: "www.b.example"}) == "rest"


def test_a_dot_behind_a_host_names_no_shorter_host() -> None:
    two = rooms(
        {"name": "shop", "paths": "/tickets", "hosts": ["shop.a.example"]},
        {"name": "a", "paths": "/tickets", "hosts": ["a.example"]},
    )
    assert found(two, "/tickets", host="shop.a.example.") == "shop"


def test_many_hosts_are_not_looked_at() -> None:
    room = rooms({"paths": "/tickets", "hosts": ["shop.example"]})
    assert found(room, "/tickets", host="shop.example,x,x,x") == "main"
    with pytest.raises(SeveralHosts):
        found(room, "/tickets", host="shop.example" + ",x" * 20_000)


def test_a_path_is_free_on_a_host_that_another_room_names() -> None:
    two = two_hosts()
    assert found(two, "/tickets", host="pay.example") is None
    assert found(two, "/pay", host="shop.example") is None


def test_a_room_for_all_hosts_goes_before_one_that_stands_in() -> None:
    two = rooms(
        {"name": "shop", "paths": "/tickets", "hosts": ["shop.example"]},
        {"name": "rest", "paths": "/tickets"},
    )
    assert found(two, "/tickets", host="shop.example") == "shop"
    assert found(two, "/tickets", host="other.example") == "rest"


PAUSED: dict[str, object] = {"name": "b", "paths": "/tickets", "hosts": "b.example"}


@pytest.mark.parametrize(
    ("b", "main"),
    [
        ({}, {"paths": "/tickets", "exclude": "/tickets/faq"}),
        ({}, {"paths": "/", "exclude": ["/about", "/tickets"]}),
        ({}, {"paths": "/", "exclude": "*/faq"}),
        ({"paths": ["/x", "/tickets/*/buy"]}, {"paths": "/tickets", "exclude": "/tickets/"}),
    ],
)
def test_what_a_room_leaves_open_is_not_protected_by_one_for_another_host(
    b: dict[str, object], main: dict[str, object]
) -> None:
    if main["exclude"] == "*/faq":
        b = {"paths": ["/faq"]}
    for order in (1, -1):
        two = [PAUSED | b, main][::order]
        with pytest.raises(ConfigurationError, match="room 'b' also protects"):
            rooms(*two)


def test_it_may_be_excluded_in_both_or_the_hosts_named() -> None:
    faq: dict[str, object] = {"paths": "/tickets", "exclude": "/tickets/faq"}
    both = rooms(PAUSED | {"exclude": "/tickets/faq"}, faq)
    named = rooms(PAUSED, faq | {"hosts": "shop.example"})
    for two in (both, named):
        assert found(two, "/tickets/faq") is None
        assert found(two, "/tickets/1") == "main"
        assert found(two, "/tickets/1", host="b.example") == "b"
    assert found(named, "/tickets/faq", host="evil.example") == "b"
    assert found(rooms(PAUSED | {"methods": ["POST"]}, faq | {"methods": ["GET"]}), "/x") is None
    assert found(rooms(PAUSED, {"paths": "/", "exclude": "/about"}), "/about") is None


def test_a_host_that_a_trusted_proxy_tells_decides() -> None:
    behind, alone = two_hosts(trusted_proxies=1), two_hosts()
    for two, expected in ((behind, None), (alone, "shop")):
        assert found(two, "/tickets", host="app:8000", forwarded="pay.example") == expected
    assert found(behind, "/pay", host="app:8000", forwarded="x.example, pay.example") == "pay"
    assert found(behind, "/tickets", host="app:8000", forwarded="x.example, shop.example") == "shop"
    assert found(behind, "/tickets", host="app:8000") == "shop"


def test_a_forwarded_host_that_a_visitor_made_up_is_no_way_around() -> None:
    two = two_hosts(trusted_proxies=1)
    assert found(two, "/tickets", host="shop.example", forwarded="pay.example") == "shop"
    assert found(two, "/pay", host="pay.example", forwarded="shop.example") == "pay"
    with pytest.raises(SeveralHosts):
        found(two, "/tickets", host="pay.example, shop.example", forwarded="pay.example")


@pytest.mark.parametrize("hosts", [{"hosts": ["idle.example"]}, {}])
def test_a_forwarded_host_that_a_visitor_made_up_leads_into_no_other_room(
    hosts: dict[str, list[str]],
) -> None:
    two = rooms(
        {"name": "busy", "paths": "/tickets", "hosts": ["busy.example"]},
        {"name": "idle", "paths": "/tickets", **hosts},
        trusted_proxies=1,
    )
    with pytest.raises(SeveralHosts):
        found(two, "/tickets", host="busy.example", forwarded="idle.example")
    assert found(two, "/tickets", host="busy.example", forwarded="busy.example:443") == "busy"
    assert found(two, "/tickets", host="app:8000", forwarded="idle.example") == "idle"
    assert found(two, "/about", host="busy.example", forwarded="idle.example") is None


def test_a_host_that_a_visitor_sends_is_not_converted() -> None:
    """No browser sends such a host, and to convert a long one takes Python most of a second."""
    assert bare_host("Ü.example:80") == "ü.example"
    assert found(rooms({"paths": "/t", "hosts": "x.example"}), "/t", host="é." * 30_000) == "main"


@pytest.mark.parametrize("colons", [":", "a:", "1.1:"])
def test_a_host_of_many_colons_is_not_taken_apart(colons: str) -> None:
    """To look for an address in megabytes takes Python seconds, and all others wait meanwhile."""
    host = colons * 100_000
    tracemalloc.start()
    try:
        assert bare_host(host) in ("", "a", "1.1")
        assert tracemalloc.get_traced_memory()[1] < 4 * len(host)
    finally:
        tracemalloc.stop()


def test_the_first_of_the_rooms_that_stand_in_is_taken() -> None:
    two = rooms(
        {"name": "a", "paths": "/tickets", "hosts": ["a.example"]},
        {"name": "b", "paths": "/tickets", "hosts": ["b.example"]},
    )
    assert found(two, "/tickets", host="c.example") == "a"


def test_an_internationalised_host_is_compared_as_it_is_sent() -> None:
    room = rooms(
        {"name": "m", "paths": "/", "hosts": "Müller.example"},
        {"name": "x", "paths": "/", "hosts": "[::1]"},
        {"name": "y", "paths": "/", "hosts": "2001:db8::1"},
    )
    assert found(room, "/x", host="xn--mller-kva.example:80") == "m"
    assert found(room, "/x", host="[::1]:80") == "x"
    assert found(room, "/x", host="2001:db8::1") == "y"


def test_head_counts_as_get() -> None:
    room = rooms({"paths": "/tickets", "methods": ["get"]})
    assert found(room, "/tickets") == "main"
    assert found(room, "/tickets", method="HEAD") == "main"
    assert found(room, "/tickets", method="POST") is None
    assert (
        found(rooms({"paths": "/tickets", "methods": "HEAD"}), "/tickets", method="HEAD") == "main"
    )


def test_the_path_as_it_was_sent_and_the_mount_prefix_are_looked_at() -> None:
    single = rooms({"paths": "/tickets"})
    assert found(single, "/y") is None
    assert found(single, "/y", raw_path="/tickets") == "main"
    assert found(single, "/y", mount="/tickets") == "main"
    assert found(single, "/x/../y", raw_path="/x/%2e%2e/tickets") == "main"
    assert found(single, "/y", raw_path="/shop/tickets", mount="/shop") == "main"
    assert found(single, "/y", raw_path="/shop/tickets", mount="/store") is None


def test_a_path_is_read_once_for_all_rooms(monkeypatch: pytest.MonkeyPatch) -> None:
    """A long one with many readings takes some milliseconds, and anybody may ask for it."""
    asked, read = [], path_readings.readings

    def readings(path: str) -> set[str] | None:
        asked.append(path)
        return read(path)

    monkeypatch.setattr(path_readings, "readings", readings)
    given: list[dict[str, object]] = [{"name": f"{n}", "paths": f"/tickets/{n}"} for n in range(9)]
    many, path = rooms(*given), "/about/%2e%255c;a//" * 20
    assert found(many, path) is None
    assert asked == [path]


def test_what_is_remembered_is_bounded() -> None:
    single = rooms({"paths": "/tickets"})
    for number in range(MOST_REMEMBERED + 10):
        single.room_for(cast(Request, AppFunctions(f"/x/{number}", raw_path=f"/x/{number}")))
    assert len(single._remembered) == 10
    assert found(single, "/x" * 5000) is None
    assert len(single._remembered) == 10


@given(st.builds(AppFunctions, *[st.text(max_size=20)] * 5))
def test_no_request_makes_it_fail(asked: AppFunctions) -> None:
    for some in (rooms({"paths": "/t"}), rooms({"paths": "/t", "hosts": "a.example"})):
        answer = some.room_for(cast(Request, asked))
        assert answer is None or answer.name == "main"
