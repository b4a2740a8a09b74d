"""The demo's command line: serves the shop, sends it a crowd, and tells what happens."""

import argparse
import asyncio
import secrets
import signal
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from vwr_middleware.blocking import finish
from vwr_middleware.demo.servers import HOST, SHOPS, DemoError, check, command_of, serving
from vwr_middleware.errors import StoreUnavailable, WaitingRoomError
from vwr_middleware.stores.opening import open_store

#: A small shop: fifty at once, a minute and a half each at most.
SETTINGS = {
    "VWR_PATHS": "/tickets",
    "VWR_MAX_ACTIVE": "50",
    "VWR_SESSION_SECONDS": "90",
    "VWR_RENEW": "false",
    "VWR_CONFIRM_WITHIN": "20",
    "VWR_CLAIM_WITHIN": "20",
}


def main(arguments: Sequence[str]) -> int:
    """Run until Ctrl-C; the exit status."""
    options = parser().parse_args(arguments)
    try:
        check(options.shop, options.port)
        with tempfile.TemporaryDirectory(prefix="vwr-demo-") as directory:
            run(options, options.store or f"sqlite:///{Path(directory) / 'vwr.sqlite3'}")
    except KeyboardInterrupt:  # while it was starting
        print("\nStopped before the demo was ready.")
    except WaitingRoomError as error:
        print(f"The demo cannot run: {error}", file=sys.stderr)
        return 1
    return 0


def parser() -> argparse.ArgumentParser:
    """What may be said on the command line."""
    made = argparse.ArgumentParser(
        prog="vwr demo",
        description="A ticket shop behind a waiting room, with a crowd of simulated visitors.",
    )
    made.add_argument("shop", nargs="?", choices=list(SHOPS), default="starlette")
    made.add_argument("--port", type=_whole(1, 65535), default=8000)
    made.add_argument("--crowd", type=_whole(0), default=300, help="how many visitors come")
    made.add_argument("--workers", type=_whole(1), default=2, help="processes that serve the shop")
    made.add_argument("--store", help="like redis://localhost (default: a temporary SQLite file)")
    return made


def _whole(low: int, high: int = 100_000) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not text.isdecimal() or not low <= int(text) <= high:
            raise argparse.ArgumentTypeError(f"write a whole number from {low} to {high}")
        return int(text)

    return read


def run(options: argparse.Namespace, store: str) -> None:
    """Serve and crowd, until interrupted."""
    from vwr_middleware.demo.crowd import Crowd
    from vwr_middleware.demo.report import tell, welcome

    password = secrets.token_urlsafe(6)
    url = f"http://{HOST}:{options.port}"
    crowd = Crowd(url, options.crowd)

    async def all_at_once() -> None:
        _stop_at_signals()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(crowd.run(), tell(url, crowd))

    command = command_of(options.shop, options.port, options.workers)
    with serving(command, options.port, environment(store, password)):
        print(welcome(url, password), flush=True)
        asyncio.run(all_at_once())
    print("\nThe demo has stopped.")


def _stop_at_signals() -> None:
    """Ctrl-C, a plain signal and a closed terminal all end the running task, in order."""
    task = asyncio.current_task()
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if task is not None and hasattr(signal, name):
            with suppress(NotImplementedError):  # Windows: asyncio itself hears Ctrl-C
                asyncio.get_running_loop().add_signal_handler(getattr(signal, name), task.cancel)


def environment(store: str, password: str) -> Mapping[str, str]:
    """The shop's settings. Its secret is made once and kept in the store, for all its workers.

    Raises DemoError for a store that workers cannot share, or that cannot be used.
    """
    if store.startswith("memory"):
        raise DemoError("memory:// belongs to one process: name a store that the workers can share")
    opened = open_store(store)
    try:
        secret = finish(opened.secret("demo", secrets.token_urlsafe(32)))
    except StoreUnavailable as error:
        raise DemoError("; ".join(finish(opened.check())) or str(error)) from error
    finally:
        finish(opened.close())
    own = {"VWR_SECRET_KEY": secret, "VWR_STORE": store, "VWR_ADMIN_PASSWORD": password}
    return SETTINGS | own
