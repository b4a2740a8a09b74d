"""Who came in lately, and what the store said: enough for those who hand their ticket in again."""

from collections import OrderedDict
from contextlib import suppress
from dataclasses import replace

from vwr_middleware.line.answers import Turn

HELD_FOR = 5.0  # seconds in which the store is not asked again


class Grants(OrderedDict[int, tuple[Turn, float]]):
    """The store's answers to claims that were granted, as one worker remembers them, by position.

    An answer can get lost, so a ticket may be handed in again. But one that is replayed on and on,
    by a program that takes no token or by many who share it, is to cost the store nothing. All
    moments are monotonic time.
    """

    def note(self, turn: Turn, monotonic: float) -> None:
        """Somebody is inside. What else the step found out is told already."""
        self[turn.position] = replace(turn, events=()), monotonic
        self.move_to_end(turn.position)

    def of(self, generation: int, position: int, monotonic: float) -> Turn | None:
        """What the store said of this place a moment ago, if it was that its session runs."""
        turn, since = self.get(position, (None, 0.0))
        if turn is None or turn.generation != generation:
            return None
        age = monotonic - since
        return turn if age < HELD_FOR and turn.now + age < turn.expires_at else None

    def forget_before(self, monotonic: float) -> None:
        """Drop what is too old to be said again."""
        # Another thread may note something meanwhile: then the next time will do.
        with suppress(RuntimeError, KeyError):
            while self and next(iter(self.values()))[1] < monotonic - HELD_FOR:
                self.popitem(last=False)
