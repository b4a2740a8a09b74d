"""How far the serving counter goes.

The rule calls as many people as are still missing, so running it twice calls nobody the second
time. The counter skips nobody: the rule counts only those who are present, and calls everybody up
to the last of them.
"""

from math import floor

from vwr_middleware.line.bits import SEEN, SPENT
from vwr_middleware.line.capacity import active, capacity, just_opened
from vwr_middleware.line.constants import NEAR_LEAST, NEWCOMER
from vwr_middleware.line.parts import Line
from vwr_middleware.line.rates import ghost, given_interval, hazard
from vwr_middleware.line.silence import listens
from vwr_middleware.line.state import Numbers, last_near, log_value

#: The columns of a cohort: of those called together at CALLED_AT, the positions after FROM, up to
#: TO. COUNT of them were present, CAME of these have come so far, and all should have by DUE. FRESH
#: is 1 if some had just joined.
FROM, TO, DUE, COUNT, CAME, FRESH, CALLED_AT = range(7)


def expected(line: Line, now: float) -> float:
    """How many of the called are likely to come: those not overdue, and those at the door."""
    numbers = line.numbers
    _close_cohorts(numbers, now)
    missing = ghost(numbers)
    coming = 0.0
    for row in numbers.cohorts:
        absent = 0.0 if row[FRESH] else missing * row[COUNT]
        coming += max(0.0, row[COUNT] - row[CAME] - absent)
    return coming + line.door.coming(now + numbers.latency)


def _close_cohorts(numbers: Numbers, now: float) -> None:
    """Close the cohorts (people called together) whose time is over, and learn how many came.

    Nothing is learnt from cohorts with newcomers: many may be bots, which say nothing about people.
    """
    open_ones = []
    for row in numbers.cohorts:
        if row[DUE] > now:
            open_ones.append(row)
            continue
        if not row[FRESH]:
            numbers.ghost_missing += row[COUNT] - row[CAME]
            numbers.ghost_called += row[COUNT]
    numbers.cohorts = open_ones


def are_coming(line: Line, now: float) -> bool:
    """Whether the pace has people to let in: some are on their way, and slots are free for them."""
    if line.moment.per_second is None or capacity(line) <= active(line):
        return False
    return expected(line, now) >= 1


def wanted(line: Line, now: float) -> float:
    """How many more to call: the slots that will be free when they come, less those expected."""
    numbers = line.numbers
    room = capacity(line)
    if room <= 0:
        return 0.0
    inside = active(line)
    leaving = max(0.0, inside * hazard(numbers, line.moment.limit) - numbers.walk_ins)
    value = room - inside + leaving * numbers.latency
    value += line.sessions.ending_by(now + numbers.latency)
    rate = line.moment.per_second
    if rate is not None:
        value = min(value, numbers.tokens + rate * numbers.latency)
    return value - expected(line, now)


def fresh_after(numbers: Numbers, now: float) -> int:
    """Positions above this joined so lately that they have had no time to poll."""
    return int(log_value(numbers.queue_log, now - NEWCOMER))


def nth_who_counts(line: Line, to: int, n: int, now: float) -> tuple[int, int]:
    """The n-th after the serving counter, up to `to`, who counts as present: see
    `Bits.nth_counting`."""
    numbers = line.numbers
    fresh = fresh_after(numbers, now)
    return line.bits.nth_counting(numbers.serving, to, n, numbers.window, fresh)


def first_counting(line: Line, now: float) -> int:
    """The first position after the serving counter that counts as present; 0: nobody waits."""
    position, found = nth_who_counts(line, line.numbers.queue, 1, now)
    return position if found else 0


def evaluate(line: Line, now: float) -> tuple[int, int] | None:
    """Move the serving counter as far as the rule says. Returns (before, after) if it moved."""
    numbers = line.numbers
    if not numbers.inlet_calls or listens(numbers, now):
        return None
    want = wanted(line, now)
    if want < 1:
        return None
    # The fewest of whom more than want - 1 are likely to come. After that, want is below 1, and
    # running this again calls nobody.
    count = floor((want - 1) / (1 - ghost(numbers))) + 1
    top = last_near(numbers)
    if numbers.inlet_serving is not None:
        top = min(top, numbers.inlet_serving)
    before = numbers.serving
    after, found = nth_who_counts(line, top, count, now)
    if after <= before:
        return None
    call_together(line, after, found, now)
    return before, after


def call_together(line: Line, to: int, found: int, now: float) -> None:
    """Set the serving counter, and expect the `found` who are present to come."""
    numbers = line.numbers
    before = numbers.serving
    has_newcomers = line.bits.newcomers(before, to, fresh_after(numbers, now)) > 0
    raise_serving(line, to)
    patience = NEAR_LEAST  # just before an opening those near are told to ask again right after it
    if not just_opened(numbers, now):
        moment = line.moment
        patience = given_interval(numbers, found, active(line), moment.limit, moment.per_second)
    due = now + 1.25 * patience + 1.5  # by then all of them should have polled
    numbers.cohorts.append([before, to, due, found, 0, int(has_newcomers), now])


def raise_serving(line: Line, to: int) -> None:
    """Set the serving counter, and count the spent and the ever-seen positions that it passes."""
    numbers = line.numbers
    numbers.spent_called += line.bits.count(SPENT, numbers.serving, to)
    numbers.seen_called += line.bits.count(SEEN, numbers.serving, to)
    numbers.serving = to
    numbers.horizon = max(numbers.horizon, to)
