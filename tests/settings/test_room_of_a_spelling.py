"""Whoever spells a path in an odd way does not choose the room by that."""

import posixpath
import re
from collections.abc import Callable, Iterator
from itertools import permutations
from typing import cast
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.problems import KEY
from tests.support.requests import PlainRequest
from vwr_middleware.settings import Settings
from vwr_middleware.site.room_of_request import Rooms, SeveralRooms
from vwr_middleware.web.http import Request

#: Rooms of which any two may stand in any order.
PATHS = ("/easy", "/tickets", "/tickets/vip", "/")
PAIRS = list(permutations(PATHS, 2))

#: Where an app takes a path from, by what it was sent as: as it stands, decoded, up to a fragment.
SERVERS: list[Callable[[str], str]] = [
    unquote,
    lambda sent: unquote(sent.partition("#")[0]),
    lambda sent: unquote(_bare(sent)),
    lambda sent: unquote(sent, errors="ignore"),
]
#: What an app, or a server behind us, may make of that.
APPS: list[Callable[[str], str]] = [
    str,
    unquote,
    lambda path: re.sub("//+", "/", path),
    lambda path: posixpath.normpath(path) if path.startswith("/") else path,
    lambda path: posixpath.normpath(path.replace("\\", "/")) if path.startswith("/") else path,
    lambda path: re.sub(";[^/]*", "", path),
    lambda path: path.partition("?")[0],
]
PARTS = [
    *("/tickets", "/easy", "/vip", "/x", "/..", "/.", "/", "..", "%2f", "%2F..", "%2e%2e", "%252e"),
    *("?", "%3f", "#", "%23", ";", "/;", "\\", "%5c", "%ff", "%00", "%0a", "http://easy", "a"),
]
SPELLINGS = [
    *("/tickets/..%2feasy", "/tickets/a%3f/../../easy", "/tickets/;/../../easy"),
    *("/tickets/%252e%252e/easy", "/tickets#/../easy", "http://easy/tickets"),
    *("/tickets/x/..%2fvip", "/tickets/buy%3f/../vip", "/tickets/buy#/../vip"),
    *("/a/..%2ftickets", "//tickets", "/%ff/../tickets", "/tickets%ff/../vip", "/tickets//vip"),
]


def _bare(sent: str) -> str:
    try:
        return urlsplit(sent).path
    except ValueError:
        return sent


def rooms_of(pair: tuple[str, ...], **settings: object) -> Rooms:
    rooms = [{"name": f"r{number}", "paths": path} for number, path in enumerate(pair)]
    return Rooms(Settings(secret_key=KEY, rooms=rooms, **settings))


def room_by(pair: tuple[str, ...], path: str) -> str | None:
    """The room of a path that is read in one way."""
    for number, prefix in enumerate(pair):
        if f"{path}/".startswith(f"{prefix.rstrip('/')}/"):
            return f"r{number}"
    return None


def read_by_apps(sent: str) -> Iterator[tuple[str, str]]:
    """The path as the app is handed it, and as it reads it."""
    for server in SERVERS:
        seen = server(sent)
        for app in APPS:
            yield seen, app(seen)


def leads_elsewhere(pair: tuple[str, ...], sent: str) -> list[tuple[str, str, str]]:
    """Where a request gets into another room than that of the path that the app reads."""
    rooms, found = rooms_of(pair), []
    for seen, read in read_by_apps(sent):
        try:
            room = rooms.room_for(cast(Request, PlainRequest(seen, raw_path=sent)))
        except SeveralRooms:
            continue
        if (right := room_by(pair, read)) and (room is None or room.name != right):
            # `/.well-known/` and the like stay open below "/".
            found.append((seen, read, room.name if room else "none"))
    return found


@pytest.mark.parametrize("pair", PAIRS, ids=" ".join)
@pytest.mark.parametrize("sent", SPELLINGS)
def test_no_known_spelling_leads_into_another_room(pair: tuple[str, ...], sent: str) -> None:
    assert not leads_elsewhere(pair, sent)


@given(st.sampled_from(PAIRS), st.lists(st.sampled_from(PARTS), min_size=1, max_size=7))
def test_no_spelling_leads_into_another_room(pair: tuple[str, ...], parts: list[str]) -> None:
    sent = "".join(parts)
    assert not leads_elsewhere(pair, sent if sent.startswith(("/", "http")) else f"/{sent}")


def found(pair: tuple[str, ...], path: str, sent: str = "", mount: str = "") -> str | None:
    asked = PlainRequest(path, raw_path=sent or path, mount=mount)
    room = rooms_of(pair).room_for(cast(Request, asked))
    return room.name if room else None


@pytest.mark.parametrize("pair", PAIRS, ids=" ".join)
def test_what_is_written_plainly_or_just_encoded_leads_to_its_room(pair: tuple[str, ...]) -> None:
    for path, sent in (
        ("/tickets/vip", "/tickets/vip"),
        ("/tickets/für", "/tickets/f%C3%BCr"),
        ("/tickets/a b", "/%74ickets/a%20b"),
        ("/easy/100%", "/easy/100%25"),
        ("/tickets/x", "/shop/tickets/x"),
    ):
        assert found(pair, path, sent, "/shop" if sent.startswith("/shop") else "") == room_by(
            pair, path
        )


def test_paths_may_be_written_with_the_mount_prefix() -> None:
    pair = ("/shop/tickets", "/")
    assert found(pair, "/tickets/1", "/shop/tickets/1", "/shop") == "r0"
    assert found(pair, "/about", "/shop/about", "/shop") == "r1"


def test_a_prefix_that_a_visitor_can_choose_chooses_no_room() -> None:
    """An app may be mounted at `/{tenant}`."""
    for pair, right in ((("/easy", "/tickets"), "r1"), (("/tickets", "/easy"), "r0")):
        assert found(pair, "/tickets", "/easy/tickets", "/easy") == right
    with pytest.raises(SeveralRooms):
        found(("/easy", "/tickets"), "/tickets/shop/easy", mount="/shop")


def test_what_cannot_be_followed_leads_into_no_room_of_several() -> None:
    tangled = "/%252e%252e%253f%252e%252e%253b/%5c/;x/../..//.%00//%23/..;/a"
    with pytest.raises(SeveralRooms):
        found(("/easy", "/tickets"), tangled)
    assert found(("/easy",), tangled) == "r0"
