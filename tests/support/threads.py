"""ASGI apps on servers of their own, within the test's process: a process apart takes a second."""

import runpy
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
import uvicorn

from tests.support.in_time import in_time
from tests.support.servers import ROOT, free_port


@contextmanager
def serving_asgi(app: Any) -> Iterator[str]:
    """Its address."""
    port = free_port()
    config = uvicorn.Config(app, host="127.0.0.1", port=port, log_config=None, access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        assert in_time(lambda: server.started, 60, pause=0.01)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


def example_shop(env: Mapping[str, str]) -> Any:
    """The app of the example in Starlette, as it is where the environment says that."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in env.items():
            patch.setenv(name, value)
        return runpy.run_path(str(ROOT / "examples/starlette_app/shop.py"))["app"]
