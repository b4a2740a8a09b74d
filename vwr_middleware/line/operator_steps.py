"""What an operator can do to a room: call people, change settings, reset it, bring back a lost
one.
"""

from collections.abc import Mapping, Sequence
from math import inf
from typing import Any

from vwr_middleware.line.calling import (
    call_together,
    expect_unheard,
    forget_who_came,
    forget_who_waits,
    nth_who_counts,
)
from vwr_middleware.line.constants import (
    AUDIT_ROWS,
    KEY_OF_ANOTHER,
    KEYS_KEPT,
    REGISTERING,
    REPLACED_MOST,
)
from vwr_middleware.line.data_loss import let_return, number_above
from vwr_middleware.line.day_log import note_moves
from vwr_middleware.line.draw import follow_draw, forget_set_beacon, take_draw
from vwr_middleware.line.drawn_lanes import lay_drawn
from vwr_middleware.line.expiry import begin
from vwr_middleware.line.lanes import lay_behind, nth_taken, taken_after
from vwr_middleware.line.messages import Seen
from vwr_middleware.line.minutes import count_from, count_up
from vwr_middleware.line.schedule import follow_schedule, override
from vwr_middleware.line.session_steps import list_ended, put_all_out
from vwr_middleware.line.state import Line, last_near, note_change, tell_later


def begin_by_hand(line: Line, now: float) -> float:
    """Begin an operator's step. The next refresh tells what has ended."""
    now, events = begin(line, now, None, comes_first=True)
    tell_later(line.numbers, events)
    follow_schedule(line, now)
    tell_later(line.numbers, follow_draw(line, now))
    return now


def _call_by_hand(line: Line, to: int, now: float) -> None:
    """Call up to a position. Those present are expected, so no newcomer gets their slots."""
    numbers = line.numbers
    before = numbers.serving
    if to > before and numbers.draw != REGISTERING:
        _, found = nth_who_counts(line, to, to - before, now)
        expect_unheard(numbers, max(before, last_near(numbers)), to, now)
        call_together(line, to, found, now)
        tell_later(numbers, [("called", f"{before + 1}-{to}")])
        note_moves(line, now)


def advance(
    line: Line,
    now: float,
    count: int,
    *,
    present_only: bool = False,
    keep_rest: bool = False,
    who: str = "",
    key: str = "",
) -> int:
    """Call `count` more by hand: positions, or people present. Returns how many positions.

    While people register for a draw nobody has a place yet, so nobody is called.

    If the line has too few, the rest is dropped, or (`keep_rest`) kept as credit for those who
    join. Credit is never added up, so thirty clicks in an empty room are one click. A call with the
    `key` of an earlier one does nothing and returns that one's result, or KEY_OF_ANOTHER if that
    one asked for something else.
    """
    now = begin_by_hand(line, now)
    numbers = line.numbers
    asked = f"{count} {int(present_only)} {int(keep_rest)}"
    for done, result, *its in numbers.done_keys:  # one of an earlier release has no more
        if done == key:
            return int(result) if its in ([], [asked]) else KEY_OF_ANOTHER
    before = numbers.serving
    if present_only:
        to, found = nth_who_counts(line, numbers.queue, count, now)
    else:
        to = nth_taken(numbers, count)
        found = taken_after(numbers, to)
    called = 0 if numbers.draw == REGISTERING else taken_after(numbers, to)
    _call_by_hand(line, to, now)
    if keep_rest and numbers.draw != REGISTERING:
        numbers.credit = max(numbers.credit, count - found)
    note_change(numbers, now)
    line.journal.add_audit([now, who, "advance", before, numbers.serving], AUDIT_ROWS)
    if key:
        done_now = [key, called, asked]
        numbers.done_keys = [*numbers.done_keys, done_now][-KEYS_KEPT:]
    return called


