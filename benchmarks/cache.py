"""`python -m benchmarks.cache`: what a cache in front takes off the app, with the configurations of
`examples/`.

First, how many polls of the status nginx and Varnish answer on one core, and how many reach the
app; the load generator (wrk), the app and its store share the other core. Then so many in line,
through nginx, as `python -m benchmarks.hold` holds them without it: there the app has one core, and
nginx shares the other with the crowd.
"""

import argparse
import contextlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.hold.__main__ import KEEP_ALIVE, SPARE, plan_of
from benchmarks.hold.crowd import Crowd
from benchmarks.hold.figures import Spread
from benchmarks.hold.stores import NAMESPACE, room_settings, tried
from benchmarks.load import Target, run
from benchmarks.measure import say
from benchmarks.processes import (
    CannotMeasure,
    Cores,
    Server,
    ends_with_us,
    free_port,
    server,
    tool,
    wait_until_it_listens,
)
from benchmarks.report import machine
from benchmarks.servers import CONNECTIONS, EACH, KEPT
from benchmarks.sites import ROOT, ours
from benchmarks.store import Valkey, valkey
from benchmarks.tables import render, write
from benchmarks.visitors import FETCH, Door
from tests.support.caches import NGINX, VARNISH, nginx_command, varnish_command

STATUS, POSITION = "/vwr/main/status", "/vwr/main/position"
HEADINGS = [
    "asked", "connections", "requests/s", "CPU of one, us", "per second of a core",
    "reach the app, a second", "p99 ms",
]  # fmt: skip


@contextlib.contextmanager
def app(core: int, settings: Mapping[str, Any]) -> Iterator[Server]:
    """The app with its room, which counts what it is asked for."""
    port = free_port()
    uvicorn = ["uvicorn", "--factory", "--loop", "uvloop", "--http", "httptools", "--ws", "none"]
    uvicorn += ["--no-access-log", "--log-level", "error", "--backlog", "4096", "--port", str(port)]
    uvicorn += ["--timeout-keep-alive", str(KEEP_ALIVE), "--no-proxy-headers"]
    environ = {"BENCHMARK_SETTINGS": json.dumps(settings), "PYTHONPATH": str(ROOT)}
    with server(core, [*uvicorn, "benchmarks.apps.asgi:counted"], port, environ) as started:
        yield started


@contextlib.contextmanager
def front(core: int, name: str, behind: Server) -> Iterator[Server]:
    """nginx or Varnish before the app, on a core."""
    port, at = free_port(), f"http://127.0.0.1:{behind.port}"
    make = nginx_command if name == "nginx" else varnish_command
    with tempfile.TemporaryDirectory(prefix="vwr-bench-") as folder:
        command = make(at, Path(folder), port)
        pinned = [*ends_with_us(), tool("taskset"), "-c", str(core), *command]
        process = subprocess.Popen(pinned, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_until_it_listens(process, port, command)
            yield Server(port, core, process)
        finally:
            process.terminate()
            process.wait()


def counts(behind: Server) -> dict[str, int]:
    """What has reached the app so far."""
    found: dict[str, int] = json.loads(Door(behind.port).ask("/counts", {})[1])
    return found


# How many polls a core answers.


def rates(cores: Cores, store: Valkey, seconds: int) -> list[list[str]]:
    """The rows of the first table."""
    settings = ours(0, 1)
    rows = [HEADINGS]
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="vwr-bench-")))
        behind = stack.enter_context(
            app(cores.load, settings(store, folder) | {"trusted_proxies": 1})
        )
        alone = stack.enter_context(app(cores.server, ours(1, 1)(store, folder)))
        for one in (behind, alone):
            Door(one.port).enter()
        fronts = {name: stack.enter_context(front(cores.server, name, behind)) for name in found()}
        cookies = folder / "waiting"
        cookies.write_text("".join(f"{Door(behind.port).wait()}\n" for _ in range(100)))
        rows += _asked("the app itself: status", alone, alone, STATUS, None, store, seconds)
        for name, one in fronts.items():
            rows += _asked(f"{name}: status", one, behind, STATUS, None, store, seconds)
        for name, one in fronts.items():
            rows += _asked(f"{name}: position", one, behind, POSITION, cookies, store, seconds)
    return rows


def found() -> list[str]:
    """The caches that are installed."""
    if NGINX is None:
        raise CannotMeasure("nginx is not installed: apt-get install nginx")
    return ["nginx", "Varnish"] if VARNISH else ["nginx"]


def _asked(
    told: str,
    one: Server,
    behind: Server,
    path: str,
    cookies: Path | None,
    store: Valkey,
    seconds: int,
) -> Iterator[list[str]]:
    for connection in (KEPT, EACH):
        say(f"{told}, {connection}")
        target = Target(one, path, {**FETCH, **CONNECTIONS[connection]}, cookies)
        run(target, store, 1)
        before, began = counts(behind), time.monotonic()
        sample = run(target, store, seconds)
        took, last = time.monotonic() - began, path.rpartition("/")[2]
        reached = (counts(behind).get(last, 0) - before.get(last, 0)) / took
        if sample.failures:
            raise CannotMeasure(f"{told}: {sample.failures} requests failed")
        yield [
            told,
            "kept" if connection == KEPT else "one for each",
            f"{sample.per_second:,.0f}",
            f"{sample.cpu_micros:.1f}",
            f"{1e6 / sample.cpu_micros:,.0f}",
            f"{reached:,.1f}",
            f"{sample.p99:.1f}",
        ]


