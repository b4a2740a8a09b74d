"""Our tables stay small and quick, whatever else goes on in the database."""

import os
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import psycopg
import pytest

from tests.support.clock import Clock
from tests.support.in_time import in_time
from tests.support.postgres import PostgresServer, postgres_server
from tests.support.rooms import Room, config
from vwr_middleware.blocking import finish
from vwr_middleware.line.messages import Ask
from vwr_middleware.stores.opening import open_store
from vwr_middleware.stores.postgres import schema
from vwr_middleware.stores.postgres import store as module

#: Seconds for which `make soak` goes on.
SOAK = float(os.environ.get("SOAK_SECONDS", "3600"))
#: Bytes that our tables and indexes have at most, live and dead rows.
BOUND = 64 * 2**20


def sizes(server: PostgresServer, name: str) -> dict[str, int]:
    """Bytes of our tables, with their indexes."""
    with server.connect() as client:
        rows = client.execute(
            "SELECT relname, pg_total_relation_size(oid) FROM pg_class WHERE relkind = 'r'"
            " AND relnamespace = %s::regnamespace",
            [name],
        )
        return dict(rows.fetchall())


def changed(client: psycopg.Connection[Any]) -> tuple[int, int]:
    """How often rooms were changed, and how often on their page."""
    row = client.execute(
        "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables"
        " WHERE schemaname = 'hot' AND relname = 'rooms'"
    ).fetchone()
    return row or (0, 0)


@contextmanager
def long_transaction(server: PostgresServer) -> Iterator[None]:
    """Somebody else's, which sees all rows that there were when it began."""
    with server.connect() as client:
        client.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        client.execute("SELECT txid_current(), count(*) FROM pg_class")
        yield
        client.execute("ROLLBACK")


def test_a_room_that_changes_all_the_time_stays_on_its_page(
    postgres: PostgresServer, postgres_url: str, clock: Clock
) -> None:
    """Each version of a row stands on the page of the last one, with no entry in an index: so
    whoever uses the page next sweeps it, and nothing waits for a vacuum."""
    place = f"{postgres_url}&socket_timeout=10&schema=hot"
    store = open_store(place, clock=clock)
    rooms = [Room(store, clock, {"mode": "queue"}, f"room-{number}") for number in range(12)]
    for room in rooms:
        room.look()
    for _ in range(15):
        for room in rooms:
            room.join()
    finish(store.close())
    with postgres.connect() as client:
        # The server's counts are a little late.
        assert in_time(lambda: changed(client)[0] >= 180)
        updated, hot = changed(client)
        rows = client.execute(
            "SELECT relname, reloptions FROM pg_class WHERE relkind = 'r'"
            " AND relnamespace = 'hot'::regnamespace"
        ).fetchall()
    assert hot > 0.98 * updated
    assert sizes(postgres, "hot")["rooms"] < 300_000
    options = {table: " ".join(told or ()) for table, told in rows}
    assert "fillfactor=10 " in options["rooms"], "space for the next versions"
    for table in ("rooms", "items", "bits"):
        assert "autovacuum_vacuum_cost_delay=0" in options[table]


def test_dead_rows_that_cannot_be_swept_up_are_left_behind(
    postgres: PostgresServer, postgres_url: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "FEW", 100)
    monkeypatch.setattr(module, "TIDY_STEP", 0.0)
    monkeypatch.setattr(module, "TIDY_WAIT", 10_000)
    store = open_store(f"{postgres_url}&socket_timeout=10&schema=tidied", clock=clock)
    room = Room(store, clock, {"mode": "queue"})
    room.look()
    file = "SELECT pg_relation_filenode('tidied.rooms')"
    with long_transaction(postgres), postgres.connect() as client:
        before = client.execute(file).fetchone()
        for number in count(1):
            assert room.join()[0].position == number
            if number % 50 == 0:
                room.look()
                if client.execute(file).fetchone() != before:
                    break
                time.sleep(0.2)  # the server's counts are a little late
            assert number < 3000
    assert room.join()[0].position == number + 1
    assert room.look().queue == number + 1
    finish(store.close())


class Rush:
    """Two workers, in turns, and all that visitors do, as fast as it goes."""

    def __init__(self, url: str) -> None:
        self._stores = [open_store(url) for _ in range(2)]
        self._config = config(max_active=500, session_seconds=60, confirm_within=20)
        self._inside: list[str] = []
        self.steps = 0
        self.step()

    def step(self) -> float:
        """One more step; returns how long it took."""
        store = self._stores[self.steps % 7 // 4]
        began = time.monotonic()
        if self.steps % 10 == 0:
            present = range(self.steps // 4, self.steps // 4 + 100)
            finish(store.refresh([Ask("main", self._config, present=present, generation=1)]))
        elif self._inside and self.steps % 4 == 1:
            finish(store.renew("main", self._inside[0]))
        elif self._inside and self.steps % 4 == 3:
            finish(store.end("main", self._inside.pop(0), "completed"))
        else:
            (turn,) = finish(store.join("main", ["place"]))
            if turn.verdict == "entered":
                self._inside.append(f"{turn.generation}-{turn.position}")
        self.steps += 1
        return time.monotonic() - began

    def close(self) -> None:
        for store in self._stores:
            finish(store.close())


@pytest.mark.soak
@pytest.mark.timeout(2 * SOAK + 120)
def test_an_hour_of_rush_beside_a_long_transaction() -> None:
    took: list[list[float]] = [[], [], [], []]
    largest, began = 0, time.monotonic()
    with postgres_server(fsync="on", full_page_writes="on", autovacuum_naptime="1min") as server:
        rush = Rush(f"{server.url}&socket_timeout=10")
        with long_transaction(server):
            while (passed := time.monotonic() - began) < SOAK:
                took[min(3, int(4 * passed / SOAK))].append(rush.step())
                if rush.steps % 2000 == 0:
                    found = sizes(server, "vwr")
                    largest = max(largest, sum(found.values()))
                    print(f"{passed:.0f} s, {rush.steps} steps, {found}", flush=True)
        rush.close()
    first, *_, last = (statistics.median(each) for each in took)
    print(f"median step {first * 1000:.2f} ms, then {last * 1000:.2f} ms; {largest} bytes at most")
    assert largest < BOUND
    assert last < 3 * first
