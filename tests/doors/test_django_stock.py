"""A `stock` that asks Django's database leaves no connection open, wherever it runs."""

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import ThreadSensitiveContext, sync_to_async
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import ConnectionHandler

from tests.support.django_project import project
from vwr_middleware.django import stock as django_stock
from vwr_middleware.django.settings import read_settings

Used = list[tuple[str, BaseDatabaseWrapper]]


@pytest.fixture
def used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A database in a file: Django never closes one in memory. What was used of it, and where."""
    told = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": tmp_path / "db"}}
    handler = ConnectionHandler(told)
    monkeypatch.setattr(django_stock, "connections", handler)
    used: Used = []

    def ask() -> int:
        with handler["default"].cursor() as cursor:
            cursor.execute("SELECT 7")
            used.append((threading.current_thread().name, handler["default"]))
            return int(cursor.fetchone()[0])

    return ask, used


def stock_of(function: Any) -> Any:
    """The function as the room asks it."""
    with project(VWR_ROOMS=[{"PATHS": ["/tickets"], "STOCK": function}]):
        (room,) = read_settings().rooms
    return room.stock


def is_closed(used: Used) -> bool:
    ((_, connection),) = used
    return connection.connection is None


def test_in_a_thread_of_its_own(used: Any) -> None:
    ask, seen = used
    assert stock_of(ask)() == 7
    assert is_closed(seen)


def test_also_if_it_fails(used: Any) -> None:
    ask, seen = used

    def fails() -> None:
        ask()
        raise OSError

    with pytest.raises(OSError):
        stock_of(fails)()
    assert is_closed(seen)


def test_in_the_loop_of_the_app_and_not_in_the_thread_of_a_request(used: Any) -> None:
    ask, seen = used

    async def left() -> int:
        answer: int = await sync_to_async(ask)()
        return answer

    async def serve() -> tuple[int, str]:
        async with ThreadSensitiveContext():  # as in a request
            of_request = await sync_to_async(lambda: threading.current_thread().name)()
            return await stock_of(left)(), of_request

    answer, of_request = asyncio.run(serve())
    assert answer == 7 and is_closed(seen)
    assert seen[0][0] != of_request


def test_a_room_without_one_has_none() -> None:
    assert stock_of(None) is None
