"""`python -m benchmarks.hold`: hold so many people in line, and print what that costs.

The server has one core. The crowd shares the other one with the store. With two workers, the
second worker is on that core, too.
"""

import argparse
import json
import re
import signal
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NoReturn

from benchmarks.hold import charts, report, rush
from benchmarks.hold.beforehand import asks_within
from benchmarks.hold.connections import allow_files
from benchmarks.hold.crowd import PATIENCE, Crowd, Plan
from benchmarks.hold.figures import Run
from benchmarks.hold.stores import NAMESPACE, room_settings, tried
from benchmarks.hold.watch import Watch
from benchmarks.processes import CannotMeasure, Cores, Server, free_port, server
from benchmarks.report import machine

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
APP = "benchmarks.apps.asgi:ours"
#: Newcomers in a second, if --minutes says nothing. Half of them give up.
COME_PER_SECOND, COME_SECONDS_LEAST = 1500.0, 30.0
#: A server that is slow to take them up has so many times as long.
COME_LATE = 3
#: Of all who come until enough are there, the part that may be there for a while and give up.
SPARE = 1.1
#: Seconds that a proxy keeps an idle connection.
KEEP_ALIVE = 75


def some(text: str) -> int:
    """A number of people: at least one."""
    number = int(text.replace("_", ""))
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


def crowds(text: str) -> list[int]:
    """Numbers of people: 10000,100000 are two, and 10,000 is one."""
    if re.fullmatch(r"\d{1,3}(,\d{3})+", text):
        return [some(text.replace(",", ""))]
    return [some(part) for part in text.split(",")]


def above_0(text: str) -> float:
    """A time: more than none, and not for ever."""
    number = float(text)
    if not 0 < number < 1e6:
        raise argparse.ArgumentTypeError("more than 0")
    return number


def arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.hold",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add(
        "--people",
        type=crowds,
        nargs="+",
        default=[[10_000]],
        help="held in line (default: 10,000); several runs: 10000,100000",
    )
    add("--minutes", type=above_0, help="in which they come (default: 1,500 a second come)")
    add("--hold", type=above_0, default=3.0, help="minutes that are measured then (default: 3)")
    add(
        "--store",
        action="append",
        help="redis (a Valkey of its own; the default), sqlite, postgres (a server of its own), or"
        " redis://… or postgresql://…, with a namespace or database of its own there; may be given"
        " several times",
    )
    add("--slots", type=some, default=500, help="how many may be inside (default: 500)")
    add("--stay", type=above_0, default=60.0, help="seconds inside, on average (default: 60)")
    add("--server", choices=("uvicorn", "granian"), default="uvicorn")
    add("--workers", type=int, choices=(1, 2), default=1)
    add(
        "--connections",
        choices=("kept", "each"),
        default="kept",
        help="each: one for each question",
    )
    add(
        "--beforehand",
        action="store_true",
        help="their places come straight from the store before the run, not by pages",
    )
    add("--rush", type=some, help="then so many newcomers come, and what people see is measured")
    add("--within", type=above_0, default=20.0, help="seconds, of the rush (default: 20)")
    add("--calm", type=above_0, default=20.0, help="seconds measured before it (default: 20)")
    add("--out", type=Path, default=ROOT / ".cache/hold", help="where figures and charts are kept")
    add("--markdown", action="store_true", help="print the table as Markdown")
    add("--report", action="store_true", help="measure nothing: tables and charts of what is kept")
    add("--publish", action="store_true", help="write table and chart into docs/, too")
    options = parser.parse_args(argv)
    options.people = [number for numbers in options.people for number in numbers]
    return options


def command(options: argparse.Namespace, port: int) -> list[str]:
    """How the server is started."""
    workers = ["--workers", str(options.workers), "--port", str(port)]
    if options.server == "granian":
        granian = ["granian", "--interface", "asgi", "--factory", "--loop", "uvloop", "--http", "1"]
        granian += ["--no-ws", "--backlog", "4096", "--log-level", "error"]
        return [*granian, *workers, APP]
    uvicorn = ["uvicorn", "--factory", "--loop", "uvloop", "--http", "httptools", "--ws", "none"]
    uvicorn += ["--no-access-log", "--log-level", "error", "--backlog", "4096"]
    return [*uvicorn, "--timeout-keep-alive", str(KEEP_ALIVE), *workers, APP]


@contextmanager
def serving(
    options: argparse.Namespace, settings: Mapping[str, Any], cores: Cores
) -> Iterator[Server]:
    environ = {"BENCHMARK_SETTINGS": json.dumps(settings), "PYTHONPATH": str(ROOT)}
    port = free_port()
    more = (cores.load,) if options.workers > 1 else ()
    with server(cores.server, command(options, port), port, environ, more) as started:
        yield started


