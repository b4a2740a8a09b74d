"""What all who wait are told alike, worked out once for each reading of the room.

Nearly everything in an answer to a poll, and in a page, is the same for everybody. Making such an
answer from scratch takes some 13 us, half of what the server itself needs, and a page some 90 us.
With what is kept here, putting a visitor's own numbers into it takes 1 or 2 us.

A reading lasts until the room is read again, or until an answer of the store has moved a counter or
the state. What does not depend on what has moved is handed on to the next reading:

    kept       what it is                                    good until
    shared_pages       see page_cache.py                     another snapshot or state
    prospects  how long the wait may be, when to ask again   the same, or the serving counter moves
    half_filled_pages  see page_cache.py                     the same, or the queue counter moves
    poll_head  how each answer to a poll begins              the same
"""

from collections.abc import Hashable
from math import ceil
from typing import TYPE_CHECKING

from vwr_middleware.gate import intervals
from vwr_middleware.gate.lane_answers import LaneAnswers
from vwr_middleware.gate.standing import Standing, odds_for, outlook, own_status_text, waiting
from vwr_middleware.pages.page_slots import SlottedPage
from vwr_middleware.settings import Settings
from vwr_middleware.web.remembered import Kept
from vwr_middleware.worker.current_room import CurrentRoom
from vwr_middleware.worker.room_view import RoomView
from vwr_middleware.worker.stock_odds import odds_of
from vwr_middleware.worker.wait_estimates import DIGITS, wait_seconds

if TYPE_CHECKING:
    from vwr_middleware.gate.page_cache import HalfFilledPage

#: Shared and half-filled pages kept at most, the latter of some 6 kB each.
_SHARED_PAGES_MOST, HALF_FILLED_PAGES_MOST = 1024, 64


class Prospect:
    """What somebody who waits is told of the wait."""

    __slots__ = ("as_json", "behind", "odds", "retry_after", "wait")

    def __init__(self, standing: Standing, settings: Settings) -> None:
        self.wait = wait = standing.wait
        self.behind = standing.behind if settings.public_numbers else None
        self.retry_after = ceil(standing.retry_after)  # seconds
        self.odds = odds = odds_for(standing.wait_of, standing)
        self.as_json = f",{outlook(standing, settings, wait, odds)}}}".encode()  # a poll's end


class Prospects:
    """The prospects of all who wait: one for all who are at roughly the same position."""

    __slots__ = (
        *("_edge", "_known", "_room", "_serving", "_settings", "_state"),
        *("knows_odds", "knows_waits"),
    )

    def __init__(self, room: CurrentRoom, settings: Settings) -> None:
        self._room, self._serving, self._state = room, room.serving, room.state
        self._settings = settings
        self._edge = intervals.near_edge(room)
        self.knows_waits = wait_seconds(room, room.serving + 1) is not None
        self.knows_odds = odds_of(room, room.serving + 1) is not None
        #: By the rounded number of people ahead; negative beyond the horizon.
        self._known: dict[int, Prospect] = {}

    def of(self, position: int, now: float) -> Prospect:
        """The prospect of somebody who waits at this position."""
        ahead = position - self._serving
        spare = ahead.bit_length() - DIGITS  # `roughly`, written out: every poll passes here
        key = ahead >> spare << spare if spare > 0 else ahead
        if position > self._edge:
            key = -key
        return self._known.get(key) or self._work_out(key, position, now)

    def _work_out(self, key: int, position: int, now: float) -> Prospect:
        prospect = Prospect(waiting(self._room, position, now), self._settings)
        if self._state != "scheduled":  # until the opening it changes all the time
            self._known[key] = prospect
        return prospect


class Reading:
    """What is kept between two changes of the room's counters or state."""

    __slots__ = (
        *("half_filled_pages", "lanes", "mark", "poll_head", "prospects"),
        *("queue", "room", "serving", "shared_pages", "state"),
    )

    def __init__(self, room: CurrentRoom, settings: Settings, before: "Reading | None") -> None:
        self.room, self.state = room, room.state
        self.serving, self.queue = room.serving, room.queue
        #: By this a form, which lives longer, knows its reading without keeping it alive.
        self.mark = object()
        if before is not None and (before.room is not room or before.state != self.state):
            before = None
        #: By language, host and mount prefix.
        self.shared_pages: Kept[Hashable, SlottedPage] = (
            before.shared_pages if before else Kept(_SHARED_PAGES_MOST)
        )
        if before is not None and before.serving != self.serving:
            before = None
        self.prospects: Prospects = before.prospects if before else Prospects(room, settings)
        #: By the wanted address as well.
        self.half_filled_pages: Kept[Hashable, HalfFilledPage] | None = None  # none yet
        self.poll_head = b""  # made for the first poll
        self.lanes = LaneAnswers(room) if room.snapshot.layout else None


class Readings:
    """The latest reading of one room."""

    def __init__(self, view: RoomView, settings: Settings) -> None:
        self._view, self._settings = view, settings
        self._latest: Reading | None = None

    def of(self, room: CurrentRoom) -> Reading:
        """The reading of a snapshot as it is now."""
        latest = self._latest
        if (
            latest is None
            or latest.room is not room
            or latest.serving != room.serving
            or latest.queue != room.queue
            or latest.state != room.state
        ):
            latest = self._latest = Reading(room, self._settings, latest)
        return latest

    def poll(self, room: CurrentRoom, position: int, now: float) -> bytes:
        """What `standing.as_json` says of somebody who waits, to the letter."""
        reading = self.of(room)
        if reading.lanes is not None:
            begun = reading.lanes.begin(self._view, self._settings, position)
            return begun + reading.prospects.of(position, now).as_json
        head = reading.poll_head or self._begin(reading)
        if room.registers:
            prospect = reading.prospects.of(position, now)
            return b'%b%d,"ahead":null%b' % (head, position, prospect.as_json)
        # `max`, since another thread may have read by now that this position is called.
        ahead = max(0, position - reading.serving - 1)
        return b'%b%d,"ahead":%d%b' % (
            head,
            position,
            ahead,
            reading.prospects.of(position, now).as_json,
        )

    def _begin(self, reading: Reading) -> bytes:
        status = own_status_text(self._view, self._settings)
        reading.poll_head = f'{status},"you":"waiting","position":'.encode()
        return reading.poll_head
