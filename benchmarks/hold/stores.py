"""The stores that are tried: each is started or cleared for the run, and says what it has done."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, Protocol
from urllib.parse import urlsplit, urlunsplit

import psycopg
from redis import Redis, RedisError

from benchmarks.processes import CannotMeasure, cpu_seconds, family, memory
from benchmarks.store import commands_in, postgres, valkey

#: No real room has this namespace, so the run can clear all that is in it, also after one that was
#: killed. In a PostgreSQL server it is a database.
NAMESPACE = "vwr_hold"
#: What starts a server for the run.
OWN_VALKEY = ("redis", "valkey", "redis://", "valkey://")
OWN_POSTGRES = ("postgres", "postgresql", "postgres://", "postgresql://")
#: Seconds that a worker waits for a store that shares a core with the crowd: longer than usual.
PATIENCE = 2


class Done(NamedTuple):
    """What a store has done so far; None: it does not tell."""

    cpu_seconds: float | None = None
    trips: int | None = None
    commands: int | None = None


class Tried(Protocol):
    """A store that is tried."""

    name: str
    url: str

    def done(self) -> Done: ...

    def bytes(self) -> int | None:
        """Its main memory; of a file, its size."""


class Server:
    """A Redis or Valkey server, by what it tells of itself."""

    def __init__(self, url: str) -> None:
        try:
            self.client: Redis = Redis.from_url(url, decode_responses=True)
            told = self.client.info("server")
        except (RedisError, ValueError) as problem:
            raise CannotMeasure(f"the store does not answer: {problem}") from problem
        self.name = "Valkey" if "valkey_version" in told else "Redis"
        self.url = _patient(url)
        self._asked = 1  # by ourselves, so these trips do not count

    def done(self) -> Done:
        self._asked += 1
        told = self.client.info("cpu", "stats", "commandstats")
        cpu = told["used_cpu_user"] + told["used_cpu_sys"]
        return Done(cpu, told["total_reads_processed"] - self._asked, commands_in(told))

    def bytes(self) -> int | None:
        self._asked += 1
        return int(self.client.info("memory")["used_memory_rss"])

    def clear(self) -> None:
        """Take away what a run has left."""
        for key in self.client.scan_iter(f"{{{NAMESPACE}[:}}]*", count=1000):
            self.client.delete(key)


class File:
    """A SQLite file: the workers themselves do what a server would."""

    name = "SQLite"

    def __init__(self, path: Path) -> None:
        self._path = path
        self.url = f"sqlite:///{path}"

    def done(self) -> Done:
        return Done()

    def bytes(self) -> int | None:
        return sum(file.stat().st_size for file in self._path.parent.glob(f"{self._path.name}*"))


class PostgreSQL:
    """A database of its own on a PostgreSQL server. Its processes are watched if they are here."""

    name = "PostgreSQL"

    def __init__(self, url: str, connection: Any) -> None:
        self.url, self._connection = url, connection
        self._has_statements = self._one("select to_regclass('pg_stat_statements') is not null")
        self._pids = _server_of(self._one("select pg_backend_pid()"))

    def done(self) -> Done:
        # Each step is a transaction and one trip. Ours are in another database.
        trips = self._one(
            "select xact_commit + xact_rollback from pg_stat_database where datname = %s", NAMESPACE
        )
        commands = None
        if self._has_statements:
            commands = self._one(
                "select coalesce(sum(calls), 0)::bigint from pg_stat_statements s"
                " join pg_database d on d.oid = s.dbid where d.datname = %s",
                NAMESPACE,
            )
        return Done(cpu_seconds(self._family()) if self._pids else None, trips, commands)

    def bytes(self) -> int | None:
        return memory(self._family()) if self._pids else None

    def _family(self) -> list[int]:
        return [pid for root in self._pids for pid in family(root)]

    def _one(self, statement: str, *values: str) -> Any:
        row = self._connection.execute(statement, values).fetchone()
        return row[0] if row else None


def _server_of(backend: int) -> list[int]:
    """The process that has started this one, if both are PostgreSQL's and on this machine."""
    with contextlib.suppress(OSError):
        if b"postgres" in Path(f"/proc/{backend}/cmdline").read_bytes():
            return [int(Path(f"/proc/{backend}/stat").read_text().rpartition(")")[2].split()[1])]
    return []


def _patient(url: str) -> str:
    return f"{url}{'&' if '?' in url else '?'}socket_timeout={PATIENCE}"


@contextlib.contextmanager
def tried(store: str) -> Iterator[Tried]:
    """A store by its name or URL, with nothing of an earlier run in it."""
    scheme = store.partition(":")[0]
    if store in OWN_VALKEY:
        with valkey() as own:
            yield Server(own.url(0))
    elif store in OWN_POSTGRES:
        with _own_postgres() as url, _database(url) as database:
            yield database
    elif store in ("sqlite", "sqlite://"):
        with tempfile.TemporaryDirectory(prefix="vwr-bench-") as folder:
            yield File(Path(folder) / "room.sqlite3")
    elif scheme in ("redis", "rediss", "unix", "valkey", "valkeys"):
        server = Server(store)
        server.clear()
        try:
            yield server
        finally:
            server.clear()
    elif scheme in ("postgresql", "postgres"):
        with _database(store) as database:
            yield database
    else:
        raise CannotMeasure(
            f"--store {store}: write redis, sqlite, postgres, redis://… or postgresql://…"
        )


@contextlib.contextmanager
def _own_postgres() -> Iterator[str]:
    """The URL of a server that counts what it is asked."""
    with postgres(shared_preload_libraries="pg_stat_statements") as own:
        with own.connect() as connection:
            connection.execute("create extension pg_stat_statements")
        yield own.url


@contextlib.contextmanager
def _database(url: str) -> Iterator[PostgreSQL]:
    drop = f"drop database if exists {NAMESPACE} with (force)"
    try:
        connected = psycopg.connect(url, autocommit=True)
        connected.execute(drop)
        connected.execute(f"create database {NAMESPACE}")
    except psycopg.Error as problem:
        raise CannotMeasure(f"no database can be made at the store: {problem}") from problem
    with connected as connection:
        try:
            there = urlunsplit(urlsplit(url)._replace(path=f"/{NAMESPACE}"))
            yield PostgreSQL(_patient(there), connection)
        finally:
            connection.execute(drop)


def room_settings(store: Tried, slots: int) -> dict[str, Any]:
    """What the server that is tried runs with."""
    return {
        "secret_key": os.urandom(32).hex(),
        "store": store.url,
        "namespace": NAMESPACE,
        "paths": ["/tickets"],
        "max_active": slots,
    }
