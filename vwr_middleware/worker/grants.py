"""The store's answers to those who came in a moment ago, for tickets that are handed in again."""

from collections import OrderedDict
from dataclasses import replace

from vwr_middleware.line.answers import Turn
from vwr_middleware.worker.noted import drop_first

HELD_FOR = 5.0  # seconds in which the store is not asked again


class Grants(OrderedDict[int, tuple[Turn, float, str]]):
    """By position, the answer to a claim that was granted, when (monotonic), and, where sessions
    are bound, the mark of the network that asked.

    A ticket may be handed in again, since an answer can be lost. But a ticket that is replayed on
    and on (by a program that keeps no token, or by many people who share it) must cost the store
    nothing.
    """

    def note(self, turn: Turn, monotonic: float, mark: str = "") -> None:
        """Keep an answer, without its events, which have been told."""
        self[turn.position] = replace(turn, events=()), monotonic, mark
        self.move_to_end(turn.position)

    def of(
        self, generation: int, position: int, monotonic: float, marks: tuple[str, ...] = ()
    ) -> Turn | None:
        """The answer of a moment ago for this place, if its session still runs.

        With `marks`, only an answer to the network that has one of them.
        """
        turn, since, mark = self.get(position, (None, 0.0, ""))
        if turn is None or turn.generation != generation or (marks and mark not in marks):
            return None
        age = monotonic - since
        return turn if age < HELD_FOR and turn.now + age < turn.expires_at else None

    def forget_before(self, monotonic: float) -> None:
        """Drop what is too old to be said again."""
        drop_first(self, lambda grant: grant[1] < monotonic - HELD_FOR)
