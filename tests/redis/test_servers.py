"""Clusters, servers behind sentinels, and servers that cannot be a store."""

import asyncio
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from tests.support.readme import DEPLOYMENT
from tests.support.rooms import config
from tests.support.servers import free_port
from tests.support.valkey import moving_slot, one_node_cluster, sentinel_of, valkey_node
from vwr_middleware.blocking import finish
from vwr_middleware.errors import StoreUnavailable
from vwr_middleware.line.asks import Ask
from vwr_middleware.stores.redis import open_redis
from vwr_middleware.worker.breaker import Breaker


def problems(url: str) -> list[str]:
    store = open_redis(url)
    try:
        return finish(store.check())
    finally:
        finish(store.close())


def test_a_good_server_has_no_problems(own: tuple[int, Any]) -> None:
    port, _ = own
    assert problems(f"redis://127.0.0.1:{port}") == []

    async def check() -> list[str]:
        return await open_redis(f"redis://127.0.0.1:{port}", blocking=False).check()

    assert asyncio.run(check()) == []


def test_a_server_that_may_throw_rooms_away_is_a_problem(own: tuple[int, Any]) -> None:
    port, client = own
    client.config_set("maxmemory-policy", "allkeys-lru")
    assert problems(f"redis://127.0.0.1:{port}") == []  # without a limit nothing is thrown away
    client.config_set("maxmemory", "100mb")
    (problem,) = problems(f"redis://127.0.0.1:{port}")
    assert "set maxmemory-policy noeviction" in problem


def test_a_replica_is_a_problem(own: tuple[int, Any]) -> None:
    port, client = own
    client.replicaof("127.0.0.1", port)
    (problem,) = problems(f"redis://127.0.0.1:{port}")
    assert "name the primary" in problem
    store = open_redis(f"redis://127.0.0.1:{port}?socket_timeout=5")
    with pytest.raises(StoreUnavailable):
        finish(store.refresh([Ask("main", config())]))
    finish(store.close())


@pytest.mark.parametrize(
    ("rules", "fix"),
    [
        ("+@all -eval -evalsha ~*", "allow this user EVAL"),
        ("+@all -evalsha ~*", "allow this user EVAL, EVALSHA"),
        ("+@all ~elsewhere:*", "the keys of the namespace"),
        ("+@all -info ~*", "allow this user INFO"),
        ("+@all ~{vwr:*", "the keys of the namespace: +@scripting"),
        ("+@all ~{vwr}:*", "~{vwr}:* ~{vwr:*"),
        ("+eval +evalsha +info ~*", "what the scripts call"),
        ("+@all -@write ~*", "+@write"),
        ("+@all -time ~*", "+time"),
    ],
)
def test_a_user_who_may_not_is_a_problem(own: tuple[int, Any], rules: str, fix: str) -> None:
    port, client = own
    client.execute_command("ACL", "SETUSER", "shop", "on", ">hush", *rules.split())
    (problem,) = problems(f"redis://shop:hush@127.0.0.1:{port}")
    assert fix in problem
    assert "hush" not in problem


def rights_of_the_recipe() -> list[str]:
    """What the documentation says that a user must be allowed."""
    (rule,) = re.findall(r"`ACL SETUSER shop on >password (.*)`", DEPLOYMENT.read_text())
    return str(rule).split()


def test_a_user_with_the_rights_of_the_recipe_can_do_all(own: tuple[int, Any]) -> None:
    port, client = own
    client.execute_command("ACL", "SETUSER", "shop", "on", ">hush", *rights_of_the_recipe())
    url = f"redis://shop:hush@127.0.0.1:{port}"
    assert problems(url) == []
    store = open_redis(url)
    finish(store.refresh([Ask("main", config())]))
    (turn,) = finish(store.join("main", ["p"]))
    assert turn.verdict == "entered"
    assert finish(store.post("worker", "{}")) == {"worker": "{}"}
    assert finish(store.attempt("203.0.113.7")) == 0
    finish(store.close())


@pytest.mark.parametrize(
    ("refusing", "fix"),
    [
        ("CONFIG SET maxmemory 1", "more memory"),
        ("CONFIG SET min-replicas-to-write 1", "replicas back"),
        ("BGSAVE", "room on the server's disk"),
    ],
)
def test_a_server_that_writes_nothing_at_the_moment_is_a_problem_and_no_question_of_rights(
    own: tuple[int, Any], tmp_path: Path, refusing: str, fix: str
) -> None:
    port, client = own
    shutil.rmtree(tmp_path)
    client.config_set("save", "3600 1")
    client.execute_command(*refusing.split())
    while client.info("persistence")["rdb_bgsave_in_progress"]:
        time.sleep(0.01)
    (problem,) = problems(f"redis://127.0.0.1:{port}")
    assert fix in problem
    assert "allow this user" not in problem


def test_a_server_with_too_many_clients_is_a_problem_of_its_own(own: tuple[int, Any]) -> None:
    port, client = own
    client.config_set("maxclients", 1)
    (problem,) = problems(f"redis://127.0.0.1:{port}")
    assert problem.endswith("raise the server's maxclients, or let fewer programs use it")


