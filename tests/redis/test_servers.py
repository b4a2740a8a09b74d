"""Clusters, and servers behind sentinels."""

import asyncio
from collections.abc import Iterator
from operator import methodcaller
from pathlib import Path
from typing import Any

import pytest
import redis

from tests.support.faults import fault
from tests.support.problems import problems_of_redis
from tests.support.rooms import config
from tests.support.servers import free_port
from tests.support.valkey import moving_slot, sentinel_of
from vwr_middleware.errors import StoreUnavailable
from vwr_middleware.line.messages import Ask
from vwr_middleware.stores.redis import RedisStore, link
from vwr_middleware.stores.redis.urls import read_url


@pytest.fixture(params=["sentinel", "cluster"])
def several_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "cluster":
        yield request.getfixturevalue("cluster_url")
        return
    own: tuple[int, Any] = request.getfixturevalue("own")
    with sentinel_of(own[0], tmp_path / "sentinel") as port:
        yield f"redis+sentinel://127.0.0.1:{port}/shop?socket_timeout=5"


ASKS = [Ask(name, config(max_active=1)) for name in ("main", "a", "b")]


@pytest.mark.parametrize("blocking", [True, False])
def test_rooms_live_in_a_cluster_and_behind_sentinels(several_url: str, blocking: bool) -> None:
    async def ask() -> None:
        store = RedisStore(several_url, blocking=blocking)
        assert await store.check() == []
        assert len(await store.refresh(ASKS)) == 3
        turns = await store.join("a", ["place", "place"])
        assert [turn.verdict for turn in turns] == ["entered", "waiting"]
        assert await store.secret("key", "one") == "one"
        await store.close()

    asyncio.run(ask())


def test_a_crowd_at_one_moment_is_too_much_for_none_of_their_clients(several_url: str) -> None:
    async def come() -> list[int]:
        store = RedisStore(several_url, blocking=False)
        await store.refresh(ASKS)
        turns = await asyncio.gather(*(store.join("main", ["ticket"]) for _ in range(150)))
        await store.close()
        return [turn.position for (turn,) in turns]

    assert sorted(asyncio.run(come())) == list(range(1, 151))


@pytest.mark.parametrize(
    "url", ["redis+cluster://127.0.0.1:{}", "redis+sentinel://127.0.0.1:{}/shop"]
)
@pytest.mark.parametrize("blocking", [True, False])
def test_where_nobody_answers_the_store_is_unavailable(url: str, blocking: bool) -> None:
    async def ask() -> None:
        store = RedisStore(url.format(free_port()), blocking=blocking)
        for _ in range(2):
            with pytest.raises(StoreUnavailable) as away:
                await store.refresh(ASKS)
            assert "<" not in str(away.value)  # an operator reads it, not the client's attributes
            with pytest.raises(StoreUnavailable):
                await store.join("main", ["place"])
        await store.close()

    asyncio.run(ask())


@fault(
    "A room moves to another node of the cluster",
    inside="Notice nothing: for that moment the store is away.",
    line="Have the same places.",
    new="For that moment, as if the store were away.",
)
def test_a_room_whose_slot_moves_to_a_new_node_is_away_for_that_moment_only(
    tmp_path: Path,
) -> None:
    async def refused(stores: list[RedisStore], reason: str) -> None:
        for store in stores:
            with pytest.raises(StoreUnavailable, match=reason):
                await store.refresh(ASKS[:1])

    async def ask(url: str) -> None:
        stores = [RedisStore(url, blocking=blocking) for blocking in (True, False)]
        for store in stores:
            (before,) = await store.refresh(ASKS[:1])
        await stores[0].join("main", ["place", "place"])
        moving.send_first()
        await refused(stores, "on its way to another node")
        moving.send_the_rest()
        await refused(stores, "on its way to a node that had none")
        moving.end()
        for store in stores:
            (after,) = await store.refresh(ASKS[:1])
            assert (after.room_id, after.queue) == (before.room_id, 2)
            await store.close()

    with moving_slot(tmp_path, "{vwr:main}") as moving:
        asyncio.run(ask(f"redis+cluster://127.0.0.1:{moving.port}?socket_timeout=5"))
        (problem,) = problems_of_redis(f"redis://127.0.0.1:{moving.new_port}")  # MOVED
        assert problem.endswith("a cluster: write redis+cluster:// in the store's URL")


def test_a_cluster_that_cut_all_connections_in_a_quiet_time_is_there(
    cluster_url: str, cluster_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def ask() -> None:
        store = RedisStore(cluster_url, blocking=False)
        await store.attempt("192.0.2.1")
        with redis.Redis(port=cluster_port) as server:
            server.execute_command("CLIENT KILL TYPE normal SKIPME yes")
        monkeypatch.setattr(link, "IDLE_MOST", -1)  # a long time has passed by
        assert await store.attempt("192.0.2.2") == 0
        await store.close()

    asyncio.run(ask())


@pytest.mark.parametrize(
    ("said", "told"),
    [
        # uvloop, of a connection that was cut while it was idle
        ("unable to perform operation on <TCPTransport>; the handler is closed", "cut"),
        ("can't start new thread", "no thread"),
    ],
)
def test_what_the_system_refuses_is_an_outage_of_that_moment(
    valkey_url: str, said: str, told: str
) -> None:
    async def write(client: Any) -> None:
        raise RuntimeError(said)

    async def mistake(client: Any) -> None:
        raise RuntimeError("of ours")

    async def ask() -> None:
        way = link.Link(read_url(valkey_url), blocking=False, patience=5)
        with pytest.raises(StoreUnavailable, match=told):
            await way.answer(write)
        assert await way.answer(methodcaller("ping"))
        with pytest.raises(RuntimeError, match="of ours"):
            await way.answer(mistake)
        await way.close()

    asyncio.run(ask())
