"""A uvicorn of our own whose log can be read, and bytes that no client library would send."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.servers import ROOT, end, free_port, has_begun_to_accept

SERVED = "tests.support.served:app"
KEY = "a key for servers that is long enough"


@dataclass
class Server:
    """A server process."""

    port: int
    log_file: Path
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        """Where it serves."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        """What it has written so far."""
        return self.log_file.read_text(errors="replace")

    def kill(self) -> None:
        """The machine fails: no goodbye."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def send(
        self, data: bytes, seconds: float = 5.0, *, more: bool = False, until: bytes | None = None
    ) -> bytes:
        """Send bytes, and return all that comes back until the server closes or falls silent, or
        has said `until`.

        Without `more` it is told that nothing follows. Then uvicorn answers at once or not at all.
        """
        with socket.create_connection(("127.0.0.1", self.port), timeout=seconds) as connection:
            answer = b""
            try:
                connection.sendall(data)
                if not more:
                    connection.shutdown(socket.SHUT_WR)
                while (until is None or until not in answer) and (part := connection.recv(65_536)):
                    answer += part
            except OSError:
                pass  # it has hung up, as it may
            return answer


def settings(store: str, **more: object) -> dict[str, str]:
    """The environment that sets the small app up."""
    given = {"secret_key": KEY, "store": store, "paths": "/tickets", "max_active": 1, **more}
    return {f"VWR_{name.upper()}": str(value) for name, value in given.items()}


@contextmanager
def served(
    folder: Path, env: Mapping[str, str], *options: str, app: str = SERVED, port: int = 0
) -> Iterator[Server]:
    """Serve by uvicorn until the end of the block."""
    with starting(folder, env, *options, app=app, port=port) as server:
        wait_until_accepting(server)
        yield server


@contextmanager
def served_by_two(folder: Path, env: Mapping[str, str]) -> Iterator[list[Server]]:
    """Two servers of one app, which come up together."""
    with starting(folder, env) as one, starting(folder, env) as two:
        for server in (one, two):
            wait_until_accepting(server)
        yield [one, two]


def wait_until_accepting(server: Server) -> None:
    """Fails, with its log, where it ends instead."""
    if not has_begun_to_accept(server.process, server.port):
        raise RuntimeError(f"the server did not start:\n{server.log}")


@contextmanager
def starting(
    folder: Path, env: Mapping[str, str], *options: str, app: str = SERVED, port: int = 0
) -> Iterator[Server]:
    """Start uvicorn, which may refuse to."""
    port = port or free_port()
    log_file = folder / f"{port}-{time.monotonic_ns()}.log"
    command = [sys.executable, "-m", "uvicorn", app, "--host", "127.0.0.1", "--port", str(port)]
    with log_file.open("wb") as log:
        process = subprocess.Popen(
            [*command, *options],
            cwd=ROOT,
            env={**os.environ, **env},
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield Server(port, log_file, process)
        finally:
            end(process)