def advance_to(line: Line, now: float, serving: int, *, who: str = "") -> int:
    """Set the serving counter by hand: never back, and never beyond the queue counter."""
    now = begin_by_hand(line, now)
    numbers = line.numbers
    before = numbers.serving
    _call_by_hand(line, min(numbers.queue, max(before, serving)), now)
    note_change(numbers, now)
    line.journal.add_audit([now, who, "serve", before, numbers.serving], AUDIT_ROWS)
    return numbers.serving


def change(
    line: Line,
    now: float,
    changes: Mapping[str, Any],
    forget: Sequence[str] = (),
    *,
    who: str = "",
    after: int | None = None,
) -> dict[str, Any]:
    """Override settings, or (`forget`) go back to the configured ones. Returns those in force.

    With `after`, the number of a change, this happens only if no other was made since: else nothing
    is changed, and nothing is returned.
    """
    now = begin_by_hand(line, now)
    numbers = line.numbers
    if after is not None and after != numbers.changes:
        return {}
    note_change(numbers, now)
    override(line, now, changes, forget, who=who)
    return dict(numbers.rules)


def note_done(line: Line, now: float, what: str, old: str, new: str, *, who: str = "") -> int:
    """Have the audit log note what an operator has done elsewhere. Returns 1."""
    now = begin_by_hand(line, now)
    line.journal.add_audit([now, who, what, old, new], AUDIT_ROWS)
    return 1


def reset(line: Line, now: float, end_sessions: bool = False, *, who: str = "") -> int:
    """Begin a new generation. Running sessions go on and count, unless they are ended too."""
    now = begin_by_hand(line, now)
    numbers = line.numbers
    old = numbers.generation
    if numbers.draw == REGISTERING:
        forget_set_beacon(numbers)
    count_up(numbers)
    line.new_generation(old + 1)
    count_from(numbers)
    if end_sessions:
        for session in put_all_out(line, now):
            list_ended(line, session, "revoked")
        numbers.rebuilt_active = 0
    note_change(numbers, now)
    line.journal.add_audit([now, who, "reset", old, numbers.generation], AUDIT_ROWS)
    return numbers.generation


# How an operator brings back a room that its store has lost and no worker remembers.
#
# After the loss a new room was made under its name, with a line of its own. That room goes away,
# with everybody who joined it. The old one comes back as its visitors' tickets and tokens describe
# it.


def restore(line: Line, now: float, former: Seen, *, who: str = "") -> bool:
    """Turn the room into the one that was lost. If it is that already, change nothing: False.

    Settings that operators have changed are kept, and so are the totals.
    """
    now = begin_by_hand(line, now)
    numbers = line.numbers
    old = numbers.room_id
    if old == former.room_id:
        return False
    _end_the_room_in_between(line, now)
    note_change(numbers, now)  # or a worker with a higher number would bring old settings back
    line.bits.store.wipe()
    count_up(numbers)
    line.new_generation(former.generation)
    numbers.room_id = former.room_id
    numbers.replaced = _with_one_more(numbers.replaced, old, former.room_id)
    take_draw(numbers, former)
    numbers.queue = max(former.queue, former.serving, former.drawn)
    numbers.serving = numbers.horizon = former.serving
    lay_behind(numbers)
    lay_drawn(numbers)
    forget_who_came(numbers, now)
    if numbers.queue > numbers.serving:
        forget_who_waits(numbers, inf)
    let_return(numbers, now)
    numbers.rebuilt_active = former.active
    count_from(numbers)
    line.journal.add_audit([now, who, "restore", old, former.room_id], AUDIT_ROWS)
    return True


def _end_the_room_in_between(line: Line, now: float) -> None:
    """End its sessions, and forget which have ended: from now on their ids mean other people."""
    numbers = line.numbers
    put_all_out(line, now)
    line.journal.forget_outcomes()
    line.ended.drop(numbers.ended_last)
    number_above(numbers, 0)


def _with_one_more(replaced: str, old: str, back: str) -> str:
    """The ids of the rooms that were replaced, the latest last, without the one that comes back.

    By these a worker tells tickets and tokens of replaced rooms from those of another store.
    """
    rooms = [room for room in (*replaced.split(), old) if room != back]
    return " ".join(rooms[-REPLACED_MOST:])
