"""Whether something happens in time, for tests of servers and pages."""

import time
from collections.abc import Callable


def in_time(happens: Callable[[], bool], seconds: float = 20.0, pause: float = 0.05) -> bool:
    """Whether it happens within so many seconds; asked again after each pause."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if happens():
            return True
        time.sleep(pause)
    return happens()
