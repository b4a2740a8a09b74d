"""How every step of a store begins: by a worker, or by an operator's hand (see
operator_steps.py).
"""

from vwr_middleware.errors import ForeignRoom
from vwr_middleware.line.bits import LAPSED, SPENT
from vwr_middleware.line.calling import are_coming, wait_longer
from vwr_middleware.line.capacity import active, look_around, refill, tick
from vwr_middleware.line.clock import begin_at
from vwr_middleware.line.constants import DOOR_SPARE, GAP_LEAST, STEP_COUNTS
from vwr_middleware.line.data_loss import lift, note_gap
from vwr_middleware.line.draw import follow_draw, knows_more_of_draw
from vwr_middleware.line.lanes import knows_more_of_lanes
from vwr_middleware.line.messages import Seen
from vwr_middleware.line.openings import lay_rules_of_now
from vwr_middleware.line.outcomes import note_outcomes
from vwr_middleware.line.quiet_hours import quiet_seconds
from vwr_middleware.line.session_ids import place_of
from vwr_middleware.line.shadow import follow_shadow
from vwr_middleware.line.state import Line, Numbers
from vwr_middleware.line.store_came_back import note_run


def begin_by_worker(
    line: Line, seen: Seen | None, now: float, comes_first: bool = False
) -> tuple[float, list[tuple[str, str]]]:
    """Begin a step that a worker takes: `begin`, then raise the room to what the worker has `seen`.

    Raises ForeignRoom, and changes nothing, if the worker knows another room under this name: then
    two stores serve one room, and mixing their numbers would let people in twice. Returns the
    store's time for the step, and what has ended, as events.
    """
    refuse_foreign(line, seen)
    begun = begin(line, now, seen, comes_first)
    if seen is not None and _knows_more(seen, line.numbers):
        lift(line, seen, begun[0])
        look_around(line, begun[0])
    begun[1].extend(follow_draw(line, begun[0]))
    return begun


def _knows_more(seen: Seen, numbers: Numbers) -> bool:
    """Whether a worker has seen what the store does not know any more."""
    if seen.claimed > numbers.totals["claimed"] or seen.generation > numbers.generation:
        return True
    is_ahead = seen.queue > numbers.queue or seen.serving > numbers.serving
    is_ahead = is_ahead or knows_more_of_draw(seen, numbers)
    is_ahead = is_ahead or knows_more_of_lanes(numbers, seen.lanes)
    return is_ahead and seen.generation == numbers.generation


def refuse_foreign(line: Line, seen: Seen | None) -> None:
    """Raise ForeignRoom if the worker knows another room under this name."""
    if seen is not None and seen.room_id != line.numbers.room_id:
        raise ForeignRoom(line.numbers.room_id)


def begin(
    line: Line, now: float, seen: Seen | None, comes_first: bool
) -> tuple[float, list[tuple[str, str]]]:
    """Begin a step: end the sessions that have run out, and bring the rates up to now.

    `comes_first`: whoever takes it may not have read the room before, so its clock is doubted if
    anybody is inside. Returns the store's time for the step, and what has ended, as events.
    """
    numbers = line.numbers
    before = numbers.last
    now = begin_at(numbers, now, seen, comes_first and _was_anybody_inside(line))
    if line.run and line.run != numbers.run:
        note_run(numbers, line.run, now)
    if numbers.rules.get("openings"):
        lay_rules_of_now(numbers)
    look_around(line, now)
    _stand_still(line, before, now)
    tick(numbers, now, active(line))
    refill(line, line.moment.per_second is not None and are_coming(line, now))
    events = []
    over = line.sessions.expire(now)
    follow_shadow(line, len(over), now)
    if now - before >= GAP_LEAST:
        note_gap(numbers, before, now, len(over))
    for session, unconfirmed in over:
        if unconfirmed:
            lapse(line, session)
        else:
            numbers.totals["expired"] += 1
        events.append(("lapsed" if unconfirmed else "expired", session))
    note_outcomes(line, now, events)
    # Those whose time at the door is over, and those for whom there is no slot.
    line.door.prune(now, line.moment.limit + DOOR_SPARE)
    return now, events


def _was_anybody_inside(line: Line) -> bool:
    """Whether sessions ran at the last step, or are believed to have run."""
    numbers = line.numbers
    is_believed = numbers.last < numbers.rebuilt_until and numbers.rebuilt_active > 0
    return is_believed or line.sessions.count() > 0


def _stand_still(line: Line, before: float, now: float) -> None:
    """Stop turn time for the part of the last interval in which nobody could enter, or had to: see
    held_slots.py.
    """
    counts = min(now - before, STEP_COUNTS) if line.moment.capacity >= 1 else 0.0
    if counts > 0:
        counts -= quiet_seconds(line.numbers, before, before + counts)
    still = now - before - counts
    line.numbers.still += still
    wait_longer(line.numbers, still)


def lapse(line: Line, session: str) -> None:
    """Undo a claim that nobody confirmed: the position is called and unclaimed again.

    The position is marked as LAPSED, for two reasons. Its next claim is no new admission for the
    pace: otherwise a few tickets that claim again and again would use all of it up. And where
    sessions are fixed, its next claim needs no confirmation: coming back is proof enough. Where
    sessions are renewed it does need one, or a ticket that never brings a token back could keep a
    slot for ever. A fixed session ends.
    """
    numbers = line.numbers
    numbers.totals["lapsed"] += 1
    generation, position = place_of(session)
    if generation == numbers.generation and line.bits.get(SPENT, position):
        line.bits.store.clear(SPENT, position)
        numbers.spent_called -= 1
        line.bits.store.set_many(LAPSED, (position,))
