"""When places were taken, as far as this worker has seen: it notes how far the queue counter had
come, and when. So nothing is kept for a place, neither in its id nor in a store.
"""

from array import array
from bisect import bisect_left

from vwr_middleware.worker.current_room import CurrentRoom

#: Notes at most: 128 kB. Of more, every second one of the earlier half is dropped, so that what
#: happened long ago is known less exactly.
NOTES = 8192


class EntryTimes:
    """Of one room. Whoever joined before this worker had read it has joined by that time."""

    def __init__(self, most: int = NOTES) -> None:
        self._most, self._line = most, ("", 0)
        self._counters, self._times = array("q"), array("d")

    def note(self, room: CurrentRoom) -> None:
        """Note how far the queue counter has come by now."""
        self.note_joined(room.room_id, room.generation, room.queue, room.now)

    def note_joined(self, room_id: str, generation: int, position: int, now: float) -> None:
        """Note that somebody has got this position now, and nobody a higher one before."""
        if (room_id, generation) != self._line:
            self._line = room_id, generation
            self._counters, self._times = array("q"), array("d")
        if position > (self._counters[-1] if self._counters else -1):
            self._counters.append(position)
            self._times.append(now)
            if len(self._counters) > self._most:
                self._thin_out()

    def _thin_out(self) -> None:
        half = len(self._counters) // 2
        self._counters = self._counters[:half:2] + self._counters[half:]
        self._times = self._times[:half:2] + self._times[half:]

    def of(self, room: CurrentRoom, position: int) -> int:
        """When this position was taken, or soon after."""
        self.note(room)
        at = bisect_left(self._counters, position)
        return int(self._times[min(at, len(self._times) - 1)])
