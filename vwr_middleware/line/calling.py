"""How far the serving counter goes: whom the rule calls, who is passed over, and when it waits.

The rule calls as many people as are still missing, so running it twice calls nobody the second
time. The counter skips nobody: the rule counts only those who are present, and calls everybody up
to the last of them.
"""

from math import floor, inf, sqrt

from vwr_middleware.line.bits import SEEN, SPENT, WINDOWS
from vwr_middleware.line.capacity import (
    active,
    ghost,
    given_interval,
    hazard,
    just_opened,
)
from vwr_middleware.line.constants import (
    CALLED_MOST,
    CROWD,
    FIRST_POLL,
    HARDLY_ANY,
    HIDDEN_UNTIL,
    HORIZON_LOG_SPAN,
    KEPT_SHARE,
    LEAD_LEAST,
    LISTEN,
    NEAR_LEAST,
    NEWCOMER,
    PRESENCE_WINDOW,
    UNHEARD_POLL,
)
from vwr_middleware.line.lanes import taken
from vwr_middleware.line.quiet_hours import quiet_seconds
from vwr_middleware.line.state import Line, Numbers, last_near, log_value
from vwr_middleware.line.subscriptions import count_subscriptions

# A silence: nobody of a whole crowd is heard any more, all at once.
#
# The crowd has not left: its polls could not get through, since the store, or something in front of
# the app, stood still. When the first are heard again, the room does not know yet who else is
# there. The rule counts those present, so it would call nearly the whole line for a few slots. So
# the room listens for a moment before it calls anybody. What it hears first may be old steps that
# had to wait.
#
# A store that has lost a room has lost who is there, too, so it begins in the same way. Those whose
# turn is near ask every other second, and so all of them are heard.


def listens(numbers: Numbers, now: float) -> bool:
    """Whether there is a silence, or was one a moment ago, so that nobody is called yet; or whether
    those who were just drawn look where they stand."""
    return max(numbers.listens_until, numbers.gathers_until) > now


