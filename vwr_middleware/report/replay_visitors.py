"""A day once more with other settings, visitor by visitor: what they would have done for each.

The day's log says when each came in. When each could have come in follows from the settings: when a
slot was free, the room was open and its pace allowed it. Between the two lies how long this visitor
took, which stays as it was, as does how long each stayed inside. So the day is gone through twice,
by its own settings and by the others: whoever came in so long after the first moment comes in so
long after the second one. With the settings of the day both are the same, and so is each visitor.

Whoever gave up goes in after all if the turn would have come before that. Of those who were in line
still, the part comes that came of all who were called. Whoever was called and did not come does not
come in a replay either, and who would have given up, if it had taken longer, nobody knows: nobody
does.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from heapq import heappop, heappush
from math import ceil
from statistics import median_low

from vwr_middleware.line.constants import BURST_SECONDS, TICKS
from vwr_middleware.report.day_log import Day, Rules, Visitor, in_order
from vwr_middleware.report.replay import LIMITLESS, SHUT, Wished

_NEVER = 10**18


@dataclass(slots=True)
class _Doorway:
    """When the next could come in: by the rules, by who is inside, and by the pace."""

    rules: Sequence[Rules]
    wished: Wished
    at: int
    inside: list[int] = field(default_factory=list)  # when their slots are free, as a heap
    allowed: float = 1.0  # admissions of the pace, as of `allowed_at`
    allowed_at: int = 0
    changes: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.allowed_at, self.changes = self.at, [each.since for each in self.rules]

    def opens(self, since: int) -> int:
        """The first moment from `since` on at which somebody could come in."""
        self.at = max(self.at, since)
        while self.at < _NEVER:
            later = self._held_until()
            if later <= self.at:
                break
            self.at = later
        return self.at

    def take(self, at: int, until: int) -> None:
        """Somebody comes in, and the slot is free again then."""
        self._refill(at)
        self.allowed -= 1
        heappush(self.inside, until)

    def _held_until(self) -> int:
        """Until when at least nobody can come in; a moment that is over: somebody can."""
        number = bisect_right(self.changes, self.at)
        rules = self.rules[max(0, number - 1)]
        change = self.changes[number] if number < len(self.changes) else _NEVER
        if rules.mode in SHUT:
            return change
        while self.inside and self.inside[0] <= self.at:
            heappop(self.inside)
        if len(self.inside) >= self._limit(rules):
            return min(change, self.inside[0] if self.inside else _NEVER)
        self._refill(self.at)
        rate, _ = self._pace(rules)
        if rate is None or self.allowed >= 1 - 1e-9:
            return self.at
        return min(change, self.at + max(1, ceil((1 - self.allowed) / rate * TICKS)))

    def _refill(self, at: int) -> None:
        rules = self.rules[max(0, bisect_right(self.changes, self.at) - 1)]
        rate, burst = self._pace(rules)
        if rate is None:
            self.allowed = 1.0
        elif at > self.allowed_at:
            passed = (at - self.allowed_at) / TICKS
            self.allowed = min(max(burst, 1.0), self.allowed + rate * passed)
        self.allowed_at = max(at, self.allowed_at)

    def _limit(self, rules: Rules) -> float:
        if self.wished.max_active is not None:
            return self.wished.max_active
        return _NEVER if rules.mode in LIMITLESS else rules.limit

    def _pace(self, rules: Rules) -> tuple[float | None, float]:
        if self.wished.per_minute is not None:
            rate = self.wished.per_minute / 60
            return rate, 1 + BURST_SECONDS * rate
        if self.wished.is_unpaced or rules.mode in LIMITLESS:
            return None, 0.0
        return rules.per_second, rules.burst


@dataclass(slots=True)
class _Chance:
    """Somebody's turn on the day: when it could have been, and how much later it was."""

    could: int
    took: int = 0


def replay_visitors(day: Day, wished: Wished | None = None) -> list[Visitor]:
    """The visitors with other settings; without any, exactly as they were. In the day's order."""
    order = in_order(day)
    chances = _chances_of(order, day)
    doorway = _Doorway(day.rules, wished or Wished(), day.begin)
    called = [v for v in order if v.called is not None and v.position and v.left is None]
    part = sum(v.entered is not None for v in called) / len(called) if called else 1.0
    took, stays = _usual(order, chances)
    found, comes = list[Visitor](), 0.5
    for visitor, chance in zip(order, chances, strict=True):
        could = doorway.opens(visitor.joined)
        if visitor.entered is not None:
            found.append(_moved(visitor, chance, could, doorway))
            continue
        is_sooner = could < min(chance.could, day.end) and visitor.called is None
        if is_sooner and visitor.left is None:
            comes += part
            is_sooner = comes >= 1
            comes -= is_sooner
        at = could + took
        if not is_sooner or (visitor.left is not None and at >= visitor.left):
            found.append(visitor)
            continue
        found.append(_late(visitor, at, at + stays, day.end))
        doorway.take(could, at + stays)
    return found


