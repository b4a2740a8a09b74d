"""What can be done to a session that has begun: binding it to a network, renewing it, ending it,
bringing it back.
"""

from collections.abc import Sequence
from typing import Literal

from vwr_middleware.line.calling import raise_serving
from vwr_middleware.line.constants import AUDIT_ROWS
from vwr_middleware.line.data_loss import let_return, number_above
from vwr_middleware.line.expiry import begin_by_worker
from vwr_middleware.line.held_slots import take_from_door
from vwr_middleware.line.messages import Ask, Ending, Seen, Turn
from vwr_middleware.line.outcomes import note_outcomes
from vwr_middleware.line.places import turn_of
from vwr_middleware.line.session_ids import place_of
from vwr_middleware.line.shadow import leave_shadow
from vwr_middleware.line.state import Line, Numbers, note_change, tell_later

# Sessions may be bound to the network where they began: who may use one.
#
# A network is known by its marks (papers/digests.py), one for each secret, so several while secrets
# are rotated. The first is written, any is accepted. Without marks nothing is bound.


def bind(line: Line, session: str, marks: Sequence[str]) -> None:
    """Bind a session to the network with these marks."""
    if marks:
        line.sessions.bind(session, marks[0])


def may_use(line: Line, session: str, marks: Sequence[str]) -> bool:
    """Whether a session may be used from the network with these marks.

    A session that is not bound yet is bound to this network from now on. It is so if it began
    without a ticket, if the store has lost it, or if sessions were not bound then.
    """
    if not marks:
        return True
    bound_to = line.sessions.bound_to(session)
    if bound_to is not None and bound_to not in marks:
        return False
    if bound_to != marks[0]:  # it may be the mark by an older secret, which will go away
        line.sessions.bind(session, marks[0])
    return True


# What can be done to a session that has begun: renewing it, ending it, bringing it back.


#: What became of a session that the store does not know to run. It `ended` early and is listed. Or
#: the store has lost data lately, so that it may be running, `forgotten`. Or it is `over`: it ran
#: out, its claim lapsed, or it never began.
Fate = Literal["ended", "forgotten", "over"]


def renew(
    line: Line,
    now: float,
    session: str,
    take_back: bool = False,
    seen: Seen | None = None,
    marks: Sequence[str] = (),
    lasts: float = 0.0,
) -> Turn:
    """Confirm a first token or renew a session, as one atomic step.

    It lasts `session_seconds` from now on, or, if its page says that it tells of itself again soon,
    only so many seconds as `lasts`.

    A session that the store does not know is taken back if the store has lost data lately, or if
    the worker asks for it (`take_back`): since the store could not be asked when the token ran out,
    or since the session must still be running. A session that was ended early is never taken back.

    Where sessions are bound, `marks` are those of the network from which the token comes.
    """
    now, events = begin_by_worker(line, seen, now)
    generation, position = place_of(session)
    running = line.sessions.get(session)
    fate = None if running else _fate_of(line, session, now)
    if fate == "ended" or (fate == "over" and not take_back):
        return turn_of(line, "ended", position, now, events, generation)
    if not may_use(line, session, marks):
        return turn_of(line, "locked", position, now, events, generation)
    numbers = line.numbers
    rules = numbers.rules
    if running is None:
        _take_back(line, session, now)
    elif not rules["renew"] and not running[1]:  # a fixed session, which is confirmed
        return turn_of(line, "entered", position, now, events, generation)
    length = rules["session_seconds"]
    until = now + (min(lasts, length) if lasts else length) + rules["session_grace"]
    line.sessions.put(session, until, False)
    numbers.tokens_until = max(numbers.tokens_until, until)
    return turn_of(line, "entered", position, now, events, generation)


def _fate_of(line: Line, session: str, now: float) -> Fate:
    if line.ended.has(session):
        return "ended"
    return "forgotten" if now < line.numbers.rebuilt_until else "over"


def _take_back(line: Line, session: str, now: float) -> None:
    numbers = line.numbers
    if now < numbers.rebuilt_until and numbers.rebuilt_active > 0:
        numbers.rebuilt_active -= 1  # it was counted among those believed to run
    _note_was_inside(line, session)


def _note_was_inside(line: Line, session: str) -> None:
    """Note that somebody was inside: so the position was handed out and called, even if the store
    has forgotten that, and no slot is held for it."""
    numbers = line.numbers
    generation, position = place_of(session)
    if generation != numbers.generation:
        return
    numbers.queue = max(numbers.queue, position)
    if position > numbers.serving:
        raise_serving(line, position)
    numbers.spent_called += int(line.bits.spend(position))
    take_from_door(line, position)


