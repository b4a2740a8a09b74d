"""A provider at one door, whose store is in memory."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.support.clock import Clock
from tests.support.doors import Door, open_door
from tests.support.openid import GIVEN

Make = Callable[..., Door]


@pytest.fixture
def make(clock: Clock) -> Iterator[Make]:
    """Opens a provider; settings of its own may be given."""
    with ExitStack() as stack:

        def made(**settings: Any) -> Door:
            given = {"max_active": 1, **GIVEN, **settings}
            if "rooms" in given:
                del given["max_active"]
            return open_door("wsgi", "memory://", clock, stack, **given)

        yield made


@pytest.fixture
def door(make: Make) -> Door:
    """One whose room is for one session at a time."""
    return make()
