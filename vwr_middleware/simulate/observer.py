"""Where everybody really is. The room is judged by this; it is independent of what the room
knows."""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Any

from vwr_middleware.line.capacity import on_the_way, usual_burst
from vwr_middleware.simulate.lanes import LaneCounts
from vwr_middleware.simulate.visitor import Visitor


@dataclass(slots=True)
class Sample:
    """The room at one moment."""

    at: float
    active: int
    limit: int
    here: int  # in line with the page open and awake
    waiting: int  # by the counters, the absent included
    arrived: int
    admitted: int
    adaptive: dict[str, Any]  # the state of the adaptive strategy, if there is one


@dataclass(slots=True)
class Entry:
    """One admission."""

    at: float
    position: int
    waited: float
    overtaken: int  # by so many, while it asked as it was told
    overtaken_for: float = 0.0  # seconds from the first of them to this one
    lane: str = ""


@dataclass(slots=True)
class Observer:
    """Counts sessions, entries and broken promises by itself, from the answers alone."""

    limit: int = 0
    per_second: float | None = None
    burst: float = 0.0  # admissions that may come at once
    samples: list[Sample] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)  # as they were handed out
    overshoot: int = 0  # the most that was ever let in above the limit
    #: People let in before somebody whom a worker had turned away, and who went on asking as told.
    violations: int = 0
    #: People let in into a slot that somebody needed who was in line before, and asked as told.
    slots_taken: int = 0
    freed: list[float] = field(default_factory=list)  # when a slot became free, each
    arrived: int = 0
    here: int = 0
    gone: int = 0  # for good
    missed: int = 0  # turns
    lanes: LaneCounts = field(default_factory=LaneCounts)
    _until: dict[str, float] = field(default_factory=dict)
    _ends: list[tuple[float, str]] = field(default_factory=list)
    _refused: list[int] = field(default_factory=list)
    _obedient: list[int] = field(default_factory=list)  # in line, by position
    _entered: list[int] = field(default_factory=list)  # by position
    _entry_of: dict[int, int] = field(default_factory=dict)  # its index, by position
    _tokens: float = 0.0
    _tokens_at: float = 0.0

    def active(self, now: float) -> int:
        """Sessions whose slot is taken."""
        while self._ends and self._ends[0][0] <= now:
            until, session = heappop(self._ends)
            if self._until.get(session) == until:
                del self._until[session]
                self._slots_free(until)
        return len(self._until)

    def runs_until(self, session: str, until: float) -> None:
        """A session begins or goes on."""
        self._until[session] = until
        heappush(self._ends, (until, session))

    def ended(self, session: str, now: float) -> None:
        """A session ended early."""
        if self._until.pop(session, None) is not None:
            self._slots_free(now)

    def wait_begins(self, visitor: Visitor) -> None:
        """Somebody is in line with the page open, or is awake again."""
        self.here += 1
        self.lanes.waiting[visitor.lane] += 1

    def wait_ends(self, visitor: Visitor) -> None:
        """Somebody comes in, goes, or falls asleep."""
        self.here -= 1
        self.lanes.waiting[visitor.lane] -= 1

    def obeys(self, visitor: Visitor) -> None:
        """Somebody is in line and asks as told: from now on nobody should overtake this visitor."""
        if visitor.can_obey and visitor.obeys_since is None:
            visitor.obeys_since = len(self.entries)
            _add(self._obedient, visitor.position)

    def obeys_no_more(self, visitor: Visitor) -> None:
        """Somebody left, fell asleep, or could not be heard."""
        visitor.obeys_since = None
        _drop(self._obedient, visitor.position)
        _drop(self._refused, visitor.position)

    def refuse(self, visitor: Visitor) -> None:
        """Somebody who was called found no slot: from now on nobody may overtake this visitor."""
        if not visitor.is_hidden:
            _add(self._refused, visitor.position)

    def left(self, visitor: Visitor) -> None:
        """Somebody is gone for good."""
        if visitor.where != "gone":
            visitor.where = "gone"
            self.gone += 1

    def let_in(self, visitor: Visitor, session: str, until: float, now: float) -> None:
        """A session begins: was there a slot, and was it this one's?"""
        free = self.limit - self.active(now)
        if free < 1:
            self.overshoot = max(self.overshoot, 1 - free)
        slots = self._free_with_pace(free, now)
        refused = bisect_left(self._refused, visitor.position)
        self.violations += bool(refused and slots <= refused)
        before = bisect_left(self._obedient, visitor.position)
        self.slots_taken += bool(before and slots <= before)
        by = self._overtaken_by(visitor)
        first = min((entry.at for entry in by), default=now)
        self.obeys_no_more(visitor)
        _add(self._entered, visitor.position)
        self._entry_of[visitor.position] = len(self.entries)
        waited = now - visitor.joined
        self.entries.append(
            Entry(now, visitor.position, waited, len(by), now - first, visitor.lane)
        )
        self.lanes.enters(visitor.lane)
        self.runs_until(session, until)

    def _overtaken_by(self, visitor: Visitor) -> list[Entry]:
        """Those behind who came in while this one asked as told."""
        since = visitor.obeys_since
        if since is None:
            return []
        behind = self._entered[bisect_left(self._entered, visitor.position) :]
        numbers = (self._entry_of[position] for position in behind)
        return [self.entries[number] for number in numbers if number >= since]

    def change(self, rules: Mapping[str, Any], now: float) -> None:
        """From now on these settings are in force."""
        self._refill(now)
        per_minute, before = rules["per_minute"], self.limit
        self.limit, self.per_second = rules["max_active"], per_minute and per_minute / 60
        burst = rules["burst"] or usual_burst(self.per_second or 0.0)
        self.burst = on_the_way(self.per_second or 0.0, burst)
        self._slots_free(now, self.limit - before)

    def _slots_free(self, at: float, count: int = 1) -> None:
        """With a pace it is not the slots that people wait for: see `_refill`."""
        if self.per_second is None:
            self.freed.extend([at] * count)

    def _free_with_pace(self, free: int, now: float) -> float:
        if self.per_second is None:
            return free
        self._refill(now)
        full = self._tokens
        self._tokens = full - 1
        return min(free, full)

    def _refill(self, now: float) -> None:
        if self.per_second is not None:
            passed, self._tokens_at, before = now - self._tokens_at, now, self._tokens
            self._tokens = min(self.burst, self._tokens + passed * self.per_second)
            whole = range(int(before) + 1, int(self._tokens) + 1)
            self.freed.extend(now - (self._tokens - each) / self.per_second for each in whole)


def _add(order: list[int], position: int) -> None:
    index = bisect_left(order, position)
    if index == len(order) or order[index] != position:
        order.insert(index, position)


def _drop(order: list[int], position: int) -> None:
    index = bisect_left(order, position)
    if index < len(order) and order[index] == position:
        del order[index]
