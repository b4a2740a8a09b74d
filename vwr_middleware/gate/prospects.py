"""What those who wait are told of their wait: how long it may take, and when to ask again.

Working that out for one position takes longer than all else in a poll. So each worker does it once
for all who are at roughly the same position. Making a whole answer from scratch takes some 13 us,
half of what the server itself needs, though nearly everything in it is the same for everybody. So a
sheet has that as text, and putting a visitor's numbers into it takes 1 us.
"""

from math import ceil

from vwr_middleware.gate import intervals
from vwr_middleware.gate.standing import Standing, outlook, status_text, waiting
from vwr_middleware.line.answers import Snapshot
from vwr_middleware.settings import Settings
from vwr_middleware.worker.estimates import DIGITS, wait_seconds
from vwr_middleware.worker.room_view import RoomView


class Prospect:
    """What somebody who waits is told."""

    __slots__ = ("as_json", "retry_after", "wait")

    def __init__(self, standing: Standing) -> None:
        self.wait = standing.wait
        self.retry_after = ceil(standing.retry_after)  # seconds
        self.as_json = f",{outlook(standing)}}}".encode()  # the end of a poll's answer


class Prospects:
    """The prospects of all who wait, by one reading of the room."""

    __slots__ = ("_edge", "_known", "_room", "_state", "knows_waits", "serving")

    def __init__(self, room: Snapshot) -> None:
        self._room, self.serving, self._state = room, room.serving, room.state
        self._edge = intervals.near_edge(room)
        self.knows_waits = wait_seconds(room, room.serving + 1) is not None
        #: By the rounded number of people ahead; negative beyond the horizon.
        self._known: dict[int, Prospect] = {}

    def holds(self) -> bool:
        """Whether it is up to date: the store's answers may have moved the counters since."""
        return self.serving == self._room.serving and self._state == self._room.state

    def of(self, position: int, now: float) -> Prospect:
        """The prospect of somebody who waits at this position."""
        ahead = position - self.serving
        spare = ahead.bit_length() - DIGITS  # `roughly`, written out: every poll passes here
        key = ahead >> spare << spare if spare > 0 else ahead
        if position > self._edge:
            key = -key
        return self._known.get(key) or self._work_out(key, position, now)

    def _work_out(self, key: int, position: int, now: float) -> Prospect:
        prospect = Prospect(waiting(self._room, position, now))
        if self._state != "scheduled":  # until the opening it changes all the time
            self._known[key] = prospect
        return prospect


def prospects_of(room: Snapshot) -> Prospects:
    """The prospects of a snapshot, made again when its serving counter or state has changed."""
    prospects: Prospects | None = room.derived.get("prospects")
    if prospects is None or not prospects.holds():
        prospects = room.derived["prospects"] = Prospects(room)
    return prospects


class PositionSheet:
    """The answers to those who wait and ask for their position."""

    __slots__ = ("_head", "_prospects", "_queue", "_room")

    def __init__(self, view: RoomView, settings: Settings, room: Snapshot) -> None:
        self._room, self._queue = room, room.queue
        self._prospects = prospects_of(room)
        status = status_text(view, settings)[:-1]
        self._head = f'{status},"you":"waiting","position":'.encode()

    def is_of(self, room: Snapshot) -> bool:
        """Whether it is up to date: the store's answers may have moved the counters since."""
        return self._room is room and self._queue == room.queue and self._prospects.holds()

    def body(self, position: int, now: float) -> bytes:
        """What `standing.as_json` says of somebody who waits, to the letter."""
        prospects = self._prospects
        # `max`, since another thread may have read by now that this position is called.
        ahead = max(0, position - prospects.serving - 1)
        end = prospects.of(position, now).as_json
        return b'%b%d,"ahead":%d%b' % (self._head, position, ahead, end)
