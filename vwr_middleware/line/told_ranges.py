"""Ranges that people were told, and whether their wait ended within them: the record.

What is counted. Each half minute a worker notes, for each of some depths of the line, one place
with somebody who has just asked, and the range in seconds that it was told (worker/wait_ranges.py).
So depths count alike, however many wait at each, and one place may be noted again further in front.
A range is settled by the first of these:

    the visitor goes in          held if that is within the range, else too early or too late
    its latest moment passes     too late: whoever leaves after that does not make the record better
    the place is given up        not counted, nor is a place that is called while nobody is there
    the room pauses or closes    not counted: the page withdraws all ranges at that moment

A moment is that of the refresh that finds it, at most a second later than what it finds.

How the record widens ranges. For each depth there are two margins, below and above the likely wait,
in units of the spread that is expected (worker/wait_ranges.py). A range that was missed makes the
margin on that side larger, one that was not makes it a little smaller, in such a ratio that a tenth
misses on each side in the long run, whatever the waits are like and however they change: adaptive
conformal inference (Gibbs and Candès, "Adaptive Conformal Inference Under Distribution Shift",
NeurIPS 2021), in the form that moves the quantile itself (Angelopoulos, Candès and Tibshirani,
"Conformal PID Control for Time Series Prediction", NeurIPS 2023). What it promises is of the long
run of all settled ranges of a depth. It is not of each moment: all who wait at one time share the
same luck.
"""

from vwr_middleware.line.bits import SEEN, SPENT
from vwr_middleware.line.capacity import SHUT_STATES, clamp
from vwr_middleware.line.constants import (
    GIVEN_UP,
    MARGIN_FIRST,
    MARGIN_LEAST,
    MARGIN_MOST,
    MARGIN_STEP,
    MISSED_PART,
    RANGES_OPEN,
    RANGES_STEP,
    RECORD_BACK,
    RECORD_LATELY,
    RECORD_OFF,
    RECORD_SAMPLE,
    RECORD_SPAN,
    RECORD_STEP,
)
from vwr_middleware.line.messages import Ask
from vwr_middleware.line.places import holder
from vwr_middleware.line.state import Line, Numbers, rows_after

#: Too early, or too late: by these the two margins are numbered, too. Held is neither.
_EARLY, _LATE, _HELD = 0, 1, 2


def take_ranges(numbers: Numbers, ask: Ask, now: float) -> None:
    """Note what a worker told each half minute: a few at a time for each depth, evenly in time."""
    if not ask.marks or now - numbers.marks_at < RANGES_STEP:
        return
    numbers.marks_at = now
    for mark in ask.marks:
        rows = numbers.told_ranges.setdefault(str(mark.level), [])
        if mark.position <= numbers.serving or mark.latest <= now or len(rows) >= RANGES_OPEN:
            continue
        if not rows or now - rows[-1][1] >= (mark.latest - now) / RANGES_OPEN:
            rows.append([float(mark.position), now, mark.soonest, mark.latest])


def settle_ranges(line: Line, now: float) -> list[tuple[str, str]]:
    """Settle what can be settled by now. Returns what it tells of the record."""
    numbers, settled = line.numbers, [0, 0, 0]
    if line.moment.mode in SHUT_STATES:
        numbers.told_ranges = {}
        return []
    for level, rows in numbers.told_ranges.items():
        still_open = []
        for row in rows:
            outcome = _outcome(line, row, now)
            if outcome is None:
                still_open.append(row)
            elif outcome >= 0:
                settled[outcome] += 1
                _move_margins(numbers, level, outcome)
        numbers.told_ranges[level] = still_open
    return _count(numbers, sum(settled), settled[_HELD], now)


def _outcome(line: Line, row: list[float], now: float) -> int | None:
    """Early, late or held; None if it is open still, -1 if it is not counted."""
    position, _, soonest, latest = row
    at, bits = int(position), line.bits
    if at > line.numbers.serving:
        if now <= latest:
            return None
        # Whoever was never heard may have closed the page at once.
        return _LATE if bits.get(SEEN, at) and holder(line, at) != GIVEN_UP else -1
    if bits.get(SPENT, at):
        if holder(line, at) == GIVEN_UP:
            return -1
        return _EARLY if now < soonest else _HELD if now <= latest else _LATE
    if not bits.polled(at, line.numbers.window):
        return -1
    return None if now <= latest else _LATE


def _move_margins(numbers: Numbers, level: str, outcome: int) -> None:
    margins = numbers.margins.setdefault(level, [MARGIN_FIRST, MARGIN_FIRST])
    for side in (_EARLY, _LATE):
        missed = 1.0 if outcome == side else 0.0
        moved = margins[side] + MARGIN_STEP * (missed - MISSED_PART)
        margins[side] = clamp(moved, MARGIN_LEAST, MARGIN_MOST)


# The record: rows of [begin, settled, held], a quarter of an hour each, of the last day.


def _count(numbers: Numbers, settled: int, held: int, now: float) -> list[tuple[str, str]]:
    """Count what was settled. Tells when the record falls, and when it has come back."""
    if not settled:
        return []
    rows = rows_after(numbers.record_log, now - RECORD_SPAN)
    if not rows or now - rows[-1][0] >= RECORD_STEP:
        rows.append([now, 0.0, 0.0])
    rows[-1] = [rows[-1][0], rows[-1][1] + settled, rows[-1][2] + held]
    numbers.record_log = rows
    _, _, lately, right = record(numbers, now)
    told = f"{int(right)}-{int(lately)}"
    if not numbers.estimates_off and lately >= RECORD_SAMPLE and right < RECORD_OFF * lately:
        numbers.estimates_off = now
        return [("estimates_off", told)]
    if numbers.estimates_off and right >= RECORD_BACK * lately:
        numbers.estimates_off = 0.0
        return [("estimates_back", told)]
    return []


def record(numbers: Numbers, now: float) -> list[float]:
    """`Snapshot.record`: how many ranges were settled and how many of them held, in the last day,
    and lately."""
    day, lately = [0.0, 0.0], [0.0, 0.0]
    for begin, settled, held in numbers.record_log:
        if begin > now - RECORD_SPAN:
            day = [day[0] + settled, day[1] + held]
        if begin > now - RECORD_LATELY:
            lately = [lately[0] + settled, lately[1] + held]
    return [*day, *lately]
