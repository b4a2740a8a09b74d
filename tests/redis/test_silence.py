"""Servers that are far away, fall silent without hanging up, or are the wrong one by now."""

import asyncio
import os
import re
import signal
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest
import redis

from tests.support.faults import fault
from tests.support.rooms import config
from tests.support.silence import silent_server, way_to
from tests.support.valkey import one_node_clusters, sentinel_of, valkey_node
from vwr_middleware.blocking import finish
from vwr_middleware.errors import StoreUnavailable
from vwr_middleware.line.messages import Ask
from vwr_middleware.stores import patience
from vwr_middleware.stores.redis import RedisStore, link, urls

ASKS = [Ask("main", config())]


async def until_it_answers(store: RedisStore) -> None:
    give_up_at = time.monotonic() + 20
    while time.monotonic() < give_up_at:
        with suppress(StoreUnavailable):
            await store.refresh(ASKS)
            return
    raise AssertionError("it did not answer any more")


def test_to_connect_may_take_longer_than_an_answer(
    own: tuple[int, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Not by socket_timeout, which redis-py would look at as well.
    monkeypatch.setattr(urls, "PATIENCE", 0.5)
    monkeypatch.setattr(patience, "LATE", 60)  # a busy process has no more time here

    async def answers_at_once(port: int) -> bool:
        store = RedisStore(f"redis://127.0.0.1:{port}", blocking=False)
        try:
            await store.refresh(ASKS)
        except StoreUnavailable:
            return False
        finally:
            await store.close()
        return True

    async def ask() -> None:
        async with way_to([own[0]], 0.6, first_only=True) as port:
            for _ in range(10):  # on a busy machine, what comes then may be late as well
                if await answers_at_once(port):
                    return
        raise AssertionError("nobody who connects is waited for")

    asyncio.run(ask())


def test_a_server_that_is_too_far_away_is_a_problem(own: tuple[int, Any]) -> None:
    async def check(words: str) -> list[str]:
        async with way_to([own[0]], 0.06) as port:
            return await RedisStore(f"redis://127.0.0.1:{port}{words}", blocking=False).check()

    (problem,) = asyncio.run(check(""))
    assert "requests wait only 50 ms" in problem
    assert re.search(r"\?socket_timeout=0\.[2-9] ", problem)  # 0.2 where nothing else is slow
    assert asyncio.run(check("?socket_timeout=2")) == []


@fault(
    "A sentinel is silent, or the server has become a replica",
    inside="Notice nothing: the next sentinel is asked.",
    line="Notice nothing.",
    new="Notice nothing.",
)
@pytest.mark.parametrize("blocking", [True, False])
def test_the_next_sentinel_is_asked_if_one_is_silent(
    own: tuple[int, Any], tmp_path: Path, blocking: bool
) -> None:
    async def ask(url: str) -> None:
        store = RedisStore(url, blocking=blocking)
        await until_it_answers(store)
        await store.close()

    with silent_server() as silent, sentinel_of(own[0], tmp_path / "sentinel") as port:
        hosts = f"127.0.0.1:{silent},127.0.0.1:{port}"
        asyncio.run(ask(f"redis+sentinel://{hosts}/shop?socket_timeout=0.8"))


@fault(
    "A sentinel is silent, or the server has become a replica",
    figure="One request fails, the next asks the new server.",
)
@pytest.mark.parametrize("rooms", [ASKS, [*ASKS, Ask("other", config())]])
@pytest.mark.parametrize("blocking", [True, False])
def test_a_name_is_looked_up_again_if_its_server_is_a_replica_by_now(
    own: tuple[int, Any], tmp_path: Path, blocking: bool, rooms: list[Ask]
) -> None:
    def refresh(store: RedisStore) -> Any:
        asked = store.refresh(rooms)
        return asyncio.to_thread(finish, asked) if blocking else asked

    async def ask(other: int) -> None:
        ports = [own[0]]
        async with way_to(ports) as port:
            store = RedisStore(f"redis://127.0.0.1:{port}?socket_timeout=5", blocking=blocking)
            await refresh(store)
            own[1].replicaof("127.0.0.1", other)
            ports[0] = other
            with pytest.raises(StoreUnavailable):
                await refresh(store)
            await refresh(store)
            await store.close()

    (tmp_path / "other").mkdir()
    with valkey_node(tmp_path / "other") as other:
        asyncio.run(ask(other))


def test_a_client_that_is_dropped_hangs_up_on_its_sentinels_too(
    own: tuple[int, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link, "_CALLS_LAST", 0)

    async def ask(port: int) -> None:
        store = RedisStore(
            f"redis+sentinel://127.0.0.1:{port}/shop?socket_timeout=5", blocking=False
        )
        await store.refresh(ASKS)
        own[1].acl_setuser("default", enabled=True, commands=["-evalsha"])
        with redis.Redis(port=port) as sentinel:
            assert len(sentinel.client_list()) == 2
            with pytest.raises(StoreUnavailable):
                await store.refresh(ASKS)
            give_up_at = time.monotonic() + 20
            while len(sentinel.client_list()) > 1:
                assert time.monotonic() < give_up_at
                await asyncio.sleep(0.01)
        await store.close()

    with sentinel_of(own[0], tmp_path / "sentinel") as port:
        asyncio.run(ask(port))


@pytest.mark.parametrize("blocking", [True, False])
def test_a_cluster_that_refuses_is_not_connected_to_again_and_again(
    cluster_url: str, cluster_port: int, blocking: bool
) -> None:
    async def ask(node: redis.Redis) -> None:
        store = RedisStore(cluster_url, blocking=blocking)
        await store.refresh(ASKS)
        node.acl_setuser("default", enabled=True, commands=["-evalsha"])
        before = node.info("stats")["total_connections_received"]
        for _ in range(2):
            with pytest.raises(StoreUnavailable):
                await store.refresh(ASKS)
        assert node.info("stats")["total_connections_received"] == before
        await store.close()

    with redis.Redis(port=cluster_port) as node:
        try:
            asyncio.run(ask(node))
        finally:
            node.acl_setuser("default", enabled=True, commands=["+evalsha"])


def test_another_node_is_asked_if_one_of_a_cluster_falls_silent(tmp_path: Path) -> None:
    async def ask(nodes: list[redis.Redis]) -> None:
        hosts = ",".join(f"127.0.0.1:{node.get_connection_kwargs()['port']}" for node in nodes)
        store = RedisStore(f"redis+cluster://{hosts}", blocking=False)
        await until_it_answers(store)
        for node in nodes:  # whichever it has found: on a busy machine it may have been both
            process = node.info("server")["process_id"]
            os.kill(process, signal.SIGSTOP)
            await until_it_answers(store)  # as if the other one had taken over
            os.kill(process, signal.SIGCONT)
        await store.close()

    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
    with ExitStack() as stack:
        ports = stack.enter_context(one_node_clusters(*folders))
        asyncio.run(ask([stack.enter_context(redis.Redis(port=port)) for port in ports]))
