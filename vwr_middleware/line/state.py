"""The few numbers that a room consists of: counters, measured rates and short logs."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from vwr_middleware.line.constants import LATENCY_FIRST, NEAR_COUNT, UNTOLD_MOST

#: What is counted over all generations of a room.
TOTALS = ("claimed", "completed", "abandoned", "revoked", "expired", "lapsed", "left", "no_shows")


@dataclass(slots=True)
class Numbers:
    """A room's scalars and short logs. Whatever needs a row for each visitor is in parts.py."""

    room_id: str
    born: float
    last: float  # the store's time of the latest step, see clock.py
    config: dict[str, Any]
    overrides: dict[str, Any] = field(default_factory=dict)
    rules: dict[str, Any] = field(default_factory=dict)  # config with the overrides laid over it

    ahead: float = 0.0  # how far store time is ahead of the host's clock
    still: float = 0.0  # how far turn time is behind store time, see late.py
    generation: int = 1
    queue: int = 0  # the queue counter
    serving: int = 0  # the serving counter
    horizon: int = 0  # a position, see presence_horizon.py
    credit: int = 0  # unused manual calls, never a sum
    spent_called: int = 0  # positions up to the serving counter that have entered or left

    inlet_limit: int | None = None  # these five: as the strategies last asked, see asks.Inlet
    inlet_per_second: float | None = None
    inlet_burst: float | None = None
    inlet_serving: int | None = None
    inlet_calls: bool = True

    tokens: float = 0.0  # admissions in the pace's bucket, as of `tokens_at`
    tokens_at: float = 0.0
    rates_at: float = 0.0  # the moment to which all rates below are carried: see rates.py
    left_sum: float = 0.0  # sessions that people ended, decaying with TAU_HAZARD
    active_sum: float = 0.0  # seconds of active sessions, decaying in the same way
    ghost_missing: float = 0.0  # called people who never came, decaying with TAU_GHOST
    ghost_called: float = 0.0  # called people, in the same way
    walk_ins: float = 0.0  # per second
    flow: float = 0.0  # claims per second over a minute
    flow_short: float = 0.0  # the same over ten seconds
    latency: float = LATENCY_FIRST  # seconds from being called to the claim
    share: float = 1.0  # of those ever seen in line, the part that is present
    first_claim: float = 0.0  # when the generation's first session began; 0: none has
    window: int = 0  # index of the presence window in use
    listens_until: float = 0.0  # see silence.py
    starved_at: float = 0.0
    starved: int = 0  # times that the horizon's span was doubled
    horizon_at: float = 0.0
    limit_changed: float = 0.0  # when an operator last changed `max_active`
    history_at: float = 0.0

    cohorts: list[list[float]] = field(default_factory=list)  # see calling.py
    # Logs are rows of [time, value], the oldest first.
    queue_log: list[list[float]] = field(default_factory=list)
    serving_log: list[list[float]] = field(default_factory=list)
    horizon_log: list[list[float]] = field(default_factory=list)
    flow_log: list[list[float]] = field(default_factory=list)  # as in answers.Snapshot
    seen_called: int = 0  # ever-seen positions that the serving counter has passed
    totals: dict[str, int] = field(default_factory=lambda: dict.fromkeys(TOTALS, 0))

    ended_last: int = 0  # number of the last entry of the list of ended sessions
    #: [time, ended_last, tokens_until], a twentieth of a token's life apart.
    ended_checkpoints: list[list[float]] = field(default_factory=list)
    tokens_until: float = 0.0  # when the last token that was ever given out has run out
    rebuilt_until: float = 0.0  # until then, sessions that were lost may return: see data_loss.py
    rebuilt_active: int = 0  # how many of them are believed to run
    # These six: see `note_gap` and `was_away` in data_loss.py.
    gap_from: float = 0.0
    gap_until: float = 0.0
    gap_lost: int = 0
    away_from: float = 0.0
    away_until: float = 0.0
    outage_until: float = 0.0

    goes: list[list[float]] = field(default_factory=list)  # who was told to come in: see goes.py
    turn_log: list[list[float]] = field(default_factory=list)  # [turn time, serving counter]
    #: Events of steps whose answer cannot tell them. The next refresh tells them.
    untold: list[list[str]] = field(default_factory=list)
    done_keys: list[list[Any]] = field(
        default_factory=list
    )  # [key, result, what was asked] of calls
    #: Predictions not yet scored, by level: [position, asked, due].
    open_marks: dict[str, list[list[float]]] = field(default_factory=dict)
    scores: dict[str, list[float]] = field(default_factory=dict)
    marks_at: float = 0.0
    wait_log: list[list[float]] = field(default_factory=list)  # see sightings.py
    load_log: list[list[float]] = field(default_factory=list)  # [time, *Load], half a second each
    adaptive: dict[str, Any] = field(default_factory=dict)  # the adaptive strategy's own state
    adaptive_version: int = 0
    moved_last: int = 0  # number of the last entry of the list of moved places
    fell_back: int = 0  # how often a worker knew entries of a list that the store had lost
    changes: int = 0  # grows with each change of settings by an operator: see `note_change`
    # Positions after the first, up to the second, were skipped on rebuilding: see `skipped`.
    skipped_from: int = 0
    skipped_to: int = 0
    judged: int = 0  # up to here it was looked who has not come: see called.py
    # Those after the first, up to the second, could not be heard yet, until then: see called.py.
    unheard_from: int = 0
    unheard_to: int = 0
    unheard_until: float = 0.0
    leapt: float = 0.0  # the host's clock, by how much and when: see clock.py
    leapt_at: float = 0.0
    clocks_apart: float = 0.0
    run: int = 0  # of the store, when the room was last used: see store_came_back.py
    numbers_from: float = 0.0  # before that, nobody is given a number
    slots_from: float = 0.0  # nor, before that, a slot
    doubted_at: float = 0.0  # when a clock began to be doubted; 0: none is, see clock_in_doubt.py
    doubted_ahead: float = 0.0  # what `ahead` is again when that ends
    replaced: str = ""  # ids of rooms in whose place this one was restored, the latest last

    def lay_rules(self) -> None:
        """Work out the settings in force, after either part has changed."""
        self.rules = {**self.config, **self.overrides}


