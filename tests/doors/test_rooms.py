"""Several rooms, rooms of single views, and sessions in the app's hands from anywhere."""

import asyncio
import gc
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any
from weakref import ref

import pytest

from tests.doors.conftest import Open
from tests.support.clock import Clock
from tests.support.doors import Door, open_door
from tests.support.visitor import is_inside, set_cookies
from vwr_middleware.client import WaitingRooms
from vwr_middleware.errors import ConfigurationError
from vwr_middleware.events import Event

ROOMS: list[dict[str, Any]] = [
    {"name": "main", "paths": "/tickets", "max_active": 50},
    {"name": "vip", "paths": "/vip", "max_active": 1},
    {"name": "action", "paths": [], "max_active": 1},
]


@pytest.fixture
def door(open_it: Open) -> Door:
    """An app with three rooms, of which one is for a single view."""
    return open_it(rooms=ROOMS)


def test_rooms_by_host_go_by_what_a_trusted_proxy_says(open_it: Open) -> None:
    hosts = {"shop": "shop.example", "pay": "pay.example"}
    rooms = [{"name": n, "paths": "/tickets", "hosts": [host]} for n, host in hosts.items()]
    door = open_it(rooms=rooms, trusted_proxies=1)
    for name, host in hosts.items():
        response = door.visitor().opens(headers={"Host": "app:8000", "X-Forwarded-Host": host})
        assert response.json()["session"]["room"] == name


def test_rooms_have_cookies_and_lines_of_their_own(door: Door) -> None:
    visitor = door.visit_at("/tickets")
    assert is_inside(visitor.opens("/vip"))
    assert visitor.cookies == {"vwr_main_token", "vwr_vip_token"}
    other = door.visit_at("/vip")
    assert other.position("vip")["position"] == 2
    assert is_inside(other.opens("/tickets"))


@pytest.mark.parametrize(("header", "before"), [("VWR-Token", ""), ("Authorization", "Bearer ")])
def test_the_token_of_another_room_in_a_header_hides_no_cookie(
    door: Door, header: str, before: str
) -> None:
    visitor = door.visit_at("/vip")
    token = door.visit_at("/tickets").client.cookies["vwr_main_token"]
    for _ in range(3):  # confirmed, then renewed
        answer = visitor.fetches("/vip", headers={header: f"{before}{token}"})
        assert is_inside(answer)
        assert answer.json()["session"]["id"] == "1-1"
        door.refresh(310)


def test_a_decorated_view_has_a_room_whatever_its_path(door: Door) -> None:
    first, second = door.visitor(), door.visitor()
    told = first.opens("/action").json()["session"]
    assert (told["room"], told["position"]) == ("action", 1)
    response = second.opens("/action")
    assert response.status_code == 202
    assert "vwr_action" in set_cookies(response)
    assert second.position("action")["position"] == 2
    assert second.fetches("/action").status_code == 429
    assert is_inside(first.opens("/action"))
    assert second.opens("/about").json()["session"] is None


def test_a_decorated_action_takes_its_body_when_the_turn_has_come(door: Door) -> None:
    told = door.visitor().fetches("/action", "POST", content=b"seat=7").json()
    assert told["body"] == "seat=7"
    assert told["session"]["room"] == "action"
    assert door.visitor().fetches("/action", "POST", content=b"seat=8").status_code == 429


def test_a_synchronous_view_of_asynchronous_django_asks_where_the_store_lives(door: Door) -> None:
    if door.name != "django-asgi":
        pytest.skip("only Django runs such a view in a thread")
    first, second = door.visitor(), door.visitor()
    assert is_inside(first.opens("/action-in-a-thread"))
    assert is_inside(first.opens("/action-in-a-thread"))
    assert second.opens("/action-in-a-thread").status_code == 202
    assert not door.site.desk.views["action"].guests.in_hand


def test_a_decorated_view_counts_its_requests(door: Door) -> None:
    door.visit_at("/action").opens("/action")
    assert not door.site.desk.views["action"].guests.in_hand


def test_a_decorator_without_its_room_fails_loudly(open_it: Open) -> None:
    door = open_it(max_active=1)
    assert door.visitor().opens("/action").status_code == 500


def test_two_rooms_for_one_view_are_said_once(
    open_it: Open, caplog: pytest.LogCaptureFixture
) -> None:
    rooms = [{"name": "all", "paths": "/action"}, {"name": "action", "paths": []}]
    door = open_it(rooms=rooms)
    visitor = door.visitor()
    for _ in range(3):
        visitor.opens("/action")
    said = [record for record in caplog.records if "wait twice" in record.getMessage()]
    assert len(said) <= 1


@pytest.fixture
def with_rooms(open_worker: Open) -> Iterator[tuple[Door, WaitingRooms]]:
    """A door, and the rooms as a worker process beside it sees them."""
    door = open_worker(max_active=1)
    rooms = WaitingRooms(door.site.settings)
    yield door, rooms
    rooms.close()


def test_a_worker_process_completes_a_session(with_rooms: tuple[Door, WaitingRooms]) -> None:
    door, rooms = with_rooms
    visitor = door.visitor()
    session = visitor.opens().json()["session"]["id"]
    visitor.opens()
    assert rooms["main"].complete(session) is True
    assert rooms["main"].complete(session) is False
    door.refresh()
    assert visitor.opens().headers["vwr-state"] == "ended"
    assert is_inside(door.visitor().opens())


