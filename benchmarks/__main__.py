"""`python -m benchmarks`: measure, and print the table.

The server that is measured has one core to itself; the load generator (wrk), the store and this
program share another.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from benchmarks import memory
from benchmarks.cases import CASES, Case
from benchmarks.measure import Result, bench, say
from benchmarks.processes import CannotMeasure, Cores, tool
from benchmarks.report import FIGURES, NOTES, machine, table
from benchmarks.store import Valkey, postgres, valkey
from benchmarks.tables import render

#: What stands in the list of cases for the bytes that people cost a store.
STORES = "store memory"


def arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--lives", type=int, default=4, help="starts of each server (default: 4)")
    parser.add_argument("--rounds", type=int, default=2, help="pairs of each life (default: 2)")
    parser.add_argument("--seconds", type=int, default=1, help="of each run (default: 1)")
    parser.add_argument(
        "--only",
        action="append",
        metavar="CASE",
        help="only cases whose name contains this; may be given several times",
    )
    parser.add_argument("--list", action="store_true", help="name the cases and stop")
    parser.add_argument("--markdown", action="store_true", help="print the table as Markdown")
    return parser.parse_args(argv)


def wanted(name: str, only: Sequence[str] | None) -> bool:
    """Whether a name contains one of the words; without words each does."""
    return not only or any(word.lower() in name.lower() for word in only)


def measured(
    cases: Sequence[Case], options: argparse.Namespace, cores: Cores
) -> tuple[list[Result], list[str]]:
    """What all lives of the servers showed, and what failed in any.

    Where a process happens to lie in memory makes it some five per cent faster or slower than its
    twin for as long as it lives, so one pair of processes proves nothing.
    """
    results = [Result(case) for case in cases]
    failed: dict[str, None] = {}
    for number in range(options.lives):
        say(f"life {number + 1} of {options.lives}")
        with servers(cases) as store, bench(cases, cores, store, options.seconds) as sites:
            for found in sites.measure(cases, options.rounds):
                results[cases.index(found.case)].add(found)
            failed.update(dict.fromkeys(sites.failed))
    return [result for result in results if result.counted], list(failed)


@contextmanager
def servers(cases: Sequence[Case]) -> Iterator[Valkey]:
    """What keeps the rooms of these cases."""
    with ExitStack() as stack:
        store = stack.enter_context(valkey())
        if any("postgres" in case.site for case in cases):
            store.postgres_url = stack.enter_context(postgres()).url
        yield store


def speed(cases: Sequence[Case], options: argparse.Namespace) -> bool:
    """Measure and print what requests cost; whether a case failed."""
    tool("wrk")
    results, failed = measured(cases, options, Cores.chosen())
    rows = table(results, failed)
    pairs = f"{options.rounds} pairs of {options.seconds} s in each of {options.lives} lives"
    print(f"Measured on {machine()}; {pairs} of the servers.\n")
    print(render(rows, FIGURES, options.markdown))
    print(f"\n{NOTES}\n")
    return bool(failed)


def main(argv: Sequence[str]) -> int:
    options = arguments(argv)
    cases = [case for case in CASES if wanted(case.name, options.only)]
    stores = wanted(STORES, options.only)
    if options.list:
        print("\n".join([case.name for case in cases] + ([STORES] if stores else [])))
        return 0
    try:
        failed = bool(cases) and speed(cases, options)
    except CannotMeasure as problem:
        say(f"cannot measure: {problem}")
        return 1
    if stores and memory.main(["--markdown"] if options.markdown else []):
        failed = True
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
