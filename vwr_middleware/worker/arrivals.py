"""How fast people join at all workers together, as one worker estimates it from its readings."""

from dataclasses import dataclass
from math import sqrt

from vwr_middleware.line.messages import Snapshot
from vwr_middleware.worker.freshness import FRESH, STALE

UNHEARD_MOST = 60.0  # the most seconds since a reading for which joins elsewhere are estimated


@dataclass(slots=True)
class Arrivals:
    """Joins per second, as last seen."""

    rate: float = 0.0
    _at: float = 0.0  # store time of the last reading
    _queue: int = 0  # its queue counter

    def count(self, before: Snapshot, room: Snapshot) -> None:
        """Count who has joined since the last reading."""
        if room.rebuilt_until != before.rebuilt_until:
            return  # the store had lost data, and positions that were skipped are no joins
        joined = room.queue - self._queue  # below 0 after a reset
        passed = max(0.0, room.now - self._at)
        # People come in bursts, so the rate falls slowly: a quiet moment proves little.
        kept = 0.5 ** min(1.0, passed / FRESH)
        self.rate = max(joined / max(FRESH, passed), self.rate * kept)

    def count_from(self, room: Snapshot) -> None:
        """Begin to count from this reading on."""
        self._at, self._queue = room.now, room.queue

    def spare(self, unheard: float) -> int:
        """How many may have joined at other workers in the `unheard` seconds, for `Ask.spare`.

        A second's worth is added, since people come in bursts, and twice the standard deviation:
        where few come, often twice as many do as on average.
        """
        on_average = self.rate * (STALE + min(max(0.0, unheard), UNHEARD_MOST))
        return round(on_average + 2 * sqrt(on_average))
