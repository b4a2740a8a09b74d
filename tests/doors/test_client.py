"""The rooms in the hands of code beside the app: a webhook, a worker process, a view."""

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
from tests.support.visitor import is_inside
from vwr_middleware.client import WaitingRooms
from vwr_middleware.errors import ConfigurationError
from vwr_middleware.events import Event

ROOMS = [{"name": "main", "paths": "/tickets"}, {"name": "vip", "paths": "/vip"}]


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
    rooms = WaitingRooms(secret_key="a secret of the tests, long enough", paths="/", store=store)

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
    rooms = WaitingRooms(
        secret_key="a secret of the tests, long enough", paths="/", store=valkey_url
    )

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
    rooms = WaitingRooms(secret_key="a secret of the tests, long enough", paths="/", store=store)
    with pytest.raises(ValueError, match="a session id looks like"):
        rooms["main"].complete(session)
    rooms.close()


def test_whoever_names_another_store_than_the_app_is_told(
    tmp_path: Any, caplog: pytest.LogCaptureFixture
) -> None:
    rooms = WaitingRooms(
        secret_key="a secret of the tests, long enough",
        paths="/",
        store=f"sqlite:///{tmp_path}/elsewhere.sqlite3",
    )
    assert rooms["main"].complete("1-17") is False
    assert "the store holds no room 'main'" in caplog.text
    assert "use the app's own store and namespace" in caplog.text
    rooms.close()


def test_rooms_are_told_by_name(tmp_path: Any) -> None:
    rooms = WaitingRooms(
        secret_key="a secret of the tests, long enough",
        rooms=ROOMS,
        store=f"sqlite:///{tmp_path}/rooms.sqlite3",
    )
    assert list(rooms) == ["main", "vip"]
    assert len(rooms) == 2
    with pytest.raises(ConfigurationError, match="the rooms are main, vip"):
        rooms["mian"]
    assert rooms["main"].complete("1-1") is False  # nobody has ever come
    rooms.close()


def test_a_memory_of_another_process_cannot_be_reached() -> None:
    with pytest.raises(ConfigurationError, match="lives in the middleware's own process"):
        WaitingRooms(secret_key="a secret of the tests, long enough", paths="/", store="memory://")


def test_while_the_middleware_is_switched_off_its_rooms_ask_no_store(tmp_path: Any) -> None:
    """An app's tests run its webhooks, too: in no room, and without the store."""
    file = tmp_path / "rooms.sqlite3"
    for store in (f"sqlite:///{file}", "memory://"):
        rooms = WaitingRooms(enabled=False, store=store)
        assert rooms["main"].complete("1-1") is False
        assert asyncio.run(rooms["main"].aabandon("1-1")) is False
    assert not file.exists()
