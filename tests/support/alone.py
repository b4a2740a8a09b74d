"""Where several processes share the tests: those marked `alone` run while the others pause."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

#: Two files that every process can lock. What is in them does not matter.
NEXT, MACHINE = Path(__file__), Path(__file__).with_name("__init__.py")


@contextmanager
def the_machine(item: pytest.Item) -> Iterator[None]:
    """Held while a test runs: by many at once, or by one that is `alone` and by nobody else."""
    if not hasattr(item.config, "workerinput"):  # the one process of them all
        yield
        return
    import fcntl  # Windows has none

    with NEXT.open() as first, MACHINE.open() as machine:
        # Whoever waits for the others to end lets nobody in before itself.
        fcntl.flock(first, fcntl.LOCK_EX)
        fcntl.flock(machine, fcntl.LOCK_EX if item.get_closest_marker("alone") else fcntl.LOCK_SH)
        fcntl.flock(first, fcntl.LOCK_UN)
        yield
