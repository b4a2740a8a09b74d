"""The fixture `vwr_room` of pytest. It loads the package when it is asked for, not before."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from vwr_middleware.testing import RoomForTests


@pytest.fixture
def vwr_room() -> Iterator[Callable[..., "RoomForTests"]]:
    """Put a waiting room for this test in the place of an app's own: vwr_room(app, max_active=1).

    `room.waiting()` and `room.inside()` are clients of your framework; `room.clock`, `room.store`
    and `room.crowd` are yours to move, break and fill. In Django: vwr_room(max_active=1).
    """
    from vwr_middleware.testing import room_for_tests

    with ExitStack() as stack:

        def make(app: Any = None, **given: Any) -> "RoomForTests":
            return stack.enter_context(room_for_tests(app, **given))

        yield make
