"""Who of those in line has polled since this worker's last refresh."""

from collections.abc import Sequence

#: So many are handed in with one refresh: the first in line, since they are called next.
BATCH_MOST = 800
#: Behind all positions.
_ALL = 1 << 62


class Presence:
    """The first in line among those who polled; each of the crowd behind costs one comparison.

    Each position is handed in with two refreshes in a row if the first may have failed. After an
    outage the first refresh that succeeds must tell of everybody, also of those who poll less often
    than the store is tried, or a newcomer could enter before them.
    """

    __slots__ = ("_noted", "_under_way", "reach")

    def __init__(self) -> None:
        self._noted: set[int] = set()
        self._under_way: set[int] = set()  # handed in, but perhaps not arrived
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
        """The noted positions, in order, with those of the last refresh if it may have failed."""
        noted, self._noted, self.reach = self._noted, set(), _ALL
        missed, self._under_way = self._under_way, noted
        return sorted(noted | missed)[:BATCH_MOST]

    def arrived(self) -> None:
        """The store knows of all who were handed in."""
        self._under_way = set()

    def __len__(self) -> int:
        return len(self._noted)
