"""A shop behind the ASGI door, and a visitor who is inside."""

from typing import Any

import pytest

from tests.support.asgi import (
    House,
    Shop,
    make_house,
)
from tests.support.clock import Clock


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
def house(clock: Clock, shop: Shop) -> House:
    return make_house(clock, shop, max_active=1)


async def run(app: Any, *arguments: Any) -> None:
    await app(*arguments)


async def nowhere(message: Any) -> None:
    return None
