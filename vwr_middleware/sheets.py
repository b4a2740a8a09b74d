"""What the answers to all who wait have in common, made once for each reading of the room.

A crowd that waits asks all the time, and an answer made afresh takes some 13 us: half as long as
all that the server does for it. Nearly everything in it is the same for everybody. So a sheet
holds that as text, and a visitor's answer is the sheet with a few numbers put in: 1 us.
"""

from bisect import bisect_left
from collections.abc import Callable

from vwr_middleware import intervals
from vwr_middleware import standing as stand
from vwr_middleware.estimates import wait_range, wait_reason, wait_seconds
from vwr_middleware.line.answers import Snapshot
from vwr_middleware.line.constants import FAR_MOST, NEAR_MOST
from vwr_middleware.settings import Settings
from vwr_middleware.worker import RoomView

#: Beyond all positions.
_NOBODY = 1 << 62


class Pace:
    """How soon each of those who wait is to ask again, by one reading of the room.

    The longest interval is most people's, so it is found out once from which position on it holds.
    """

    __slots__ = ("_far_from", "_near_from", "_room", "edge", "knows_waits", "serving")

    def __init__(self, room: Snapshot, now: float) -> None:
        self._room, self.serving = room, room.serving
        self.edge = intervals.near_edge(room)
        self.knows_waits = wait_seconds(room, room.serving + 1) is not None
        self._near_from = self._far_from = _NOBODY
        if room.state != "scheduled":  # or all wait for the same moment, which comes nearer
            self._near_from = self._longest_from(intervals.near, NEAR_MOST, now)
            self._far_from = self._longest_from(intervals.far, FAR_MOST, now)

    def _longest_from(
        self, interval: Callable[[Snapshot, int, float], float], most: float, now: float
    ) -> int:
        room = self._room
        positions = range(room.serving + 1, room.queue + 1)
        at = bisect_left(positions, True, key=lambda p: interval(room, p, now) >= most)
        return positions[at] if at < len(positions) else _NOBODY

    def interval(self, position: int, now: float) -> float:
        """The seconds until this one asks again."""
        if position > self.edge:
            if position >= self._far_from:
                return FAR_MOST
            return intervals.far(self._room, position, now)
        if position >= self._near_from:
            return NEAR_MOST
        return intervals.near(self._room, position, now)


def pace_of(room: Snapshot, now: float) -> Pace:
    """The pace of a snapshot, whose serving counter moves when a step of the store brings it."""
    pace: Pace | None = room.derived.get("pace")
    if pace is None or pace.serving != room.serving:
        pace = room.derived["pace"] = Pace(room, now)
    return pace


class PositionSheet:
    """The answers to those who wait and ask for their position."""

    __slots__ = ("_far", "_head", "_near", "_pace", "_queue", "_reason", "_room", "_state")

    def __init__(self, view: RoomView, settings: Settings, room: Snapshot, now: float) -> None:
        self._room, self._queue, self._state = room, room.queue, room.state
        self._pace = pace_of(room, now)
        self._head = f'{stand.status_text(view, settings)[:-1]},"you":"waiting","position":'
        self._reason = wait_reason(room)
        self._near = self._rest("null", NEAR_MOST, "position")
        self._far = self._rest("null", FAR_MOST, "status")

    def is_of(self, room: Snapshot) -> bool:
        """Whether it says what is known by now: the store's answers bring news meanwhile."""
        if self._room is not room or self._queue != room.queue:
            return False
        return self._pace.serving == room.serving and self._state == room.state

    def body(self, position: int, now: float) -> bytes:
        """What `standing.as_json` says of somebody who waits, to the letter."""
        room, pace = self._room, self._pace
        interval, is_far = pace.interval(position, now), position > pace.edge
        if pace.knows_waits:
            low, high = wait_range(room, position) or (0, 0)
            wait = f'{{"low":{low},"high":{high}}}'
            rest = self._rest(wait, interval, "status" if is_far else "position")
        elif interval == (FAR_MOST if is_far else NEAR_MOST):  # as good as always
            rest = self._far if is_far else self._near
        else:
            rest = self._rest("null", interval, "status" if is_far else "position")
        return f'{self._head}{position},"ahead":{position - pace.serving - 1}{rest}'.encode()

    def _rest(self, wait: str, interval: float, watch: str) -> str:
        return (
            f',"may_enter":false,"wait_seconds":{wait},"wait_reason":"{self._reason}",'
            f'"claim_by":null,"retry_after":{interval:.1f},"watch":"{watch}"}}'
        )
