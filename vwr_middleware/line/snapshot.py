"""What a worker reads of a room."""

from vwr_middleware.line.bits import SEEN
from vwr_middleware.line.calling import count_called, counts_unheard, expected, first_counting
from vwr_middleware.line.capacity import active, available, hazard
from vwr_middleware.line.clock import clocks_apart
from vwr_middleware.line.constants import (
    DOOR_MARKS,
    ENDED_AT_ONCE,
    EXPIRING_WITHIN,
    OUTAGE_GRACE,
)
from vwr_middleware.line.lanes import taken, taken_after
from vwr_middleware.line.messages import Ask, Snapshot
from vwr_middleware.line.state import Line, Numbers
from vwr_middleware.line.stock import grant
from vwr_middleware.line.told_ranges import record
from vwr_middleware.line.worker_reports import load_sums, waits


def take_snapshot(line: Line, ask: Ask, now: float, events: list[tuple[str, str]]) -> Snapshot:
    """The room as it is now, with what is new for this worker on the two numbered lists."""
    numbers = line.numbers
    _trim_ended(line, now)
    free = available(line)
    first = first_counting(line, now)
    inside, most = active(line), line.moment.limit
    ended = line.ended.after(_known(ask.ended_after, numbers.ended_last), ENDED_AT_ONCE)
    moved = line.moved.after(_known(ask.moved_after, numbers.moved_last), ENDED_AT_ONCE)
    present_ahead, seen_ahead = people_ahead(line, min(numbers.horizon, numbers.queue))
    door = line.door.positions()
    oldest, waited = waits(numbers, now)
    return Snapshot(
        now=now,
        room_id=numbers.room_id,
        generation=numbers.generation,
        queue=numbers.queue,
        serving=numbers.serving,
        horizon=numbers.horizon,
        mode=numbers.rules["mode"],
        state=_state(line, now, first > 0, free),
        rules=dict(numbers.rules),
        config=dict(numbers.config),
        overrides=dict(numbers.overrides),
        limit=most,
        active=inside,
        unconfirmed=line.sessions.count_unconfirmed(),
        per_second=line.moment.per_second,
        tokens=numbers.tokens,
        credit=numbers.credit,
        ceiling=numbers.inlet_serving,
        called=count_called(line, now),
        skipped=skipped(line),
        expected=expected(line, now),
        free=free,
        door=door[:: max(1, -(-len(door) // DOOR_MARKS))],
        door_size=len(door),
        admit_up_to=_admit_up_to(line, free, now),
        first_counting=first,
        hazard=hazard(numbers, most),
        flow=numbers.flow,
        latency=numbers.latency,
        share=numbers.share,
        present_ahead=present_ahead,
        seen_ahead=seen_ahead,
        first_claim=numbers.first_claim,
        expiring=[line.sessions.ending_by(now + t) for t in EXPIRING_WITHIN],
        serving_log=[list(row) for row in numbers.serving_log],
        flow_log=[list(row) for row in numbers.flow_log],
        margins={level: list(values) for level, values in numbers.margins.items()},
        marks_at=numbers.marks_at,
        record=record(numbers, now),
        limit_changed=numbers.limit_changed,
        totals=dict(numbers.totals),
        load=load_sums(numbers),
        adaptive=dict(numbers.adaptive),
        adaptive_version=numbers.adaptive_version,
        ended=[session for _, session, _ in ended],
        how_ended={session: how for _, session, how in ended if how is not None},
        ended_last=ended[-1][0] if ended else numbers.ended_last,
        rebuilt_until=numbers.rebuilt_until,
        away_from=numbers.away_from,
        away_until=numbers.away_until,
        outage_until=numbers.outage_until,
        oldest=oldest,
        waited=waited,
        events=[list(event) for event in events],
        moved=[[position, device] for _, position, device in moved],
        moved_last=moved[-1][0] if moved else numbers.moved_last,
        ahead=numbers.ahead,
        clocks_apart=clocks_apart(numbers, now),
        doubted_at=numbers.doubted_at,
        estimates_off=numbers.estimates_off,
        fell_back=numbers.fell_back,
        changes=numbers.changes,
        replaced=numbers.replaced.split(),
        layout=numbers.layout,
        lanes={lane: list(row) for lane, row in numbers.lanes.items()},
        stock_left=_stock_left(numbers),
        stock_at=numbers.stock_at,
        stock_counted=numbers.stock_counted,
        stock_fell=numbers.stock_fell,
        stock_bought=numbers.stock_bought,
        stock_problem=numbers.stock_problem,
        stock_failed=numbers.stock_failed,
        stock_turn=int(grant(numbers, ask, now)),
        completed_before=numbers.completed_before,
        ended_before=numbers.ended_before,
        draw=numbers.draw,
        drawn=numbers.drawn,
        drawn_at=numbers.drawn_at,
        gathers_until=numbers.gathers_until,
        draw_told=numbers.draw_told,
        draw_lanes=numbers.draw_lanes,
    )


def _stock_left(numbers: Numbers) -> int | None:
    """What was told last, however long ago."""
    by_hand: int | None = numbers.rules.get("stock_left")
    if by_hand is None and numbers.stock_at:
        return numbers.stock
    return by_hand


def people_ahead(line: Line, reach: int) -> tuple[int, int]:
    """How many in line are present up to there, and how many beyond were ever seen. Where whoever
    was never heard counts as present, they do here as well."""
    numbers, bits = line.numbers, line.bits
    present = bits.present(numbers.serving, reach, numbers.window)
    if counts_unheard(numbers):
        return present + bits.newcomers(numbers.serving, reach, 0), numbers.queue - reach
    return present, bits.count(SEEN, reach, numbers.queue)


def skipped(line: Line) -> int:
    """How many positions in line are nobody's: they were skipped when the room was rebuilt, and
    nobody who was given one of them by another worker has polled; or they are kept for a lane of
    which nobody has come."""
    numbers = line.numbers
    after, to = max(numbers.serving, numbers.skipped_from), numbers.skipped_to
    if not numbers.layout:
        return max(0, to - after) - line.bits.count(SEEN, after, to)
    lost = taken(numbers.layout, numbers.lanes, after, max(after, to))
    free = numbers.queue - numbers.serving - taken_after(numbers, numbers.queue)
    return free + max(0, lost - line.bits.count(SEEN, after, to))


def _known(number: int, last: int) -> int:
    """The worker's number in a list; 0, to send it everything, if the store has lost entries."""
    return number if number <= last else 0


def _admit_up_to(line: Line, free: int, now: float) -> int:
    """The last position that a free slot may go to. Slots are held for those at the door first."""
    if free < 1:
        return 0
    return line.door.nth(free, now) or line.numbers.serving


def _state(line: Line, now: float, anybody_waits: bool, free: int) -> str:
    """The room's state in one word, as the public status tells it."""
    mode = line.moment.mode
    if mode in ("paused", "scheduled", "closed", "off"):
        return mode
    if mode == "queue" or anybody_waits or free < 1:
        return "queueing"
    return "open"


def _trim_ended(line: Line, now: float) -> None:
    """Forget ended sessions when none of the tokens of their time can be used any more.

    Each checkpoint keeps how far the list went, and the latest end of all tokens given out until
    then (settings may have shortened sessions since). After an outage tokens are honoured for
    `outage_grace` more. Checkpoints lie a twentieth of that whole time apart.
    """
    numbers = line.numbers
    points, grace = numbers.ended_checkpoints, numbers.rules.get("outage_grace", OUTAGE_GRACE)
    if not points or now - points[-1][0] >= (numbers.tokens_until + grace - now) / 20:
        points.append([now, float(numbers.ended_last), numbers.tokens_until])
    passed = [number for _, number, until in points if until + grace <= now]
    if passed:
        line.ended.drop(int(passed[-1]))
        del points[: len(passed)]
