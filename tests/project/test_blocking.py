"""How blocking code runs the gate's coroutines."""

import asyncio
import inspect

import pytest

from vwr_middleware.blocking import finish


def test_a_coroutine_that_suspends_is_refused_and_closed() -> None:
    coroutine = asyncio.sleep(0)
    with pytest.raises(RuntimeError, match="a store that blocks"):
        finish(coroutine)
    assert inspect.getcoroutinestate(coroutine) == inspect.CORO_CLOSED