def last_near(numbers: Numbers) -> int:
    """The last position whose visitor polls every few seconds, and so may be called."""
    return min(numbers.queue, max(numbers.horizon, numbers.serving + NEAR_COUNT))


def note_change(numbers: Numbers, now: float) -> None:
    """Give the change that an operator makes a number.

    Whoever has the higher number has the later settings. The number is at least the time in
    seconds, so that this holds even after a store has lost some changes.
    """
    numbers.changes = max(numbers.changes + 1, int(now))


def tell_later(numbers: Numbers, events: Iterable[tuple[str, str]]) -> None:
    """Keep events for the next refresh. If it does not come for long, the oldest are forgotten."""
    fresh = [list(event) for event in events]
    if fresh:
        numbers.untold = [*numbers.untold, *fresh][-UNTOLD_MOST:]


def keep(log: list[list[float]], row: list[float], step: float, span: float) -> None:
    """Append to a log unless its last entry is younger than `step`; forget beyond `span`.

    One entry older than the span stays, since a log's value holds until its next entry.
    """
    now = row[0]
    if log and now - log[-1][0] < step:
        return
    log.append(row)
    while len(log) > 1 and log[1][0] <= now - span:
        del log[0]


def rows_after(log: Iterable[list[float]], moment: float) -> list[list[float]]:
    """The rows of a log that are later than a moment."""
    return [row for row in log if row[0] > moment]


def log_value(log: Iterable[list[float]], at: float) -> float:
    """What a log says of a moment: its last entry at or before it, or 0."""
    value = 0.0
    for row in log:
        if row[0] > at:
            break
        value = row[1]
    return value
