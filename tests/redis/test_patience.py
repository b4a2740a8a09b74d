"""How long a server is waited for."""

import asyncio
import time
from urllib.parse import urlsplit

import pytest

from tests.support.faults import fault
from tests.support.silence import way_to
from vwr_middleware.errors import StoreUnavailable
from vwr_middleware.stores.patience import connecting, patience
from vwr_middleware.stores.redis import RedisStore


@fault(
    "The store hangs: it takes what it is asked, and answers nothing",
    figure="Nobody waits for it longer than 50 ms.",
)
def test_a_silent_server_is_given_up_after_the_patience() -> None:
    async def ask() -> float:
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            async with patience(0.05):
                await asyncio.sleep(3600)
        return time.monotonic() - began

    assert 0.04 < asyncio.run(ask()) < 5  # not for ever: a busy machine may take its time


def test_an_operator_waits_longer_for_a_server_than_a_visitor(valkey_tcp_url: str) -> None:
    server = urlsplit(valkey_tcp_url).port or 6379

    async def ask(patience: float) -> dict[str, str]:
        async with way_to([server], late=0.3) as port:
            store = RedisStore(f"redis://127.0.0.1:{port}", blocking=False, patience=patience)
            try:
                return await store.post("", "")
            finally:
                await store.close()

    asyncio.run(ask(patience=10))
    with pytest.raises(StoreUnavailable):
        asyncio.run(ask(patience=0))


@fault(
    "A worker is too busy to read an answer that is there",
    inside="Get it late, and no outage is made of it.",
    line="The same.",
    new="The same.",
    figure="Busy for 0.2 s, patience of 0.05 s.",
)
def test_a_busy_event_loop_does_not_make_a_server_seem_dead() -> None:
    async def ask() -> str:
        loop = asyncio.get_running_loop()
        reader: asyncio.Future[str] = loop.create_future()

        async def answered() -> str:
            async with patience(0.05):
                return await reader

        def busy() -> None:
            time.sleep(0.2)  # other requests of a crowd
            # Only now the loop sees what came long ago, and a step further it is read.
            loop.call_soon(loop.call_soon, reader.set_result, "an answer")

        task = loop.create_task(answered())
        await asyncio.sleep(0)
        loop.call_soon(busy)
        return await task

    assert asyncio.run(ask()) == "an answer"


def test_a_busy_event_loop_does_not_wait_for_ever() -> None:
    async def ask() -> None:
        async def be_busy() -> None:
            while True:
                time.sleep(0.02)
                await asyncio.sleep(0)

        task = asyncio.create_task(be_busy())
        with pytest.raises(TimeoutError):
            async with patience(0.02):
                await asyncio.sleep(3600)
        task.cancel()

    asyncio.run(ask())


def test_who_has_given_up_does_so_once_though_the_way_out_takes_its_time() -> None:
    async def ask() -> list[object]:
        said: list[object] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: said.append(context))
        with pytest.raises(TimeoutError):
            async with patience(0.01):
                try:
                    await asyncio.sleep(3600)
                finally:
                    with connecting(1):  # began in the very moment in which it was given up
                        await asyncio.sleep(0.05)
        return said

    assert asyncio.run(ask()) == []


def test_whoever_is_cancelled_is_cancelled() -> None:
    async def ask() -> None:
        async def wait() -> None:
            async with patience(5):
                await asyncio.sleep(3600)

        task = asyncio.create_task(wait())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(ask())
