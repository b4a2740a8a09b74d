"""Who of those in line has polled since this worker's last refresh."""

from collections.abc import Sequence

#: Positions handed in with one refresh at most: the first in line, since they are called next.
BATCH_MOST = 800
#: Seconds (and up to twice as long) for which positions that may not have arrived are handed in
#: with each refresh. It is longer than a page waits between two polls during an outage.
AGAIN_FOR = 7.5
#: Behind all positions.
_ALL = 1 << 62


class Presence:
    """The first in line among those who polled. The crowd behind costs one comparison each.

    While the store is away, visitors go on polling, and each position is handed in with several
    refreshes. So the first refresh that succeeds tells of everybody, also of those who poll less
    often than the store is tried. Otherwise a newcomer could enter before them.
    """

    __slots__ = ("_earlier", "_noted", "_since", "_under_way", "reach")

    def __init__(self) -> None:
        self._noted: set[int] = set()
        self._under_way: set[int] = set()  # handed in since `_since`, but maybe not arrived
        self._earlier: set[int] = set()  # the same, before `_since`
        self._since = float("-inf")
        #: Positions beyond this are not worth noting any more.
        self.reach = _ALL

    def note(self, position: int) -> None:
        """Note that somebody in line polled."""
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
        """Note that the store knows of all who were handed in."""
        self._under_way, self._earlier = set(), set()

    def __len__(self) -> int:
        return len(self._noted)
