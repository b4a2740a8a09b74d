"""A room for one at a time, and a store with a switch."""

import pytest

from tests.support.clock import Clock
from tests.support.house import House, make_house
from tests.support.stores import Switched
from vwr_middleware.stores.memory.store import MemoryStore


@pytest.fixture
def kept(clock: Clock) -> MemoryStore:
    """What the store holds, switched off or not."""
    return MemoryStore(clock)


@pytest.fixture
def store(kept: MemoryStore) -> Switched:
    """The store as workers reach it."""
    return Switched(kept)


@pytest.fixture
def house(clock: Clock, store: Switched) -> House:
    """A worker over this store."""
    return make_house(clock, store=store.as_store(), max_active=1)
