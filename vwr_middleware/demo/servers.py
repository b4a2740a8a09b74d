"""The shop's server, a process of its own: real workers, as it would run anywhere."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from importlib.util import find_spec
from pathlib import Path

from vwr_middleware.errors import WaitingRoomError

#: Where `examples` lies: beside this file in an installed package, else in the checkout.
HERE = Path(__file__).parent
ROOT = HERE if (HERE / "examples").is_dir() else HERE.parents[1]
HOST = "127.0.0.1"
_SECONDS_TO_START = 60.0
_SECONDS_TO_STOP = 8.0

#: How each shop is served: its interface, its app, and where that lies. A Django project expects to
#: be in the directory of its manage.py; as WSGI it serves several times as many as as ASGI.
SHOPS: Mapping[str, tuple[str, ...]] = {
    "starlette": ("asgi", "examples.starlette_app.shop:app"),
    "flask": ("wsgi", "examples.flask_app.shop:app"),
    "django": ("wsgi", "shop.wsgi:application", "--working-dir", "examples/django_app"),
}
#: The server of them all: the fastest of those in docs/servers.md.
SERVER = "granian"
#: The shop that is no Python app: foreign_app.py serves it.
PHP = "php"
#: What installs all of that.
INSTALL: Mapping[str, str] = {
    "starlette": 'pip install "vwr-middleware[demo]"',
    "flask": 'pip install "vwr-middleware[demo,flask]"',
    "django": 'pip install "vwr-middleware[demo,django]"',
    PHP: 'pip install "vwr-middleware[demo,serve]"',
}


class DemoError(WaitingRoomError):
    """Why the demo cannot run, and what to do."""


def check(shop: str, port: int) -> None:
    """DemoError with the fix if this shop cannot be served at this port."""
    needed = (SERVER, "watchfiles") if shop == PHP else (shop, SERVER)
    missing = [name for name in (*needed, "httpx") if find_spec(name) is None]
    if missing:
        raise DemoError(f"{' and '.join(missing)} must be installed: {INSTALL[shop]}")
    folder = "php_shop" if shop == PHP else f"{shop}_app"
    if not (ROOT / "examples" / folder).is_dir():
        raise DemoError(f"examples/{folder} is missing: install the package again")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise DemoError(f"port {port} is taken: choose another with --port") from error


def command_of(shop: str, port: int, workers: int) -> list[str]:
    """The command line that serves a shop."""
    interface, *app = SHOPS[shop]
    command = [sys.executable, "-m", SERVER, "--interface", interface, *app]
    if interface == "wsgi":
        command += ["--blocking-threads", "16"]
    quiet = ["--log-level", "warning", "--workers-kill-timeout", "2"]
    # By default, only some hundred may have a connection open.
    many = ["--workers", str(workers), "--backpressure", "4096"]
    return [*command, "--host", HOST, "--port", str(port), *many, *quiet]


@contextmanager
def serving(
    command: list[str], port: int, env: Mapping[str, str], log: Path | None = None
) -> Iterator[None]:
    """Run a server until the block ends. It does not get Ctrl-C itself: we end it in order.

    What it prints goes to the file `log` if there is one, else to the terminal.
    """
    # VWR_ROOMS and others may stand there for the rooms of a real app.
    around = {name: text for name, text in os.environ.items() if name[:4].upper() != "VWR_"}
    with log.open("w") if log else nullcontext() as out:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**around, **env},
            stdout=out,
            stderr=out,
            start_new_session=os.name == "posix",
        )
    try:
        if not _accepts(process, port):
            told = log.read_text() if log else "see its server's output above"
            raise DemoError(f"the shop did not start: {told}")
        yield
    finally:
        process.terminate()
        try:
            process.wait(_SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _accepts(process: "subprocess.Popen[bytes]", port: int) -> bool:
    """Wait until it accepts connections; false if it ends or takes too long."""
    give_up_at = time.monotonic() + _SECONDS_TO_START
    while process.poll() is None and time.monotonic() < give_up_at:
        try:
            socket.create_connection((HOST, port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return True
    return False
