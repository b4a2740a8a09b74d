"""A store in memory under several workers is told of at start-up: each of them has another one."""

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.frameworks.test_servers import ASGI, WSGI, environment
from tests.support.cases import cases, in_long
from tests.support.in_time import in_time
from tests.support.servers import ROOT, end, free_port
from vwr_middleware.startup.checks import SPLIT

ADDED = "tests.support.served_added:app"

COMMANDS = {
    "gunicorn": f"gunicorn {WSGI} -b 127.0.0.1:{{port}} -w {{workers}}",
    "gunicorn, preload": f"gunicorn {WSGI} -b 127.0.0.1:{{port}} -w {{workers}} --preload",
    "uvicorn": f"uvicorn {ASGI} --host 127.0.0.1 --port {{port}} --workers {{workers}}",
    "hypercorn": f"hypercorn {ASGI} -b 127.0.0.1:{{port}} -w {{workers}}",
    "granian, ASGI": f"granian --interface asgi --port {{port}} {ASGI} --workers {{workers}}",
    "granian, WSGI": f"granian --interface wsgi --port {{port}} {WSGI} --workers {{workers}}",
    # Here the middleware is made in the event loop, when the app starts.
    "uvicorn, added": f"uvicorn {ADDED} --port {{port}} --workers {{workers}}",
}
#: A line of each, when a worker has started.
STARTED = ("Booting worker", "Application startup complete", "Running on", "Started worker")


def said(command: str, workers: int, store: str, log: Path) -> str:
    """What a server writes until all of its workers have started."""
    words = shlex.split(command.format(port=free_port(), workers=workers))
    environ = {**environment(store), "PATH": "", "PYTHONPATH": str(ROOT)}
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", *words],
            cwd=ROOT,
            env=environ,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        in_time(lambda: max(map(log.read_text().count, STARTED)) >= workers, seconds=60)
    finally:
        end(process)
    return log.read_text()


@pytest.mark.parametrize(
    "server", cases(COMMANDS, ("gunicorn, preload",), ("uvicorn", "granian, ASGI"))
)
def test_a_store_in_memory_under_several_workers_is_told(server: str, tmp_path: Path) -> None:
    assert SPLIT in said(COMMANDS[server], 2, "memory://", tmp_path / "log")


@pytest.mark.parametrize("server", [in_long("gunicorn"), "uvicorn"])
def test_one_worker_may_have_its_store_in_memory(server: str, tmp_path: Path) -> None:
    assert SPLIT not in said(COMMANDS[server], 1, "memory://", tmp_path / "log")
