"""How blocking code runs the gate's coroutines."""

from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

_SUSPENDED = (
    'a blocking server cannot await: write admin_auth with "def", not "async def", and give the'
    " middleware a store that blocks"
)


def finish(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that never suspends, and return what it returns.

    The gate awaits nothing but the store, and a blocking store's methods never suspend, so one
    `send` reaches the end. Raises RuntimeError if the coroutine suspends after all: then a blocking
    server was given an asynchronous store or `admin_auth`.
    """
    try:
        coroutine.send(None)
    except StopIteration as end:
        result: T = end.value
        return result
    coroutine.close()
    raise RuntimeError(_SUSPENDED)
