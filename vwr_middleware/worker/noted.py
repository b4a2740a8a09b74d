"""Things noted with the moment of the noting, the oldest first."""

from collections import OrderedDict
from contextlib import suppress
from typing import TypeVar

K = TypeVar("K")


class Noted(OrderedDict[K, float]):
    """When something was noted last. What is old is dropped from the front."""

    def note(self, key: K, moment: float) -> None:
        """Note it now."""
        self[key] = moment
        self.move_to_end(key)

    def forget_before(self, moment: float) -> None:
        """Drop what was noted earlier."""
        # Another thread may note or take away something meanwhile: then the next time will do.
        with suppress(RuntimeError, KeyError, StopIteration):
            while self and next(iter(self.values())) < moment:
                self.popitem(last=False)
