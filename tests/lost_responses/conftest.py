"""Responses of the app that never go out, with the cookies of a session that has just begun."""

import pytest

from tests.support.clock import Clock
from vwr_middleware.settings import Settings
from vwr_middleware.site.routing import Site
from vwr_middleware.stores.memory.store import MemoryStore


@pytest.fixture
def told() -> list[str]:
    """The names of the events that the app is told."""
    return []


@pytest.fixture
def site(clock: Clock, told: list[str]) -> Site:
    """A room for two."""
    settings = Settings(
        secret_key="a key for tests, long enough",
        store="memory://",
        paths="/tickets",
        max_active=2,
        on_event=lambda event: told.append(event.name),
    )
    return Site(settings, MemoryStore(clock), clock, clock)
