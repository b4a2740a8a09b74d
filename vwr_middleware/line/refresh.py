"""The refresh: a worker hands in what it noticed, the rule is evaluated, the room is read."""

from dataclasses import replace

from vwr_middleware.line.calling import count_no_shows, evaluate, hear, take_window
from vwr_middleware.line.capacity import look_around
from vwr_middleware.line.constants import (
    DOOR_SPARE,
    FLOW_LOG_SPAN,
    FLOW_LOG_STEP,
    HISTORY_ROWS,
    HISTORY_STEP,
    HORIZON_LOG_SPAN,
    QUEUE_LOG_SPAN,
    QUEUE_LOG_STEP,
    SERVING_LOG_STEP,
)
from vwr_middleware.line.data_loss import lift_overrides, lift_totals, was_away
from vwr_middleware.line.day_log import note_moves
from vwr_middleware.line.draw import gather_on, take_told
from vwr_middleware.line.expiry import begin_by_worker
from vwr_middleware.line.held_slots import keep_turn_log
from vwr_middleware.line.lane_minutes import keep_lane_minute
from vwr_middleware.line.lanes import taken_after
from vwr_middleware.line.messages import Ask, Snapshot
from vwr_middleware.line.minutes import keep_minute
from vwr_middleware.line.places import forget_left
from vwr_middleware.line.poll_horizon import move_horizon
from vwr_middleware.line.schedule import follow_schedule
from vwr_middleware.line.session_steps import end_again_forgotten, forgot_endings
from vwr_middleware.line.snapshot import take_snapshot
from vwr_middleware.line.state import Line, Numbers, keep, tell_later
from vwr_middleware.line.stock import note_gone, take_stock
from vwr_middleware.line.told_ranges import settle_ranges, take_ranges
from vwr_middleware.line.visitor_steps import knock_noted
from vwr_middleware.line.worker_reports import (
    take_adaptive,
    take_for_operators,
    take_load,
)

#: Verdicts on a called visitor for whom no slot needs to be held.
_ELSEWHERE = ("entered", "spent", "missed")


def refresh(line: Line, ask: Ask, now: float) -> Snapshot:
    """One worker's refresh of one room. Losing, repeating or delaying one changes no count.

    What the worker brings is taken in first, so that the rule knows of it. Then the rule decides
    how far the serving counter goes, and the horizon follows. The logs tell how far it has come.
    The worker reads the room as all of this leaves it.
    """
    now, events = _begin(line, ask, now)
    elsewhere = _take_in(line, ask, now)
    moved = evaluate(line, now)
    if moved is not None:
        events.append(("called", f"{moved[0] + 1}-{moved[1]}"))
    events.extend(note_gone(line.numbers, now))
    move_horizon(line, now)
    _keep_logs(line, now)
    events += settle_ranges(line, now)
    if ask.generation == line.numbers.generation:
        take_ranges(line.numbers, ask, now)
    keep_minute(line, ask.for_operators, ask.silent, now)
    keep_lane_minute(line, ask.for_operators.lane_waits, now)
    note_moves(line, now)
    snapshot = _read(line, ask, now, _to_tell(line.numbers, ask, events))
    return replace(snapshot, elsewhere=elsewhere)


def _begin(line: Line, ask: Ask, now: float) -> tuple[float, list[tuple[str, str]]]:
    """Begin, and take what only a refresh brings after a loss: settings and ended sessions."""
    begun = begin_by_worker(line, ask.seen, now, ask.starting or not ask.tells)
    lift_overrides(line.numbers, ask.seen)
    if ask.ended and forgot_endings(line.numbers, ask):
        end_again_forgotten(line, ask.ended, ask.ended_after, ask.seen, begun[0])
    was_away(line, ask, begun[0])
    follow_schedule(line, begun[0])
    return begun


