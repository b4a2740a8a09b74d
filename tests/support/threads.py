"""ASGI apps on servers of their own, within the test's process: a process apart takes a second."""

import runpy
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
import uvicorn

from tests.support.in_time import in_time
from tests.support.servers import ROOT


@contextmanager
def serving_asgi(*apps: Any) -> Iterator[str]:
    """Their address. Several share it as workers do, each with a thread and a loop of its own."""
    with socket.create_server(("127.0.0.1", 0), backlog=100) as listening, ExitStack() as stack:
        for app in apps:
            stack.enter_context(_worker(app, listening))
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


@contextmanager
def _worker(app: Any, listening: socket.socket) -> Iterator[None]:
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
    thread = threading.Thread(target=server.run, args=[[listening.dup()]])
    thread.start()
    try:
        assert in_time(lambda: server.started, 60, pause=0.01)
        yield
    finally:
        server.should_exit = True
        thread.join()


def example_shop(env: Mapping[str, str]) -> Any:
    """The app of the example in Starlette, as it is where the environment says that."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in env.items():
            patch.setenv(name, value)
        return runpy.run_path(str(ROOT / "examples/starlette_app/shop.py"))["app"]