# A crowd through nginx.


def held(cores: Cores, people: int, minutes: float, connections: str) -> list[list[str]]:
    """So many in line through nginx: the second table."""
    usual = argparse.Namespace(minutes=None, slots=500, stay=20.0, connections=connections)
    plan = plan_of(usual, people)
    seconds = 2 * SPARE * people / plan.per_second
    with tried("redis") as store:
        settings = room_settings(store, plan.slots) | {"trusted_proxies": 1}
        with app(cores.server, settings) as behind, front(cores.load, "nginx", behind) as nginx:
            crowd = Crowd(plan, ("127.0.0.1", nginx.port), NAMESPACE)
            give_up_at = time.monotonic() + 2 * seconds
            say(f"{people:,} come within {seconds:.0f} s")
            crowd.run(lambda now: crowd.held >= people or now > give_up_at, _no_look)
            settled = time.monotonic() + plan.patience
            crowd.run(lambda now: now > settled, _no_look)
            say(f"{crowd.held:,} are there: measuring")
            rows = _measured(crowd, behind, nginx, minutes * 60)
            crowd.connections.close()
    return rows


def _no_look(now: float) -> None:
    """Nobody looks on meanwhile."""


def _measured(crowd: Crowd, behind: Server, nginx: Server, seconds: float) -> list[list[str]]:
    of_polls = Spread()
    of_polls.take_in(crowd.of_polls)
    of_polls.clear()
    before, polls, answers = counts(behind), crowd.polls, crowd.answers
    cpu = behind.cpu_seconds(), nginx.cpu_seconds(), time.process_time()
    began = time.monotonic()
    crowd.run(lambda now: now > began + seconds, _no_look)
    took = time.monotonic() - began
    after = counts(behind)
    used = behind.cpu_seconds(), nginx.cpu_seconds(), time.process_time()
    app_cpu, nginx_cpu, crowd_cpu = ((b - a) / took for a, b in zip(cpu, used, strict=True))

    def reach(name: str) -> float:
        return (after.get(name, 0) - before.get(name, 0)) / took

    total = sum(after.values()) - sum(before.values())
    asked = (crowd.answers - answers) / took
    return [
        ["people in line, through nginx", f"{crowd.held:,}"],
        ["polls/s", f"{(crowd.polls - polls) / took:,.0f}"],
        ["all requests/s", f"{asked:,.0f}"],
        ["reach the app, a second", f"{total / took:,.0f}"],
        ["of these, for the status", f"{reach('status'):,.1f}"],
        ["of these, for the own position", f"{reach('position'):,.0f}"],
        ["app's CPU, of a core", f"{app_cpu:.2f}"],
        ["nginx's CPU, of a core", f"{nginx_cpu:.2f}"],
        ["requests per second of an nginx core", f"{asked / nginx_cpu:,.0f}"],
        ["crowd's CPU, of a core", f"{crowd_cpu:.2f}"],
        ["polls: p50, p99, worst, ms", f"{crowd.of_polls.below(0.5):,.1f}, "
         f"{crowd.of_polls.below(0.99):,.1f}, {crowd.of_polls.worst:,.1f}"],
        ["errors", f"{sum(crowd.visits.errors.values()):,}"],
        ["out of order, over the limit", f"{crowd.door.out_of_order:,}, {crowd.door.over_limit:,}"],
    ]  # fmt: skip


def arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.cache",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--people", type=int, default=10_000, help="in line (default: 10,000; 0: no crowd)")
    add("--hold", type=float, default=1.0, help="minutes that are measured (default: 1)")
    add("--connections", choices=("kept", "each"), default="kept", help="of the crowd")
    add("--seconds", type=int, default=2, help="of each run of wrk (default: 2)")
    add("--write", action="store_true", help="put the tables into docs/caches.md")
    add("--plain", action="store_true", help="tables for the terminal")
    return parser.parse_args(argv)


def main(argv: Sequence[str]) -> int:
    options = arguments(argv)
    try:
        found()
        cores = Cores.chosen()
        with valkey() as store:
            rows = rates(cores, store, options.seconds)
        parts = [f"Measured on {machine()}."]
        parts.append(render(rows, range(2, len(HEADINGS)), not options.plain))
        if options.people:
            crowd = held(cores, options.people, options.hold, options.connections)
            parts.append(render(crowd, [1], not options.plain))
    except CannotMeasure as problem:
        say(f"cannot measure: {problem}")
        return 1
    print(text := "\n\n".join(parts))
    if options.write:
        write(ROOT / "docs/caches.md", "cache", text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
