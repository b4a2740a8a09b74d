"""Several workers at one room: each is overtaken by others, and none loses or repeats a step."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from tests.support.agreement import Walk
from tests.support.clock import Clock
from tests.support.faults import fault
from tests.support.in_time import in_time
from tests.support.postgres import PostgresServer
from tests.support.rooms import Room, config
from tests.support.servers import ROOT
from vwr_middleware.blocking import finish
from vwr_middleware.errors import StoreUnavailable
from vwr_middleware.line.messages import Ask
from vwr_middleware.stores import Store
from vwr_middleware.stores.memory.store import MemoryStore
from vwr_middleware.stores.opening import open_store
from vwr_middleware.stores.postgres import attempts
from vwr_middleware.stores.postgres import store as module
from vwr_middleware.stores.postgres.calls import Reply, Request
from vwr_middleware.stores.postgres.connection import ServerError
from vwr_middleware.stores.postgres.link import Exchange
from vwr_middleware.stores.postgres.store import PostgresStore

Client = psycopg.Connection[Any]


@pytest.fixture
def url(postgres_url: str) -> str:
    return f"{postgres_url}&socket_timeout=10"


@pytest.fixture
def two(url: str, clock: Clock) -> Iterator[list[Store]]:
    """Two workers."""
    stores = [open_store(url, clock=clock) for _ in range(2)]
    yield stores
    for store in stores:
        finish(store.close())


class InTurns:
    """Two workers' stores, asked in turns, as if they were one."""

    blocking, patience = True, 0.0

    def __init__(self, stores: list[Store]) -> None:
        self._stores, self._asked = stores, 0

    def __getattr__(self, name: str) -> Any:
        self._asked += 1
        # Not simply in turns: what a worker knows is used again, or is older, or much older.
        return getattr(self._stores[self._asked % 7 // 4], name)


@pytest.mark.parametrize("holds", [False, True])
def test_two_workers_give_the_answers_of_the_rule_in_memory(
    two: list[Store], clock: Clock, holds: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if holds:
        monkeypatch.setattr(module, "FREELY", 0)
    both: Any = InTurns(two)
    Walk(11 + holds, clock, [MemoryStore(clock), both]).run(150)


def count_trips(monkeypatch: pytest.MonkeyPatch, store: Store) -> list[bytes]:
    """What this store asks its server from now on. Workers of other tests may still be ending."""
    assert isinstance(store, PostgresStore)
    asked: list[bytes] = []
    ask, link = Exchange.ask, store._link

    async def note(self: Exchange, sql: bytes) -> Any:
        if self._link is link:
            asked.append(sql)
        return await ask(self, sql)

    monkeypatch.setattr(Exchange, "ask", note)
    return asked


def test_a_step_is_one_round_trip(url: str, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_store(url, clock=clock)  # as time passes, other rows are needed
    room = Room(store, clock, {"max_active": 3})

    def all_steps(first: int) -> None:
        assert [turn.verdict for turn in room.join(2)] == ["entered", "entered"]
        room.join(1, "ticket")
        finish(store.advance("main", 1))
        assert room.claim(first + 2).verdict == "entered"
        assert room.renew(first).verdict == "entered"
        room.knock(first + 2)
        for position in range(first, first + 3):
            assert room.end(position)
        room.look()

    room.look()
    all_steps(1)  # by now it knows the rows that all need
    asked = count_trips(monkeypatch, store)
    all_steps(4)
    assert len(asked) == 10, b"\n".join(asked)
    assert not any(b"BEGIN" in sql or b"PREPARE" in sql for sql in asked), "no session has a state"
    finish(store.close())


def test_who_is_overtaken_again_and_again_takes_the_lock(
    two: list[Store], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = (Room(store, clock, {"mode": "queue"}) for store in two)
    one.look()
    other.look()
    first, asked = two[0], count_trips(monkeypatch, two[0])
    assert isinstance(first, PostgresStore)
    request = attempts.Attempt.request

    def overtaken(self: attempts.Attempt) -> Request:
        made = request(self)
        if self._worker is first._worker and not self._holds:
            with ThreadPoolExecutor(1) as pool:
                pool.submit(other.join).result()
        return made

    monkeypatch.setattr(attempts.Attempt, "request", overtaken)
    assert one.join()[0].position == module.FREELY + 1
    assert sum(b"BEGIN" in sql for sql in asked) == 1


def test_steps_of_many_threads_share_trips_and_one_connection(
    url: str, postgres_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(url)
    finish(store.refresh([Ask("main", config(mode="queue"))]))
    asked = count_trips(monkeypatch, store)
    with ThreadPoolExecutor(16) as pool:
        turns = pool.map(lambda _: finish(store.join("main", ["place"]))[0].position, range(200))
        assert sorted(turns) == list(range(1, 201))
    assert len(asked) < 200
    found = postgres_client.execute(
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'vwr_middleware'"
        " AND state = 'idle' AND query LIKE '%%vwr%%' AND backend_start > now() - interval '9 s'"
    ).fetchone()
    assert found is not None and found[0] >= 1
    finish(store.close())


@fault(
    "An answer gets lost",
    new="PostgreSQL's answer: it is asked for again, and the place is given once.",
)
def test_an_answer_that_is_lost_with_its_connection_is_asked_for_again(
    url: str, clock: Clock, postgres_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server has taken the step, or has not: it is done once."""
    store = open_store(url, clock=clock)
    room = Room(store, clock, {"mode": "queue"})
    room.look()
    ask, lose = Exchange.ask, ["before", "", "after"]

    async def lossy(self: Exchange, sql: bytes) -> Any:
        when = lose.pop() if lose and b"step_1" in sql else ""
        if when == "after":
            await ask(self, sql)
        if when:
            self.cut()
            raise ServerError("the connection was cut")
        return await ask(self, sql)

    monkeypatch.setattr(Exchange, "ask", lossy)
    assert [room.join()[0].position for _ in range(3)] == [1, 2, 3]
    assert lose == []


def test_an_answer_that_is_lost_while_others_go_on_is_lost(
    two: list[Store], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = (Room(store, clock, {"mode": "queue"}) for store in two)
    other.look()
    one.look()
    ask = Exchange.ask
    is_lost: list[bool] = []

    async def lossy(self: Exchange, sql: bytes) -> Any:
        answer = await ask(self, sql)
        if not is_lost:
            is_lost.append(True)
            other.join()
            self.cut()
            raise ServerError("the connection was cut")
        return answer

    monkeypatch.setattr(Exchange, "ask", lossy)
    with pytest.raises(StoreUnavailable):
        one.join()
    assert one.join()[0].position == 3


@fault("A connection to the store is cut while nobody uses it")
def test_a_connection_that_the_server_cut_while_idle_is_made_again(
    url: str, clock: Clock, postgres_client: Client
) -> None:
    store = open_store(url, clock=clock)
    room = Room(store, clock, {"mode": "queue"})
    room.look()
    postgres_client.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name = 'vwr_middleware'"
    )
    assert room.join()[0].position == 1
    finish(store.close())


def test_a_time_that_is_past_is_not_reckoned_by(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that stood still between its reckoning and its asking is told the time again."""
    store = open_store(url)
    finish(store.refresh([Ask("main", config(mode="queue"))]))
    replies: list[Reply] = []
    take = attempts.Attempt.take

    def note(self: attempts.Attempt, request: Request, reply: Reply) -> None:
        replies.append(reply)
        take(self, request, reply)

    monkeypatch.setattr(attempts.Attempt, "take", note)
    assert isinstance(store, PostgresStore)
    store._worker.ahead -= 100
    store._worker.trip = 0.0
    (turn,) = finish(store.join("main", ["place"]))
    assert [reply.done for reply in replies] == [False, True]
    assert abs(turn.now - replies[0].told_at) < 1
    finish(store.close())


#: A worker that takes the room's lock and then stands still, as if it was frozen.
FROZEN = """
import os, signal, sys
from vwr_middleware.blocking import finish
from vwr_middleware.stores.opening import open_store
from vwr_middleware.stores.postgres import attempts
from vwr_middleware.stores.postgres import attempts, store as module
module.FREELY = 0
store, request = open_store(sys.argv[1]), attempts.Attempt.request
def stop(self):
    attempts.Attempt.request = request
    print("holds", flush=True)
    os.kill(os.getpid(), signal.SIGSTOP)
    return request(self)
attempts.Attempt.request = stop
print(finish(store.join("main", ["place"]))[0].position, flush=True)
"""


@fault(
    "A worker freezes while it holds PostgreSQL's lock",
    new="Wait for the lock; the server takes it back.",
    figure="2 s.",
)
def test_the_lock_of_a_frozen_worker_is_free_within_two_seconds(
    url: str, postgres_client: Client
) -> None:
    store = open_store(url)
    finish(store.refresh([Ask("main", config(mode="queue"))]))
    command = [sys.executable, "-c", FROZEN, url]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout is not None
        try:
            assert worker.stdout.readline() == "holds\n"
            began = time.monotonic()
            assert finish(store.join("main", ["place"]))[0].position == 1
            passed = time.monotonic() - began
            worker.send_signal(signal.SIGCONT)
            assert worker.stdout.readline() == "2\n", "it learns that it was overtaken"
        finally:
            worker.kill()
    assert module.SILENT / 1000 < 2 and passed < 10, "the server takes it back; a machine is busy"
    finish(store.close())


def test_many_rooms_are_read_by_many_workers_without_a_deadlock(
    url: str, postgres_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FREELY", 0)  # with locks, which are held from trip to trip
    names = ["one", "two", "three", "four"]
    before = _deadlocks(postgres_client)

    def look(number: int) -> int:
        store = open_store(url)
        order = names if number % 2 else names[::-1]
        for _ in range(15):
            finish(store.refresh([Ask(name, config()) for name in order]))
        finish(store.close())
        return number

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(look, range(4))) == [0, 1, 2, 3]
    assert _deadlocks(postgres_client) == before


def _deadlocks(client: Client) -> int:
    row = client.execute("SELECT sum(deadlocks) FROM pg_stat_database").fetchone()
    assert row is not None
    return int(row[0])


@fault(
    "PostgreSQL undoes a step: a deadlock, or a stricter isolation",
    new="Notice nothing: it is done again, and counts once.",
)
@pytest.mark.parametrize("code", ["40001", "40P01"])
def test_what_the_server_undoes_is_done_again(
    url: str, clock: Clock, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(url, clock=clock)
    room = Room(store, clock, {"mode": "queue"})
    room.look()
    ask, fail = Exchange.ask, [True]

    async def undone(self: Exchange, sql: bytes) -> Any:
        if fail and fail.pop():
            sql += f";DO $$ BEGIN RAISE SQLSTATE '{code}'; END $$".encode()
        return await ask(self, sql)

    monkeypatch.setattr(Exchange, "ask", undone)
    assert room.join()[0].position == 1
    assert not fail
    finish(store.close())


@pytest.mark.parametrize("level", ["repeatable read", "serializable"])
def test_a_stricter_isolation_that_the_site_has_set_changes_nothing(
    postgres: PostgresServer, url: str, level: str
) -> None:
    with postgres.connect() as client:
        client.execute(f"ALTER ROLE vwr SET default_transaction_isolation = '{level}'")
        try:
            stores = [open_store(url) for _ in range(3)]
            finish(stores[0].refresh([Ask("main", config(mode="queue"))]))

            def joins(store: Store) -> list[int]:
                return [finish(store.join("main", ["place"]))[0].position for _ in range(20)]

            with ThreadPoolExecutor(3) as pool:
                found = [number for each in pool.map(joins, stores) for number in each]
            assert sorted(found) == list(range(1, 61))
            for store in stores:
                finish(store.close())
        finally:
            client.execute("ALTER ROLE vwr RESET default_transaction_isolation")


def test_a_fork_gets_a_connection_of_its_own(url: str) -> None:
    store = open_store(url)
    finish(store.refresh([Ask("main", config(mode="queue"))]))
    assert finish(store.join("main", ["place"]))[0].position == 1
    child = os.fork()
    if not child:
        os._exit(finish(store.join("main", ["place"]))[0].position)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 2
    assert finish(store.join("main", ["place"]))[0].position == 3
    finish(store.close())


def test_threads_of_a_silent_server_wait_no_longer_than_their_patience(
    postgres: PostgresServer, postgres_url: str
) -> None:
    store = open_store(f"{postgres_url}&socket_timeout=0.2")
    finish(store.refresh([Ask("main", config(mode="queue"))]))
    assert in_time(lambda: finish(store.join("main", ["place"]))[0].position > 0)
    with postgres.connect() as client, client.transaction():
        client.execute("SELECT * FROM vwr.rooms FOR UPDATE")
        failures: list[str] = []

        def wait() -> None:
            try:
                finish(store.join("main", ["place"]))
            except StoreUnavailable as error:
                failures.append(type(error).__name__)

        threads = [threading.Thread(target=wait) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert set(failures) <= {"StoreBusy", "StoreCrowded"} and len(failures) == 3
    assert in_time(lambda: finish(store.join("main", ["place"]))[0].position > 0)
    finish(store.close())


def test_workers_that_start_at_once_make_the_schema_once(postgres_url: str) -> None:
    stores = [open_store(f"{postgres_url}&socket_timeout=10&schema=fresh") for _ in range(6)]

    def start(store: Store) -> str:
        return finish(store.refresh([Ask("main", config())]))[0].room_id

    with ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(start, stores))) == 1
    for store in stores:
        finish(store.close())


def test_a_server_that_is_far_away_is_not_asked_to_compare_the_time(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it is told is always late there, so every step would be refused."""
    ask = Exchange.ask

    async def slow(self: Exchange, sql: bytes) -> Any:
        time.sleep(0.25)
        return await ask(self, sql)

    store = open_store(url)
    finish(store.refresh([Ask("main", config(mode="queue"))]))
    monkeypatch.setattr(Exchange, "ask", slow)
    assert [finish(store.join("main", ["place"]))[0].position for _ in range(2)] == [1, 2]
    finish(store.close())
