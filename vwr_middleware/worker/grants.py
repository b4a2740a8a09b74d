"""The store's answers to those who came in lately, for tickets that are handed in again."""

from collections import OrderedDict
from dataclasses import replace

from vwr_middleware.line.answers import Turn
from vwr_middleware.worker.noted import drop_first

HELD_FOR = 5.0  # seconds in which the store is not asked again


class Grants(OrderedDict[int, tuple[Turn, float, str]]):
    """The store's answers to claims that were granted, as one worker remembers them, by position.

    Each with the mark of the network from which it was asked, where sessions are bound.

    A ticket may be handed in again, since an answer can get lost. But a ticket that is replayed on
    and on (by a program that keeps no token, or by many people who share it) must not cost the
    store anything. All moments are monotonic time.
    """

    def note(self, turn: Turn, monotonic: float, mark: str = "") -> None:
        """Keep an answer, without its events, which are told already."""
        self[turn.position] = replace(turn, events=()), monotonic, mark
        self.move_to_end(turn.position)

    def of(
        self, generation: int, position: int, monotonic: float, marks: tuple[str, ...] = ()
    ) -> Turn | None:
        """The answer of a moment ago for this place, if its session still runs.

        With marks only the answer to a claim from a network with one of them.
        """
        turn, since, mark = self.get(position, (None, 0.0, ""))
        if turn is None or turn.generation != generation or (marks and mark not in marks):
            return None
        age = monotonic - since
        return turn if age < HELD_FOR and turn.now + age < turn.expires_at else None

    def forget_before(self, monotonic: float) -> None:
        """Drop what is too old to be said again."""
        drop_first(self, lambda grant: grant[1] < monotonic - HELD_FOR)
