"""A SQLite file, its store, and a room in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.clock import Clock
from tests.support.rooms import Room
from vwr_middleware.blocking import finish
from vwr_middleware.stores.sqlite.store import SqliteStore


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "vwr.sqlite3"


@pytest.fixture
def store(file: Path, clock: Clock) -> Iterator[SqliteStore]:
    store = SqliteStore(file, clock)
    yield store
    finish(store.close())


@pytest.fixture
def main(store: SqliteStore, clock: Clock) -> Room:
    room = Room(store, clock, {"mode": "queue"})
    room.look()
    return room