def test_asynchronous_code_abandons_a_session(with_rooms: tuple[Door, WaitingRooms]) -> None:
    door, rooms = with_rooms
    session = door.visitor().opens().json()["session"]["id"]

    async def webhook() -> tuple[bool, bool]:
        try:
            return await rooms["main"].aabandon(session), await rooms["main"].acomplete("1-99")
        finally:
            await rooms.aclose()

    assert asyncio.run(webhook()) == (True, False)
    door.refresh()
    assert is_inside(door.visitor().opens())


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
def test_a_program_with_a_loop_for_each_call_keeps_no_connection_of_the_last(
    valkey_url: str,
) -> None:
    store = f"{valkey_url}?socket_timeout=5"
    rooms = WaitingRooms(secret_key="k" * 16, paths="/", store=store)

    async def webhook() -> ref[asyncio.AbstractEventLoop]:
        await rooms["main"].acomplete("1-17")
        return ref(asyncio.get_running_loop())

    async def last() -> list[object]:
        await rooms["main"].acomplete("1-17")
        gc.collect()
        await rooms.aclose()
        return [loop() for loop in loops]

    loops = [asyncio.run(webhook()) for _ in range(3)]
    assert asyncio.run(last()) == [None] * 3


def test_a_view_completes_a_session_by_its_id_at_once(open_it: Open) -> None:
    heard: list[Event] = []
    door = open_it(rooms=ROOMS, on_event=heard.append)
    if not door.store.blocking:
        pytest.skip("asynchronous stores are asked by acomplete")
    rooms = WaitingRooms(site=door.site)
    visitor = door.visit_at("/vip")
    visitor.opens("/vip")
    assert rooms["vip"].complete("1-1") is True
    assert rooms["vip"].complete("1-1") is False
    assert visitor.opens("/vip").headers["vwr-state"] == "ended"
    told = [(event.room, event.subject) for event in heard if event.name == "completed"]
    assert told == [("vip", "1-1")]


def test_asynchronous_code_beside_a_store_that_is_asked_in_place_asks_the_same(
    clock: Clock,
) -> None:
    with ExitStack() as stack:
        door = open_door("wsgi", "memory://", clock, stack, max_active=1)
        rooms = WaitingRooms(site=door.site)
        visitor = door.confirmed()

        async def webhook() -> bool:
            return await rooms["main"].acomplete("1-1")

        assert asyncio.run(webhook()) is True
        assert visitor.opens().headers["vwr-state"] == "ended"


def test_code_in_a_loop_and_blocking_code_ask_redis_in_their_own_way(valkey_url: str) -> None:
    rooms = WaitingRooms(secret_key="k" * 16, paths="/", store=valkey_url)

    async def kinds() -> list[bool]:
        try:
            return [rooms.store().blocking, rooms.async_store().blocking]
        finally:
            await rooms.aclose()

    assert asyncio.run(kinds()) == [True, False]
    asyncio.run(rooms.aclose())  # in another loop, which has opened nothing


@pytest.mark.parametrize("session", ["", "1", "1-", "-1", "1-0", "1-1 ", "x-1", "1-1'; --", None])
def test_what_is_no_session_id_is_refused(tmp_path: Any, session: Any) -> None:
    store = f"sqlite:///{tmp_path}/rooms.sqlite3"
    rooms = WaitingRooms(secret_key="k" * 16, paths="/", store=store)
    with pytest.raises(ValueError, match="a session id looks like"):
        rooms["main"].complete(session)
    rooms.close()


def test_whoever_names_another_store_than_the_app_is_told(
    tmp_path: Any, caplog: pytest.LogCaptureFixture
) -> None:
    rooms = WaitingRooms(
        secret_key="k" * 16, paths="/", store=f"sqlite:///{tmp_path}/elsewhere.sqlite3"
    )
    assert rooms["main"].complete("1-17") is False
    assert "the store holds no room 'main'" in caplog.text
    assert "use the app's own store and namespace" in caplog.text
    rooms.close()


def test_rooms_are_told_by_name(tmp_path: Any) -> None:
    rooms = WaitingRooms(
        secret_key="k" * 16, rooms=ROOMS, store=f"sqlite:///{tmp_path}/rooms.sqlite3"
    )
    assert list(rooms) == ["main", "vip", "action"]
    assert len(rooms) == 3
    with pytest.raises(ConfigurationError, match="the rooms are main, vip, action"):
        rooms["mian"]
    assert rooms["main"].complete("1-1") is False  # nobody has ever come
    rooms.close()


def test_a_memory_of_another_process_cannot_be_reached() -> None:
    with pytest.raises(ConfigurationError, match="lives in the middleware's own process"):
        WaitingRooms(secret_key="k" * 16, paths="/", store="memory://")


def test_while_the_middleware_is_switched_off_its_rooms_ask_no_store(tmp_path: Any) -> None:
    """An app's tests run its webhooks, too: in no room, and without the store."""
    file = tmp_path / "rooms.sqlite3"
    for store in (f"sqlite:///{file}", "memory://"):
        rooms = WaitingRooms(enabled=False, store=store)
        assert rooms["main"].complete("1-1") is False
        assert asyncio.run(rooms["main"].aabandon("1-1")) is False
    assert not file.exists()


def test_a_second_host_is_no_way_into_the_room_of_another(open_it: Open) -> None:
    hosts = {"shop": "shop.example", "pay": "pay.example"}
    rooms = [{"name": n, "paths": "/tickets", "hosts": [host]} for n, host in hosts.items()]
    door = open_it(rooms=rooms)
    for method in ("GET", "POST"):
        response = door.visitor().opens("/tickets", method, headers={"Host": "pay.example, x"})
        assert response.status_code == 400
        assert response.json() == {
            "error": "the request names hosts of several rooms: send one Host header"
        }
