"""How a room is made, and what is done after its store has lost data.

A room is lost if the store no longer has it. If the first worker to ask has seen the room, it
rebuilds it: `new_room`. Otherwise a new room begins. An operator can then restore the lost one in
its place (operator_steps.py), and `replaced` tells workers which rooms have had to go.

A room fell back if the store has an earlier state of it, such as a lagging replica's. Each worker
that has seen a later state lifts it: `lift`. `Seen` is what a worker remembers of a room.

In all these cases the store has lost sessions. Until `rebuilt_until` it lets them return, and
believes that `rebuilt_active` of them run: `let_return`. It has also lost entries of its numbered
lists, the ended sessions and the moved places. Workers tell it again which sessions have ended:
`list_known_endings` and `end_again_forgotten` in session_steps.py. When `fell_back` changes, every
worker reads both lists from the beginning.

A store that only could not be asked for a while has lost sessions too: those that ran out
meanwhile, since nobody could renew them. Their visitors are inside, by the tokens that workers go
on honouring. The store sees only a gap in which no step was made, as in a quiet night: `note_gap`.
If a worker then says that it was an outage, those sessions may return as after a loss: `was_away`.
"""

from collections.abc import Mapping

from vwr_middleware.line.calling import forget_who_came, forget_who_waits, raise_serving
from vwr_middleware.line.clock import wall
from vwr_middleware.line.constants import ENDED_AT_ONCE, GAP_LEAST, GAP_TOLD, LISTEN
from vwr_middleware.line.draw import draw, lift_draw, take_draw, was_drawn_meanwhile
from vwr_middleware.line.drawn_lanes import lay_drawn
from vwr_middleware.line.lanes import begin_lanes, lift_lanes, rebuild_lanes
from vwr_middleware.line.messages import Ask, Seen, ended_sessions
from vwr_middleware.line.minutes import count_from, count_up
from vwr_middleware.line.state import Line, Numbers
from vwr_middleware.line.store_came_back import hold_slots, settle


def new_room(room_id: str, ask: Ask, now: float) -> Numbers:
    """A new room, or a lost one again, from what a worker has seen of it.

    After a loss nobody is sent to the back: the counters go on where they were last seen, and the
    sessions that were running are believed to run until they must have expired.
    """
    seen, numbers = ask.seen, Numbers(room_id=room_id, born=now, last=now, config=dict(ask.config))
    numbers.inlet_calls = ask.inlet is not None  # nobody is called until a strategy is known
    numbers.tokens_at = numbers.rates_at = numbers.horizon_at = now
    numbers.history_at = now
    if seen is not None:
        numbers.room_id, numbers.generation = seen.room_id, seen.generation
        numbers.queue = numbers.skipped_to = seen.queue + ask.spare
        numbers.skipped_from = seen.queue
        numbers.serving = numbers.horizon = seen.serving
        numbers.overrides = dict(seen.overrides)
        take_draw(numbers, seen)
    numbers.lay_rules()
    if seen is None:
        begin_lanes(numbers)
        numbers.tokens = 1.0
    else:
        _rebuild(numbers, seen, ask, now)
    return numbers


def _rebuild(numbers: Numbers, seen: Seen, ask: Ask, now: float) -> None:
    """Go on where the room was last seen, with all that is uncertain about it."""
    numbers.followed_to = seen.read_at or now
    rebuild_lanes(numbers, seen.lanes, ask.spare)
    lay_drawn(numbers)
    numbers.completed_before = ask.totals.get("completed", 0)
    numbers.ended_before = ended_sessions(ask.totals)
    numbers.stock_counted, numbers.measured_in = numbers.completed_before, seen.generation
    forget_who_came(numbers, now)
    if seen.queue > seen.serving:
        forget_who_waits(numbers, now + LISTEN)
    let_return(numbers, now)
    settle(numbers, now)
    _believe_in(numbers, seen, 0)
    numbers.away_from, numbers.away_until = seen.read_at, now


def note_gap(numbers: Numbers, before: float, now: float, ran_out: int) -> None:
    """Note that no step was made for long before this one, which found so many sessions over."""
    numbers.gap_from, numbers.gap_until, numbers.gap_lost = before, now, ran_out


