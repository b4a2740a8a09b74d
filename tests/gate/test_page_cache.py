"""The short way tells those who wait the same as the long way, to the letter."""

import gc
import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.asgi import NAVIGATION
from tests.support.place import Place
from tests.support.requests import PlainRequest
from vwr_middleware.gate.answer_cache import Reading
from vwr_middleware.web.http import Reply
from vwr_middleware.web.replies import Ready

CROWD = 3_000_000
LANGUAGES = ["", "en-GB,en;q=0.9", "de", "fr-CA,fr;q=0.8", "ja", "ar", "he", "zh-TW", "pt-BR", "nl"]


@pytest.fixture(scope="module")
def place() -> Place:
    """A room with an English default."""
    return Place(max_active=50)


def assert_same(short: Reply, long: Reply) -> None:
    assert short.body == long.body
    assert (short.status, sorted(short.headers)) == (long.status, sorted(long.headers))
    assert isinstance(short, Ready)
    sent = [(name.lower().encode(), value.encode()) for name, value in short.headers]
    assert short.encoded() == [*sent, (b"content-length", b"%d" % len(short.body))]


rooms = st.fixed_dictionaries(
    {
        "state": st.sampled_from(["open", "queueing", "paused", "scheduled"]),
        "serving": st.integers(0, 40_000),
        "horizon": st.integers(0, 50_000),
        "free": st.integers(-2, 20),
        "active": st.integers(0, 60),
        "expected": st.floats(0, 50),
        "flow": st.floats(0, 40),
        "hazard": st.floats(0, 0.5),
        "share": st.floats(0, 1),
        "per_second": st.none() | st.floats(0.1, 30),
        "limit_changed": st.sampled_from([0.0, 1.7e9]),
        "present_ahead": st.integers(0, 5000),
        "seen_ahead": st.integers(0, 5000),
        "first_claim": st.sampled_from([0.0, 1.0]),
        "is_measured": st.booleans(),
        "record": st.sampled_from([[0.0] * 4, [4210.0, 3494.0, 30.0, 29.0]]),
        "margins": st.sampled_from([{}, {"25": [0.1, 2.0], "1600": [8.0, 8.0]}]),
    }
)
behind = st.integers(51, 100) | st.integers(51, 3000) | st.integers(51, CROWD - 1)


def look(place: Place, room: dict[str, Any], ahead: int) -> int:
    """Make the room look so, and say which position has so many before it."""
    changes = dict(room)
    is_measured, serving = changes.pop("is_measured"), changes["serving"]
    now = place.reads().now
    if is_measured:
        begun = [now - 300, serving / 2, 10.0, 10.0]
        changes["flow_log"] = [begun, [now, float(serving), 400.0, 400.0]]
    room_now = place.reads(**changes, queue=serving + CROWD)
    if is_measured:
        room_now.snapshot.totals["claimed"] = 400
    position: int = serving + ahead
    return position


@given(rooms, behind, st.sampled_from(LANGUAGES), st.sampled_from(["", "a=1", "x=%3C&y='\"<>"]))
def test_a_page_from_a_sheet_is_the_page_that_is_made_afresh(
    place: Place, room: dict[str, Any], ahead: int, language: str, query: str
) -> None:
    position = look(place, room, ahead)
    headers = {"accept-language": language}
    request = place.request("/tickets", position, headers=headers, query=query)
    assert_same(*place.both_ways(request))
    for number in range(17):  # by the same sheet, with more ways back than it is made for
        request = place.request(f"/tickets/{number}", position + 1, headers=headers)
        assert_same(*place.both_ways(request))


@given(rooms, behind)
def test_an_answer_to_a_poll_from_a_sheet_is_the_one_that_is_made_afresh(
    place: Place, room: dict[str, Any], ahead: int
) -> None:
    position = look(place, room, ahead)
    for moved in (0, 1, 1000):
        request = place.request("/vwr/main/position", position + moved)
        assert_same(*place.both_ways(request))


