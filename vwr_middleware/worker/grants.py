"""The store's answers to those who came in a moment ago, for tickets that are handed in again."""

from collections import OrderedDict
from dataclasses import replace
from typing import NamedTuple

from vwr_middleware.line.messages import Turn
from vwr_middleware.worker.noted import drop_first

HELD_FOR = 5.0  # seconds in which the store is not asked again


class Grant(NamedTuple):
    """The store's answer to a claim that was granted."""

    turn: Turn
    at: float  # monotonic
    mark: str  # of the network that asked, where sessions are bound


class Grants(OrderedDict[int, Grant]):
    """The latest grants by position.

    A ticket may be handed in again, since an answer can be lost. But a ticket that is replayed on
    and on (by a program that keeps no token, or by many people who share it) must cost the store
    nothing.
    """

    def note(self, turn: Turn, monotonic: float, mark: str = "") -> None:
        """Keep an answer, without its events, which have been told."""
        self[turn.position] = Grant(replace(turn, events=()), monotonic, mark)
        self.move_to_end(turn.position)

    def of(
        self, generation: int, position: int, monotonic: float, marks: tuple[str, ...] = ()
    ) -> Turn | None:
        """The answer of a moment ago for this place, if its session still runs.

        With `marks`, only an answer to the network that has one of them.
        """
        grant = self.get(position)
        if grant is None or grant.turn.generation != generation:
            return None
        if marks and grant.mark not in marks:
            return None
        turn, age = grant.turn, monotonic - grant.at
        return turn if age < HELD_FOR and turn.now + age < turn.expires_at else None

    def forget_before(self, monotonic: float) -> None:
        """Drop what is too old to be said again."""
        drop_first(self, lambda grant: grant.at < monotonic - HELD_FOR)
