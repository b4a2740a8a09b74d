"""What the answers to all polls have in common, made once for each reading of the room.

A crowd that waits polls all the time. To make an answer from the start takes some 13 us, half as
long as all that the server does for it, and nearly everything in it is the same for everybody. So a
sheet holds that as text. To put a visitor's few numbers into it takes 1 us.
"""

from vwr_middleware.gate import standing as stand
from vwr_middleware.gate.prospects import prospects_of
from vwr_middleware.line.answers import Snapshot
from vwr_middleware.settings import Settings
from vwr_middleware.worker.room_view import RoomView


class PositionSheet:
    """The answers to those who wait and ask for their position."""

    __slots__ = ("_head", "_prospects", "_queue", "_room")

    def __init__(self, view: RoomView, settings: Settings, room: Snapshot) -> None:
        self._room, self._queue = room, room.queue
        self._prospects = prospects_of(room)
        status = stand.status_text(view, settings)[:-1]
        self._head = f'{status},"you":"waiting","position":'.encode()

    def is_of(self, room: Snapshot) -> bool:
        """Whether it is up to date: the store's answers may have moved the counters since."""
        return self._room is room and self._queue == room.queue and self._prospects.holds()

    def body(self, position: int, now: float) -> bytes:
        """What `standing.as_json` says of somebody who waits, to the letter."""
        prospects = self._prospects
        # `max`, since another thread may have read meanwhile that this position is called.
        ahead = max(0, position - prospects.serving - 1)
        end = prospects.of(position, now).as_json
        return b'%b%d,"ahead":%d%b' % (self._head, position, ahead, end)
