"""Calls functions of the user's, which are never awaited: bypass, on_event, inlets and others."""

from collections import Counter
from collections.abc import Callable
from inspect import isasyncgenfunction, isawaitable, iscoroutinefunction, signature
from typing import Any

FIX = 'write "def", not "async def": it is never awaited'


def is_asynchronous(function: Callable[..., object]) -> bool:
    """Whether its result would have to be awaited, as far as can be seen without calling it."""
    return _is_async(function) or _is_async(type(function).__call__)


def _is_async(function: object) -> bool:
    return iscoroutinefunction(function) or isasyncgenfunction(function)


def takes(function: Callable[..., object], *given: str) -> bool:
    """Whether it can be called with so many arguments, as far as can be seen without calling it."""
    if hasattr(function, "__wrapped__"):  # a decorator may add arguments that do not show
        return True
    try:
        parameters = signature(function)
    except (TypeError, ValueError):  # many builtins have no signature
        return True
    try:
        parameters.bind(*given)
    except TypeError:
        return False
    return True


def ask(function: Callable[..., object], *given: Any) -> object:
    """Call it. Raises TypeError for an awaitable result, which would always count as true."""
    answer = function(*given)
    if isawaitable(answer):
        close = getattr(answer, "close", None)
        if close is not None:
            close()  # or Python warns later that it was never awaited
        raise TypeError(f"it returned an awaitable: {FIX}")
    return answer


class Failures:
    """How often a function has failed. It is told the 1st, 2nd, 4th, 8th … time.

    In a crowd it is called a thousand times a second: telling each time would fill the log.
    """

    def __init__(self) -> None:
        self._counts: Counter[type[Exception]] = Counter()

    def told(self, error: Exception) -> int:
        """How many such errors there were, with this one, if that is to be told; else 0."""
        self._counts[type(error)] += 1
        count = self._counts[type(error)]
        return count if count & (count - 1) == 0 else 0
