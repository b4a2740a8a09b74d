"""What each minute brought to each lane of a room: who joined it, who entered from it, and how long
those had waited. Kept as long as the minutes are (minutes.py), beside them.

A refresh counts on what has happened since the one before. When a minute is over, it becomes one
packed row for all lanes to which it has brought anything. So a room without lanes keeps nothing,
and a busy lane costs some thirty bytes a minute.

A row is a list of whole numbers, packed as in minutes.py: the row's place in its chunk, and how
many lanes follow; then of each lane how long its name is, the name, how many joined and entered,
the first class of waits in which anybody was, how many classes follow, and how many people were in
each.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import floor
from typing import Any

from vwr_middleware.line.constants import (
    LANE_SPAN,
    MINUTE,
    MINUTES_A_CHUNK,
    MINUTES_KEPT,
    WAIT_CLASSES,
)
from vwr_middleware.line.lanes import ENTERED, JOINED
from vwr_middleware.line.minutes import HOUR, chunks_of, numbers_in, varint
from vwr_middleware.line.state import Line

CLASSES = len(WAIT_CLASSES) + 1

# The minute that goes by is [its number, the lanes' rows by name]. Such a row has how many had ever
# joined and entered as counted last, and then what a `LaneCounts` has.

_JOINED_BY, _ENTERED_BY, _CAME, _WENT_IN, _WAITS = range(5)
_NOTHING = [0] * (2 + CLASSES)


@dataclass(slots=True)
class LaneCounts:
    """What some time brought to one lane."""

    joined: int
    entered: int
    waits: list[int]  # how many entered after a wait of each class, as in `Minute`

    def add(self, other: "LaneCounts") -> None:
        """Count the other's time in."""
        self.joined += other.joined
        self.entered += other.entered
        self.waits = [a + b for a, b in zip(self.waits, other.waits, strict=True)]


def keep_lane_minute(line: Line, waits: Mapping[str, Sequence[int]], now: float) -> None:
    """Count on what has happened since the last refresh, and close a minute that is over. `waits`
    are those of people who have entered, as a worker has counted them by lane."""
    numbers = line.numbers
    if not (numbers.layout or numbers.lane_minute):
        return
    number, minute = floor(now / MINUTE), numbers.lane_minute
    if minute and number > minute[0]:
        _close(line, *minute)
        rows = {
            lane: [*row[:_CAME], *_NOTHING]
            for lane, row in minute[1].items()
            if lane in numbers.lanes
        }
        minute = [number, rows] if numbers.layout else []
    if not minute and numbers.layout:
        rows = {lane: [*row[JOINED:], *_NOTHING] for lane, row in numbers.lanes.items()}
        minute = [number, rows]
    numbers.lane_minute = minute
    if minute:
        _count(numbers.lanes, waits, minute[1])


def _count(
    lanes: Mapping[str, Sequence[int]], waits: Mapping[str, Sequence[int]], rows: dict[str, Any]
) -> None:
    for lane, counted in lanes.items():
        row = rows.setdefault(lane, [0, 0, *_NOTHING])
        row[_CAME] += max(0, counted[JOINED] - row[_JOINED_BY])
        row[_WENT_IN] += max(0, counted[ENTERED] - row[_ENTERED_BY])
        row[:_CAME] = counted[JOINED:]
    for lane, classes in waits.items():
        row = rows.setdefault(lane, [0, 0, *_NOTHING])
        for at, count in enumerate(classes[:CLASSES], _WAITS):
            row[at] += count


def _close(line: Line, number: int, rows: Mapping[str, Sequence[int]]) -> None:
    """Write the minute that is over, if it has brought anything."""
    told = {lane: row[_CAME:] for lane, row in sorted(rows.items()) if any(row[_CAME:])}
    if told:
        chunk, place = divmod(number, MINUTES_A_CHUNK)
        oldest = floor((number * MINUTE - MINUTES_KEPT) / HOUR)
        line.journal.add_minute(LANE_SPAN, chunk, packed_lanes(place, told), oldest)


def packed_lanes(number: int, rows: Mapping[str, Sequence[int]]) -> bytes:
    """A row as it is kept."""
    numbers = [number, len(rows)]
    for lane, (joined, entered, *waits) in rows.items():
        there = [at for at, count in enumerate(waits) if count] or [0]
        first, end = there[0], there[-1] + 1 if any(waits) else 0
        name = lane.encode()
        numbers += len(name), *name, joined, entered, first, end - first, *waits[first:end]
    return b"".join(map(varint, numbers))


def lanes_in(chunk: bytes) -> Iterator[tuple[int, dict[str, LaneCounts]]]:
    """The rows of a chunk, each with its place. A chunk that is cut off ends before."""
    numbers = numbers_in(chunk)[::-1]
    try:
        while numbers:
            place, count = numbers.pop(), numbers.pop()
            yield place, dict([_lane(numbers.pop) for _ in range(count)])
    except IndexError:
        return


def _lane(take: Callable[[], int]) -> tuple[str, LaneCounts]:
    name = bytes([take() for _ in range(take())]).decode()
    joined, entered, first, count = take(), take(), take(), take()
    waits = [0] * first + [take() for _ in range(count)]
    return name, LaneCounts(joined, entered, [*waits, *[0] * (CLASSES - len(waits))][:CLASSES])


@dataclass(frozen=True, slots=True)
class LanePast:
    """What a store has of the lanes in a span of time, packed."""

    begin: float
    end: float
    chunks: Sequence[tuple[int, bytes]]  # the number of each, and its rows
    minute: Sequence[Any]  # that goes by

    def steps(self, step: float) -> dict[str, dict[float, LaneCounts]]:
        """By lane, what each step of so many seconds brought it, by when that begins. Steps that
        have brought it nothing are not there."""
        found: dict[str, dict[float, LaneCounts]] = {}
        for at, lanes in sorted(self._rows(), key=lambda each: each[0]):
            if self.begin - MINUTE < at < self.end:
                for lane, counts in lanes.items():
                    steps = found.setdefault(lane, {})
                    begun = steps.setdefault(floor(at / step) * step, counts)
                    if begun is not counts:
                        begun.add(counts)
        return found

    def _rows(self) -> Iterator[tuple[float, dict[str, LaneCounts]]]:
        for chunk, rows in self.chunks:
            for place, lanes in lanes_in(rows):
                yield float((chunk * MINUTES_A_CHUNK + place) * MINUTE), lanes
        if self.minute:
            number, lanes_so_far = self.minute
            yield (
                float(number * MINUTE),
                {
                    lane: LaneCounts(row[_CAME], row[_WENT_IN], [*row[_WAITS:]])
                    for lane, row in lanes_so_far.items()
                    if any(row[_CAME:])
                },
            )


def lane_history(line: Line, now: float, begin: float, end: float) -> LanePast:
    """What is kept of the lanes in a span of time; it changes nothing."""
    chunks = line.journal.minutes(LANE_SPAN, *lane_chunks(begin, end))
    minute = line.numbers.lane_minute
    so_far = [minute[0], {lane: [*row] for lane, row in minute[1].items()}] if minute else []
    return LanePast(begin, end, chunks, so_far)


def lane_chunks(begin: float, end: float) -> tuple[int, int]:
    """The numbers of the first and the last chunk that have rows of a span of time."""
    return chunks_of(max(begin, end - 2 * MINUTES_KEPT), end, MINUTE)
