"""Functions of the user's that are called and never awaited: bypass, on_event, inlet strategies."""

from collections.abc import Callable
from inspect import isasyncgenfunction, isawaitable, iscoroutinefunction
from typing import Any

FIX = 'write "def", not "async def": nobody awaits it'


def is_asynchronous(function: Callable[..., object]) -> bool:
    """Whether what it returns would have to be awaited, as far as that can be seen."""
    return _is_async(function) or _is_async(type(function).__call__)


def _is_async(function: object) -> bool:
    return iscoroutinefunction(function) or isasyncgenfunction(function)


def ask(function: Callable[..., object], *given: Any) -> object:
    """What it returns. An awaitable is an error, for it is true whatever it would come to."""
    answer = function(*given)
    if isawaitable(answer):
        close = getattr(answer, "close", None)
        if close is not None:
            close()  # else Python complains, at another time, that it was never awaited
        raise TypeError(f"it returned something to be awaited: {FIX}")
    return answer
