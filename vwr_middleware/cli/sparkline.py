"""Numbers over time in a line of a terminal, and how full something is as a bar."""

from collections.abc import Sequence
from itertools import pairwise

_STEPS = "▁▂▃▄▅▆▇█"
_FULL, _EMPTY = "█", "░"
#: For terminals that cannot show these.
_PLAIN_STEPS, _PLAIN_FULL, _PLAIN_EMPTY = "_.-:=+*#", "#", "."


def sparkline(values: Sequence[float], width: int, *, plain: bool = False) -> str:
    """The latest values as one character each, by the highest of them. Longer ones are put together
    to as many as fit, each the highest of its part."""
    steps, shown = _PLAIN_STEPS if plain else _STEPS, fitted(values, width)
    most = max(shown, default=0.0)
    if most <= 0:
        return steps[0] * len(shown)
    return "".join(steps[min(len(steps) - 1, int(value / most * len(steps)))] for value in shown)


def fitted(values: Sequence[float], width: int) -> list[float]:
    """As many values as fit, in order."""
    return [max(part) for part in _parts(values, width)]


def added(values: Sequence[float], width: int) -> list[float]:
    """The same, where values are counts: the sums of those put together."""
    return [sum(part) for part in _parts(values, width)]


def _parts(values: Sequence[float], width: int) -> list[Sequence[float]]:
    if len(values) <= width:
        return [[value] for value in values]
    ends = [len(values) * at // width for at in range(width + 1)]
    return [values[begin:end] for begin, end in pairwise(ends)]


def bar(part: float, width: int, *, plain: bool = False) -> str:
    """A part of one, from 0 to 1, as a bar."""
    full, empty = (_PLAIN_FULL, _PLAIN_EMPTY) if plain else (_FULL, _EMPTY)
    count = round(max(0.0, min(1.0, part)) * width)
    return full * count + empty * (width - count)
