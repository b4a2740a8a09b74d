"""PostgreSQL asked from an event loop: nothing blocks it, and no request waits for long."""

import asyncio
import time
from typing import Any

import psycopg
import pytest

from tests.support.faults import fault
from tests.support.postgres import PostgresServer, make_cluster, place_of_a_server, start_postgres
from tests.support.rooms import config
from vwr_middleware.errors import StoreBusy, StoreUnavailable
from vwr_middleware.line.messages import Ask, Place
from vwr_middleware.stores import Store
from vwr_middleware.stores.opening import open_store
from vwr_middleware.stores.postgres.link import Exchange

ASK = Ask("main", config(mode="queue"))


def opened(url: str, socket_timeout: float = 10) -> Store:
    return open_store(f"{url}&socket_timeout={socket_timeout}", blocking=False)


async def join(store: Store) -> int:
    (turn,) = await store.join("main", ["place"])
    return turn.position


def test_what_is_asked_at_once_shares_trips(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    trips: list[bytes] = []
    ask = Exchange.ask

    async def note(self: Exchange, sql: bytes) -> Any:
        trips.append(sql)
        return await ask(self, sql)

    async def run() -> list[int]:
        store = opened(postgres_url)
        await store.refresh([ASK])
        await join(store)
        trips.clear()
        found = await asyncio.gather(*(join(store) for _ in range(100)))
        await store.close()
        return found

    monkeypatch.setattr(Exchange, "ask", note)
    assert asyncio.run(run()) == list(range(2, 102))
    assert len(trips) <= 5


def test_a_store_goes_on_in_another_loop(postgres_url: str) -> None:
    store = opened(postgres_url)
    asyncio.run(store.refresh([ASK]))
    assert [asyncio.run(join(store)) for _ in range(3)] == [1, 2, 3]
    asyncio.run(store.close())


def test_a_step_that_is_given_up_leaves_nothing_to_the_next(postgres_url: str) -> None:
    async def run() -> list[int]:
        store = opened(postgres_url)
        await store.refresh([ASK])
        found = [await join(store)]
        for turns in range(4):
            task = asyncio.create_task(join(store))
            for _ in range(turns):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            found.append(await join(store))
        await store.close()
        return found

    found = asyncio.run(run())
    assert found == sorted(set(found)), "a number may be burned, and none is given twice"


def test_a_room_that_others_hold_keeps_nobody_waiting(
    postgres: PostgresServer, postgres_url: str
) -> None:
    async def run() -> None:
        store = opened(postgres_url, 0.05)
        await _until_it_answers(store)
        with postgres.connect() as client, client.transaction():
            client.execute("SELECT * FROM vwr.rooms FOR UPDATE")
            tick = asyncio.create_task(asyncio.sleep(0.001, True))
            began = time.monotonic()
            with pytest.raises(StoreBusy):
                await store.leave("main", Place(1, 1))
            assert time.monotonic() - began < 5
            assert tick.done(), "the loop goes on"
        await _until_it_answers(store)
        await store.close()

    asyncio.run(run())


async def _until_it_answers(store: Store) -> None:
    for _ in range(200):
        try:
            await store.refresh([ASK])
            return
        except StoreUnavailable:
            await asyncio.sleep(0.05)
    await store.refresh([ASK])


@fault(
    "PostgreSQL restarts, or crashes",
    inside="An outage like any other.",
    line="Have the same places: nothing is lost by a restart.",
)
def test_a_server_that_goes_and_comes_back_is_an_outage_like_any_other() -> None:
    with place_of_a_server() as folder:
        make_cluster(folder)
        server = start_postgres(folder)

        async def run(server: PostgresServer) -> PostgresServer:
            store = opened(server.url, 0.5)
            await _until_it_answers(store)
            first = await join(store)
            server.stop()
            with pytest.raises(StoreUnavailable) as caught:
                await join(store)
            assert "start the server" in caught.value.fix
            server = start_postgres(folder, server.port)
            await _until_it_answers(store)
            assert await join(store) == first + 1
            await store.close()
            return server

        server = asyncio.run(run(server))
        server.stop()


def test_a_role_with_too_few_connections_is_told(
    postgres: PostgresServer, postgres_client: psycopg.Connection[Any], postgres_url: str
) -> None:
    postgres_client.execute("DROP ROLE IF EXISTS few")
    postgres_client.execute("CREATE ROLE few LOGIN SUPERUSER CONNECTION LIMIT 0")
    postgres_client.execute("ALTER ROLE few NOSUPERUSER")

    async def run() -> StoreUnavailable:
        store = opened(postgres_url.replace("vwr@", "few@"))
        with pytest.raises(StoreUnavailable) as caught:
            await store.refresh([ASK])
        return caught.value

    assert "raise the server's max_connections" in asyncio.run(run()).fix
    postgres_client.execute("DROP ROLE few")
