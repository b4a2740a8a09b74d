"""The day's log of a room, read: who joined, was called, went in and left, and when.

Times are ticks, of which a second has ten: whole numbers, so that a replay of the day is the day to
the last of them.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from heapq import heappop, heappush
from operator import attrgetter
from typing import NamedTuple

from vwr_middleware.errors import Refused
from vwr_middleware.line.constants import MODES, STRIDE, TICKS
from vwr_middleware.line.day_log import (
    BEFORE,
    CALLED,
    DRAWN,
    ENDED,
    ENTERED,
    FIRST_ENDED,
    HEAD,
    JOINED,
    KNOCKED,
    LANES,
    LEFT,
    MASK,
    PLACED,
    RULES,
    events_in,
    unzigzag,
)

_NOTHING = "nothing is kept of this time: set day_log before the day, or replay it by minutes"
_NONE = "this is no day's log: part {} cannot be read ({})"
_MISSING = "a part of the day's log is missing before its part {}: its times cannot be told"
_FIRST = 10**15  # longer than any time that we are told of


@dataclass(slots=True)
class Visitor:
    """Somebody in the log. Whose claim lapsed stands there once more for the next."""

    generation: int
    position: int  # 0: was inside as the log begins, and nothing more is known
    joined: int
    called: int | None = None
    entered: int | None = None
    left: int | None = None  # when the place was given up, or went with a reset
    ended: int | None = None
    how: str = ""


class Rules(NamedTuple):
    """What held back, from a tick on, who might come in."""

    since: int
    limit: int
    mode: str
    per_second: float | None
    burst: float


@dataclass(slots=True)
class Day:
    """What is known of each visitor of a time."""

    begin: int
    end: int
    visitors: list[Visitor] = field(default_factory=list)
    rules: list[Rules] = field(default_factory=list)
    has_lanes: bool = False  # then who goes in next is no matter of the place alone


def read_day(chunks: Iterable[bytes]) -> Day:
    """A day as the store or a file has it. Raises Refused if it is none, or not whole."""
    reader = _Reader()
    for number, chunk in enumerate(chunks, 1):
        try:
            for kind, passed, rest in events_in(chunk):
                reader.take(kind, passed, rest)
        except _Gap as error:
            raise Refused(_MISSING.format(number)) from error
        except (ValueError, KeyError, OverflowError) as error:
            why = error.args[0] if isinstance(error, ValueError) else "no day went like that"
            raise Refused(_NONE.format(number, why)) from error
    if reader.day is None:
        raise Refused(_NOTHING)
    reader.day.end = reader.tick
    return reader.day


class _Gap(Exception):
    """A part of a log is not there."""


class _Reader:
    """Reads one event after the other."""

    def __init__(self) -> None:
        self.day: Day | None = None
        self.tick = self.chunk = self.generation = self.queue = self.serving = 0
        self.went_in = self.went_out = 0
        self.in_line: dict[int, Visitor] = {}
        self.inside: dict[tuple[int, int], Visitor] = {}
        self.unknown: list[Visitor] = []  # who were inside as the log began
        self.assumed: list[Visitor] = []  # in line at a beginning, by the counters alone
        self.begins = False  # whether a line has begun with the latest head

    def take(self, kind: int, passed: int, rest: Sequence[int]) -> None:
        self.tick += passed
        if kind == HEAD:
            self._head(*rest)
            return
        if FIRST_ENDED <= kind < BEFORE:
            self.went_out += unzigzag(rest[0]) + 1
            self._end(ENDED[kind - FIRST_ENDED], self.generation, self.went_out)
        elif kind == BEFORE:
            self._end(ENDED[rest[0] % len(ENDED)], *rest[1:])
        elif kind == KNOCKED:
            return  # a replay works out by itself who asks, and when
        elif kind in (ENTERED, LEFT):
            self.went_in += unzigzag(rest[0]) + 1
            (self._enter if kind == ENTERED else self._leave)(self.went_in)
        else:
            _OTHERS[kind](self, *rest)

    def _head(
        self, chunk: int, tick: int, generation: int, queue: int, serving: int, inside: int
    ) -> None:
        if max(queue, serving, inside) > 2**31 or serving > queue or tick > _FIRST:
            raise ValueError("no room stands like that")
        if self.day is None:
            self.day = Day(tick, tick)
            self.unknown = [Visitor(generation, 0, tick, tick, tick) for _ in range(inside)]
            self.day.visitors += self.unknown
        else:
            is_further = generation == self.generation and queue > self.queue
            is_further = is_further and not self.day.has_lanes  # numbers may lie between
            if not 0 <= chunk - self.chunk <= 1 or tick < self.tick or is_further:
                raise _Gap
        self.chunk, self.tick, self.assumed = chunk, tick, []
        self.begins = generation != self.generation
        if self.begins:
            self._reset(generation, serving)
            self._join(queue - serving)
            self.assumed = [*self.in_line.values()]
        self.queue, self.serving = queue, serving
        self.went_in = self.went_out = serving

    def _reset(self, generation: int, serving: int) -> None:
        for visitor in self.in_line.values():
            visitor.left = self.tick
        self.in_line = {}
        self.generation, self.queue, self.serving = generation, serving, serving

    def _rules(self, limit: int, mode: int, pace: int, burst: int) -> None:
        name = MODES[mode - 1] if 0 < mode <= len(MODES) else ""
        per_second = (pace - 1) / 6000 if pace else None
        self._known().rules.append(Rules(self.tick, limit, name, per_second, float(burst)))

    def _known(self) -> Day:
        if self.day is None:
            raise ValueError("it has no beginning")
        return self.day

    def _join(self, count: int) -> None:
        if count > 2**24:
            raise ValueError("no room gives so many places at once")
        for position in range(self.queue + 1, self.queue + count + 1):
            self._add(position)
        self.queue += count

    def _has_lanes(self) -> None:
        """Of positions that were handed out before nobody knows which have a visitor."""
        day = self._known()
        day.has_lanes = True
        for visitor in self.assumed:
            day.visitors.pop()
            del self.in_line[visitor.position]
        self.assumed = []

    def _drawn(self, to: int, *bits: int) -> None:
        """Those who were drawn in a lane, up to this position, as far as they are not called."""
        own = {at for at in range(STRIDE) if bits[at // MASK] >> at % MASK & 1}
        if not self.begins or not own or to - self.serving > 2**24:
            raise ValueError("no draw goes like that")
        for position in range(self.serving + 1, to + 1):
            if (position - 1) % STRIDE in own:
                self._add(position)

    def _place(self, further: int) -> None:
        position = self.queue + 1 + unzigzag(further)
        if not 0 < position < 2**31:
            raise ValueError("no room has such a place")
        self._known().has_lanes = True
        self._add(position)
        self.queue = max(self.queue, position)

    def _add(self, position: int) -> Visitor:
        visitor = Visitor(self.generation, position, self.tick)
        self._known().visitors.append(visitor)
        self.in_line[position] = visitor
        return visitor

    def _call(self, count: int) -> None:
        is_early = count > self.queue - self.serving and not self._known().has_lanes
        if is_early or count > 2**24:
            raise ValueError("nobody is called who has not come")
        for position in range(self.serving + 1, self.serving + count + 1):
            if visitor := self.in_line.get(position):
                visitor.called = self.tick
        self.serving += count
        self.queue = max(self.queue, self.serving)

    def _enter(self, position: int) -> None:
        visitor = self.in_line.pop(position, None)
        if visitor is None:  # was called before the log begins
            visitor = self._add(position)
            del self.in_line[position]
        if visitor.called is None:
            visitor.called = self.tick
        visitor.entered = self.tick
        self.inside[self.generation, position] = visitor

    def _leave(self, position: int) -> None:
        if visitor := self.in_line.pop(position, None):
            visitor.left = self.tick

    def _end(self, how: str, generation: int, position: int) -> None:
        visitor = self.inside.pop((generation, position), None)
        if visitor is None and self.unknown:
            visitor = self.unknown.pop()
            visitor.generation, visitor.position = generation, position
        if visitor is None:
            return  # a session that a worker brought back after an outage
        visitor.ended, visitor.how = self.tick, how
        if how == "lapsed" and generation == self.generation:
            self._add(position).called = self.tick


_OTHERS: Mapping[int, Callable[..., None]] = {
    RULES: _Reader._rules,
    JOINED: _Reader._join,
    CALLED: _Reader._call,
    PLACED: _Reader._place,
    LANES: _Reader._has_lanes,
    DRAWN: _Reader._drawn,
}


def part_of(day: Day, begin: float, end: float) -> Day:
    """The part of a day between two moments, in seconds; who was there already came with it."""
    first, last = max(day.begin, round(begin * TICKS)), min(day.end, round(end * TICKS))
    if first >= last:
        raise Refused("the day's log has nothing of this time")
    visitors = [
        _within(visitor, first, last)
        for visitor in day.visitors
        if visitor.joined < last and (_gone(visitor) is None or (_gone(visitor) or 0) > first)
    ]
    before = [rules for rules in day.rules if rules.since <= first][-1:]
    rules = [*before, *(each for each in day.rules if first < each.since < last)]
    return Day(first, last, visitors, rules, day.has_lanes)


def _gone(visitor: Visitor) -> int | None:
    return visitor.ended if visitor.ended is not None else visitor.left


def _within(visitor: Visitor, first: int, last: int) -> Visitor:
    def cut(tick: int | None) -> int | None:
        return None if tick is None or tick >= last else max(first, tick)

    ended = cut(visitor.ended)
    return replace(
        visitor,
        joined=max(first, visitor.joined),
        called=cut(visitor.called),
        entered=cut(visitor.entered),
        left=cut(visitor.left),
        ended=ended,
        how=visitor.how if ended is not None else "",
    )


def in_order(day: Day) -> list[Visitor]:
    """All in the order in which they went in. Who did not stands where the turn would have come:
    before the first who went in with a later place after that."""
    went = sorted((v for v in day.visitors if v.entered is not None), key=attrgetter("entered"))
    coming = deque(v for v in day.visitors if v.entered is None)  # in the order of joining
    there, found = list[tuple[tuple[int, int], int, Visitor]](), list[Visitor]()
    for visitor in went:
        while coming and coming[0].joined <= (visitor.entered or 0):
            heappush(there, (_place(coming[0]), len(coming), coming.popleft()))
        while visitor.position and there and there[0][0] < _place(visitor):
            found.append(heappop(there)[2])
        found.append(visitor)
    return [*found, *(each for *_, each in sorted(there)), *coming]


def _place(visitor: Visitor) -> tuple[int, int]:
    return visitor.generation, visitor.position
