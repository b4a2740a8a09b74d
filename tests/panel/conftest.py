"""A panel at a door, and an operator who has signed in."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.support.clock import Clock
from tests.support.doors import Door, open_door
from tests.support.panel import GIVEN, Operator, signed_in

Open = Callable[..., Door]


@pytest.fixture
def open_it(clock: Clock) -> Iterator[Open]:
    """Opens a door with the settings that it is given; a second time it is a second worker."""
    with ExitStack() as stack:

        def make(name: str = "wsgi", url: str = "memory://", **given: Any) -> Door:
            return open_door(name, url, clock, stack, **given)

        yield make


@pytest.fixture
def door(open_it: Open) -> Door:
    """A room for two people at a time, and its panel."""
    return open_it(max_active=2, **GIVEN)


@pytest.fixture
def operator(door: Door) -> Operator:
    """Somebody who has signed in there."""
    return signed_in(door)