def list_known_endings(line: Line, ended: Sequence[str], known: int) -> None:
    """List the sessions that a worker knows to have ended, in a room that is being rebuilt.

    `known` is the number of the last entry that the worker had of the old list.
    """
    numbers = line.numbers
    ended = _handed_out(line, ended)
    if ended:
        number_above(numbers, known)
    for session in ended:
        _note_was_inside(line, session)
        list_ended(line, session, None)


def forgot_endings(numbers: Numbers, ask: Ask) -> bool:
    """Whether the room has forgotten endings of which the worker may know."""
    return ask.ended_after > numbers.ended_last or ask.fell_back not in (None, numbers.fell_back)


def end_again_forgotten(
    line: Line, ended: Sequence[str], known: int, seen: Seen | None, now: float
) -> None:
    """End the sessions that a worker knows to have ended, in a room that fell back to older data.

    The store has also forgotten sessions that have begun since. So where it ends some, others are
    believed to run in their place, up to as many as the worker saw inside.
    """
    numbers = line.numbers
    ended = _handed_out(line, ended)
    gone = sum([line.sessions.remove(session) for session in ended])
    unlisted = [session for session in ended if not line.ended.has(session)]
    if unlisted:
        number_above(numbers, known)
        numbers.fell_back += 1
    for session in unlisted:
        _note_was_inside(line, session)
        list_ended(line, session, None)
    if gone and seen is not None:
        let_return(numbers, now)
        lost = min(numbers.rebuilt_active + gone, seen.active - line.sessions.count())
        numbers.rebuilt_active = max(numbers.rebuilt_active, lost)


def list_ended(line: Line, session: str, how: Ending | None) -> None:
    """Put a session on the list of the ended; `how` is None if it is not known."""
    line.numbers.ended_last += 1
    line.ended.add(session, line.numbers.ended_last, how)


def put_all_out(line: Line, now: float) -> list[str]:
    """End all running sessions and tell of it. Returns them, for the caller to list."""
    sessions = line.sessions.clear()
    events = [("revoked", session) for session in sessions]
    line.numbers.totals["revoked"] += len(sessions)
    leave_shadow(line, len(sessions))
    note_outcomes(line, now, events)
    tell_later(line.numbers, events)
    return sessions


def _was_handed_out(line: Line, session: str) -> bool:
    """Whether this session's position may have been handed out, as far as anybody knows."""
    numbers = line.numbers
    return place_of(session) <= (numbers.generation, numbers.queue)


def _handed_out(line: Line, sessions: Sequence[str]) -> list[str]:
    """Those whose position may have been; `_is_credible` says why the others are not believed."""
    return [session for session in sessions if _was_handed_out(line, session)]


def _was_called(line: Line, session: str) -> bool:
    """Whether this session's position has been called, as far as the store knows."""
    numbers = line.numbers
    generation, position = place_of(session)
    if generation != numbers.generation:
        return 0 < generation < numbers.generation
    return 0 < position <= numbers.serving


def _is_credible(line: Line, session: str, fate: Fate, who: str) -> bool:
    """Whether to believe in a session that the store does not know to have run.

    An app may pass ids of another site, or made-up ones, and an operator may have mistyped one. If
    the store believed in them, `_note_was_inside` would call everybody up to there. So the position
    must have been called. (Not more than that: a claim that lapsed may have left no trace.) If the
    store has lost data, it may have lost the call too. Then it believes an app that names a
    position that was handed out.
    """
    if fate == "forgotten" and not who:
        return _was_handed_out(line, session)
    return _was_called(line, session)


def end(
    line: Line, now: float, session: str, how: Ending, seen: Seen | None = None, *, who: str = ""
) -> bool:
    """End a session early. False if it was not running; ending it twice is ending it once.

    One that has run out is listed too: its token might bring it back after an outage, or its
    ticket, if nobody has confirmed the claim. `who` is the operator, for the audit log, or "".
    """
    now, events = begin_by_worker(line, seen, now)
    numbers = line.numbers
    tell_later(numbers, events)
    fate = None if line.sessions.remove(session) else _fate_of(line, session, now)
    if fate == "ended" or (fate is not None and not _is_credible(line, session, fate, who)):
        return False
    if fate is not None:
        _take_back(line, session, now)
    list_ended(line, session, how)
    if who:
        note_change(numbers, now)
        line.journal.add_audit([now, who, "revoke", session, how], AUDIT_ROWS)
    if fate == "over":
        return False
    numbers.totals[how] += 1
    leave_shadow(line, 1)
    note_outcomes(line, now, [(how, session)])
    if how != "revoked":
        numbers.left_sum += 1
    if who:
        tell_later(numbers, [(how, session)])  # a shell has nobody to tell it to
    return True
