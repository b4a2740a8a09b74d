"""How far a predicted wait may be off: a spread is the logarithm of the factor."""

from bisect import bisect_left
from dataclasses import dataclass
from math import sqrt

from vwr_middleware.line.capacity import clamp
from vwr_middleware.worker.current_room import CurrentRoom

LEVELS = tuple(25 * 2**i for i in range(16))  # people ahead at which predictions are scored
_LEAST, _MOST, _FIRST = 0.04, 0.7, 0.3
_WIDEST = 1.2  # in rooms so small that their speed is hardly known
_SMALL_SAMPLE = 1.5  # after a single claim, or before one; falls with the root of their number
_QUANTILE = 0.8  # of the scores of a level, which say how far its predictions were off
_SCORES_NEEDED = 8  # scores that a level needs before they count


@dataclass(frozen=True, slots=True)
class Spreads:
    """What is known of how far a room's predictions are off."""

    scored: tuple[tuple[int, float], ...]  # level, and how far most of its predictions were off
    measured: float  # by chance, since so few claims were measured
    least: float  # the least, whatever was scored

    def at(self, ahead: int, people: float) -> float:
        """The spread with so many ahead, of whom so many `people` have to go in first.

        It is how far earlier predictions at the nearest level were off, but never less than what is
        chance where so few claims were measured, or so few people have to go in first.
        """
        chance = sqrt(self.measured**2 + _by_chance(people) ** 2)
        if not self.scored:
            return clamp(chance, _FIRST, _WIDEST)
        at = bisect_left(self.scored, (ahead, 0.0))
        near = self.scored[max(0, at - 1) : at + 1]
        level, spread = near[0] if ahead - near[0][0] <= near[-1][0] - ahead else near[-1]
        # Further back than any score, no more is known than at first.
        scored = max(spread, min(_FIRST, spread * sqrt(ahead / level)))
        return clamp(max(chance, min(_MOST, scored)), self.least, _WIDEST)


def spreads_of(room: CurrentRoom, claims: float, *, begins_anew: bool) -> Spreads:
    """A room's spreads after so many claims. `begins_anew`: the past says little of a new limit."""
    scored = []
    for level in LEVELS:
        scores = sorted(room.said.scores.get(str(level), ()))
        if len(scores) >= _SCORES_NEEDED:
            scored.append((level, scores[int(_QUANTILE * len(scores))]))
    return Spreads(tuple(scored), _by_chance(claims), _FIRST if begins_anew else _LEAST)


def _by_chance(claims: float) -> float:
    return _SMALL_SAMPLE / sqrt(max(1.0, claims))