def test_whoever_is_far_back_in_a_very_long_line_is_told_the_same_by_a_sheet(place: Place) -> None:
    place.reads(serving=0, horizon=1003, queue=CROWD, state="queueing")
    told = set()
    for position in (149_504, 151_551, 2_000_000, 2_000_001):
        short, long = place.both_ways(place.request("/vwr/main/position", position))
        assert short.body == long.body
        told.add(json.loads(short.body)["retry_after"])
    assert len(told) == 2, "the interval grows with the line, in steps"


@pytest.mark.parametrize("first", [1003, 1004])
def test_neighbours_on_both_sides_of_the_horizon_ask_in_different_ways(
    place: Place, first: int
) -> None:
    place.reads(serving=0, horizon=1003, queue=5000, state="queueing")
    told = {}
    for position in (first, 1003, 1004):
        short, long = place.both_ways(place.request("/vwr/main/position", position))
        assert short.body == long.body
        told[position] = json.loads(short.body)["watch"]
    assert told == {1003: "position", 1004: "status"}


@pytest.mark.parametrize(
    "settings",
    [
        {"public_numbers": False},
        {"public_record": True},
        {"waiting_status": 503},
        {"cors_origins": ["https://other.example"]},
        {"site_name": "Tickets & more \ue000"},
        {"message": "Standing places <b>only</b> & \ue000 4503599627370496"},
        {"trusted_proxies": 1},
        {"namespace": "stage"},
        {"opens_at": "2030-01-01T00:00:00Z"},
    ],
    ids=lambda settings: next(iter(settings)),
)
def test_every_setting_shows_on_a_page_from_a_sheet_too(settings: dict[str, Any]) -> None:
    place = Place(**settings)
    room = place.reads(queue=9000, state="queueing")
    room.state = "scheduled" if "opens_at" in settings else "queueing"
    headers = {"x-forwarded-host": "front.example", "x-forwarded-proto": "https"}
    if settings.get("namespace"):
        value = place.request("/tickets", 500).headers["cookie"].partition("main=")[2]
        headers["cookie"] = f"stage_main={value}"
    for path in ("/tickets", "/vwr/main/position"):
        assert_same(*place.both_ways(place.request(path, 500, headers=headers)))


def test_the_nearer_the_opening_the_sooner_all_are_to_ask_again() -> None:
    place = Place(opens_at="2030-01-01T00:00:00Z")
    room = place.reads(queue=9000, state="scheduled")
    room.rules["opens_at"] = room.now + 29.9
    told = []
    for _ in range(2):
        short, long = place.both_ways(place.request("/vwr/main/position", 500))
        assert short.body == long.body
        told.append(json.loads(short.body)["retry_after"])
        place.clock.pass_by(0.2)
    assert told == [6.0, 5.9]


@pytest.mark.parametrize(
    "moved", [{"serving": 3900}, {"queue": 6000}, {"state": "paused"}], ids=str
)
@pytest.mark.parametrize("path", ["/tickets", "/vwr/main/position"])
def test_whatever_moved_meanwhile_is_in_the_next_answer(
    place: Place, path: str, moved: dict[str, Any]
) -> None:
    room = place.reads(serving=10, queue=5000, state="queueing")
    before, _ = place.both_ways(place.request(path, 4000))
    for name, value in moved.items():
        setattr(room, name, value)
    short, long = place.both_ways(place.request(path, 4000))
    assert short.body == long.body != before.body


def test_what_all_are_told_is_worked_out_once_until_what_it_depends_on_has_moved(
    place: Place,
) -> None:
    readings = place.gate.short_way.readings
    room = place.reads(serving=10, queue=5000, state="queueing")
    first = readings.of(room)
    assert readings.of(room) is first
    room.queue += 1
    second = readings.of(room)
    assert second is not first
    assert (second.prospects, second.shared_pages) == (first.prospects, first.shared_pages)
    room.serving += 1
    third = readings.of(room)
    assert third.prospects is not second.prospects
    assert third.shared_pages is second.shared_pages
    room.state = "paused"
    assert readings.of(room).shared_pages is not third.shared_pages


