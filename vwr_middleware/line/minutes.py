"""What each minute of a room brought: counted as it goes by, kept for thirty days.

A refresh counts on what has happened since the one before (`keep_minute`). When a minute is over,
it becomes one packed row of the journal, and the hour that it is in grows by it. So the history
costs no step of its own, and an hour of a busy room some two kilobytes.

A row is a list of whole numbers, each in as few bytes as it needs (seven bits in a byte, the lowest
first; the eighth says that more come). First the row's place in its chunk, then how many fields
follow, those of FIELDS; then the first class of waits in which anybody was, how many classes
follow, and how many people were in each. What is 0 at the end of either list is left out. A later
release may add fields at the end: an earlier one passes over them.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from math import floor

from vwr_middleware.line.constants import (
    FIELDS_AT,
    MINUTE,
    MINUTE_FIELDS,
    MINUTE_TOTALS,
    MINUTE_WIDTH,
    MINUTES_A_CHUNK,
    MINUTES_KEPT,
    MODES,
    WAIT_CLASSES,
    WAITS_AT,
)
from vwr_middleware.line.lanes import ever_joined, taken_after
from vwr_middleware.line.messages import ForOperators
from vwr_middleware.line.state import Line, Numbers

HOUR = MINUTE * MINUTES_A_CHUNK

# A minute while it goes by is a list of numbers: when it began; as counted last, the queue counter,
# the totals, who would have waited and how long, the last row of the estimates' record and the
# latest leap of the clock; the fields; how many waited how long.

_AT, _QUEUE, _SHADOW, _WAITED = 0, 1, FIELDS_AT - 6, FIELDS_AT - 5
_RECORD, _LEAPT = FIELDS_AT - 4, FIELDS_AT - 1
#: Where a field is in such a list.
_OF = {name: FIELDS_AT + at for at, name in enumerate(MINUTE_FIELDS)}
#: How many numbers a row has.
_ROW = len(MINUTE_FIELDS) + len(WAIT_CLASSES) + 1
#: Of several minutes together the most counts, or what was last; everything else is added up.
_MOST = ("waiting", "inside", "shadow_line", "told_low", "told_high")
_LAST = ("limit", "mode", "pace")


def keep_minute(line: Line, saw: ForOperators, away: float, now: float) -> None:
    """Count on what has happened since the last refresh, and close a minute that is over.

    `saw` and `away` are what a worker has noticed. What happened between two refreshes counts for
    the minute of the later one, so that the first moments after a quiet night are in their own.
    """
    numbers, began = line.numbers, float(floor(now / MINUTE) * MINUTE)
    if len(numbers.minute) != MINUTE_WIDTH:  # or it is of another release
        numbers.minute = []
    if numbers.minute and began > numbers.minute[_AT]:
        _close(line)
        numbers.minute = [began, *numbers.minute[_QUEUE:FIELDS_AT], *_zeros(FIELDS_AT)]
    if not numbers.minute:
        numbers.minute = [began, *_counted(numbers), *_zeros(FIELDS_AT)]
    count_up(numbers)
    minute = numbers.minute
    _take_state(line, minute)
    minute[_OF["bypassed"]] += saw.bypassed
    minute[_OF["turned_away"]] += saw.turned_away
    minute[_OF["away"]] = max(minute[_OF["away"]], away)
    for name, seconds in zip(("told_low", "told_high"), saw.told, strict=True):
        minute[_OF[name]] = max(minute[_OF[name]], seconds)
    for at, count in enumerate(saw.waits[: len(WAIT_CLASSES) + 1], WAITS_AT):
        minute[at] += count


def _take_state(line: Line, minute: list[float]) -> None:
    moment = line.moment
    waiting = taken_after(line.numbers, line.numbers.queue)
    minute[_OF["waiting"]] = max(minute[_OF["waiting"]], waiting)
    minute[_OF["inside"]] = max(minute[_OF["inside"]], line.sessions.count())
    if line.numbers.shadow_at:
        most = max(minute[_OF["shadow_line"]], line.numbers.shadow_line)
        minute[_OF["shadow_line"]] = most
    minute[_OF["limit"]] = moment.limit
    minute[_OF["mode"]] = MODES.index(moment.mode) + 1 if moment.mode in MODES else 0
    pace = moment.per_second
    minute[_OF["pace"]] = 0 if pace is None else 1 + floor(pace * 6000 + 0.5)


def count_up(numbers: Numbers) -> None:
    """Count what has happened since the last time, before a reset begins to count anew."""
    minute = numbers.minute
    if len(minute) != MINUTE_WIDTH:
        return
    counted = _counted(numbers)
    came = [max(0.0, new - old) for new, old in zip(counted, minute[_QUEUE:_SHADOW], strict=False)]
    for at, count in enumerate(came, _OF["arrivals"]):
        minute[at] += count
    minute[_OF["would_wait"]] += max(0.0, numbers.would_wait - minute[_SHADOW])
    minute[_OF["shadow_waited"]] += max(0.0, numbers.shadow_waited - minute[_WAITED])
    _count_record(numbers, minute)
    if numbers.leapt_at > minute[_LEAPT]:
        minute[_OF["leapt"]] += numbers.leapt
    minute[_QUEUE:FIELDS_AT] = counted


def _count_record(numbers: Numbers, minute: list[float]) -> None:
    """Count the ranges that were told and are settled by now, and how many of them held."""
    began, settled, held = _record(numbers)
    before = minute[_RECORD + 1 : _RECORD + 3] if began == minute[_RECORD] else (0.0, 0.0)
    minute[_OF["told"]] += max(0.0, settled - before[0])
    minute[_OF["held"]] += max(0.0, held - before[1])


def _record(numbers: Numbers) -> list[float]:
    return numbers.record_log[-1] if numbers.record_log else [0.0, 0.0, 0.0]


def count_from(numbers: Numbers) -> None:
    """Count from here on: what the counters have been set to is nothing that happened."""
    if len(numbers.minute) == MINUTE_WIDTH:
        numbers.minute[_QUEUE:FIELDS_AT] = _counted(numbers)


def _counted(numbers: Numbers) -> list[float]:
    totals = (float(numbers.totals[name]) for name in MINUTE_TOTALS)
    shadow = float(numbers.would_wait), numbers.shadow_waited
    return [float(ever_joined(numbers)), *totals, *shadow, *_record(numbers), numbers.leapt_at]


def _zeros(after: int) -> list[float]:
    return [0.0] * (MINUTE_WIDTH - after)


# Closing a minute: it goes to the journal, and to its hour.


def _close(line: Line) -> None:
    """Write the minute that is over, and the hour before it if that is over too."""
    numbers, minute = line.numbers, line.numbers.minute
    began = float(floor(minute[_AT] / HOUR) * HOUR)
    if len(numbers.hour) != 1 + _ROW:
        numbers.hour = []
    if numbers.hour and began > numbers.hour[0]:
        _write(line, HOUR, numbers.hour[0], numbers.hour[1:])
        numbers.hour = []
    if not numbers.hour:
        numbers.hour = [began, *_zeros(FIELDS_AT)]
    _write(line, MINUTE, minute[_AT], minute[FIELDS_AT:])
    numbers.hour[1:] = _together(numbers.hour[1:], minute[FIELDS_AT:])


def _write(line: Line, span: int, at: float, row: Sequence[float]) -> None:
    """Append a row to its chunk: an hour has the rows of its minutes, two and a half days those of
    their hours."""
    chunk = floor(at / span / MINUTES_A_CHUNK)
    number = floor(at / span) - chunk * MINUTES_A_CHUNK
    oldest = floor((at - MINUTES_KEPT) / span / MINUTES_A_CHUNK)
    line.journal.add_minute(span, chunk, packed(number, row), oldest)


def _together(one: Sequence[float], other: Sequence[float]) -> list[float]:
    """Two rows as one; the other is the later."""
    both = [a + b for a, b in zip(one, other, strict=True)]
    for name in _MOST:
        at = _OF[name] - FIELDS_AT
        both[at] = max(one[at], other[at])
    for name in _LAST:
        both[_OF[name] - FIELDS_AT] = other[_OF[name] - FIELDS_AT]
    return both


def packed(number: int, row: Sequence[float]) -> bytes:
    """A row as it is kept."""
    whole = [floor(value + 0.5) for value in row]
    leapt = _OF["leapt"] - FIELDS_AT
    whole[leapt] = 2 * whole[leapt] if whole[leapt] >= 0 else -2 * whole[leapt] - 1
    fields = _trimmed(whole[: len(MINUTE_FIELDS)])
    waits = _trimmed(whole[len(MINUTE_FIELDS) :])
    first = next((at for at, count in enumerate(waits) if count), 0)
    numbers = number, len(fields), *fields, first, len(waits) - first, *waits[first:]
    return b"".join(map(varint, numbers))


def _trimmed(row: list[int]) -> list[int]:
    end = len(row)
    while end and not row[end - 1]:
        end -= 1
    return row[:end]


def varint(value: int) -> bytes:
    """A whole number in as few bytes as it needs."""
    digits = bytearray()
    while value > 127:
        digits.append(128 + value % 128)
        value //= 128
    digits.append(value)
    return bytes(digits)


# Reading.


@dataclass(slots=True)
class Minute:
    """What a minute of a room brought, or an hour or another span of it."""

    at: float  # when it began, in store time
    seconds: float = MINUTE
    waiting: int = 0  # the most that were in line and not called
    inside: int = 0  # the most that were inside
    limit: int = 0  # sessions at once, as it ended
    mode: str = ""  # in force as it ended
    per_minute: float | None = None  # new admissions, as it ended; None: as fast as slots free
    arrivals: int = 0  # queue positions that were handed out
    entries: int = 0  # sessions that began
    completed: int = 0
    abandoned: int = 0  # sessions that the app ended as abandoned
    revoked: int = 0
    expired: int = 0
    lapsed: int = 0  # entries that nobody confirmed
    left: int = 0  # places that were given up
    no_shows: int = 0  # people who were called and did not come
    bypassed: int = 0  # requests that passed without the line
    turned_away: int = 0  # requests of newcomers that got no place
    away: int = 0  # seconds in which a worker found the store away
    leapt: int = 0  # seconds by which the clock was corrected
    told: int = 0  # ranges of waits that people were told, of those that are on record
    held: int = 0  # how many of them were right
    would_wait: int = 0  # in shadow mode: people who would have had to wait
    shadow_line: int = 0  # in shadow mode: the most that would have been in line
    told_low: int = 0  # these two: the longest wait, in seconds, that the last in line was told
    told_high: int = 0
    shadow_waited: int = 0  # in shadow mode: seconds that all together would have waited
    #: How many entered after a wait of each class: up to each of WAIT_CLASSES, and longer.
    waits: list[int] = field(default_factory=lambda: [0] * (len(WAIT_CLASSES) + 1))


def minute_of(at: float, span: float, row: Sequence[int]) -> Minute:
    """A row in words."""
    given = dict(zip(MINUTE_FIELDS, row, strict=False))
    mode, pace = given.pop("mode", 0), given.pop("pace", 0)
    return Minute(
        at,
        span,
        mode=MODES[mode - 1] if 0 < mode <= len(MODES) else "",
        per_minute=(pace - 1) / 100 if pace else None,
        **given,
        waits=list(row[len(MINUTE_FIELDS) :]),
    )


def rows_in(chunk: bytes) -> Iterator[tuple[int, list[int]]]:
    """The rows of a chunk, each with its place. A chunk that is cut off ends before."""
    numbers, known, at = numbers_in(chunk), len(MINUTE_FIELDS), 0
    while at + 2 <= len(numbers):
        number, count = numbers[at : at + 2]
        fields = numbers[at + 2 : at + 2 + count]
        at += 2 + count
        if at + 2 > len(numbers):
            return
        first, count = numbers[at : at + 2]
        at += 2 + count
        if at > len(numbers):
            return
        row = fields[:known] + [0] * (known - len(fields) + first) + numbers[at - count : at]
        row += [0] * (_ROW - len(row))
        leapt = row[_OF["leapt"] - FIELDS_AT]
        row[_OF["leapt"] - FIELDS_AT] = -(leapt + 1) // 2 if leapt % 2 else leapt // 2
        yield number, row[:_ROW]


def numbers_in(chunk: bytes) -> list[int]:
    """The whole numbers of a chunk; one that is cut off is left out."""
    numbers, value, shift = [], 0, 0
    for byte in chunk:
        if byte > 127:
            value += (byte & 127) << shift
            shift += 7
        elif shift:
            numbers.append(value + (byte << shift))
            value = shift = 0
        else:
            numbers.append(byte)
    return numbers


@dataclass(frozen=True, slots=True)
class Past:
    """What a store has of a span of time, packed; `history` in stores/__init__.py asks for it."""

    now: float  # the store's time
    begin: float
    end: float
    span: int  # MINUTE or HOUR
    chunks: Sequence[tuple[int, bytes]]  # the number of each, and its rows
    minute: Sequence[float]  # that goes by
    hour: Sequence[float]

    def minutes(self, step: float = MINUTE) -> list[Minute]:
        """The history in steps of so many seconds, the oldest first. Steps in which nobody asked
        for the room are not there. A step is a whole number of minutes, or of hours if the past
        was asked for by the hour."""
        steps: dict[float, list[float]] = {}
        for at, row in sorted(self._rows(), key=lambda each: each[0]):
            if self.begin - self.span < at < self.end:
                begin = floor(at / step) * step
                steps[begin] = _together(steps[begin], row) if begin in steps else [*row]
        return [minute_of(at, step, [floor(v + 0.5) for v in row]) for at, row in steps.items()]

    def _rows(self) -> Iterator[tuple[float, Sequence[float]]]:
        for chunk, rows in self.chunks:
            for number, row in rows_in(rows):
                yield float((chunk * MINUTES_A_CHUNK + number) * self.span), row
        if self.span == HOUR and len(self.hour) == 1 + _ROW:
            yield self.hour[0], self.hour[1:]
        if len(self.minute) == MINUTE_WIDTH:
            at = self.minute[_AT]
            yield float(floor(at / self.span) * self.span), self.minute[FIELDS_AT:]


def history(line: Line, now: float, begin: float, end: float, hourly: bool = False) -> Past:
    """What is kept of a span of time; it changes nothing."""
    span, numbers = HOUR if hourly else MINUTE, line.numbers
    first, last = chunks_of(begin, end, span)
    chunks = line.journal.minutes(span, first, last)
    return Past(now, begin, end, span, chunks, [*numbers.minute], [*numbers.hour])


def chunks_of(begin: float, end: float, span: int) -> tuple[int, int]:
    """The numbers of the first and the last chunk that have rows of a span of time."""
    return floor(begin / span / MINUTES_A_CHUNK), floor(end / span / MINUTES_A_CHUNK)


def percentile(waits: Sequence[int], part: float) -> float | None:
    """The wait in seconds that this part of people did not exceed; None: nobody waited.

    Within a class people are taken to be spread evenly. Beyond the last class nothing is known but
    that it was longer.
    """
    rank, before = part * sum(waits), 0
    if rank <= 0:
        return None
    bounds = (0, *WAIT_CLASSES, WAIT_CLASSES[-1])
    for count, low, high in zip(waits, bounds, bounds[1:], strict=False):
        if before + count >= rank:
            return low + (rank - before) / count * (high - low)
        before += count
    return float(WAIT_CLASSES[-1])


def joined(minutes: Sequence[Minute], at: float, seconds: float) -> Minute:
    """Several minutes, in order, as one step."""
    first, *rest = minutes
    one = replace(first, at=at, seconds=seconds, waits=added(minutes))
    for minute in rest:
        for name in MINUTE_FIELDS:
            if name in _MOST:
                setattr(one, name, max(getattr(one, name), getattr(minute, name)))
            elif name not in _LAST:
                setattr(one, name, getattr(one, name) + getattr(minute, name))
        one.limit, one.mode, one.per_minute = minute.limit, minute.mode, minute.per_minute
    return one


def added(minutes: Iterable[Minute]) -> list[int]:
    """The waits of several minutes together."""
    classes = [0] * (len(WAIT_CLASSES) + 1)
    for minute in minutes:
        classes = [a + b for a, b in zip(classes, minute.waits, strict=True)]
    return classes
