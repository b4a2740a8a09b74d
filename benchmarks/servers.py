"""`python -m benchmarks.servers`: the same app and room on every server, in one run.

Each server has one process on one core, which it shares with nobody while it is asked; the load
generator (wrk) and the store have the other core. All servers are up from the beginning and are
asked in turn, one kind of request after the other, round by round: so a machine that becomes slower
meanwhile becomes so for all. Each is asked on kept connections, as a proxy in front keeps them, and
with a connection for each request, as browsers far back in line have none left.
"""

import argparse
import contextlib
import json
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.load import Sample, Target, run
from benchmarks.measure import say
from benchmarks.processes import CannotMeasure, Cores, Server, free_port, server
from benchmarks.report import machine
from benchmarks.sites import ROOT, SECRET
from benchmarks.store import Valkey, valkey
from benchmarks.tables import render, write
from benchmarks.visitors import FETCH, NAVIGATION, Door

PEOPLE = 200  # of each kind
#: Minutes after which no further round begins: a busy machine may take long.
LONGEST = 7.0
DOCUMENT, MARK = ROOT / "docs/servers.md", "servers"
SERVES = {
    "uvicorn": "uvicorn --factory --loop uvloop --http httptools --ws none --no-access-log"
    " --log-level error --port {port} {app}",
    "granian": "granian --interface {kind} --factory --loop uvloop --http 1 --no-ws"
    " --log-level error --workers 1 {threads} --backpressure 20000 --port {port} {app}",
    "hypercorn": "hypercorn --worker-class uvloop --log-level error"
    " --bind 127.0.0.1:{port} {app}()",
    "gunicorn gthread": "gunicorn --worker-class gthread --workers 1 --threads 4 --keep-alive 60"
    " --log-level error --bind 127.0.0.1:{port} {app}()",
    "waitress": "waitress --threads 4 --listen 127.0.0.1:{port} --call {app}",
}
ASGI, WSGI, DJANGO = "benchmarks.apps.asgi", "benchmarks.apps.wsgi", "benchmarks.apps.django_app"


@dataclass(frozen=True)
class Kind:
    """One framework and interface: its apps, and the servers that serve it."""

    name: str
    bare: str
    ours: str
    interface: str

    @property
    def servers(self) -> tuple[str, ...]:
        if self.interface == "asgi":
            return ("uvicorn", "granian", "hypercorn")
        return ("gunicorn gthread", "granian", "waitress")

    def command(self, server_name: str, app: str, port: int) -> list[str]:
        threads = "--blocking-threads 4" if self.interface == "wsgi" else ""
        text = SERVES[server_name].format(port=port, app=app, kind=self.interface, threads=threads)
        return text.split()


KINDS = [
    Kind("Starlette, ASGI", f"{ASGI}:bare", f"{ASGI}:ours", "asgi"),
    Kind("Flask, WSGI", f"{WSGI}:bare", f"{WSGI}:ours", "wsgi"),
    Kind("Django, WSGI", f"{DJANGO}:bare_wsgi", f"{DJANGO}:ours_wsgi", "wsgi"),
    Kind("Django, ASGI", f"{DJANGO}:bare_asgi", f"{DJANGO}:ours_asgi", "asgi"),
]


@dataclass(frozen=True)
class Case:
    """One kind of request, and what its answer must be."""

    name: str
    path: str
    expect: int
    text: str
    headers: Mapping[str, str]
    cookies: str = ""
    of_bare: bool = False


#: Two rooms: one with space at /about, and one at /tickets in which somebody is inside.
CASES = [
    Case("bare app", "/about", 200, "Two seats", NAVIGATION, of_bare=True),
    Case("admitted", "/about", 200, "Two seats", NAVIGATION, "inside"),
    Case("status", "/vwr/main/status", 200, "serving", FETCH),
    Case("position", "/vwr/main/position", 200, '"waiting"', FETCH, "waiting"),
    Case("page", "/tickets", 202, "", NAVIGATION, "waiting"),
    Case("join", "/tickets", 202, "", NAVIGATION),
]
KEPT, EACH = "kept connections", "a connection for each request"
CONNECTIONS: Mapping[str, Mapping[str, str]] = {KEPT: {}, EACH: {"Connection": "close"}}


def room_settings(store: Valkey, database: int) -> dict[str, Any]:
    """A room for one that is full, and one for all."""
    # Patient, so that a machine with other work at hand is not taken for an outage.
    return {
        "secret_key": SECRET,
        "store": f"{store.url(database)}?socket_timeout=2",
        "rooms": [
            {"name": "main", "paths": ["/tickets"], "max_active": 1, "session_seconds": 7200},
            {"name": "open", "paths": ["/about"], "max_active": 10**6, "session_seconds": 7200},
        ],
    }