def test_a_wrong_password_is_a_problem(own: tuple[int, Any]) -> None:
    port, client = own
    client.execute_command("ACL", "SETUSER", "shop", "on", ">right", "+@all", "~*")
    (problem,) = problems(f"redis://shop:hush@127.0.0.1:{port}")
    assert "correct the store's URL" in problem


@pytest.mark.parametrize(
    ("refusing", "fix"),
    [
        ("REPLICAOF 127.0.0.1 1", "name the primary in the store's URL"),
        ("ACL SETUSER default -@scripting", "the rights that `vwr check` names"),
        ("CONFIG SET requirepass other", "correct the store's URL"),
        ("CONFIG SET min-replicas-to-write 1", "or lower its min-replicas-to-write"),
    ],
)
def test_the_log_of_a_worker_says_what_to_do_about_a_refusal(
    own: tuple[int, Any], caplog: pytest.LogCaptureFixture, refusing: str, fix: str
) -> None:
    port, client = own
    client.execute_command(*refusing.split())
    store = open_redis(f"redis://127.0.0.1:{port}?socket_timeout=5")
    with pytest.raises(StoreUnavailable):
        finish(Breaker(monotonic).ask(lambda: store.refresh([Ask("main", config())])))
    finish(store.close())
    (record,) = caplog.records
    assert record.getMessage().endswith(fix)


def test_a_server_that_stops_is_unavailable_and_then_a_problem(tmp_path: Path) -> None:
    with valkey_node(tmp_path) as port:
        store = open_redis(f"redis://127.0.0.1:{port}?socket_timeout=5")
        finish(store.refresh([Ask("main", config())]))
    with pytest.raises(StoreUnavailable):
        finish(store.join("main", ["p"]))
    (problem,) = finish(store.check())
    assert "start the server" in problem
    finish(store.close())


@pytest.fixture(params=["sentinel", "cluster"])
def several_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "cluster":
        with one_node_cluster(tmp_path) as port:
            yield f"redis+cluster://127.0.0.1:{port}?socket_timeout=5"
        return
    own: tuple[int, Any] = request.getfixturevalue("own")
    with sentinel_of(own[0], tmp_path / "sentinel") as port:
        yield f"redis+sentinel://127.0.0.1:{port}/shop?socket_timeout=5"


ASKS = [Ask(name, config(max_active=1)) for name in ("main", "a", "b")]


def test_rooms_live_in_a_cluster_and_behind_sentinels(several_url: str) -> None:
    store = open_redis(several_url)
    assert finish(store.check()) == []
    assert len(finish(store.refresh(ASKS))) == 3
    assert [turn.verdict for turn in finish(store.join("a", ["p", "p"]))] == ["entered", "waiting"]
    assert finish(store.secret("key", "one")) == "one"
    finish(store.close())


def test_they_do_for_an_event_loop_too(several_url: str) -> None:
    async def run() -> list[int]:
        store = open_redis(several_url, blocking=False)
        assert await store.check() == []
        await store.refresh(ASKS)
        turns = await store.join("b", ["p", "p"])
        assert await store.secret("key", "one") == "one"
        await store.close()
        return [turn.position for turn in turns]

    assert asyncio.run(run()) == [1, 2]


@pytest.mark.parametrize(
    "url", ["redis+cluster://127.0.0.1:{}", "redis+sentinel://127.0.0.1:{}/shop"]
)
@pytest.mark.parametrize("blocking", [True, False])
def test_where_nobody_answers_the_store_is_unavailable(url: str, blocking: bool) -> None:
    async def ask() -> None:
        store = open_redis(url.format(free_port()), blocking=blocking)
        for _ in range(2):
            with pytest.raises(StoreUnavailable) as away:
                await store.refresh(ASKS)
            assert "<" not in str(away.value)  # an operator reads it, not the client's attributes
            with pytest.raises(StoreUnavailable):
                await store.join("main", ["p"])
        await store.close()

    asyncio.run(ask())


def test_a_room_whose_slot_moves_to_a_new_node_is_away_for_that_moment_only(
    tmp_path: Path,
) -> None:
    async def ask(url: str) -> None:
        stores = [open_redis(url, blocking=blocking) for blocking in (True, False)]
        for store in stores:
            (before,) = await store.refresh(ASKS[:1])
        await stores[0].join("main", ["p", "p"])
        moving.send_first()
        for store in stores:
            with pytest.raises(StoreUnavailable, match="on its way to a node"):
                await store.refresh(ASKS[:1])
        moving.send_the_rest()
        for store in stores:
            (after,) = await store.refresh(ASKS[:1])
            assert (after.room_id, after.queue) == (before.room_id, 2)
            await store.close()

    with moving_slot(tmp_path, "{vwr:main}") as moving:
        asyncio.run(ask(f"redis+cluster://127.0.0.1:{moving.port}?socket_timeout=5"))
        (problem,) = problems(f"redis://127.0.0.1:{moving.new_port}")
        assert problem.endswith("a cluster: write redis+cluster:// in the store's URL")
