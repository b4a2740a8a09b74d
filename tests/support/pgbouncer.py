"""A real PgBouncer, which gives a session to another client after each transaction."""

import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which

import psycopg
import pytest

from tests.support.postgres import USER, PostgresServer, as_nobody, give_to_nobody
from tests.support.servers import free_port

needs_pgbouncer = pytest.mark.skipif(which("pgbouncer") is None, reason="PgBouncer is missing")

CONFIG = """
[databases]
* = host={folder} port={server}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {pool}
max_prepared_statements = 0
logfile = {own}/log
"""


@contextmanager
def pgbouncer_to(server: PostgresServer, pool: int = 2) -> Iterator[str]:
    """Yields the URL by which a server is reached through so few sessions."""
    with tempfile.TemporaryDirectory(prefix="vwr-") as folder:
        port, own = free_port(), Path(folder)
        give_to_nobody(own)
        config = own / "pgbouncer.ini"
        places = {"folder": server.folder, "server": server.port, "port": port, "own": own}
        # Its database is given a user: with `any`, who connects is not asked.
        text = CONFIG.format(pool=pool, **places).replace("* = ", f"* = user={USER} ")
        config.write_text(text)
        program = which("pgbouncer") or ""
        with subprocess.Popen([program, "-q", str(config)], cwd="/", **as_nobody()) as process:
            try:
                url = f"postgresql://{USER}@127.0.0.1:{port}/postgres"
                _await(url, process)
                yield url
            finally:
                process.terminate()


def _await(url: str, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + 30
    while True:
        try:
            psycopg.connect(url, autocommit=True).close()
            return
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > until:
                raise
            time.sleep(0.02)
