"""Kinds of settings that are functions of the user's. What they are called with is checked too."""

import pkgutil
from collections.abc import Callable
from reprlib import repr as shown

from vwr_middleware.settings.kinds import Kind, optional
from vwr_middleware.user_functions import FIX, is_asynchronous, takes


def callable_value(value: object, *given: str) -> Callable[..., object]:
    """A callable that takes these arguments, or the name of one: "package.module:name"."""
    if isinstance(value, str):
        try:
            value = pkgutil.resolve_name(value)
        except (ImportError, AttributeError, ValueError) as error:
            raise ValueError(
                f"names {shown(value)}, which cannot be imported ({error}): "
                'write "package.module:name"'
            ) from error
    if not callable(value):
        raise ValueError(f"must be callable, not {shown(value)}")
    if not takes(value, *given):
        raise ValueError(f"must take the parameters ({', '.join(given)})")
    return value


def function_value(value: object, *given: str) -> Callable[..., object]:
    """A callable that takes these arguments and is not asynchronous."""
    function = callable_value(value, *given)
    if is_asynchronous(function):
        raise ValueError(f"cannot be asynchronous: {FIX}")
    return function


def hook(*given: str) -> Kind[Callable[..., object] | None]:
    """The kind of a function that is called with these arguments, or None."""
    return optional(Kind(lambda value: function_value(value, *given)))


def asynchronous_hook(*given: str) -> Kind[Callable[..., object] | None]:
    """The same, but it may be asynchronous: ASGI awaits it."""
    return optional(Kind(lambda value: callable_value(value, *given)))
