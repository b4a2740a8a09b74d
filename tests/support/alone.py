"""If several processes share the tests, those marked `alone` run while the others pause."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

#: Two files that every process can lock. What is in them does not matter.
NEXT, MACHINE = Path(__file__), Path(__file__).with_name("__init__.py")

#: The lock of a test that was alone, where the next one is as well.
_kept: list[ExitStack] = []


def is_alone(item: pytest.Item | None) -> bool:
    """Whether a test is marked so."""
    return item is not None and item.get_closest_marker("alone") is not None


def one_after_the_other(items: list[pytest.Item]) -> None:
    """Put those that are alone first: whenever the others pause, they wait for the longest test."""
    items.sort(key=lambda item: not is_alone(item))


@contextmanager
def the_machine(item: pytest.Item, next_one: pytest.Item | None) -> Iterator[None]:
    """Held while a test runs: by many at once, or by one that is `alone` and by nobody else."""
    if not hasattr(item.config, "workerinput"):  # the one process of them all
        yield
        return
    with _kept.pop() if _kept else _locked(is_alone(item)) as lock:
        yield
        if is_alone(item) and is_alone(next_one):
            _kept.append(lock.pop_all())


def _locked(exclusive: bool) -> ExitStack:
    import fcntl  # Windows has none

    lock = ExitStack()
    with NEXT.open() as first:
        machine = lock.enter_context(MACHINE.open())
        # A test that waits for the others to end lets no other begin before it.
        fcntl.flock(first, fcntl.LOCK_EX)
        fcntl.flock(machine, fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH)
    return lock
