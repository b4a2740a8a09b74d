"""The example's shop on two workers, which one test after the other visits."""

import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from tests.support.servers import running_uvicorn
from vwr_middleware.blocking import finish
from vwr_middleware.errors import StoreUnavailable
from vwr_middleware.stores import Store
from vwr_middleware.stores.opening import open_store

SECONDS = 30.0  # patience with a busy machine


@dataclass
class Shop:
    """A shop that serves."""

    url: str
    store: str

    def tell(self, work: Callable[[Store], Coroutine[Any, Any, object]]) -> None:
        """Do something to its room, as an operator's shell does, once no worker is in the way."""
        store = open_store(self.store, "vwr", blocking=True)
        try:
            _until_it_is_done(store, work)
        finally:
            finish(store.close())


def _until_it_is_done(store: Store, work: Callable[[Store], Coroutine[Any, Any, object]]) -> None:
    give_up_at = time.monotonic() + SECONDS
    while True:
        try:
            finish(work(store))
            return
        except StoreUnavailable:
            if time.monotonic() > give_up_at:
                raise


@contextmanager
def open_shop(store: str) -> Iterator[Shop]:
    """A shop over this store, for two people at a time."""
    env = {
        "VWR_SECRET_KEY": "a secret of the journey's own tests",
        "VWR_STORE": store,
        "VWR_MAX_ACTIVE": "2",
    }
    with running_uvicorn("examples.starlette_app.shop:app", workers=2, env=env) as url:
        issued(url)  # the first question makes the room
        yield Shop(url, store)


def issued(shop: str) -> int:
    """How many positions were given out."""
    count: int = httpx.get(f"{shop}/vwr/main/status", trust_env=False).json()["issued"]
    return count
