"""The day's log of a room: when each visitor joined, was called, came to the door, went in, and
ended or left.

It is kept for `vwr replay` and for looking visitors up, if the setting `day_log` asks for it. Each
step appends what it has done, so the log costs no step of its own: to a buffer among the room's
numbers, and when that is full, to the journal, as a chunk that can be read by itself. The oldest
chunks go away when there are more than for so many visitors as the setting says, or when they are
two days old.

A chunk is a list of whole numbers, packed as in minutes.py. An event is one number for its kind and
for how many tenths of a second it comes after the event before, then what the kind needs. Positions
are told by their distance from the one before, so most take one byte. People who join, or are
called, at one moment are one event. Where lanes leave positions free, it is noted of each who got
which: two or three bytes more.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import floor

from vwr_middleware.line.constants import (
    DAY_CHUNK,
    DAY_KEPT,
    DAY_MARK,
    DAY_SPAN,
    DAY_VISITOR,
    MODES,
    STRIDE,
    TICKS,
)
from vwr_middleware.line.drawn_lanes import drawn_lanes
from vwr_middleware.line.minutes import numbers_in, varint
from vwr_middleware.line.session_ids import place_of
from vwr_middleware.line.state import Line

#: The kinds of events. HEAD begins a chunk: the time, and how the room stands. Each of ENDED is by
#: itself a kind; BEFORE is the end of a session of an earlier generation. KNOCKED tells a position
#: by how far below the serving counter it is, since those who knock were called lately. In a room
#: with lanes, which LANES says behind HEAD, PLACED stands for JOINED: it names the position. Where
#: lanes were drawn, DRAWN says of each where its people stand as the line begins.
HEAD, RULES, JOINED, CALLED, ENTERED, LEFT, BEFORE = 0, 1, 2, 3, 4, 5, 11
KNOCKED, PLACED, LANES, DRAWN = 12, 13, 14, 15
ENDED = ("completed", "abandoned", "revoked", "expired", "lapsed")
FIRST_ENDED = 6
KINDS = 16
#: Positions of a hundred that one number of DRAWN tells: whether each is the lane's, as a bit.
MASK = 25
#: How many numbers follow each kind.
FOLLOW = {
    **{HEAD: 6, RULES: 4, BEFORE: 3, LANES: 0, DRAWN: 1 + STRIDE // MASK},
    **dict.fromkeys((JOINED, CALLED, ENTERED, LEFT, KNOCKED, PLACED), 1),
    **{FIRST_ENDED + at: 1 for at in range(len(ENDED))},
}

# Where the log stands, as a list: the tick of the latest event; generation, queue and serving
# counter as told last; the positions that entered and ended last; the rules (4); the number of the
# next chunk; then, for each hour, when it began and which chunk was the next.
_TICK, _GENERATION, _QUEUE, _SERVING, _IN, _OUT, _RULES, _NEXT, _HOURS = 0, 1, 2, 3, 4, 5, 6, 10, 11


def note_moves(line: Line, now: float) -> None:
    """Note who has joined and was called, and which rules hold by now."""
    if line.numbers.rules.get("day_log"):
        _write(line, now, [])


def note_place(line: Line, position: int, now: float) -> None:
    """Note which position somebody has got who just came, where lanes leave others free."""
    _note_at(line, PLACED, position, now)


def note_entry(line: Line, position: int, now: float) -> None:
    """Note that somebody went in."""
    _note_at(line, ENTERED, position, now)


def note_knock(line: Line, position: int, now: float) -> None:
    """Note that somebody who was called has come to the door."""
    _note_at(line, KNOCKED, position, now)


def note_leave(line: Line, position: int, now: float) -> None:
    """Note that somebody gave up the place."""
    _note_at(line, LEFT, position, now)


def _note_at(line: Line, kind: int, position: int, now: float) -> None:
    if line.numbers.rules.get("day_log"):
        _write(line, now, [(kind, line.numbers.generation, position)])


def note_ends(line: Line, ended: Sequence[tuple[str, str]], now: float) -> None:
    """Note which sessions have ended, each as an event: how, and which."""
    if line.numbers.rules.get("day_log"):
        rows = [(FIRST_ENDED + ENDED.index(how), *place_of(session)) for how, session in ended]
        _write(line, now, rows)


def _write(line: Line, now: float, rows: Sequence[tuple[int, int, int]]) -> None:
    numbers = line.numbers
    state: list[int] = json.loads(numbers.day_state) if numbers.day_state else []
    writing = _Writing(line, state, bytearray.fromhex(numbers.day_log or ""), floor(now * TICKS))
    ended = sum(_is_end(kind) for kind, _, _ in rows)
    entered = sum(kind == ENTERED for kind, _, _ in rows)
    writing.moves(line.sessions.count() + ended - entered)
    for row in rows:
        writing.place(*row)
    if len(writing.out) >= DAY_CHUNK:
        _close(line, writing, now)
        writing.head(line.sessions.count())
    numbers.day_log, numbers.day_state = writing.out.hex(), json.dumps(writing.state)


def _is_end(kind: int) -> bool:
    """Whether a session ended, of this generation."""
    return FIRST_ENDED <= kind < BEFORE


@dataclass(slots=True)
class _Writing:
    line: Line
    state: list[int]
    out: bytearray
    tick: int

    def moves(self, inside: int) -> None:
        """What has moved since the last event. So many were inside before those of this step."""
        numbers, state = self.line.numbers, self.state
        is_new = not self.out or not state or state[_GENERATION] != numbers.generation
        if is_new or numbers.queue < state[_QUEUE] or numbers.serving < state[_SERVING]:
            self.head(inside)
            return
        rules = _rules(self.line)
        if rules != state[_RULES:_NEXT]:
            self._add(RULES, *rules)
            state[_RULES:_NEXT] = rules
        if not numbers.layout and numbers.queue > state[_QUEUE]:
            self._add(JOINED, numbers.queue - state[_QUEUE])
            state[_QUEUE] = numbers.queue
        if numbers.serving > state[_SERVING]:
            self._add(CALLED, numbers.serving - state[_SERVING])
        state[_SERVING] = numbers.serving

    def head(self, inside: int) -> None:
        """Say how the room stands."""
        numbers, rules = self.line.numbers, _rules(self.line)
        begins = not self.state or self.state[_GENERATION] != numbers.generation
        after = self.state[_NEXT:] or [1]
        self.tick = max([self.tick, *self.state[:1]])  # a clock may have gone back
        self.state = [
            *(self.tick, numbers.generation, numbers.queue, numbers.serving),
            *(numbers.serving, numbers.serving, *rules, *after),
        ]
        told = numbers.generation, numbers.queue, numbers.serving, inside
        for value in (HEAD, after[0], self.tick, *told):
            self.out += varint(value)
        self._add(RULES, *rules)
        if numbers.layout:
            self._add(LANES)
        if numbers.draw_lanes and begins:
            for told_of_lane in where_drawn(numbers.draw_lanes):
                self._add(DRAWN, *told_of_lane)

    def place(self, kind: int, generation: int, position: int) -> None:
        state = self.state
        if generation != state[_GENERATION]:
            if _is_end(kind):
                self._add(BEFORE, kind - FIRST_ENDED, generation, position)
            return
        if kind == KNOCKED:
            self._add(KNOCKED, max(0, state[_SERVING] - position))
            return
        at = _QUEUE if kind == PLACED else _OUT if _is_end(kind) else _IN
        self._add(kind, zigzag(position - state[at] - 1))
        state[at] = max(position, state[at]) if kind == PLACED else position

    def _add(self, kind: int, *values: int) -> None:
        """Append an event. Where a clock went back, it counts as of the moment before."""
        passed = max(0, self.tick - self.state[_TICK])
        self.state[_TICK] += passed
        for value in (passed * KINDS + kind, *values):
            self.out += varint(value)


def where_drawn(word: str) -> Iterator[tuple[int, ...]]:
    """Of each lane in which somebody was drawn: the last position, and which of a hundred are its
    own, each as a bit."""
    lanes = drawn_lanes(word)
    owners = [lanes.by_shares(at)[0] for at in range(1, STRIDE + 1)]
    for lane, count in lanes.counts.items():
        if count:
            bits = [
                sum(1 << at for at in range(MASK) if owners[begin + at] == lane)
                for begin in range(0, STRIDE, MASK)
            ]
            yield lanes.position_of(lane, count), *bits


def _rules(line: Line) -> list[int]:
    """What holds back who may come in: limit, mode, pace and burst."""
    moment, per_second = line.moment, line.moment.per_second
    mode = MODES.index(moment.mode) + 1 if moment.mode in MODES else 0
    pace = 0 if per_second is None else 1 + floor(per_second * 6000 + 0.5)
    return [moment.limit, mode, pace, floor(moment.burst + 0.5) if pace else 0]


def _close(line: Line, writing: _Writing, now: float) -> None:
    """Write a chunk that is full, and forget the oldest."""
    state = writing.state
    number, hours = state[_NEXT], state[_HOURS:]
    if not hours or now - hours[-2] >= DAY_MARK:
        hours += [floor(now), number]
    while len(hours) > 2 and hours[2] <= now - DAY_KEPT:
        del hours[:2]
    most = max(1, line.numbers.rules["day_log"] * DAY_VISITOR // DAY_CHUNK)
    oldest = max(number - most, hours[1])
    line.journal.add_minute(DAY_SPAN, number, bytes(writing.out), oldest)
    writing.out = bytearray()
    writing.state = [*state[:_NEXT], number + 1, *hours]


def zigzag(value: int) -> int:
    """A whole number as one that is not negative."""
    return 2 * value if value >= 0 else -2 * value - 1


def unzigzag(value: int) -> int:
    """The number of which `zigzag` made this."""
    return -(value + 1) // 2 if value % 2 else value // 2


# Reading.


@dataclass(frozen=True, slots=True)
class KeptDay:
    """What a store has of the day's log; `day` in stores/__init__.py asks for it."""

    now: float  # the store's time
    is_kept: bool  # whether the room keeps one
    chunks: Sequence[bytes]  # the oldest first, with what is not a chunk yet at the end


def day(line: Line, now: float) -> KeptDay:
    """The day's log; it changes nothing."""
    numbers = line.numbers
    chunks = [data for _, data in line.journal.minutes(DAY_SPAN, 0, 2**50)]
    if numbers.day_log:
        chunks.append(bytes.fromhex(numbers.day_log))
    return KeptDay(now, bool(numbers.rules.get("day_log")), chunks)


def events_in(chunk: bytes) -> Iterator[tuple[int, int, tuple[int, ...]]]:
    """The events of a chunk: kind, ticks since the one before, and what follows.

    Raises ValueError where the chunk is cut off, or none."""
    if chunk and chunk[-1] > 127:
        raise ValueError("cut off within a number")
    found, at = numbers_in(chunk), 0
    while at < len(found):
        passed, kind = divmod(found[at], KINDS)
        if kind not in FOLLOW or (at == 0 and kind != HEAD):
            raise ValueError("no event of a log")
        rest = tuple(found[at + 1 : at + 1 + FOLLOW[kind]])
        if len(rest) < FOLLOW[kind]:
            raise ValueError("cut off within an event")
        yield kind, passed, rest
        at += 1 + len(rest)