def plan_of(options: argparse.Namespace, people: int) -> Plan:
    """Half of all who come stay: so twice as many come in the minutes."""
    seconds = (options.minutes or 0) * 60 or max(COME_SECONDS_LEAST, 2 * people / COME_PER_SECOND)
    return Plan(
        people=people,
        per_second=2 * SPARE * people / seconds,
        slots=options.slots,
        stay=options.stay,
        patience=min(PATIENCE, seconds / 4),
        kept=options.connections == "kept",
    )


def hold(options: argparse.Namespace, cores: Cores, name: str, people: int) -> Run | None:
    """One run: they come, those who give up at first have gone, and then it is measured."""
    plan = plan_of(options, people)
    with ExitStack() as stack:
        store = stack.enter_context(tried(name))
        settings = room_settings(store, options.slots)
        started = stack.enter_context(serving(options, settings, cores))
        crowd = Crowd(plan, ("127.0.0.1", started.port), NAMESPACE)
        watch = Watch(crowd, started, store)
        if options.beforehand:
            crowd.stands_in_line(settings)
        else:
            gather(crowd, plan, watch, options.hold, store.name)
        watch.say("all are there" if crowd.has_all else "no more come in time")
        crowd.is_gathering = False
        settled = time.monotonic() + settles_in(options, plan)
        crowd.run(lambda now: now > settled, watch.look)
        if options.rush:
            after_rush(options, crowd, started, watch, store.name)
            crowd.connections.close()
            return None
        watch.say("measuring")
        watch.begin()
        over = time.monotonic() + options.hold * 60
        crowd.run(lambda now: now > over, watch.look)
        run = watch.end(options, people)
        crowd.connections.close()
    return run


def gather(crowd: Crowd, plan: Plan, watch: Watch, hold_for: float, store: str) -> None:
    """They come, until as many have a place as are to be held."""
    comes_for = 2 * SPARE * plan.people / plan.per_second
    minutes = (comes_for + plan.patience) / 60 + hold_for
    watch.say(f"{plan.people:,} on {store}, which takes some {minutes:.0f} minutes")
    come_until = watch.began + COME_LATE * comes_for
    crowd.run(lambda now: crowd.has_all or now > come_until, watch.look)


def settles_in(options: argparse.Namespace, plan: Plan) -> float:
    """Seconds until those who give up at first have gone, or all have asked once."""
    return asks_within(plan.people) if options.beforehand else plan.patience


def after_rush(
    options: argparse.Namespace, crowd: Crowd, started: Server, watch: Watch, store: str
) -> None:
    """A rush, and what was seen of it."""
    phases = list(rush.Rush(crowd, started, watch).phases(options))
    workers = f"-{options.workers}-workers" if options.workers > 1 else ""
    name = f"rush-{store.lower()}-{options.server}{workers}-{options.rush}-in-{options.within:g}-s"
    rush.keep(phases, name, options.out / "rush")
    print(f"{options.rush:,} newcomers within {options.within:g} s, {machine()}\n")
    print(rush.table(phases, options.markdown), flush=True)
    for phase in phases:
        for what, count in phase.errors.items():
            print(f"{phase.name}: {count} x {what}", file=sys.stderr)


def ended(number: int, frame: object) -> NoReturn:
    """Ended from outside: as by Ctrl-C, all that was started is ended."""
    sys.exit(128 + number)


def measure(options: argparse.Namespace) -> None:
    """All runs, one after the other; each is kept as soon as it is over."""
    cores = Cores.chosen()
    allow_files()
    for name in options.store or ["redis"]:
        for people in options.people:
            run = hold(options, cores, name, people)
            if run is None:
                continue
            report.keep(run, options.out)
            charts.draw_run(run, options.out / f"{report.name_of(run)}.svg")
            for what, count in run.errors.items():
                print(f"{count} x {what}", file=sys.stderr)


def tell(options: argparse.Namespace) -> None:
    """The table and the chart of all runs that are kept."""
    runs = report.kept(options.out)
    if not runs:
        raise CannotMeasure(f"no runs are kept in {options.out}/")
    charts.draw_all(runs, options.out / "hold.svg")
    charts.draw_all(runs, options.out / "hold.png")
    (options.out / "hold.md").write_text(report.section(runs))
    if options.publish:
        report.publish(runs, DOCS / "measured.md")
        charts.draw_all(runs, DOCS / "images/hold.svg")
    print(f"Measured on {machine()}.\n\n{report.table(runs, options.markdown)}\n\n{report.NOTES}")
    print(f"\nTable, charts and figures: {options.out}/")


def main(argv: Sequence[str]) -> int:
    options = arguments(argv)
    signal.signal(signal.SIGTERM, ended)
    try:
        if not options.report:
            measure(options)
        if options.report or not options.rush:
            tell(options)
    except CannotMeasure as problem:
        print(f"cannot measure: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
