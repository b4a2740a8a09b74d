"""Names of servers that nobody can look up."""

import asyncio
import socket
from collections.abc import Iterator
from threading import Event
from typing import Any

import pytest

from tests.support.faults import fault
from vwr_middleware.errors import StoreUnavailable
from vwr_middleware.stores.redis import RedisStore

NAME = "redis.example"
URLS = [
    f"redis://{NAME}",
    f"redis+sentinel://{NAME}/shop",
    f"redis+cluster://{NAME}",
]


class NameServer:
    """Says nothing of NAME until it `answers`: then that it is this machine."""

    def __init__(self, ask: Any) -> None:
        self._ask, self.asked, self.answers = ask, 0, Event()

    def __call__(self, host: str, *more: Any, **options: Any) -> Any:
        """Stands for socket.getaddrinfo."""
        if host != NAME:
            return self._ask(host, *more, **options)
        self.asked += 1
        self.answers.wait()
        return self._ask("127.0.0.1", *more, **options)


@pytest.fixture
def name_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[NameServer]:
    server = NameServer(socket.getaddrinfo)
    monkeypatch.setattr(socket, "getaddrinfo", server)
    yield server
    server.answers.set()


@fault(
    "The store's name cannot be looked up",
    inside="As if the store were away.",
    line="As if the store were away.",
    new="As if the store were away.",
    figure="One look-up is under way, however often it is tried.",
)
@pytest.mark.parametrize("url", URLS, ids=["single", "sentinel", "cluster"])
def test_a_look_up_that_hangs_is_under_way_once(name_server: NameServer, url: str) -> None:
    async def try_again_and_again() -> StoreUnavailable:
        store = RedisStore(f"{url}?socket_timeout=0.005", blocking=False)
        for _ in range(5):
            with pytest.raises(StoreUnavailable) as told:
                await store.attempt("192.0.2.1")
        name_server.answers.set()  # or the loop would wait for look-ups of its own
        await store.close()
        return told.value

    error = asyncio.run(try_again_and_again())
    assert name_server.asked == 1
    assert str(error) == f"Redis: looking up {NAME} takes too long"
    assert "name server" in error.fix


@fault("The store's name cannot be looked up")
def test_a_name_that_can_be_looked_up_at_last_leads_to_its_server(
    name_server: NameServer, own: tuple[int, Any]
) -> None:
    async def ask() -> float:
        store = RedisStore(f"redis://{NAME}:{own[0]}?socket_timeout=5", blocking=False)
        asking = asyncio.create_task(store.attempt("192.0.2.1"))
        while not name_server.asked:
            await asyncio.sleep(0)
        name_server.answers.set()
        seconds = await asking
        before = name_server.asked
        await store.attempt("192.0.2.2")
        assert name_server.asked == before, "whoever is connected asks for no name"
        await store.close()
        return seconds

    assert asyncio.run(ask()) == 0
