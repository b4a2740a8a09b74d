"""Apps behind the room that are servers of their own: one of Node's, and some that are broken."""

import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.support.servers import end, free_port, has_begun_to_accept

#: Node's program; none where it is not installed.
NODE = shutil.which("node") or shutil.which("nodejs")
_APP = Path(__file__).parent / "foreign_app.mjs"


@contextmanager
def foreign_app(port: int = 0, app: Path = _APP) -> Iterator[str]:
    """The address of an app in Node; the test is skipped where there is no Node."""
    if NODE is None:
        pytest.skip("Node is not installed")
    port = port or free_port()
    process = subprocess.Popen([NODE, str(app), str(port)], start_new_session=True)
    try:
        assert has_begun_to_accept(process, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        end(process)


@contextmanager
def answering(*answers: bytes | None) -> Iterator[str]:
    """A server that says these bytes, one by one, to the requests of each connection, and then
    closes it. None: it says nothing, and does not close either."""
    stopped = threading.Event()

    def answer(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            for said in answers:
                if not connection.recv(65_536):
                    return
                if said is None:
                    stopped.wait(60)
                connection.sendall(said or b"")

    def accept() -> None:
        with suppress(OSError):
            while not stopped.is_set():
                connection, _ = listening.accept()
                threading.Thread(target=answer, args=[connection], daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=accept, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            stopped.set()
            with suppress(OSError):
                listening.shutdown(socket.SHUT_RDWR)


@contextmanager
def connected(url: str) -> Iterator[socket.socket]:
    """A connection to a server, to say what no client would."""
    host, _, port = url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        yield connection


def until(connection: socket.socket, wanted: bytes) -> bytes:
    """What comes, up to where these bytes have come, or the connection is closed."""
    found = b""
    while wanted not in found and (part := connection.recv(65_536)):
        found += part
    return found
