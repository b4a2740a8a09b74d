"""Things noted with the moment of the noting, the oldest first."""

from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Noted(OrderedDict[K, float]):
    """When something was noted last. What is old is dropped from the front."""

    def note(self, key: K, moment: float) -> None:
        """Note it now."""
        self[key] = moment
        self.move_to_end(key)

    def forget_before(self, moment: float) -> None:
        """Drop what was noted earlier."""
        drop_first(self, lambda noted: noted < moment)


def drop_first(kept: OrderedDict[K, V], is_old: Callable[[V], bool]) -> list[K]:
    """Drop what is old from the front, and say what."""
    dropped = []
    # Another thread may note or take away something meanwhile: then the next time will do.
    with suppress(RuntimeError, KeyError, StopIteration):
        while kept and is_old(next(iter(kept.values()))):
            dropped.append(kept.popitem(last=False)[0])
    return dropped