@dataclass
class Row:
    """One server with one framework, and what it has shown."""

    kind: Kind
    server_name: str
    bare: Server | None = None
    ours: Server | None = None
    cookies: dict[str, Path] = field(default_factory=dict)
    samples: dict[tuple[str, str], list[Sample]] = field(default_factory=dict)
    failed: str = ""

    @property
    def name(self) -> str:
        return f"{self.kind.name}: {self.server_name}"

    def measure(self, case: Case, connection: str, store: Valkey, seconds: int) -> None:
        """One run, if the answer is what it should be."""
        asked = self.bare if case.of_bare else self.ours
        if self.failed or asked is None:
            return
        headers = {**case.headers, **CONNECTIONS[connection]}
        target = Target(asked, case.path, headers, self.cookies.get(case.cookies))
        self._check(case, target)
        sample = run(target, store, seconds)
        self.samples.setdefault((case.name, connection), []).append(sample)

    def _check(self, case: Case, target: Target) -> None:
        headers = dict(target.headers)
        if target.cookies:
            headers["Cookie"] = target.cookies.read_text().splitlines()[-1]
        status, text, _ = Door(target.server.port).ask(case.path, headers)
        if status != case.expect or case.text not in text:
            raise CannotMeasure(f"{self.name}: {case.name} got {status}: {text[:100]}")

    def middle(self, case: str, connection: str, figure: str) -> float | None:
        """The median of a figure."""
        found = self.samples.get((case, connection))
        return median(getattr(sample, figure) for sample in found) if found else None


@contextlib.contextmanager
def served(row: Row, cores: Cores, store: Valkey, database: int) -> Iterator[None]:
    """The bare app and the one with the room, with people in both rooms."""
    environ = {
        "BENCHMARK_SETTINGS": json.dumps(room_settings(store, database)),
        "PYTHONPATH": str(ROOT),
    }
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="vwr-bench-")))
        for app in ("bare", "ours"):
            port = free_port()
            command = row.kind.command(row.server_name, getattr(row.kind, app), port)
            setattr(row, app, stack.enter_context(server(cores.server, command, port, environ)))
        assert row.ours is not None
        door = Door(row.ours.port)
        door.enter("/tickets")
        people = {
            "inside": [door.enter("/about") for _ in range(PEOPLE)],
            "waiting": [door.wait("/tickets") for _ in range(PEOPLE)],
        }
        for name, cookies in people.items():
            row.cookies[name] = folder / name
            row.cookies[name].write_text("\n".join(cookies) + "\n")
        yield


def tables(rows: Sequence[Row], markdown: bool) -> str:
    """Requests a second and their CPU, for each way to connect."""
    parts = []
    for connection, (figure, told) in product(
        CONNECTIONS, (("per_second", "requests a second"), ("cpu_micros", "CPU of one, us"))
    ):
        lines = [[f"{connection}: {told}", *(case.name for case in CASES)]]
        for row in rows:
            cells = [row.middle(case.name, connection, figure) for case in CASES]
            shown = ["-" if cell is None else f"{cell:,.0f}" for cell in cells]
            lines.append([row.name, *shown])
        parts.append(render(lines, range(1, len(CASES) + 1), markdown))
    return "\n\n".join(parts)


def notes(rows: Sequence[Row]) -> str:
    """What tells whether the figures can be trusted."""
    samples = [each for row in rows for found in row.samples.values() for each in found]
    busy = [sample.others for sample in samples]
    refused = sum(sample.failures for sample in samples)
    return (
        f"Other work on the server's core: {median(busy):.2f} of it in the middle,"
        f" {max(busy):.2f} at most. Requests that failed: {refused}. Where a server waits for the"
        " store or for connections, its core is not full, and its CPU says more."
    )


def arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.servers", description=__doc__)
    parser.add_argument("--rounds", type=int, default=2, help="of all (default: 2: 7 minutes)")
    parser.add_argument("--seconds", type=int, default=1, help="of each run (default: 1)")
    parser.add_argument("--only", default="", help="only rows whose name contains this")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/servers.md")
    parser.add_argument("--plain", action="store_true", help="tables for the terminal")
    return parser.parse_args(argv)


def main(argv: Sequence[str]) -> int:
    options = arguments(argv)
    rows = [Row(kind, name) for kind in KINDS for name in kind.servers]
    rows = [row for row in rows if options.only.lower() in row.name.lower()]
    began = time.monotonic()
    try:
        cores = Cores.chosen()
        with contextlib.ExitStack() as stack:
            store = stack.enter_context(valkey())
            for database, row in enumerate(rows):
                say(f"starting {row.name}")
                stack.enter_context(served(row, cores, store, database))
            for number in range(options.rounds):
                if number and time.monotonic() - began > LONGEST * 60 * number / (number + 1):
                    break
                for case, connection in product(CASES, CONNECTIONS):
                    say(f"round {number + 1}: {case.name}, {connection}")
                    for row in rows:
                        row.measure(case, connection, store, options.seconds)
    except CannotMeasure as problem:
        say(f"cannot measure: {problem}")
        return 1
    runs = f"{options.rounds} runs of {options.seconds} s each"
    head = f"Measured on {machine()}; {runs}, {(time.monotonic() - began) / 60:.1f} minutes."
    text = f"{head}\n\n{tables(rows, not options.plain)}\n\n{notes(rows)}"
    print(text)
    if options.write:
        write(DOCUMENT, MARK, text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
