"""One door: what proxies are answered is the same behind every one."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.support.clock import Clock
from tests.support.doors import Door, open_door

Open = Callable[..., Door]


@pytest.fixture
def open_it(clock: Clock) -> Iterator[Open]:
    """Opens the door with the settings that it is given."""
    with ExitStack() as stack:

        def make(**settings: Any) -> Door:
            return open_door("asgi", "memory://", clock, stack, **settings)

        yield make
