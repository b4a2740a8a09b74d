"""Which lane a position is in, and which number it has there, and the other way round: found at
once, for those who ask all the time. lanes.py has the layout that says it.
"""

from functools import lru_cache

from vwr_middleware.line.constants import STRIDE
from vwr_middleware.line.lanes import count_of, stretches_of


class Numbering:
    """The numbers of all positions of a layout."""

    __slots__ = ("_layout", "_stretches")

    def __init__(self, layout: str) -> None:
        self._layout = layout
        #: Of each stretch its last position, and for each of a hundred positions the lane, how many
        #: of the hundred are the lane's, and its number but for the hundreds before.
        self._stretches: list[tuple[float, list[tuple[str, int, int]]]] = []
        for stretch, last in stretches_of(layout):
            lanes = [stretch.lane_of(at) for at in range(1, STRIDE + 1)]
            before = {
                lane: count_of(layout, lane, 0, stretch.after)
                - stretch.after // STRIDE * lanes.count(lane)
                - lanes[: stretch.after % STRIDE].count(lane)
                for lane in stretch.names
            }
            rows = [
                (lane, lanes.count(lane), before[lane] + lanes[:at].count(lane))
                for at, lane in enumerate(lanes, 1)
            ]
            self._stretches.append((last, rows))

    def of(self, position: int) -> tuple[str, int]:
        """The lane of a position, and its number there."""
        hundreds, at = divmod(position - 1, STRIDE)
        for last, rows in self._stretches:
            if position <= last:
                lane, each, first = rows[at]
                return lane, first + hundreds * each
        return "", position

    def count(self, lane: str, to: int) -> int:
        """How many of the positions up to this one are a lane's."""
        return count_of(self._layout, lane, 0, to) if self._layout else to

    def position_of(self, lane: str, number: int) -> int:
        """The position that has this number, from 1, in a lane. Raises ValueError if none has."""
        if not self._layout:
            return number
        for stretch, last in stretches_of(self._layout):
            if lane not in stretch.names:
                continue
            before = count_of(self._layout, lane, 0, stretch.after)
            found = stretch.nth_after(lane, number - before)
            if found <= last:
                return found
        raise ValueError(f"the lane {lane} has no number {number}")


@lru_cache(maxsize=256)
def numbering(layout: str) -> Numbering:
    """The numbering of a layout, made once."""
    return Numbering(layout)
