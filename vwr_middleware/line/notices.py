"""Notices: word to people who are away that their turn has come.

Whoever is in line may leave a subscription and close the page. It is kept until the visitor comes
in, gives the place up, moves it to another device, or was told.

Each subscription is given to one worker at a time, for NOTICE_LEASE: that worker sends the notice
and reports what came of it. If it dies before it has reported, another one is given the
subscription. So a notice is sent once as a rule, and twice only if a worker died between sending
and reporting, or took longer than its lease. It is given away NOTICE_TRIES times at most.

The first in line who have a subscription count as present: the rule calls them when it is their
turn, as if their pages were open. Once called, they are waited for as long as `claim_within` says
(calling.py), since a notice takes its time. A subscription that no service delivers to any more is
forgotten, and its visitor not waited for. In quiet hours (quiet_hours.py) nobody is told, and
whoever sleeps does not count as present.
"""

from collections.abc import Sequence
from dataclasses import replace

from vwr_middleware.line.bits import SEEN
from vwr_middleware.line.calling import expect_no_more
from vwr_middleware.line.constants import (
    GONE,
    NOTICE_LEASE,
    NOTICE_TRIES,
    PLACED_AT_ONCE,
    SUBSCRIBERS_FRONT,
    SUBSCRIBERS_MOST,
    SUBSCRIBERS_NEAR,
    SUBSCRIBERS_POLLED,
)
from vwr_middleware.line.draw_numbers import is_drawn, row_of
from vwr_middleware.line.drawn_lanes import drawn_lanes
from vwr_middleware.line.expiry import begin_by_worker
from vwr_middleware.line.messages import Notice, Notices, Place, Seen, Verdict
from vwr_middleware.line.places import standing, stands
from vwr_middleware.line.quiet_hours import is_quiet
from vwr_middleware.line.state import Line, tell_later
from vwr_middleware.line.subscriptions import Subscription, forget_subscription, keep_subscription


def subscribe(line: Line, now: float, place: Place, text: str, seen: Seen | None = None) -> Verdict:
    """Keep a place's subscription, or with an empty text forget it. `waiting` if that was done;
    whoever is called needs none."""
    now, events = begin_by_worker(line, seen, now)
    tell_later(line.numbers, events)
    verdict, position = standing(line, place, now), place.position
    if verdict not in ("waiting", "next"):
        return verdict
    if not text:
        forget_subscription(line, position)
    elif verdict == "waiting":
        if not _has_room_for_subscription(line, position):
            return "refused"
        keep_subscription(line, position, Subscription(text))
    return verdict


def _has_room_for_subscription(line: Line, position: int) -> bool:
    """Whether one more may be kept: as for resume codes, where there are many, a place gets one
    only if somebody has come back to it."""
    kept = line.numbers.subscribers
    if kept < SUBSCRIBERS_POLLED or line.subscriptions.get(row_of(line.numbers, position)):
        return True
    return kept < SUBSCRIBERS_MOST and line.bits.get(SEEN, position)


def notices(
    line: Line,
    now: float,
    takes: int,
    generation: int = 0,
    reports: Sequence[tuple[int, float, str]] = (),
    seen: Seen | None = None,
    placed: Sequence[tuple[int, int]] = (),
) -> Notices:
    """Give a worker up to `takes` notices that are due, and take in what came of earlier ones.

    `reports` are positions of `generation`, each with the seconds after which its notice is to be
    tried again, and what its subscription is to say then, or "" for the same. With SENT, or with
    GONE where it never can be sent, the subscription is forgotten. `placed` says, of numbers of
    `generation` that were `unplaced`, at which positions they stand.
    """
    now, events = begin_by_worker(line, seen, now)
    numbers = line.numbers
    tell_later(numbers, events)
    if generation == numbers.generation:
        for position, again_in, text in reports:
            _take_report(line, position, again_in, text, now)
        for number, position in placed:
            _place(line, number, position)
    may_tell = numbers.subscribers and line.moment.capacity > 0 and not is_quiet(numbers, now)
    due = _due(line, takes, now) if may_tell else ()
    return Notices(now, numbers.generation, numbers.subscribers, due, _unplaced(line))


def _unplaced(line: Line) -> tuple[int, ...]:
    """The numbers of those who left a subscription before the draw, some at a time."""
    numbers = line.numbers
    if not numbers.subscribers or not is_drawn(numbers):
        return ()
    lanes = numbers.draw_lanes
    last = drawn_lanes(lanes).last_number if lanes else numbers.drawn
    first = line.subscriptions.after(-last - 1, PLACED_AT_ONCE)
    return tuple(-row for row, _ in first if row < 0)


def _place(line: Line, number: int, position: int) -> None:
    """Keep the subscription of a number at the position that it has got."""
    kept = line.subscriptions.get(-number)
    if kept is None:
        return
    line.subscriptions.remove(-number)
    line.numbers.subscribers -= 1
    keep_subscription(line, position, kept)


def _take_report(line: Line, position: int, again_in: float, text: str, now: float) -> None:
    kept = line.subscriptions.get(position)
    if kept is None:
        return
    if again_in > 0:
        line.subscriptions.put(position, replace(kept, text=text or kept.text, due=now + again_in))
    elif forget_subscription(line, position) and again_in == GONE:
        expect_no_more(line.numbers, position)


def _due(line: Line, takes: int, now: float) -> tuple[Notice, ...]:
    """The notices to be sent now, lent to this worker. Nobody is told while nobody may come in."""
    numbers = line.numbers
    near = line.subscriptions.after(numbers.serving, SUBSCRIBERS_NEAR)
    line.bits.note([position for position, _ in near], numbers.window)
    found = list[Notice]()
    for position, kept in line.subscriptions.after(0, SUBSCRIBERS_FRONT):
        if position > numbers.serving or len(found) >= takes:
            break
        if kept.due > now:
            continue
        can_come = stands(line, numbers.generation, position, now) == "next"
        if not can_come or kept.tries >= NOTICE_TRIES:
            forget_subscription(line, position)
            expect_no_more(numbers, position)
            continue
        lent = replace(kept, due=now + NOTICE_LEASE, tries=kept.tries + 1)
        line.subscriptions.put(position, lent)
        found.append(Notice(position, lent.text, lent.tries))
    return tuple(found)
