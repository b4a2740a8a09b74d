"""How blocking code runs the gate's coroutines."""

import asyncio
import inspect

import pytest

from vwr_middleware.blocking import finish
from vwr_middleware.errors import StoreUnavailable


async def answer(value: int) -> int:
    return value


async def sum_of_answers() -> int:
    return await answer(40) + await answer(2)


def test_a_coroutine_that_never_suspends_gives_its_value() -> None:
    assert finish(sum_of_answers()) == 42


def test_an_error_inside_comes_out_as_it_is() -> None:
    async def fail() -> None:
        raise StoreUnavailable("gone")

    with pytest.raises(StoreUnavailable, match="gone"):
        finish(fail())


def test_a_coroutine_that_suspends_is_refused_and_closed() -> None:
    coroutine = asyncio.sleep(0)
    with pytest.raises(RuntimeError, match="a store that blocks"):
        finish(coroutine)
    assert inspect.getcoroutinestate(coroutine) == inspect.CORO_CLOSED
