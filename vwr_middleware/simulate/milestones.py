"""What visitors do once the serving counter has come to a number."""

from collections.abc import Iterator
from heapq import heappop, heappush
from itertools import count
from typing import Generic, TypeVar

from vwr_middleware.simulate.visitor import Visitor

T = TypeVar("T")


class Milestones(Generic[T]):
    """Visitors, each with something to do (a T) at a number."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, int, Visitor, T]] = []
        self._numbers = count()

    def __len__(self) -> int:
        return len(self._heap)

    def note(self, at: float, visitor: Visitor, what: T) -> None:
        """Note something for this number."""
        heappush(self._heap, (at, visitor.number, next(self._numbers), visitor, what))

    def reached(self, number: float) -> Iterator[tuple[Visitor, T]]:
        """What is noted for this number and for those below it, the lowest first, once each."""
        while self._heap and self._heap[0][0] <= number:
            *_, visitor, what = heappop(self._heap)
            yield visitor, what
