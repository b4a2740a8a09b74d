"""How long those had waited who entered, by lane, as one worker has counted it since its last
refresh.
"""

from collections.abc import Mapping, Sequence

from vwr_middleware.line.constants import WAIT_CLASSES


class LaneWaits:
    """Hands the counts in with each refresh, and again until they have arrived."""

    __slots__ = ("_counted", "_told")

    def __init__(self) -> None:
        self._counted: dict[str, list[int]] = {}
        self._told: dict[str, list[int]] = {}  # handed in, but maybe not arrived

    def note(self, lane: str, at: int) -> None:
        """Somebody of this lane entered after a wait of this class."""
        self._counted.setdefault(lane, [0] * (len(WAIT_CLASSES) + 1))[at] += 1

    def hand_in(self) -> Mapping[str, Sequence[int]]:
        """What was counted; nothing in a room without lanes."""
        counted, self._counted = self._counted, {}
        for lane, waits in self._told.items():
            fresh = counted.get(lane)
            counted[lane] = [a + b for a, b in zip(waits, fresh, strict=True)] if fresh else waits
        self._told = counted
        return counted

    def arrived(self) -> None:
        """The store has what was handed in."""
        self._told = {}
