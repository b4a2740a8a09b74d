"""What only operators want to know: how long people wait, and which sessions are shared."""

from vwr_middleware.line.constants import (
    SHARERS_ROWS,
    STILL_WAITING,
    WAIT_LOG_SPAN,
    WAIT_LOG_STEP,
)
from vwr_middleware.line.messages import Ask
from vwr_middleware.line.parts import Line
from vwr_middleware.line.state import Numbers, rows_after


def take_sightings(line: Line, ask: Ask, now: float) -> None:
    """Keep what a worker saw since its last refresh."""
    sightings, numbers = ask.sightings, line.numbers
    oldest = sightings.oldest if ask.generation == numbers.generation else 0.0
    if oldest > 0 or sightings.waited > 0:
        _note_waits(numbers, oldest, sightings.waited, now)
    sharers = {row: None for row in sightings.sharers if line.sessions.get(row[0]) is not None}
    if sharers:
        line.journal.add_sharers(list(sharers), SHARERS_ROWS)


def _note_waits(numbers: Numbers, oldest: float, waited: float, now: float) -> None:
    """Keep rows of [begin, earliest time of joining in line, longest wait on entering]."""
    rows = rows_after(numbers.wait_log, now - WAIT_LOG_SPAN)
    if not rows or now - rows[-1][0] >= WAIT_LOG_STEP:
        rows.append([now, 0.0, 0.0])
    begin, earliest, longest = rows[-1]
    if oldest > 0:
        earliest = min(earliest or oldest, oldest)
    rows[-1] = [begin, earliest, max(longest, waited)]
    numbers.wait_log = rows


def waits(numbers: Numbers, now: float) -> tuple[float, float]:
    """The earliest time of joining of those in line (0: not known), and the longest wait lately."""
    rows = rows_after(numbers.wait_log, now - WAIT_LOG_SPAN)
    lately = now - STILL_WAITING
    joined = [earliest for begin, earliest, _ in rows if begin > lately and earliest]
    return min(joined, default=0.0), max((longest for _, _, longest in rows), default=0.0)
