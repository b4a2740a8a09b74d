"""The demo's command line: serves the shop, sends it a crowd, and tells what happens."""

import asyncio
import secrets
import signal
import tempfile
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager, suppress
from datetime import datetime
from pathlib import Path

import click

from vwr_middleware.blocking import finish
from vwr_middleware.demo.servers import HOST, PHP, SHOPS, DemoError, check, command_of, serving
from vwr_middleware.demo.stock import BEGAN
from vwr_middleware.errors import StoreUnavailable
from vwr_middleware.stores.opening import open_store

#: A small shop: fifty at once, a minute and a half each at most.
SETTINGS = {
    "VWR_PATHS": "/tickets",
    "VWR_MAX_ACTIVE": "50",
    "VWR_SESSION_SECONDS": "90",
    "VWR_RENEW": "false",
    "VWR_CONFIRM_WITHIN": "20",
    "VWR_CLAIM_WITHIN": "20",
    "VWR_STOCK": "vwr_middleware.demo.stock:left",
}

#: Seconds until the shop opens, if it draws.
UNTIL_DRAW = 60.0
DRAW = "The shop opens at {}, with a draw: whoever opens the page before that has a place by lot."


@click.command(
    "demo", context_settings={"show_default": True, "help_option_names": ["-h", "--help"]}
)
@click.argument("shop", type=click.Choice([*SHOPS, PHP]), default="starlette")
@click.option("--port", type=click.IntRange(1, 65535), default=8000, help="Serve on this port.")
@click.option("--crowd", type=click.IntRange(0), default=300, help="How many visitors come.")
@click.option("--workers", type=click.IntRange(1), default=2, help="Processes that serve the shop.")
@click.option("--store", help="Like redis://localhost (default: a temporary SQLite file).")
@click.option("--draw", is_flag=True, help="Open in a minute, with a draw of all who are there.")
def command(
    shop: str, port: int, crowd: int, workers: int, store: str | None, *, draw: bool
) -> None:
    """A ticket shop behind a waiting room, with a crowd of simulated visitors."""
    try:
        check(shop, port)
        with tempfile.TemporaryDirectory(prefix="vwr-demo-") as directory:
            folder, password = Path(directory), secrets.token_urlsafe(9)
            key = secrets.token_urlsafe(18)
            env = environment(store or f"sqlite:///{folder / 'vwr.sqlite3'}", password, key)
            if draw:
                env = {**env, **opening_with_draw(time.time())}
                print(DRAW.format(env["VWR_OPENS_AT"]))
            with serving_shop(shop, port, workers, env, folder):
                run(f"http://{HOST}:{port}", password, key, crowd)
            print("\nThe demo has stopped.")
    except KeyboardInterrupt:  # while it was starting
        print("\nStopped before the demo was ready.")


def opening_with_draw(now: float) -> Mapping[str, str]:
    """The settings of a shop that draws in a minute."""
    opens = datetime.fromtimestamp(now + UNTIL_DRAW).astimezone()
    return {"VWR_DRAW": "true", "VWR_OPENS_AT": opens.isoformat(timespec="seconds")}


def serving_shop(
    shop: str, port: int, workers: int, env: Mapping[str, str], folder: Path
) -> AbstractContextManager[None]:
    """Serves the shop at this port as long as its context is open."""
    if shop != PHP:
        return serving(command_of(shop, port, workers), port, env)
    from vwr_middleware.demo.foreign_app import check_programs, serving_php

    check_programs()
    return serving_php(port, workers, env, folder)


def run(url: str, password: str, key: str, size: int) -> None:
    """Send the shop a crowd of this size, until interrupted."""
    from vwr_middleware.demo.crowd import Crowd
    from vwr_middleware.demo.report import tell, welcome

    crowd = Crowd(url, size)

    async def all_at_once() -> None:
        _stop_at_signals()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(crowd.run(), tell(url, crowd))

    print(welcome(url, password, key), flush=True)
    asyncio.run(all_at_once())


def _stop_at_signals() -> None:
    """Ctrl-C, a plain signal and a closed terminal all end the running task, in order."""
    task = asyncio.current_task()
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if task is not None and hasattr(signal, name):
            with suppress(NotImplementedError):  # Windows: asyncio itself hears Ctrl-C
                asyncio.get_running_loop().add_signal_handler(getattr(signal, name), task.cancel)


def environment(store: str, password: str, key: str) -> Mapping[str, str]:
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
    own |= {"VWR_ADMIN_API_KEY": key, BEGAN: repr(time.time())}
    return SETTINGS | own
