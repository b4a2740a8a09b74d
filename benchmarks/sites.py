"""The servers that are measured: which app, which server, which store, which visitors."""

import contextlib
import json
import secrets
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks import visitors
from benchmarks.past import one_after_the_other
from benchmarks.processes import Cores, Server, free_port, server
from benchmarks.store import Valkey
from vwr_middleware.settings import Settings

SECRET = secrets.token_hex(32)
ROOT = Path(__file__).parents[1]

#: Cookies by the name of their list.
Lists = dict[str, list[str]]


@dataclass(frozen=True)
class Site:
    """One app on one server, with the people who are there before it is measured."""

    app: str  # module:function
    settings: Callable[[Valkey, Path], dict[str, Any]] = lambda valkey, folder: {}
    people: Callable[[Server, Valkey], Lists] = lambda server, valkey: {}

    def command(self, port: int) -> list[str]:
        if "wsgi" in self.app:
            # Four threads: the bare app is faster so than with one, and so is a room that waits
            # for its store in each request.
            gunicorn = ["gunicorn", "--worker-class", "gthread", "--workers", "1", "--threads", "4"]
            gunicorn += ["--keep-alive", "60", "--log-level", "error", "--bind"]
            return [*gunicorn, f"127.0.0.1:{port}", f"{self.app}()"]
        uvicorn = ["uvicorn", "--factory", "--loop", "uvloop", "--http", "httptools"]
        uvicorn += ["--no-access-log", "--log-level", "error", "--port"]
        return [*uvicorn, str(port), self.app]


@dataclass
class Running:
    """A site that serves, with the files of its visitors' cookies."""

    server: Server
    cookies: dict[str, Path] = field(default_factory=dict)


@contextlib.contextmanager
def running(site: Site, cores: Cores, valkey: Valkey) -> Iterator[Running]:
    """Start a site and bring its visitors in."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="vwr-bench-") as name:
        folder = Path(name)
        environ = {
            "BENCHMARK_SETTINGS": json.dumps(site.settings(valkey, folder)),
            "BENCHMARK_ALL_JOIN": "1",
            "PYTHONPATH": str(ROOT),
        }
        with server(cores.server, site.command(port), port, environ) as started:
            here = Running(started)
            for list_name, cookies in site.people(started, valkey).items():
                here.cookies[list_name] = folder / list_name
                here.cookies[list_name].write_text("\n".join(cookies) + "\n")
            yield here


def ours(
    database: int | None, max_active: int, kind: str = ""
) -> Callable[[Valkey, Path], dict[str, Any]]:
    """The settings of our waiting room; without a database, on a SQLite file, or in PostgreSQL."""

    def settings(valkey: Valkey, folder: Path) -> dict[str, Any]:
        # Patient, so that a machine with other work at hand is not taken for an outage.
        store = f"{valkey.url(database)}?socket_timeout=2" if database is not None else ""
        if kind == "postgres":
            store = f"{valkey.postgres_url}&socket_timeout=2"
        return {
            "secret_key": SECRET,
            "store": store or f"sqlite:///{folder}/room.sqlite3",
            "paths": ["/tickets"],
            "max_active": max_active,
            "session_seconds": 7200,
            "confirm_within": 600,
        }

    return settings


def ours_moving(database: int) -> Callable[[Valkey, Path], dict[str, Any]]:
    """The same for a room of one, full, whose line has moved."""

    def settings(valkey: Valkey, folder: Path) -> dict[str, Any]:
        given = ours(database, 1)(valkey, folder)
        one_after_the_other(given["store"], Settings(**given).rooms[0])
        return given

    return settings


def by_hand(database: int) -> Callable[[Valkey, Path], dict[str, Any]]:
    return lambda valkey, folder: {"redis_url": valkey.url(database), "secret": SECRET}


def inside(count: int) -> Callable[[Server, Valkey], Lists]:
    """So many visitors who are inside, each with a confirmed session."""

    def people(server: Server, valkey: Valkey) -> Lists:
        door = visitors.Door(server.port)
        return {"inside": [door.enter() for _ in range(count)]}

    return people


def in_line(count: int, is_full: bool = False) -> Callable[[Server, Valkey], Lists]:
    """One visitor inside, who fills the room, unless it is full; and so many who wait."""

    def people(server: Server, valkey: Valkey) -> Lists:
        door = visitors.Door(server.port)
        if not is_full:
            door.enter()
        return {"waiting": [door.wait() for _ in range(count)]}

    return people


def other_rooms(count: int) -> Lists:
    """Cookies as long as ours, for a site that reads none."""
    return {"waiting": [f"vwr_main={secrets.token_urlsafe(53)}" for _ in range(count)]}


def known_by_hand(database: int, count: int) -> Callable[[Server, Valkey], Lists]:
    """So many visitors of each kind for the waiting room written by hand."""

    def people(server: Server, valkey: Valkey) -> Lists:
        valkey.database(database).set("issued", count)
        names = {"inside": "pass", "waiting": "ticket"}
        return {key: visitors.by_hand(name, count, SECRET) for key, name in names.items()}

    return people


ASGI, WSGI = "benchmarks.apps.asgi", "benchmarks.apps.wsgi"
MANY, FEWER = 20_000, 5_000

SITES = {
    "bare": Site(f"{ASGI}:bare"),
    "no-op": Site(f"{ASGI}:no_op"),
    "hand": Site(f"{ASGI}:by_hand", by_hand(1), known_by_hand(1, MANY)),
    "hand-base": Site(f"{ASGI}:by_hand_base", by_hand(2), known_by_hand(2, MANY)),
    "open": Site(f"{ASGI}:ours", ours(3, MANY + 1000), inside(MANY)),
    "full": Site(f"{ASGI}:ours", ours(4, 1), in_line(FEWER)),
    "around": Site(f"{ASGI}:ours_around", ours(8, 1), in_line(FEWER)),
    "ready-made": Site(f"{ASGI}:ready_made", people=lambda server, valkey: other_rooms(FEWER)),
    "moving": Site(f"{ASGI}:ours", ours_moving(9), in_line(FEWER, is_full=True)),
    "full-sqlite": Site(f"{ASGI}:ours", ours(None, 1), in_line(FEWER)),
    "full-postgres": Site(f"{ASGI}:ours", ours(None, 1, "postgres"), in_line(FEWER)),
    "flask": Site(f"{WSGI}:bare"),
    "flask-hand": Site(f"{WSGI}:by_hand", by_hand(5), known_by_hand(5, FEWER)),
    "flask-open": Site(f"{WSGI}:ours", ours(6, FEWER + 1000), inside(FEWER)),
    "flask-ready-made": Site(
        f"{WSGI}:ready_made", people=lambda server, valkey: other_rooms(FEWER)
    ),
    "flask-full": Site(f"{WSGI}:ours", ours(7, 1), in_line(1000)),
}
