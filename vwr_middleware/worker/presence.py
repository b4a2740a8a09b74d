"""Who asked lately, of those in line, as one worker notes it until its next refresh."""

from collections.abc import Sequence

#: So many are handed in with one refresh: the first in line, since presence counts for who is next.
BATCH_MOST = 800
#: Behind all positions.
_ALL = 1 << 62


class Presence:
    """The first in line among those who asked; a crowd behind them costs a comparison each.

    While the store is away they go on asking, and each is handed in with two tries. So all are
    known with the first that comes through, also who asks less often than the store is tried: a
    newcomer must find nobody missing.
    """

    __slots__ = ("_noted", "_under_way", "reach")

    def __init__(self) -> None:
        self._noted: set[int] = set()
        self._under_way: set[int] = set()  # handed in, and not known to have come
        #: Positions beyond this are not worth noting any more.
        self.reach = _ALL

    def note(self, position: int) -> None:
        """Somebody in line asked."""
        noted = self._noted
        noted.add(position)
        if len(noted) >= 2 * BATCH_MOST:
            first = sorted(noted)[:BATCH_MOST]
            self._noted, self.reach = set(first), first[-1]

    def take(self) -> Sequence[int]:
        """Who was noted, in order, and who was just before, if it may not have come."""
        noted, self._noted, self.reach = self._noted, set(), _ALL
        missed, self._under_way = self._under_way, noted
        return sorted(noted | missed)[:BATCH_MOST]

    def arrived(self) -> None:
        """The store knows of all who were handed in."""
        self._under_way = set()

    def __len__(self) -> int:
        return len(self._noted)
