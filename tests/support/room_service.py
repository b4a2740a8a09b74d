"""A real `vwr serve`, on this machine only."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.support.in_time import in_time
from tests.support.servers import ROOT, end, free_port, has_begun_to_accept

SECRET = "a long key for the room service"


@dataclass
class RoomServiceProcess:
    """A running service."""

    port: int
    file: Path
    log_file: Path
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        """What it has written so far."""
        return self.log_file.read_text(errors="replace")

    def says(self, text: str, times: int = 1) -> bool:
        """Whether it writes this, so often, within a generous time."""
        return in_time(lambda: self.log.count(text) >= times, 30)

    def workers(self) -> list[int]:
        """The ids of its workers' processes."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(word) for word in children.read_text().split()]


def settings_file(folder: Path, text: str) -> Path:
    """A `vwr.toml` in this folder. What it does not say: a secret, and a room at /tickets."""
    file = folder / "vwr.toml"
    least = f'secret_key = "{SECRET}"\n' if "secret_key" not in text else ""
    least += 'paths = "/tickets"\n' if "[rooms" not in text and "paths" not in text else ""
    file.write_text(least + text)
    return file


def listens_at(path: str) -> bool:
    """Whether something begins to listen at a Unix socket, within a generous time."""

    def accepts() -> bool:
        with socket.socket(socket.AF_UNIX) as probe, suppress(OSError):
            probe.connect(path)
            return True
        return False

    return in_time(accepts, 60)


@contextmanager
def room_service(
    folder: Path, text: str, *options: str, port: int = 0
) -> Iterator[RoomServiceProcess]:
    """Serve by these settings until the end of the block."""
    port, file = port or free_port(), settings_file(folder, text)
    log_file = folder / f"{port}.log"
    command = ["vwr_middleware", "serve", str(file), "--port", str(port), *options]
    with log_file.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=ROOT,
            env={name: text for name, text in os.environ.items() if not name.startswith("VWR_")},
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    service = RoomServiceProcess(port, file, log_file, process)
    try:
        if not (
            listens_at(options[1]) if "--uds" in options else has_begun_to_accept(process, port)
        ):
            raise RuntimeError(f"the service did not start:\n{service.log}")
        yield service
    finally:
        end(process)
