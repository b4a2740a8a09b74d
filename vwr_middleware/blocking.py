"""How blocking code runs the gate's coroutines."""

from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def finish(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that never suspends, and return what it returns.

    The gate awaits nothing but the store, and a blocking store's methods never suspend, so one
    `send` reaches the end. Raises RuntimeError if the coroutine suspends after all: then an
    asynchronous store was given to a blocking server.
    """
    try:
        coroutine.send(None)
    except StopIteration as end:
        result: T = end.value
        return result
    coroutine.close()
    raise RuntimeError("an asynchronous store was given to a blocking server")