@pytest.mark.parametrize(
    ("headers", "more"),
    [
        ({"cookie": "vwr_main=forged"}, {}),
        ({"vwr-ticket": "x"}, {}),
        ({"vwr-token": "x"}, {}),
        ({"authorization": "Bearer x"}, {}),
        ({"user-agent": "Googlebot/2.1"}, {}),
        ({"purpose": "prefetch"}, {}),
        ({"x-sec-purpose": "prefetch"}, {}),
        ({"x-purpose": "preview"}, {}),
        ({"hx-preloaded": "true"}, {}),
        ({"sec-fetch-mode": "cors"}, {}),
        ({}, {"method": "POST"}),
        ({}, {"is_websocket": True, "scheme": "wss"}),
    ],
)
def test_what_is_not_plain_is_looked_at_closely(
    place: Place, headers: dict[str, str], more: dict[str, Any]
) -> None:
    place.reads(serving=10, queue=5000, state="queueing")
    assert place.glance(place.request("/tickets", 4000)) is not None  # and is remembered
    request = place.request("/tickets", 4000, headers=headers, **more)
    assert place.glance(request) is None


@pytest.mark.parametrize(
    "extra", ["vwr_main=x", "vwr_main_token=x", "vwr_lang=de", "vwr_refresh=off"]
)
def test_further_cookies_of_ours_are_looked_at_closely(place: Place, extra: str) -> None:
    place.reads(queue=5000, state="queueing")
    request = place.request("/tickets", 4000)
    request.headers["cookie"] += f"; {extra}"
    assert place.glance(request) is None


def test_somebody_called_or_from_another_generation_is_looked_at_closely(place: Place) -> None:
    looks: dict[str, Any] = {"serving": 100, "queue": 5000, "state": "queueing"}
    for path in ("/tickets", "/vwr/main/position"):
        generation = place.reads(**looks).generation
        assert place.glance(place.request(path, 100)) is None
        waiting = place.request(path, 101)
        assert place.glance(waiting) is not None
        place.reads(**looks, generation=generation + 1)
        assert place.glance(waiting) is None
    assert place.glance(place.request("/tickets", 5001)) is None


def without_the_ticket(reply: Reply) -> list[tuple[str, str]]:
    """The headers, with a mark where a ticket stands: no two are alike."""
    return sorted(
        (name, re.sub("(main=)[^;]+", r"\1…", text) if name == "Set-Cookie" else text)
        for name, text in reply.headers
    )


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_who_joins_is_told_the_same_on_both_ways(scheme: str) -> None:
    place = Place(mode="queue")
    place.reads()
    came: list[Reply] = []
    for cookies in ("a=b", "vwr_lang=en"):  # the second is looked at closely
        request = PlainRequest("/tickets", {**NAVIGATION, "cookie": cookies}, scheme=scheme)
        reply = place.answer(request)
        assert isinstance(reply, Reply)
        came.append(reply)
    short, long = came
    assert isinstance(short, Ready)
    assert not isinstance(long, Ready)
    assert without_the_ticket(short) == without_the_ticket(long)
    assert b'"position":1,"ahead":0' in short.body
    assert b'"position":2,"ahead":1' in long.body
    assert place.gate.papers.tickets.read(_ticket(short)).position == 1  # type: ignore[union-attr]


def _ticket(reply: Reply) -> str:
    (cookie,) = (text for name, text in reply.headers if name == "Set-Cookie")
    return cookie.partition("=")[2].partition(";")[0]


def test_pages_of_addresses_that_nobody_wants_again_keep_no_reading_of_the_room() -> None:
    place = Place(max_active=1)
    for number in range(20):
        place.reads(state="queueing", queue=CROWD + number)
        request = place.request("/tickets", 100, query=f"click={number}")
        assert isinstance(place.glance(request), Ready)
    gc.collect()
    readings = [kept for kept in gc.get_objects() if type(kept) is Reading]
    own = place.reads().room_id
    assert len([reading for reading in readings if reading.room.room_id == own]) == 1
