"""What the answers to all who wait have in common, made once for each reading of the room.

A crowd that waits asks all the time, and an answer made afresh takes some 13 us: half as long as
all that the server does for it. Nearly everything in it is the same for everybody. So a sheet
holds that as text, and a visitor's answer is the sheet with a few numbers put in: 1 us.
"""

from bisect import bisect_left
from collections.abc import Callable

from vwr_middleware.gate import intervals
from vwr_middleware.gate import standing as stand
from vwr_middleware.line.answers import Snapshot
from vwr_middleware.line.constants import FAR_MOST, NEAR_MOST
from vwr_middleware.settings import Settings
from vwr_middleware.worker.estimates import wait_range, wait_reason, wait_seconds
from vwr_middleware.worker.room_view import RoomView

#: Beyond all positions.
_NOBODY = 1 << 62


class Pace:
    """How soon each of those who wait is to ask again, by one reading of the room.

    The longest interval is most people's, so it is found out once from which position on it holds.
    """

    __slots__ = ("_room", "edge", "far_from", "knows_waits", "near_from", "serving")

    def __init__(self, room: Snapshot, now: float) -> None:
        self._room, self.serving = room, room.serving
        self.edge = intervals.near_edge(room)
        self.knows_waits = wait_seconds(room, room.serving + 1) is not None
        self.near_from = self.far_from = _NOBODY
        if room.state != "scheduled":  # or all wait for the same moment, which comes nearer
            self.near_from = self._longest_from(intervals.near, NEAR_MOST, now)
            far_from = self._longest_from(intervals.far, FAR_MOST, now)
            self.far_from = max(far_from, self.edge + 1)

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
            if position >= self.far_from:
                return FAR_MOST
            return intervals.far(self._room, position, now)
        if position >= self.near_from:
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
        status = stand.status_text(view, settings)[:-1]
        self._head = f'{status},"you":"waiting","position":'.encode()
        self._reason = wait_reason(room)
        self._near = self._rest("null", NEAR_MOST, self._pace.edge)
        self._far = self._rest("null", FAR_MOST, self._pace.edge + 1)

    def is_of(self, room: Snapshot) -> bool:
        """Whether it says what is known by now: the store's answers bring news meanwhile."""
        if self._room is not room or self._queue != room.queue:
            return False
        return self._pace.serving == room.serving and self._state == room.state

    def body(self, position: int, now: float) -> bytes:
        """What `standing.as_json` says of somebody who waits, to the letter."""
        pace = self._pace
        # As good as always: nothing is known of waits, and one asks again as late as one may.
        if pace.knows_waits:
            rest = self._with_wait(position, now)
        elif position >= pace.far_from:
            rest = self._far
        elif pace.edge >= position >= pace.near_from:
            rest = self._near
        else:
            rest = self._rest("null", pace.interval(position, now), position)
        # In another thread it may have been called since it was looked at.
        ahead = max(0, position - pace.serving - 1)
        return b'%b%d,"ahead":%d%b' % (self._head, position, ahead, rest)

    def _with_wait(self, position: int, now: float) -> bytes:
        low, high = wait_range(self._room, position) or (0, 0)
        wait = f'{{"low":{low},"high":{high}}}'
        return self._rest(wait, self._pace.interval(position, now), position)

    def _rest(self, wait: str, interval: float, position: int) -> bytes:
        watch = "status" if position > self._pace.edge else "position"
        return (
            f',"may_enter":false,"wait_seconds":{wait},"wait_reason":"{self._reason}",'
            f'"claim_by":null,"retry_after":{interval:.1f},"watch":"{watch}"}}'
        ).encode()
