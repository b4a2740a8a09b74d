"""What workers report back: how the wrapped app fares, and how good the predictions were."""

from math import log
from operator import add

from vwr_middleware.line.constants import (
    LOAD_LOG_SPAN,
    LOAD_LOG_STEP,
    MARKS_OPEN,
    MARKS_SCORED,
    MARKS_STEP,
)
from vwr_middleware.line.messages import Ask, Load
from vwr_middleware.line.state import Numbers, rows_after

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


def take_marks(numbers: Numbers, ask: Ask, now: float) -> None:
    """Note predictions every half minute, and only a few at a time for each level."""
    if not ask.marks or now - numbers.marks_at < MARKS_STEP:
        return
    numbers.marks_at = now
    for mark in ask.marks:
        rows = numbers.open_marks.setdefault(str(mark.level), [])
        if len(rows) < MARKS_OPEN and mark.position > numbers.serving and mark.due > now:
            rows.append([float(mark.position), now, mark.due])


def score_marks(numbers: Numbers, now: float) -> None:
    """Score the predictions whose positions are called by now: |ln(actual/predicted)|."""
    for level, marks in numbers.open_marks.items():
        still_open = []
        for mark in marks:
            position, asked, due = mark
            if position > numbers.serving:
                still_open.append(mark)
                continue
            actual, predicted = max(0.001, now - asked), due - asked
            scores = numbers.scores.setdefault(level, [])
            scores.append(abs(log(actual / predicted)))
            del scores[:-MARKS_SCORED]
        numbers.open_marks[level] = still_open
