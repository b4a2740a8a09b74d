"""How the store in Redis or Valkey is reached: connections cut, silent servers, event loops."""

import asyncio
import gc
import os
import socket
from collections.abc import Callable, Iterator
from operator import methodcaller
from typing import Any

import pytest
from redis.asyncio import SSLConnection as AsyncSSLConnection
from redis.connection import SSLConnection

from tests.support.faults import fault
from tests.support.rooms import Room, config
from tests.support.silence import silent_server
from vwr_middleware.blocking import finish
from vwr_middleware.errors import StoreBusy, StoreUnavailable
from vwr_middleware.line.messages import Ask
from vwr_middleware.stores.redis import RedisStore, clients
from vwr_middleware.stores.redis.clients import connect, to_close
from vwr_middleware.stores.redis.link import Link
from vwr_middleware.stores.redis.urls import read_url


def test_several_rooms_are_read_in_one_round_trip(server: Any, main: Room) -> None:
    asks = [Ask(name, config()) for name in ("main", "a", "b")]
    finish(main.store.refresh(asks))
    before = server.info("stats")["total_reads_processed"]
    assert len(finish(main.store.refresh(asks))) == 3
    assert server.info("stats")["total_reads_processed"] - before == 2  # with this question


def test_without_a_clock_the_servers_own_time_counts(server: Any, patient_url: str) -> None:
    store = RedisStore(patient_url)
    (read,) = finish(store.refresh([Ask("main", config())]))
    seconds, microseconds = server.time()
    assert abs(read.now - seconds - microseconds / 1e6) < 60
    finish(store.close())


@fault(
    "A connection to the store is cut while nobody uses it",
    inside="Notice nothing: it is made anew.",
    line="Notice nothing.",
    new="Notice nothing.",
)
def test_a_connection_that_was_cut_is_made_anew(server: Any, main: Room) -> None:
    own = server.client_id()
    for client in server.client_list():
        if int(client["id"]) != own:
            server.client_kill_filter(_id=client["id"])
    assert main.join()[0].position == 6


def test_a_process_that_was_forked_off_has_connections_of_its_own(main: Room) -> None:
    child = os.fork()
    if child == 0:
        # Not sys.exit: this process must not tidy up what is its parent's.
        os._exit(0 if main.join()[0].position == 6 else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert main.join()[0].position == 7


@pytest.fixture
def silent_url() -> Iterator[str]:
    """A server that takes connections and says nothing."""
    with silent_server() as port:
        yield f"redis://127.0.0.1:{port}/0"


@pytest.fixture
def dead_url() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"redis://127.0.0.1:{server.getsockname()[1]}/0"


def steps() -> dict[str, Callable[[RedisStore], Any]]:
    several = [Ask("main", config()), Ask("other", config())]
    return {
        "one": lambda store: store.join("main", ["place"]),
        "several": lambda store: store.refresh(several),
        "secret": lambda store: store.secret("name", "fresh"),
    }


@pytest.mark.parametrize("step", steps())
@pytest.mark.parametrize("url", ["silent_url", "dead_url"])
@pytest.mark.timeout(10)
def test_a_server_that_does_not_answer_is_not_waited_for(
    request: pytest.FixtureRequest, url: str, step: str
) -> None:
    kind = StoreBusy if url == "silent_url" else StoreUnavailable
    blocking = RedisStore(request.getfixturevalue(url))
    with pytest.raises(StoreUnavailable) as told:
        finish(steps()[step](blocking))
    finish(blocking.close())
    assert type(told.value) is kind

    async def run() -> None:
        store = RedisStore(request.getfixturevalue(url), blocking=False)
        with pytest.raises(StoreUnavailable) as told:
            await steps()[step](store)
        await store.close()
        assert type(told.value) is kind

    asyncio.run(run())


def test_a_server_is_only_busy_where_all_connections_of_this_process_are_in_use(
    valkey_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clients, "CONNECTIONS", 1)
    link = Link(read_url(valkey_url), blocking=True, patience=10)  # for a busy machine

    def hold_the_only_one(client: Any) -> None:
        assert client.connection_pool.timeout == 10, "nobody waits for ever"
        client.connection_pool.timeout = 0.05
        with client.client(), pytest.raises(StoreBusy):
            finish(link.answer(methodcaller("ping")))

    finish(link.answer(hold_the_only_one))
    assert finish(link.answer(methodcaller("ping")))
    finish(link.close())


def test_one_store_serves_one_event_loop_after_another(patient_url: str, main: Room) -> None:
    store = RedisStore(patient_url, blocking=False)

    async def run() -> list[int]:
        turns = await asyncio.gather(*(store.join("main", ["place"]) for _ in range(100)))
        await store.refresh([Ask("main", config()), Ask("other", config())])
        await store.close()
        await store.close()
        return [turn.position for (turn,) in turns]

    assert sorted(asyncio.run(run())) == list(range(6, 106))
    assert sorted(asyncio.run(run())) == list(range(106, 206))


def test_what_is_under_way_is_not_cut_where_a_refusal_makes_the_client_anew(
    server: Any, patient_url: str
) -> None:
    async def run() -> Any:
        link = Link(read_url(patient_url), blocking=False, patience=5)
        waiting = asyncio.create_task(link.answer(methodcaller("blpop", "list", 4)))
        while not server.info("clients")["blocked_clients"]:
            await asyncio.sleep(0.001)
        with pytest.raises(StoreUnavailable):
            await link.answer(methodcaller("execute_command", "NONSENSE"))
        await link.answer(methodcaller("rpush", "list", "answer"))
        await link.close()
        return await waiting

    assert list(asyncio.run(run())) == [b"list", b"answer"]


@pytest.mark.filterwarnings(
    "ignore:unclosed:ResourceWarning", "ignore:loop is closed:ResourceWarning"
)
def test_an_event_loop_that_ended_without_a_word_is_none_of_the_next_ones(
    patient_url: str, main: Room
) -> None:
    store = RedisStore(patient_url, blocking=False)
    for position in (6, 7):
        assert asyncio.run(store.join("main", ["place"]))[0].position == position
    asyncio.run(store.close())
    gc.collect()  # here, where a warning of what was left open is expected


@pytest.mark.parametrize("blocking", [True, False])
def test_a_url_that_has_its_app_read_text_is_read_as_bytes(valkey_url: str, blocking: bool) -> None:
    async def ask() -> None:
        url = f"{valkey_url}?socket_timeout=5&decode_responses=True&protocol=3"
        store = RedisStore(url, blocking=blocking)
        (room,) = await store.refresh([Ask("main", config())])
        assert (room.queue, room.mode) == (0, "auto")
        await store.close()

    asyncio.run(ask())


@pytest.mark.parametrize("blocking", [True, False])
def test_sentinels_are_asked_over_tls_too_and_with_their_own_password(blocking: bool) -> None:
    target = read_url("rediss+sentinel://:hers@one,two/shop?sentinel_password=theirs")
    pools = [
        part.connection_pool for part in to_close(connect(target, blocking=blocking, patience=1))
    ]
    assert [pool.connection_kwargs["password"] for pool in pools] == ["hers", "theirs", "theirs"]
    assert all(
        issubclass(pool.connection_class, (SSLConnection, AsyncSSLConnection)) for pool in pools
    )
