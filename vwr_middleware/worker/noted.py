"""Things noted with the moment of the noting, the oldest first."""

from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Noted(OrderedDict[K, float]):
    """A moment for each key, the key that was noted last at the end."""

    def note(self, key: K, moment: float) -> None:
        """Note a key with its moment, mostly that of the noting."""
        self[key] = moment
        self.move_to_end(key)

    def forget_before(self, moment: float) -> None:
        """Drop from the front what has an earlier moment."""
        drop_first(self, lambda noted: noted < moment)


def drop_first(kept: OrderedDict[K, V], is_old: Callable[[V], bool]) -> None:
    """Drop what is old from the front."""
    # Another thread may change it meanwhile: then the rest is dropped next time.
    with suppress(RuntimeError, KeyError, StopIteration):
        while kept and is_old(next(iter(kept.values()))):
            kept.popitem(last=False)
