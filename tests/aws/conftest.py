"""Fixtures of the tests of AWS's API."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.support.aws import Aws, make_aws
from tests.support.clock import Clock
from vwr_middleware.blocking import finish
from vwr_middleware.stores import Store
from vwr_middleware.stores.opening import open_store

Make = Callable[..., Aws]


@pytest.fixture
def make(clock: Clock) -> Make:
    """This API over a room in memory, with these settings."""

    def make_one(**settings: Any) -> Aws:
        return make_aws(clock, **settings)

    return make_one


@pytest.fixture
def store(store_url: str, clock: Clock) -> Iterator[Store]:
    """Each store in turn."""
    store = open_store(store_url, clock=clock)
    yield store
    finish(store.close())
