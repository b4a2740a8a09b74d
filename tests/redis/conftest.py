"""A store in a real server, and a room in it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from tests.support.clock import Clock
from tests.support.rooms import Room
from tests.support.valkey import one_node_cluster, valkey_node
from vwr_middleware.blocking import finish
from vwr_middleware.stores.redis import RedisStore


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
    store = RedisStore(patient_url, clock=clock)
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


@pytest.fixture(scope="package")
def cluster_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A cluster for all tests here: it says no sooner than after two seconds that it is up."""
    with one_node_cluster(tmp_path_factory.mktemp("cluster")) as port:
        yield port


@pytest.fixture
def cluster_url(cluster_port: int) -> str:
    """The URL of a cluster that holds nothing yet."""
    with redis.Redis(port=cluster_port) as server:
        server.flushall()
    return f"redis+cluster://127.0.0.1:{cluster_port}?socket_timeout=5"