def _chances_of(order: Sequence[Visitor], day: Day) -> list[_Chance]:
    """When each could have come in on the day itself."""
    doorway, found = _Doorway(day.rules, Wished(), day.begin), list[_Chance]()
    for visitor in order:
        could = doorway.opens(visitor.joined)
        chance = _Chance(could)
        if visitor.entered is not None:
            chance.took = visitor.entered - could
            _moved(visitor, chance, could, doorway)
        found.append(chance)
    return found


def _moved(visitor: Visitor, chance: _Chance, could: int, doorway: _Doorway) -> Visitor:
    """Somebody who went in, by this turn. Where the rules do not explain the day (an operator
    called more, or a session came back), whoever went in too early does so again."""
    assert visitor.entered is not None
    called, entered = visitor.called, visitor.entered
    if chance.could < _NEVER <= could:
        return replace(visitor, called=None, entered=None, ended=None, how="")
    if chance.could >= _NEVER:
        doorway.at = min(could, entered)
    else:
        entered = max(visitor.joined, could + chance.took)
        doorway.at = max(visitor.joined, could + min(0, chance.took))
    stayed = None if visitor.ended is None else visitor.ended - visitor.entered
    ended = None if stayed is None else entered + stayed
    doorway.take(doorway.at, _NEVER if ended is None else ended)
    if could != chance.could:
        called = min(could, entered)
    return replace(visitor, called=called, entered=entered, ended=ended)


def _late(visitor: Visitor, entered: int, ended: int, end: int) -> Visitor:
    over = ended if ended < end else None
    return replace(visitor, called=entered, entered=entered, left=None, ended=over, how="")


def _usual(order: Sequence[Visitor], chances: Sequence[_Chance]) -> tuple[int, int]:
    """How long people took from their turn until they were in, and how long they stayed."""
    took = [
        chance.took
        for visitor, chance in zip(order, chances, strict=True)
        if visitor.entered is not None and visitor.position and 0 <= chance.took < _NEVER // 2
    ]
    stays = [
        visitor.ended - visitor.entered
        for visitor in order
        if visitor.entered is not None and visitor.ended is not None and visitor.how != "lapsed"
    ]
    return median_low(took) if took else 0, median_low(stays) if stays else 600 * TICKS


@dataclass(frozen=True, slots=True)
class InShort:
    """A day in a few numbers."""

    went_in: int
    most_in_line: int
    most_inside: int
    left_in_line: int
    waits: Sequence[float]  # of those who went in, in seconds, the shortest first

    def wait(self, part: float) -> float | None:
        """The seconds that this part of those who went in did not exceed; None: nobody did."""
        if not self.waits:
            return None
        return self.waits[min(len(self.waits) - 1, ceil(part * len(self.waits)) - 1)]


def in_short(visitors: Sequence[Visitor], end: int) -> InShort:
    """What a day's visitors come to, until it ends."""
    went = [v for v in visitors if v.entered is not None and v.entered < end and v.position]
    waits = sorted((v.entered - v.joined) / TICKS for v in went if v.entered is not None)
    inside = [(v.entered, v.ended) for v in visitors if v.entered is not None]
    line = [(v.joined, _out_of_line(v)) for v in visitors if v.position]
    still = sum(1 for _, gone in line if gone is None or gone >= end)
    return InShort(len(went), _most(line, end), _most(inside, end), still, waits)


def _out_of_line(visitor: Visitor) -> int | None:
    return visitor.left if visitor.entered is None else visitor.entered


def _most(spans: Sequence[tuple[int, int | None]], end: int) -> int:
    """How many of these spans of time there were at once at most."""
    steps = [(since, 1) for since, until in spans if since < end and since != until]
    steps += [(until, -1) for since, until in spans if until is not None and since != until]
    most = now = 0
    for _, step in sorted(steps):
        now += step
        most = max(most, now)
    return most
