"""Who asked lately, of those in line, as one worker notes it until its next refresh."""

from collections.abc import Sequence

#: So many are handed in with one refresh: the first in line, since presence counts for who is next.
BATCH_MOST = 800
#: Behind all positions.
_ALL = 1 << 62


class Presence:
    """The first in line among those who asked; a crowd behind them costs a comparison each."""

    __slots__ = ("_noted", "reach")

    def __init__(self) -> None:
        self._noted: set[int] = set()
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
        """Who was noted, in order; it is handed in once."""
        noted, self._noted, self.reach = self._noted, set(), _ALL
        return sorted(noted)[:BATCH_MOST]

    def __len__(self) -> int:
        return len(self._noted)
