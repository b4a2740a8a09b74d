"""What all who wait in one lane are told alike: what answer_cache.py has of a reading, by lane.

Number, people ahead and serving counter are those of the lane, so an answer to a poll begins in
another way in each lane. All else of an answer is as without lanes.
"""

from vwr_middleware.gate.standing import (
    InLane,
    drawn_in_lane,
    in_lane,
    place_in_lane,
    status_in_lane,
)
from vwr_middleware.line.lane_numbers import numbering
from vwr_middleware.line.lanes import count_of
from vwr_middleware.settings import Settings
from vwr_middleware.settings.slow_kinds import SLOW
from vwr_middleware.worker.current_room import CurrentRoom
from vwr_middleware.worker.room_view import RoomView


class LaneAnswers:
    """What is kept of one reading for the people of each lane."""

    __slots__ = ("_heads", "_layout", "_marks", "_number_of", "_room", "_serving")

    def __init__(self, room: CurrentRoom) -> None:
        self._room, self._serving = room, room.serving
        self._layout = room.snapshot.layout
        self._number_of = numbering(self._layout).of
        #: By lane: how each answer to a poll begins, and the lane's own serving counter.
        self._heads: dict[str, tuple[bytes, int]] = {}
        self._marks: dict[str, object] = {}

    def own(self, position: int) -> InLane:
        """What is shown of a place, as `in_lane` says it."""
        lane, number = self._number_of(position)
        is_slow = lane == SLOW and not self._room.registers
        slow = in_lane(self._room, position) if is_slow else None
        if slow is not None:
            return slow
        serving = count_of(self._layout, lane, 0, self._serving)
        return InLane(lane, number, serving, max(0, number - serving - 1))

    def mark(self, lane: str) -> object:
        """By this a half-filled page knows that it is of this reading, and of this lane."""
        return self._marks.setdefault(lane, object())

    def begin(self, view: RoomView, settings: Settings, position: int) -> bytes:
        """The beginning of an answer to a poll of somebody who waits, up to the people ahead."""
        lane, number = self._number_of(position)
        if lane == SLOW and not self._room.registers:
            own = self.own(position)
            head, _ = self._heads.get(lane) or self._head(view, settings, lane, own.serving)
            drawn = place_in_lane(drawn_in_lane(self._room, lane, position))
            return b'%b%d,"ahead":%d%b' % (head, own.number, own.ahead, drawn.encode())
        head, serving = self._heads.get(lane) or self._head(
            view, settings, lane, count_of(self._layout, lane, 0, self._serving)
        )
        if self._room.registers:
            return b'%b%d,"ahead":null' % (head, number)
        return b'%b%d,"ahead":%d' % (head, number, max(0, number - serving - 1))

    def _head(
        self, view: RoomView, settings: Settings, lane: str, serving: int
    ) -> tuple[bytes, int]:
        status = status_in_lane(view, settings, lane, serving)
        found = f'{status},"you":"waiting","position":'.encode(), serving
        return self._heads.setdefault(lane, found)
