"""Behind PgBouncer in transaction mode: no session keeps anything for the next transaction."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.agreement import Walk
from tests.support.clock import Clock
from tests.support.pgbouncer import needs_pgbouncer, pgbouncer_to
from tests.support.postgres import PostgresServer
from tests.support.rooms import config
from vwr_middleware.blocking import finish
from vwr_middleware.line.messages import Ask
from vwr_middleware.stores.memory.store import MemoryStore
from vwr_middleware.stores.opening import open_store
from vwr_middleware.stores.postgres import store as module

pytestmark = [pytest.mark.outside, needs_pgbouncer]


def test_many_workers_share_two_sessions(
    postgres: PostgresServer, postgres_url: str, clock: Clock
) -> None:
    with pgbouncer_to(postgres) as url:
        stores = [open_store(f"{url}?socket_timeout=10") for _ in range(5)]
        assert finish(stores[0].check()) == []
        finish(stores[0].refresh([Ask("main", config(mode="queue"))]))

        def joins(number: int) -> list[int]:
            return [finish(stores[number].join("main", ["place"]))[0].position for _ in range(20)]

        with ThreadPoolExecutor(5) as pool:
            found = [position for each in pool.map(joins, range(5)) for position in each]
        assert sorted(found) == list(range(1, 101))
        for store in stores:
            finish(store.close())
        with postgres.connect() as client:
            told = client.execute("SHOW lock_timeout").fetchone()
            assert told == ("0",)


def test_a_pooled_store_gives_the_answers_of_the_rule_in_memory(
    postgres: PostgresServer, postgres_url: str, clock: Clock
) -> None:
    free, module.FREELY = module.FREELY, 0
    try:
        with pgbouncer_to(postgres, pool=1) as url:
            store = open_store(f"{url}?socket_timeout=10", clock=clock)
            Walk(5, clock, [MemoryStore(clock), store]).run(60)
            finish(store.close())
    finally:
        module.FREELY = free
