"""Where everybody really is. The room is judged by this; it is independent of what the room
knows."""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Any

from vwr_middleware.line.capacity import on_the_way, usual_burst
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
    overtaken: int


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
    arrived: int = 0
    here: int = 0
    gone: int = 0  # for good
    missed: int = 0  # turns
    _until: dict[str, float] = field(default_factory=dict)
    _ends: list[tuple[float, str]] = field(default_factory=list)
    _refused: list[int] = field(default_factory=list)
    _tokens: float = 0.0
    _tokens_at: float = 0.0

    def active(self, now: float) -> int:
        """Sessions whose slot is taken."""
        while self._ends and self._ends[0][0] <= now:
            until, session = heappop(self._ends)
            if self._until.get(session) == until:
                del self._until[session]
        return len(self._until)

    def runs_until(self, session: str, until: float) -> None:
        """A session begins or goes on."""
        self._until[session] = until
        heappush(self._ends, (until, session))

    def ended(self, session: str) -> None:
        """A session ended early."""
        self._until.pop(session, None)

    def see_called(self, visitor: Visitor, serving: int) -> None:
        """Somebody asks: from the first time at which it is called, nobody should overtake it."""
        if visitor.position <= serving and visitor.tried is None:
            visitor.tried = len(self.entries)

    def refuse(self, visitor: Visitor) -> None:
        """Somebody who was called found no slot: from now on nobody may overtake this visitor."""
        if not visitor.is_hidden:
            _add(self._refused, visitor.position)

    def forget(self, position: int) -> None:
        """Somebody left, slept in or entered."""
        _drop(self._refused, position)

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
        self.forget(visitor.position)
        overtaken = 0
        if visitor.tried is not None:
            later = self.entries[visitor.tried :]
            overtaken = sum(1 for entry in later if entry.position > visitor.position)
        self.entries.append(Entry(now, visitor.position, now - visitor.joined, overtaken))
        self.runs_until(session, until)

    def change(self, rules: Mapping[str, Any], now: float) -> None:
        """From now on these settings are in force."""
        self._refill(now)
        per_minute = rules["per_minute"]
        self.limit, self.per_second = rules["max_active"], per_minute and per_minute / 60
        burst = rules["burst"] or usual_burst(self.per_second or 0.0)
        self.burst = on_the_way(self.per_second or 0.0, burst)

    def _free_with_pace(self, free: int, now: float) -> float:
        if self.per_second is None:
            return free
        self._refill(now)
        full = self._tokens
        self._tokens = full - 1
        return min(free, full)

    def _refill(self, now: float) -> None:
        if self.per_second is not None:
            passed, self._tokens_at = now - self._tokens_at, now
            self._tokens = min(self.burst, self._tokens + passed * self.per_second)


def _add(order: list[int], position: int) -> None:
    index = bisect_left(order, position)
    if index == len(order) or order[index] != position:
        order.insert(index, position)


def _drop(order: list[int], position: int) -> None:
    index = bisect_left(order, position)
    if index < len(order) and order[index] == position:
        del order[index]