def was_away(line: Line, ask: Ask, now: float) -> None:
    """Let those return who ran out in the last gap, if the worker says that it was an outage.

    They are believed to be inside, but not more people than the worker last saw there.
    """
    numbers = line.numbers
    if ask.seen is None or not numbers.gap_lost or now - numbers.gap_until > GAP_TOLD:
        return
    if not ask.away or now - ask.away > numbers.gap_from + GAP_LEAST:
        return  # as far as it knows, the store was there for a part of that time
    lost, numbers.gap_lost = numbers.gap_lost, 0
    numbers.away_from, numbers.away_until = numbers.gap_from, numbers.gap_until
    let_return(numbers, now)
    numbers.outage_until = numbers.rebuilt_until
    believed = min(numbers.rebuilt_active + lost, ask.seen.active - line.sessions.count())
    numbers.rebuilt_active = max(numbers.rebuilt_active, believed)


def lift_overrides(numbers: Numbers, seen: Seen | None) -> None:
    """Take over the operators' settings from a worker that knows later changes.

    A worker that had not read the room for long may have rebuilt it without them.
    """
    if seen is not None and seen.changes > numbers.changes:
        numbers.changes, numbers.overrides = seen.changes, dict(seen.overrides)
        numbers.lay_rules()


def lift(line: Line, seen: Seen, now: float) -> None:
    """Bring a store that has lost its latest data up to what was promised before."""
    numbers = line.numbers
    known = numbers.generation, numbers.queue, numbers.serving
    # The number of active sessions goes up and down, so a worker's number proves nothing. But the
    # number of sessions that ever began only grows: a worker with more has seen what was lost.
    forgot_sessions = seen.claimed > numbers.totals["claimed"]
    _lift_counters(line, seen, now)
    if forgot_sessions or (numbers.generation, numbers.queue, numbers.serving) != known:
        let_return(numbers, now)
        hold_slots(numbers, now)
    if numbers.serving > known[2]:
        forget_who_came(numbers, now)
    if forgot_sessions:
        _believe_in(numbers, seen, line.sessions.count())


def lift_totals(numbers: Numbers, known: Mapping[str, int]) -> None:
    """Count on from what a worker has read, if the store counts from less. Totals only grow.

    `claimed` is not among these: by it `lift` sees which sessions the store has lost.
    """
    for name, total in known.items():
        if name != "claimed" and name in numbers.totals:
            numbers.totals[name] = max(numbers.totals[name], total)


def let_return(numbers: Numbers, now: float) -> None:
    """Let sessions come back that the store does not know, until the last must have expired."""
    if now >= numbers.rebuilt_until:
        numbers.rebuilt_active = 0  # those of an earlier loss are over
    life = float(numbers.rules["session_seconds"]) + float(numbers.rules["session_grace"])
    numbers.rebuilt_until = max(numbers.rebuilt_until, now + life)
    numbers.tokens_until = max(numbers.tokens_until, now + life)


def number_above(numbers: Numbers, known: int) -> None:
    """Go on with the list of ended sessions far above the number that the worker has (`known`).

    Other workers may have later entries of the old list. What is listed now is new to them, too.
    """
    numbers.ended_last = max(numbers.ended_last, known) + ENDED_AT_ONCE


def _believe_in(numbers: Numbers, seen: Seen, known: int) -> None:
    """Count as active the sessions that a worker has seen, beyond those `known` to the store."""
    numbers.totals["claimed"] = seen.claimed
    numbers.rebuilt_active = max(numbers.rebuilt_active, seen.active - known)


def _lift_counters(line: Line, seen: Seen, now: float) -> None:
    numbers = line.numbers
    if was_drawn_meanwhile(numbers, seen):
        draw(line, seen.drawn, seen.draw_lanes, now)
        # By this one people were told their places: with a public value of which the store has lost
        # that it had come.
        numbers.draw_told = seen.draw_told or numbers.draw_told
        numbers.drawn_at = seen.drawn_at or numbers.drawn_at
    elif seen.generation > numbers.generation:
        count_up(numbers)
        line.new_generation(seen.generation)
        count_from(numbers)
        # Whatever began it: an opening that was over did not begin it once more.
        numbers.followed_to = max(numbers.followed_to, wall(numbers, numbers.last))
    if seen.generation < numbers.generation:
        return
    lift_draw(numbers, seen)
    numbers.queue = max(numbers.queue, seen.queue)
    lift_lanes(numbers, seen.lanes)
    if seen.serving > numbers.serving:
        raise_serving(line, seen.serving)