def _take_in(line: Line, ask: Ask, now: float) -> list[int]:
    """Take in what the worker brings. Returns those who knocked but need no slot held:
    `Snapshot.elsewhere`.

    Polls count for the presence window of this moment, so the windows go on before them, and they
    may end a silence. Knocks may put more at the door than there are slots for. Every step begins
    by dropping those, so it is done here as well, or the next step would find more to call.
    """
    numbers, elsewhere = line.numbers, []
    if ask.starting and dict(ask.config) != numbers.config:
        numbers.config = dict(ask.config)
        numbers.lay_rules()
    if ask.quiet is not None:
        numbers.quiet_from, numbers.quiet_until = ask.quiet
    _take_inlet(numbers, ask)
    take_stock(line, ask, now)
    look_around(line, now)
    lift_totals(numbers, ask.totals)
    take_load(numbers, ask.load, now)
    take_adaptive(numbers, ask)
    take_told(line, ask, now)
    take_for_operators(line, ask, now)
    keep(numbers.queue_log, [now, float(numbers.queue)], QUEUE_LOG_STEP, QUEUE_LOG_SPAN)
    take_window(line, now)
    if ask.generation == numbers.generation:
        line.bits.note([p for p in ask.present if 0 < p <= numbers.queue], numbers.window)
        forget_left(line, ask.moved_after)
        knocks = ask.knocks
        elsewhere = [k.position for k in knocks if knock_noted(line, k, now) in _ELSEWHERE]
    hear(line, now)
    gather_on(line, now)
    line.door.prune(now, line.moment.limit + DOOR_SPARE)
    return elsewhere


def _take_inlet(numbers: Numbers, ask: Ask) -> None:
    """Obey the worker's strategies, unless it does not know the operator's latest choice yet."""
    inlet = ask.inlet
    if inlet is None or (ask.starting and "inlet" in numbers.overrides):
        return
    if ask.seen is not None and ask.seen.changes < numbers.changes:
        return
    numbers.inlet_calls = inlet.calls
    if inlet.holds:
        return
    numbers.inlet_limit, numbers.inlet_per_second = inlet.limit, inlet.per_second
    numbers.inlet_burst, numbers.inlet_serving = inlet.burst, inlet.serving


def _keep_logs(line: Line, now: float) -> None:
    """Log how far the serving counter has come, and how full the room is."""
    numbers, totals = line.numbers, line.numbers.totals
    span = max(HORIZON_LOG_SPAN, float(numbers.rules["claim_within"]))
    keep(
        numbers.serving_log,
        [now, float(numbers.serving)],
        max(SERVING_LOG_STEP, float(numbers.rules["claim_within"]) / 60),
        span,
    )
    count_no_shows(line, now)
    keep_turn_log(numbers, now)
    row = [now, float(numbers.serving), float(totals["claimed"]), float(numbers.seen_called)]
    keep(numbers.flow_log, row, FLOW_LOG_STEP, FLOW_LOG_SPAN)
    if now - numbers.history_at >= HISTORY_STEP:
        numbers.history_at = now
        waiting = taken_after(numbers, numbers.queue)
        inside, most = float(line.sessions.count()), float(line.moment.limit)
        line.journal.add_history(
            [now, float(waiting), inside, float(totals["claimed"]), most], HISTORY_ROWS
        )


def _read(line: Line, ask: Ask, now: float, events: list[tuple[str, str]]) -> Snapshot:
    """The room as it is now.

    If the store has lost data, the worker may know later entries of the two lists (ended sessions,
    moved places) than the store. Then new entries are numbered above those, and all workers read
    both lists again. Otherwise they would miss entries with numbers that they have read before.
    """
    numbers = line.numbers
    if ask.ended_after > numbers.ended_last or ask.moved_after > numbers.moved_last:
        numbers.fell_back += 1
    snapshot = take_snapshot(line, ask, now, events)
    numbers.ended_last = max(numbers.ended_last, ask.ended_after)
    numbers.moved_last = max(numbers.moved_last, ask.moved_after)
    return snapshot


def _to_tell(numbers: Numbers, ask: Ask, events: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The events that this reading tells: its own, and those that steps have kept for it.

    A shell only looks and has nobody to tell them to, so they are kept for the next worker.
    """
    if not ask.tells:
        tell_later(numbers, events)
        return []
    told = [(name, subject) for name, subject in numbers.untold]
    if told:
        numbers.untold = []
    return [*told, *events]
