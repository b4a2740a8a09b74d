"""A Valkey server that can hang, die, forget what it knew and come back at the same address."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis

from tests.support.servers import free_port
from tests.support.valkey import start_valkey


class FailingValkey:
    """It keeps on disk what it is told to `save`, or each write if it `keeps`, and nothing else."""

    def __init__(self, folder: Path, *, keeps: bool = False) -> None:
        self.port = free_port()
        self._folder = folder
        self._config = "appendonly yes\nappendfsync always\n" if keeps else ""
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Come (back) up, with what it has kept."""
        self._process = start_valkey(self._folder, self.port, config=self._config)

    def save(self) -> None:
        """Write to disk what it holds now: so it will come back."""
        with redis.Redis(port=self.port) as client:
            client.save()

    def hang(self) -> None:
        """Accept connections and answer nothing."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Answer again."""
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        """Refuse connections, and forget everything that is not on disk."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _signal(self, which: int) -> None:
        assert self._process is not None
        self._process.send_signal(which)


@contextmanager
def failing_valkey(folder: Path, *, keeps: bool = False) -> Iterator[FailingValkey]:
    """It runs until the end of the block, unless it is killed before."""
    server = FailingValkey(folder, keeps=keeps)
    try:
        yield server
    finally:
        server.kill()
