"""Real servers as subprocesses, on free ports of this machine only."""

import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).parents[2]
SECONDS_TO_START = 60.0
SECONDS_TO_STOP = 15.0


def ports_of(environ: Mapping[str, str]) -> list[int]:
    """The ports of one process of those that share the tests, in any order.

    None of them is one that the system gives away by itself: before a server takes it, some other
    process's connection might.
    """
    number = int(environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    ports = range(20_000, 32_000)[number :: int(environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))]
    return random.SystemRandom().sample(ports, len(ports))


#: Each is given once: a server takes some time until it has taken its own.
_ports = iter(ports_of(os.environ))


def free_port() -> int:
    """A TCP port that was free a moment ago, and that no other test has been given."""
    for port in _ports:
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise RuntimeError("no free port was found")


@contextmanager
def running_uvicorn(
    app: str, workers: int = 1, env: Mapping[str, str] | None = None, options: Sequence[str] = ()
) -> Iterator[str]:
    """Serve `module:app` by uvicorn; yields the base URL."""
    port = free_port()
    command = ["uvicorn", app, "--host", "127.0.0.1", "--port", str(port)]
    command += ["--workers", str(workers), *options]
    with running(command, port, env) as url:
        yield url


@contextmanager
def running(
    command: Sequence[str],
    port: int,
    env: Mapping[str, str] | None = None,
    folder: Path = ROOT,
) -> Iterator[str]:
    """Run `python -m COMMAND`, wait until it accepts at `port`, and end it afterwards.

    It runs at the root of the repository, so `tests.…` and `examples.…` can be imported.
    """
    with running_process(command, port, env, folder):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def running_process(
    command: Sequence[str],
    port: int,
    env: Mapping[str, str] | None = None,
    folder: Path = ROOT,
) -> Iterator[subprocess.Popen[bytes]]:
    """The same for whoever needs the process itself, to send it a signal."""
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=folder,
            env={**os.environ, **(env or {})},
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            if not has_begun_to_accept(process, port):
                log.seek(0)
                raise RuntimeError(f"the server did not start:\n{log.read()}")
            yield process
        finally:
            end(process)


def has_begun_to_accept(process: subprocess.Popen[bytes], port: int) -> bool:
    """Wait until the process accepts connections; False if it ended or takes too long."""
    give_up_at = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < give_up_at and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return True
    return False


def end(process: subprocess.Popen[bytes]) -> None:
    """End a server that leads a session of its own, unless it has ended already."""
    process.terminate()
    try:
        process.wait(SECONDS_TO_STOP)
    except subprocess.TimeoutExpired:
        # So this reaches its workers, and nobody else.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
