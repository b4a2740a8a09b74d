"""The horizon: the position up to which the room must know who is present.

It covers everybody who could be called in the time that it takes to find out about those behind.
Beyond it, pages poll the public, cacheable status.
"""

from vwr_middleware.line.bits import SEEN
from vwr_middleware.line.calling import listens, nth_who_counts, wanted
from vwr_middleware.line.capacity import active, clamp, hazard
from vwr_middleware.line.constants import (
    FAR_MOST,
    FIRST_STAY,
    HORIZON_LATE,
    HORIZON_LOG_SPAN,
    HORIZON_LOG_STEP,
    HORIZON_ROUNDS,
    HORIZON_STEP,
    NEAR_COUNT,
    NEAR_MOST,
    POLL_LATE,
    POLL_PART,
    PRESENCE_WINDOW,
    SHARE_LEAST,
    SHARE_SAMPLE,
    SHARE_WEIGHT,
    SILENT_STEP,
    STARVED_MOST,
    STARVED_STEP,
)
from vwr_middleware.line.state import Line, keep, log_value


def move_horizon(line: Line, now: float) -> None:
    """Once a second, learn the share of those present and move the horizon: on, never back.

    In a silence it moves once a minute. Hardly anybody seems to be present then, so at the usual
    step the whole line would soon be asked to poll. But those near may have gone for good, and
    those behind are not heard until the horizon reaches them, so it must not stand still either.
    """
    numbers = line.numbers
    step = SILENT_STEP if listens(numbers, now) else HORIZON_STEP
    if now - numbers.horizon_at < step:
        return
    numbers.horizon_at = now
    _learn_share(line, now)
    need = needed(line, now)
    _note_starvation(line, need, now)
    span = need / max(SHARE_LEAST, numbers.share) * 2**numbers.starved
    count = int(span) + 1
    reached, found = line.bits.nth_seen(numbers.serving, numbers.queue, count)
    # Behind the last who was heard, positions count: a store that has lost who was must not ask the
    # whole line at once.
    reached = min(numbers.queue, reached + count - found)
    numbers.horizon = max(numbers.horizon, reached)
    keep(numbers.horizon_log, [now, float(numbers.horizon)], HORIZON_LOG_STEP, HORIZON_LOG_SPAN)


def needed(line: Line, now: float) -> float:
    """How many present people must be known: as many as may be called until more of them are.

    Everybody inside could leave at once. After that, people are called at the highest rate that was
    measured or guessed, until pages beyond the horizon hear that it has reached them, and have
    polled as those near do. How soon they hear of it depends on how many must be known.
    """
    numbers = line.numbers
    most, inside = line.moment.limit, active(line)
    age = now - numbers.first_claim if numbers.first_claim else 0.0
    leaving, guess = hazard(numbers, most) * inside, inside / (FIRST_STAY + age)
    rate = max(leaving, numbers.flow, numbers.flow_short, guess)
    need = float(NEAR_COUNT)
    for _ in range(HORIZON_ROUNDS):
        far = clamp(POLL_PART * need / rate, NEAR_MOST, FAR_MOST) if rate > 0 else FAR_MOST
        until_known = far * POLL_LATE + HORIZON_LATE + PRESENCE_WINDOW
        need = max(NEAR_COUNT, most + rate * until_known)
    return need


def _learn_share(line: Line, now: float) -> None:
    """Measure the share present, of those who have had the time to find out that they are near."""
    numbers = line.numbers
    mature = int(log_value(numbers.horizon_log, now - HORIZON_LOG_SPAN))
    mature = min(mature, numbers.queue)
    seen = line.bits.count(SEEN, numbers.serving, mature)
    if seen >= SHARE_SAMPLE:
        present = line.bits.present(numbers.serving, mature, numbers.window)
        numbers.share += SHARE_WEIGHT * (present / seen - numbers.share)


def _note_starvation(line: Line, need: float, now: float) -> None:
    """While slots are free and too few people are known, look twice as far each five seconds."""
    numbers = line.numbers
    if wanted(line, now) < 1:
        numbers.starved = 0
        return
    reach = min(numbers.queue, numbers.horizon)
    stock = int(need)
    _, found = nth_who_counts(line, reach, stock, now)
    if found < stock and now - numbers.starved_at >= STARVED_STEP:
        numbers.starved_at = now
        numbers.starved = min(STARVED_MOST, numbers.starved + 1)
