"""What workers report back: how the wrapped app fares, and what only operators want to know."""

from operator import add

from vwr_middleware.line.constants import (
    LOAD_LOG_SPAN,
    LOAD_LOG_STEP,
    SHARERS_ROWS,
    STILL_WAITING,
    WAIT_LOG_SPAN,
    WAIT_LOG_STEP,
)
from vwr_middleware.line.messages import Ask, Load
from vwr_middleware.line.state import Line, Numbers, rows_after

_NO_LOAD = [0.0] * len(Load._fields)


def take_load(numbers: Numbers, load: Load | None, now: float) -> None:
    """Add what a worker saw of the app to what all saw: rows of a time and a `Load` since then."""
    rows = rows_after(numbers.load_log, now - LOAD_LOG_SPAN)
    numbers.load_log = rows
    if load is None:
        return
    if not rows or now - rows[-1][0] >= LOAD_LOG_STEP:
        rows.append([now, *_NO_LOAD])
    begun, *seen = rows[-1]
    rows[-1] = [begun, *map(add, seen, load)]


def load_sums(numbers: Numbers) -> list[float]:
    """`Snapshot.load`: the sums of the log. `take_load` has just dropped what is older from it."""
    sums = _NO_LOAD
    for _, *seen in numbers.load_log:
        sums = [*map(add, sums, seen)]
    return [LOAD_LOG_SPAN, *sums]


def take_adaptive(numbers: Numbers, ask: Ask) -> None:
    """Keep a new state of the adaptive strategy, unless another worker was faster.

    A worker may also know a later version than the store: then the store has lost it.
    """
    if ask.adaptive is not None and ask.adaptive_version >= numbers.adaptive_version:
        numbers.adaptive = dict(ask.adaptive)
        numbers.adaptive_version = ask.adaptive_version + 1


# What only operators want to know: how long people wait, and which sessions are shared.


def take_for_operators(line: Line, ask: Ask, now: float) -> None:
    """Keep what a worker saw since its last refresh."""
    for_operators, numbers = ask.for_operators, line.numbers
    oldest = for_operators.oldest if ask.generation == numbers.generation else 0.0
    if oldest > 0 or for_operators.waited > 0:
        _note_waits(numbers, oldest, for_operators.waited, now)
    sharers = {row: None for row in for_operators.sharers if line.sessions.get(row[0]) is not None}
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
