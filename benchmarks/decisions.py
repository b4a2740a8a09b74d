"""What decisions for a proxy that asks first cost: `python -m benchmarks.decisions`.

How many one core gives, at `/vwr/auth/nginx`, and what nginx adds to a request of somebody inside
that it asks about: the same pages of the same app through the same nginx, asked about and not.
Each figure is a median of several short runs; those of a pair are right after each other.
"""

import contextlib
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from statistics import median

from benchmarks import visitors
from benchmarks.load import SCRIPT, Sample, Target, run
from benchmarks.processes import (
    CannotMeasure,
    Cores,
    Server,
    free_port,
    tool,
    wait_until_it_listens,
)
from benchmarks.sites import SITES, Site, running
from benchmarks.store import Valkey, valkey
from vwr_middleware.serve.proxy_configuration import proxy_configuration
from vwr_middleware.settings import Settings

RUNS, SECONDS, PEOPLE = 3, 2, 500
KEY = "a-key-by-which-the-benchmark-asks"
#: What nginx sends with its question.
ASKED = visitors.NAVIGATION | {
    "X-Forwarded-For": "203.0.113.7",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "127.0.0.1",
    "X-Original-Method": "GET",
    "VWR-Decision-Key": KEY,
}


def main() -> None:
    """Measure, and print the figures."""
    cores = Cores.chosen()
    with valkey() as store, running(_site(), cores, store) as room:
        print(_per_core(room.server, room.cookies["inside"], store))
        with _app() as app, _nginx(room.server.port, app) as port:
            print(_added(replace(room.server, port=port), room.cookies["inside"]))


def _site() -> Site:
    """The room that admits so many, where nginx may ask; its own app stands in for none."""
    open_to_all = SITES["open"]

    def settings(store: Valkey, folder: Path) -> dict[str, object]:
        return open_to_all.settings(store, folder) | {"decision_key": KEY, "trusted_proxies": 1}

    def people(room: Server, store: Valkey) -> dict[str, list[str]]:
        door = visitors.Door(room.port)
        return {"inside": [door.enter() for _ in range(PEOPLE)]}

    return Site(open_to_all.app, settings, people)


def _per_core(room: Server, cookies: Path, store: Valkey) -> str:
    """Decisions a second, on the core that the room has to itself."""
    lines = []
    asks = "/vwr/auth/nginx"
    targets = {
        "inside, at a page of an app that has the middleware": Target(
            room, "/tickets", visitors.NAVIGATION, cookies
        ),
        "decision, inside": Target(room, asks, ASKED | {"X-Original-URI": "/tickets"}, cookies),
        "decision, open path": Target(room, asks, ASKED | {"X-Original-URI": "/about"}),
    }
    for told, target in targets.items():
        runs = [run(target, store, SECONDS) for _ in range(RUNS)]
        lines.append(f"{told}: {_shown(runs)}")
    return "\n".join(lines)


def _shown(runs: list[Sample]) -> str:
    if any(each.failures for each in runs):
        raise CannotMeasure("decisions were refused: this is no measurement")
    per_second = median(each.per_second for each in runs)
    cpu = median(each.cpu_micros for each in runs)
    others = median(each.others for each in runs)
    return (
        f"{per_second:,.0f}/s, {cpu:.1f} us CPU each, {1e6 / cpu:,.0f} per second of a core"
        f" (other work on that core: {others:.2f})"
    )


@contextlib.contextmanager
def _app() -> Iterator[int]:
    """The shop of the tests, in Node."""
    port, shop = free_port(), Path(__file__).parents[1] / "tests/support/shop.js"
    with _running(port, [_program("node"), str(shop), str(port), "http://127.0.0.1:1", KEY]):
        yield port


@contextlib.contextmanager
def _running(port: int, command: list[str]) -> Iterator[None]:
    """A server at this port until the block ends."""
    process = subprocess.Popen(command)
    try:
        wait_until_it_listens(process, port, command)
        yield
    finally:
        process.terminate()
        process.wait()


@contextlib.contextmanager
def _nginx(room: int, app: int) -> Iterator[int]:
    """nginx as `vwr init` configures it, with one more location that asks nobody."""
    settings = Settings(secret_key=KEY, paths="/tickets", decision_key=KEY, trusted_proxies=1)
    where = {"room_service": f"127.0.0.1:{room}", "app": f"127.0.0.1:{app}"}
    port = free_port()
    text = proxy_configuration("nginx", settings, **where)
    unasked = "location /unasked { proxy_pass http://vwr_app; proxy_http_version 1.1;"
    unasked += ' proxy_set_header Connection ""; }'
    text = text.replace("listen 80;", f"listen 127.0.0.1:{port}; {unasked}")
    with tempfile.TemporaryDirectory(prefix="vwr-bench-") as name:
        paths = " ".join(
            f"{kind}_temp_path {name}/{kind};"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        file = Path(name) / "nginx.conf"
        file.write_text(
            f"daemon off; worker_processes 1; pid {name}/pid; error_log {name}/log crit;\n"
            f"events {{ }} http {{ access_log off; {paths} {text} }}\n"
        )
        with _running(port, [_program("nginx"), "-e", f"{name}/log", "-c", str(file)]):
            yield port


def _added(nginx: Server, cookies: Path) -> str:
    """The milliseconds that the question adds, with one request after the other."""
    pairs = [
        (_alone(nginx, "/unasked", cookies), _alone(nginx, "/tickets", cookies))
        for _ in range(RUNS)
    ]
    bare, asked = (median(pair[at] for pair in pairs) for at in (0, 1))
    added = median(pair[1] - pair[0] for pair in pairs)
    return f"behind nginx, inside: {asked:.2f} ms, not asked: {bare:.2f} ms, added: {added:.2f} ms"


def _alone(nginx: Server, path: str, cookies: Path) -> float:
    """The mean milliseconds of a request, on one connection."""
    command = [tool("wrk"), "-t1", "-c1", f"-d{SECONDS}s", "-s", str(SCRIPT)]
    command += [f"http://127.0.0.1:{nginx.port}{path}", "--", str(cookies)]
    command += [f"{name}: {value}" for name, value in visitors.NAVIGATION.items()]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    line = next(line for line in output.splitlines() if line.startswith("FIGURES "))
    figures = json.loads(line.removeprefix("FIGURES "))
    if figures["refused"] or figures["broken"]:
        raise CannotMeasure("requests were refused: this is no measurement")
    milliseconds: float = figures["micros"] / 1e3 / max(figures["requests"], 1)
    return milliseconds


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise CannotMeasure(f"{name} is not installed")
    return found


if __name__ == "__main__":
    try:
        main()
    except CannotMeasure as problem:
        sys.exit(str(problem))
