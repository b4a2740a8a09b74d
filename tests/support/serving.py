"""Apps on servers of their own, within the test's process: a process apart takes a second."""

import runpy
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from wsgiref.types import WSGIApplication

import pytest
import uvicorn
from werkzeug.serving import make_server

from tests.support.in_time import in_time
from tests.support.servers import ROOT


@contextmanager
def serving(app: WSGIApplication, port: int = 0) -> Iterator[str]:
    """The address of a WSGI app; on any free port unless one is given."""
    server = make_server("127.0.0.1", port, app, threaded=True)
    # It notices so soon that it is to stop.
    thread = threading.Thread(target=server.serve_forever, args=[0.02])
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def serving_asgi(*apps: Any, **options: Any) -> Iterator[str]:
    """The address of ASGI apps. Several share it as workers do, each in a thread of its own."""
    with socket.create_server(("127.0.0.1", 0), backlog=100) as listening, ExitStack() as stack:
        for app in apps:
            stack.enter_context(_worker(app, listening, options))
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


@contextmanager
def _worker(app: Any, listening: socket.socket, options: Mapping[str, Any]) -> Iterator[None]:
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, **options))
    thread = threading.Thread(target=server.run, args=[[listening.dup()]])
    thread.start()
    try:
        assert in_time(lambda: server.started, 60, pause=0.01)
        yield
    finally:
        server.should_exit = True
        thread.join()


def example_env(folder: Path, **settings: str) -> dict[str, str]:
    """What sets an example up, for one person at a time, with its store in this folder."""
    store = f"sqlite:///{folder / 'vwr.sqlite3'}"
    given = {"secret_key": "a key for an example", "store": store, "max_active": "1", **settings}
    return {f"VWR_{name.upper()}": value for name, value in given.items()}


def example_shop(env: Mapping[str, str]) -> Any:
    """The app of the example in Starlette, as it is where the environment says that."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in env.items():
            patch.setenv(name, value)
        return runpy.run_path(str(ROOT / "examples/starlette_app/shop.py"))["app"]