def take_window(line: Line, now: float) -> None:
    """Go on to the presence window of this moment, and notice if a silence has begun.

    Of the two windows that counted before, the earlier one tells how large the crowd was. Programs
    that ask all at once, and then not for a minute, are in the later one only. If that one told,
    each of their pauses would be a silence.
    """
    numbers, window = line.numbers, int(now // PRESENCE_WINDOW)
    # None begins until the rule has run since the last one, or it might never run again.
    may_begin = window > numbers.window and not numbers.listens_until
    may_begin = may_begin and not counts_unheard(numbers)
    there = _heard(line, numbers.window - 1) if may_begin else 0
    line.bits.rotate(numbers.window, window)
    numbers.window = window
    if there >= CROWD and _heard(line, window - 1) * HARDLY_ANY < there:
        numbers.listens_until = inf


def hear(line: Line, now: float) -> None:
    """Notice whether the silence is over. Called before the rule runs, when polls are noted."""
    numbers = line.numbers
    if not listens(numbers, now):
        numbers.listens_until = 0.0
    elif _heard(line, numbers.window):
        end_silence(numbers, now)


def end_silence(numbers: Numbers, now: float) -> None:
    """Listen for a moment more, since somebody is heard or arrives.

    Arrivals count too, since the crowd may really have left, and then nobody near would ever be
    heard: a program that takes no place never polls, and whoever joins a long line is not near.
    """
    numbers.listens_until = min(numbers.listens_until, now + LISTEN)


def forget_who_waits(numbers: Numbers, until: float) -> None:
    """The store has lost who is in line: listen until then, or (inf) until the first are heard."""
    if not counts_unheard(numbers):
        numbers.listens_until = until


def _heard(line: Line, window: int) -> int:
    """How many of those who are near polled in a window."""
    return line.bits.count(WINDOWS[window % 3], line.numbers.serving, last_near(line.numbers))


# How far the serving counter goes.


# Whoever has left a subscription (notices.py) is called as somebody present, and comes when the
# notice has been read: these are a cohort of their own, of the same positions, which lasts for
# `claim_within` of turn time. The first to come are those whose pages were open. Whoever never
# comes holds a slot no longer than that, and all of them together no more than a part of the room.

#: The columns of a cohort: of those called together at CALLED_AT, the positions after FROM, up to
#: TO. COUNT of them were present, CAME of these have come so far, and all should have by DUE. FRESH
#: is 1 if some had just joined, and AWAY for those who have left a subscription.
FROM, TO, DUE, COUNT, CAME, FRESH, CALLED_AT = range(7)
AWAY = 2


def expected(line: Line, now: float) -> float:
    """How many of the called are likely to come: those not overdue, and those at the door."""
    here, away = _coming(line, now)
    return here + min(away, most_kept(line.moment.capacity))


def most_kept(capacity: float) -> float:
    """How many slots are kept at once for people who are away: as many are left to those who are
    there, if there is more than one."""
    return max(1.0, capacity // KEPT_SHARE)


def _coming(line: Line, now: float) -> tuple[float, float]:
    """How many are likely to come of those whose pages were open, and of those who are away."""
    numbers = line.numbers
    cohorts = close_cohorts(numbers, now)
    missing = ghost(numbers)
    here = away = 0.0
    for row in cohorts:
        absent = 0.0 if row[FRESH] else missing * row[COUNT]
        coming = max(0.0, row[COUNT] - row[CAME] - absent)
        if row[FRESH] == AWAY:
            away += coming
        else:
            here += coming
    return here + line.door.coming(now + numbers.latency), away


def close_cohorts(numbers: Numbers, now: float) -> list[list[float]]:
    """Close the cohorts (people called together) whose time is over, and learn how many came.
    Returns the others.

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
    return open_ones


def are_coming(line: Line, now: float) -> bool:
    """Whether the pace has people to let in: some are on their way, and slots are free for them."""
    if line.moment.per_second is None or line.moment.capacity <= active(line):
        return False
    return expected(line, now) >= 1


def wanted(line: Line, now: float) -> float:
    """How many more to call: the slots that will be free when they come, less those expected.

    Of the slots that others will leave until then, a few more than on average are counted. So most
    who are called have asked, and are at the door in their order, when their slots become free.
    """
    numbers = line.numbers
    room = line.moment.capacity
    if room <= 0:
        return 0.0
    inside = active(line)
    leaving = max(0.0, inside * hazard(numbers, line.moment.limit) - numbers.walk_ins)
    lead = max(LEAD_LEAST, numbers.latency)
    leave = leaving * lead + line.sessions.ending_by(now + lead)
    here, away = _coming(line, now)
    value = room - inside + leave + sqrt(leave) - min(away, most_kept(room))
    rate = line.moment.per_second
    if rate is not None:  # the pace goes on: nothing is kept of it for those who are away
        value = min(value, numbers.tokens + rate * lead)
    return value - here


def counts_unheard(numbers: Numbers) -> bool:
    """Whether whoever was never heard counts as present, however long ago they joined.

    Some programs read nothing but the public numbers until their turn has come (vwr_middleware.aws
    is for these), so nobody can know who of them is still there. Of the called, those who do not
    come are passed over as ever. Whoever was heard once, like all pages, is judged by that.
    """
    return bool(numbers.rules.get("counts_unheard"))


def fresh_after(numbers: Numbers, now: float, span: float = NEWCOMER) -> int:
    """Positions above this joined so lately that they have had no time to poll.

    Where lanes leave positions free, that says nothing: whoever joins there is noted as heard.
    """
    return numbers.queue if numbers.layout else int(log_value(numbers.queue_log, now - span))


def count_newcomers(line: Line, after: int, to: int, fresh: int) -> int:
    """How many of these positions joined lately and were never seen."""
    if line.numbers.layout:
        return line.bits.heard_unseen(after, to, line.numbers.window)
    return line.bits.newcomers(after, to, fresh)


def nth_who_counts(line: Line, to: int, n: int, now: float) -> tuple[int, int]:
    """The n-th after the serving counter, up to `to`, who counts as present: see
    `Bits.nth_counting`."""
    numbers = line.numbers
    fresh = 0 if counts_unheard(numbers) else fresh_after(numbers, now)
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
    has_newcomers = count_newcomers(line, before, to, fresh_after(numbers, now)) > 0
    raise_serving(line, to)
    patience = given_interval(numbers, found, line.moment.limit, line.moment.per_second)
    if just_opened(numbers, now) and not numbers.flow:
        patience = NEAR_LEAST  # just before an opening those near are told to ask right after it
    if counts_unheard(numbers):
        patience = max(patience, UNHEARD_POLL)
        expect_unheard(numbers, before, to, now)
    due = now + 1.25 * patience + 1.5  # by then all of them should have polled
    away = min(found, count_subscriptions(line, before, to))
    numbers.cohorts.append([before, to, due, found - away, 0, int(has_newcomers), now])
    if away:
        due = now + float(numbers.rules["claim_within"])
        numbers.cohorts.append([before, to, due, away, 0, AWAY, now])


def wait_longer(numbers: Numbers, still: float) -> None:
    """Wait for those who are away as much longer as turn time stood still."""
    if still > 0:
        for row in numbers.cohorts:
            if row[FRESH] == AWAY:
                row[DUE] += still


def note_who_came(numbers: Numbers, position: int, now: float) -> bool:
    """Count somebody who was called among those who came. False: nobody expected them any more."""
    is_expected = False
    for row in numbers.cohorts:
        if row[FROM] < position <= row[TO] and row[DUE] > now:
            is_expected = True
            if row[CAME] < row[COUNT]:
                row[CAME] += 1
                break
    return is_expected


def expect_no_more(numbers: Numbers, position: int) -> None:
    """Do not wait for somebody who is away and cannot be told, or has left."""
    for row in numbers.cohorts:
        if row[FROM] < position <= row[TO] and row[FRESH] == AWAY:
            row[CAME] = min(row[COUNT], row[CAME] + 1)


def raise_serving(line: Line, to: int) -> None:
    """Set the serving counter, and count the spent and the ever-seen positions that it passes."""
    numbers = line.numbers
    numbers.spent_called += line.bits.count(SPENT, numbers.serving, to)
    numbers.seen_called += line.bits.count(SEEN, numbers.serving, to)
    numbers.serving = to
    numbers.horizon = max(numbers.horizon, to)


# Who of the called may still come, and who has not come.
#
# A called position whose visitor was heard from lately may still come. Most of the others never
# will, so they are no part of a room's numbers: in a long sale they would soon be most of the line.
#
# Of those whose polls could not be heard, all may come for a while: they were called by hand from
# far behind, where pages read the public status alone, or the store has lost who polled.


def count_called(line: Line, now: float) -> int:
    """How many are called, have not entered, and may still come.

    Those who were called more than CALLED_MOST positions ago are not looked for.
    """
    numbers = line.numbers
    low, to = max(0, numbers.serving - CALLED_MOST), numbers.serving
    if numbers.spent_called >= to:
        return 0
    first, last = (min(to, max(low, edge)) for edge in _unheard(numbers, now))
    unheard = taken(numbers.layout, numbers.lanes, first, last)
    unheard -= line.bits.count(SPENT, first, last)
    heard = _count_heard(line, low, first, now) + _count_heard(line, last, to, now)
    # Hidden pages ask so rarely that they are not heard in between.
    hidden = [p for p in line.door.later(now) if p <= first or p > last]
    silent = [p for p in hidden if p > low and not line.bits.polled(p, numbers.window)]
    return heard + unheard + len(silent)


def _count_heard(line: Line, after: int, to: int, now: float) -> int:
    numbers = line.numbers
    lately = fresh_after(numbers, now, FIRST_POLL)
    return line.bits.heard_unspent(after, to, numbers.window, lately)


def _unheard(numbers: Numbers, now: float) -> tuple[int, int]:
    """The positions after the first and up to the second are those who could not be heard."""
    if now >= numbers.unheard_until:
        return 0, 0
    return numbers.unheard_from, numbers.unheard_to


def expect_unheard(numbers: Numbers, after: int, to: int, now: float) -> None:
    """Take all after `after`, up to `to`, for people who may come, until they have been heard."""
    if to <= after:
        return
    if now < numbers.unheard_until:
        after, to = min(after, numbers.unheard_from), max(to, numbers.unheard_to)
    numbers.unheard_from, numbers.unheard_to = after, to
    numbers.unheard_until = now + HORIZON_LOG_SPAN


def forget_who_came(numbers: Numbers, now: float) -> None:
    """Nobody who is called is a no-show: the store has lost who of them came."""
    numbers.judged = numbers.serving
    expect_unheard(numbers, 0, numbers.serving, now)


def count_no_shows(line: Line, now: float) -> None:
    """Count those whom nobody has heard from since the call, once a hidden page would have asked
    and the time to come is over. Each position is looked at once."""
    numbers = line.numbers
    within = max(float(numbers.rules["claim_within"]), HIDDEN_UNTIL)
    within += quiet_seconds(numbers, now - within, now)
    after = min(numbers.judged, numbers.serving)
    to = int(log_value(numbers.serving_log, now - within))
    if to > after:
        seen_only = bool(numbers.layout)  # the others may be nobody's
        numbers.totals["no_shows"] += line.bits.silent(after, to, numbers.window, seen_only)
        numbers.judged = to
