"""A store in a real server, and a room in it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from tests.support.clock import Clock
from tests.support.rooms import Room
from tests.support.valkey import valkey_node
from vwr_middleware.blocking import finish
from vwr_middleware.stores.redis import RedisStore, open_redis


@pytest.fixture
def patient_url(valkey_url: str) -> str:
    return f"{valkey_url}?socket_timeout=5"


@pytest.fixture
def server(valkey_url: str) -> Iterator[Any]:
    """The server behind the store's back."""
    with redis.Redis.from_url(valkey_url) as client:
        yield client


@pytest.fixture
def store(patient_url: str, clock: Clock) -> Iterator[RedisStore]:
    store = open_redis(patient_url, clock=clock)
    yield store
    finish(store.close())


@pytest.fixture
def main(store: RedisStore, clock: Clock) -> Room:
    room = Room(store, clock, {"max_active": 2, "mode": "queue"})
    room.look()
    room.join(5)
    return room


@pytest.fixture
def own(tmp_path: Path) -> Iterator[tuple[int, Any]]:
    """A server of this test's own: its port, and a client."""
    with valkey_node(tmp_path) as port, redis.Redis(port=port) as client:
        yield port, client
