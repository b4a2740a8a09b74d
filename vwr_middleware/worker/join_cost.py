"""What joins cost a worker, and so how many are possible beside all else that it does.

Nobody tells a worker what a join costs: the server, the store's library and the machine have their
part in it. So it looks at how its work goes up and down with the joins, which is the slope of a
regression line (least squares, the latest looks counting most).
"""

#: The weight of the latest look.
_WEIGHT = 0.01
#: What telling somebody to come again costs, as a part of a join: measured, a third to two thirds.
TELLING = 0.5
#: The least that a join is thought to cost, as a part of all work for each join: the work seldom
#: goes up and down with nothing but joins.
_LEAST_PART = 0.3


class JoinCost:
    """The cost of a join, in seconds of work, from what is noted."""

    def __init__(self) -> None:
        # The means of the work in a second, of the joins, of their square and of their product.
        self._work = self._joins = self._joins_joins = self._joins_work = 0.0

    def note(self, work: float, joined: float, told: float) -> None:
        """So much work was done in a second, so many joined, and so many were told to come
        again."""
        joins = in_joins(joined, told)
        self._work += _WEIGHT * (work - self._work)
        self._joins += _WEIGHT * (joins - self._joins)
        self._joins_joins += _WEIGHT * (joins * joins - self._joins_joins)
        self._joins_work += _WEIGHT * (joins * work - self._joins_work)

    def of_each(self, work: float, joined: float, told: float) -> float:
        """What a join costs, if so much work is done in a second in which so many join and are
        told; 0: the work is not known."""
        on_average = work / max(1.0, in_joins(joined, told))
        spread = self._joins_joins - self._joins * self._joins
        if spread <= 1.0:  # always as many: the line has no slope
            return on_average
        slope = (self._joins_work - self._joins * self._work) / spread
        return min(on_average, max(slope, _LEAST_PART * on_average))


def in_joins(joined: float, told: float) -> float:
    """As many joins as would cost what these and those who were told to come again do."""
    return joined + TELLING * told
