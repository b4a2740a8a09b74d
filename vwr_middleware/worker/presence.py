"""Who of those in line has polled since this worker's last refresh."""

from collections.abc import Sequence

#: So many are handed in with one refresh: the first in line, since they are called next.
BATCH_MOST = 800
#: Seconds for which positions that may not have arrived are handed in again with each refresh, or
#: up to twice as long. It is longer than a page waits between two polls during an outage.
AGAIN_FOR = 7.5
#: Behind all positions.
_ALL = 1 << 62


class Presence:
    """The first in line among those who polled; each of the crowd behind costs one comparison.

    While the store is away, visitors go on polling, and each position is handed in with several
    refreshes. So the first refresh that succeeds tells of everybody, also of those who poll less
    often than the store is tried. Otherwise a newcomer could enter before them.
    """

    __slots__ = ("_earlier", "_noted", "_since", "_under_way", "reach")

    def __init__(self) -> None:
        self._noted: set[int] = set()
        self._under_way: set[int] = set()  # handed in, but perhaps not arrived
        self._earlier: set[int] = set()  # the same, before `_since`
        self._since = float("-inf")
        #: Positions beyond this are not worth noting any more.
        self.reach = _ALL

    def note(self, position: int) -> None:
        """Somebody in line asked."""
        noted = self._noted
        noted.add(position)
        if len(noted) >= 2 * BATCH_MOST:
            first = sorted(noted)[:BATCH_MOST]
            self._noted, self.reach = set(first), first[-1]

    def hand_in(self, now: float) -> Sequence[int]:
        """The noted positions, in order, and earlier ones that may not have arrived.

        `now` is monotonic time, in seconds.
        """
        noted, self._noted, self.reach = self._noted, set(), _ALL
        if now - self._since > AGAIN_FOR:
            self._earlier, self._under_way, self._since = self._under_way, set(), now
        self._under_way = self._under_way | noted  # other threads may look at the set
        return sorted(self._under_way | self._earlier)[:BATCH_MOST]

    def arrived(self) -> None:
        """The store knows of all who were handed in."""
        self._under_way, self._earlier = set(), set()

    def __len__(self) -> int:
        return len(self._noted)
