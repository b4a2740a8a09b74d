"""What a room consists of: its counters, measured rates and short logs, and the parts with a row
for each visitor."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from vwr_middleware.line.bits import Bits
from vwr_middleware.line.constants import LATENCY_FIRST, NEAR_COUNT, UNTOLD_MOST
from vwr_middleware.line.draw_numbers import DrawNumbers
from vwr_middleware.line.lanes import begin_lanes
from vwr_middleware.line.messages import Ending
from vwr_middleware.line.openings import lay_rules
from vwr_middleware.line.subscriptions import Subscriptions

#: What is counted over all generations of a room.
TOTALS = ("claimed", "completed", "abandoned", "revoked", "expired", "lapsed", "left", "no_shows")


@dataclass(slots=True)
class Numbers(DrawNumbers):
    """A room's scalars and short logs. What needs a row for each visitor is in `Line`'s parts."""

    room_id: str
    born: float
    last: float  # the store's time of the latest step, see clock.py
    config: dict[str, Any]
    overrides: dict[str, Any] = field(default_factory=dict)
    rules: dict[str, Any] = field(default_factory=dict)  # config with the overrides laid over it

    ahead: float = 0.0  # how far store time is ahead of the host's clock
    still: float = 0.0  # how far turn time is behind store time, see held_slots.py
    generation: int = 1
    queue: int = 0  # the queue counter
    serving: int = 0  # the serving counter
    horizon: int = 0  # a position, see poll_horizon.py
    credit: int = 0  # unused manual calls, never a sum
    spent_called: int = 0  # positions up to the serving counter that have entered or left

    inlet_limit: int | None = None  # these five: as the strategies last asked, see asks.Inlet
    inlet_per_second: float | None = None
    inlet_burst: float | None = None
    inlet_serving: int | None = None
    inlet_calls: bool = True

    tokens: float = 0.0  # admissions in the pace's bucket, as of `tokens_at`
    tokens_at: float = 0.0
    rates_at: float = 0.0  # the moment to which all rates below are carried: see capacity.py
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
    listens_until: float = 0.0  # see calling.py
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
    gap_from: float = 0.0  # these six: see `note_gap` and `was_away` in data_loss.py
    gap_until: float = 0.0
    gap_lost: int = 0
    away_from: float = 0.0
    away_until: float = 0.0
    outage_until: float = 0.0

    # Who was told to come in: see held_slots.py.
    goes: list[list[float]] = field(default_factory=list)
    turn_log: list[list[float]] = field(default_factory=list)  # [turn time, serving counter]
    #: Events of steps whose answer cannot tell them. The next refresh tells them.
    untold: list[list[str]] = field(default_factory=list)
    done_keys: list[list[Any]] = field(default_factory=list)  # [key, result, what was asked]
    # These four: see told_ranges.py.
    #: Ranges not yet settled, by level: [position, asked, soonest, latest].
    told_ranges: dict[str, list[list[float]]] = field(default_factory=dict)
    margins: dict[str, list[float]] = field(default_factory=dict)  # by level: below and above
    record_log: list[list[float]] = field(default_factory=list)  # [begin, settled, held]
    estimates_off: float = 0.0  # since when too few ranges hold; 0: enough do
    marks_at: float = 0.0
    wait_log: list[list[float]] = field(default_factory=list)  # see worker_reports.py
    load_log: list[list[float]] = field(default_factory=list)  # [time, *Load], half a second each
    adaptive: dict[str, Any] = field(default_factory=dict)  # the adaptive strategy's own state
    adaptive_version: int = 0
    moved_last: int = 0  # number of the last entry of the list of moved places
    fell_back: int = 0  # how often a worker knew entries of a list that the store had lost
    changes: int = 0  # grows with each change that an operator makes: see `note_change`
    # Positions after the first, up to the second, were skipped on rebuilding: see `skipped`.
    skipped_from: int = 0
    skipped_to: int = 0
    judged: int = 0  # up to here it was looked who has not come: see calling.py
    unheard_from: int = 0  # those after this, up to the next, could not be heard: see calling.py
    unheard_to: int = 0
    unheard_until: float = 0.0
    leapt: float = 0.0  # the host's clock, by how much and when: see clock.py
    leapt_at: float = 0.0
    clocks_apart: float = 0.0
    quiet_from: float = 0.0  # these two: the latest quiet hours, see quiet_hours.py
    quiet_until: float = 0.0
    subscribers: int = 0  # how many subscriptions are kept: see notices.py
    run: int = 0  # of the store, when the room was last used: see store_came_back.py
    numbers_from: float = 0.0  # before that, nobody is given a number
    slots_from: float = 0.0  # nor, before that, a slot
    doubted_at: float = 0.0  # when a clock began to be doubted; 0: none is, see clock_in_doubt.py
    doubted_ahead: float = 0.0  # what `ahead` is again when that ends
    replaced: str = ""  # ids of rooms in whose place this one was restored, the latest last
    followed_to: float = 0.0  # of the schedule, by the clock on the wall: see schedule.py
    layout: str = ""  # these two: see lanes.py
    lanes: dict[str, list[int]] = field(default_factory=dict)
    lane_minute: list[Any] = field(default_factory=list)  # see lane_minutes.py
    minute: list[float] = field(default_factory=list)  # that goes by: see minutes.py
    hour: list[float] = field(default_factory=list)  # of which minutes are over, in the same way
    day_log: str = ""  # the day's log, as far as it is no chunk yet: see day_log.py
    day_state: str = ""

    def lay_rules(self) -> None:
        """Work out the settings in force, after either part has changed."""
        lay_rules(self)


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
    if fresh := [list(event) for event in events]:
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


def rows_after(log: Iterable[list[float]], after: float) -> list[list[float]]:
    """The rows of a log that are later than a after."""
    return [row for row in log if row[0] > after]


def log_value(log: Iterable[list[float]], at: float) -> float:
    """What a log says of a moment: its last entry at or before it, or 0."""
    value = 0.0
    for row in log:
        if row[0] > at:
            break
        value = row[1]
    return value


# The parts with a row for each visitor. Every store has its own class for each protocol here.


class Sessions(Protocol):
    """Running sessions by session id, each with the moment when its slot is free again."""

    def get(self, session: str) -> tuple[float, bool] | None:
        """Until when the slot is taken, and whether the session is still unconfirmed."""

    def put(self, session: str, until: float, unconfirmed: bool) -> None:
        """Begin a session, or change until when its slot is taken."""

    def bind(self, session: str, mark: str) -> None:
        """Bind a running session to a network, given as its mark, until it ends."""

    def bound_to(self, session: str) -> str | None:
        """The mark of the network to which a session is bound; None if it is not bound."""

    def remove(self, session: str) -> bool:
        """End a session. False if there was none."""

    def expire(self, now: float) -> list[tuple[str, bool]]:
        """Remove and return those whose moment has come."""

    def count(self) -> int:
        """How many there are."""

    def count_unconfirmed(self) -> int:
        """How many are unconfirmed."""

    def ending_by(self, until: float) -> int:
        """How many end at or before this moment."""

    def clear(self) -> list[str]:
        """End all. Returns them in the order in which they would have ended."""

    def rows(self) -> list[tuple[str, float, bool]]:
        """All, the next to end first: id, until when the slot is taken, whether unconfirmed."""


class Door(Protocol):
    """Called visitors for whom a slot is held, by position, each with the time from and until."""

    def prune(self, now: float, most: int) -> None:
        """Drop those whose time is over, and everybody behind the first `most` for whom a slot is
        held now: there will hardly be one for them. (Slots held for later are free until then.)"""

    def has(self, position: int) -> bool:
        """Whether this one is at the door."""

    def put(self, position: int, since: float, until: float, later: bool = False) -> None:
        """Put somebody at the door, or move the time. `later`: `since` has not come yet."""

    def remove(self, position: int) -> None:
        """Take somebody away, if there."""

    def ahead(self, position: int, now: float) -> int:
        """For how many before this position a slot is held now."""

    def coming(self, by: float) -> int:
        """For how many a slot is held now or from a moment up to `by`."""

    def later(self, now: float) -> list[int]:
        """For whom a slot is held, but not yet now."""

    def nth(self, n: int, now: float) -> int:
        """The position of the n-th (from 1) for whom a slot is held now; 0 if there are fewer."""

    def positions(self) -> list[int]:
        """All, in order."""

    def clear(self) -> None:
        """Send all away."""


class Ended(Protocol):
    """The numbered list of sessions that ended early."""

    def add(self, session: str, number: int, how: Ending | None) -> None:
        """Append; numbers only grow. `how` is None if it is not known how the session ended."""

    def has(self, session: str) -> bool:
        """Whether this session is listed."""

    def after(self, number: int, most: int) -> list[tuple[int, str, Ending | None]]:
        """Up to `most` entries with a greater number, in order."""

    def drop(self, number: int) -> None:
        """Forget all up to this number."""


class Moved(Protocol):
    """The numbered list of places that their first device does not hold any more.

    It has one row a place. places.py says what is in it.
    """

    def get(self, position: int) -> int | None:
        """The device that holds this place; None: it has never moved."""

    def put(self, position: int, device: int, number: int) -> None:
        """Write a place's row, or move it, to the end of the list; numbers only grow."""

    def remove(self, position: int) -> None:
        """Forget a place, if listed."""

    def oldest(self, most: int) -> list[tuple[int, int]]:
        """The first entries of the list: position, device."""

    def after(self, number: int, most: int) -> list[tuple[int, int, int]]:
        """Up to `most` entries with a greater number, in order: number, position, device."""

    def has_more_than(self, most: int) -> bool:
        """Whether the list has more rows."""

    def clear(self) -> None:
        """Forget all."""


@dataclass(frozen=True, slots=True)
class Code:
    """A resume code in the store, by its hash."""

    position: int
    until: float
    device: int = 0  # the device that got the place by it; 0: the code was not used yet
    attempt: str = ""  # what that device sends again if it repeats its request


class Codes(Protocol):
    """The resume codes of a generation: at most one a place, and none for long."""

    def get(self, code: str) -> Code | None:
        """What is kept for a code, even if its time is over."""

    def put(self, code: str, kept: Code) -> None:
        """Keep a code. The place's earlier one is forgotten."""

    def prune(self, now: float) -> None:
        """Forget those whose time is over."""

    def count(self) -> int:
        """How many there are."""

    def clear(self) -> None:
        """Forget all."""


class Identities(Protocol):
    """Which places people have in this generation of whom the app says who they are.

    An identity is a digest. There is one for each who joined as somebody, and none is removed
    before the generation ends, whatever becomes of the place. A loss of data loses them.
    """

    def get(self, identity: str) -> int | None:
        """The position that it was given last, if any, as `note_identity` in places.py has it;
        `Numbers.drawn` at most: as a number."""

    def put(self, identity: str, position: int) -> None:
        """Note which position an identity has now."""

    def begin(self, generation: int) -> None:
        """Forget all, since this generation begins."""


class Journal(Protocol):
    """Bounded rows for operators: the last hour, the audit log, sessions shared by many, and what
    became of sessions."""

    def add_history(self, row: list[float], most: int) -> None:
        """Append a row of the history."""

    def add_audit(self, row: list[Any], most: int) -> None:
        """Append a row of the audit log."""

    def add_sharers(self, sharers: Sequence[tuple[str, str]], most: int) -> None:
        """Note sessions with the marks of addresses that used them. The latest stay longest."""

    def add_outcomes(self, rows: Sequence[tuple[float, str, str]], last: int, most: int) -> None:
        """Note what became of sessions: when, which, how. `last` is the number of the last of
        them; all are numbered, and those with the highest `most` numbers are kept."""

    def forget_outcomes(self) -> None:
        """Forget what became of sessions."""

    def history(self) -> list[list[float]]:
        """The history, the oldest first."""

    def add_minute(self, span: int, chunk: int, row: bytes, oldest: int) -> None:
        """Append a packed row to the chunk of this number. A new chunk makes those before `oldest`
        go away. Rows of a `span` (a minute, an hour) have chunks of their own."""

    def minutes(self, span: int, first: int, last: int) -> list[tuple[int, bytes]]:
        """The chunks with these numbers, in order."""

    def audit(self) -> list[list[Any]]:
        """The audit log, the oldest first."""

    def sharers(self) -> list[tuple[str, str]]:
        """Sessions and marks of addresses, in order."""

    def outcomes(self) -> list[tuple[float, str, str]]:
        """What became of sessions, the oldest first."""


@dataclass(slots=True)
class Moment:
    """What is in force during one step: found as it begins, and again if the step changes it."""

    now: float  # the store's time of the step
    mode: str  # in force: opening times count
    limit: int  # sessions at once
    per_second: float | None  # new admissions; None: as fast as slots free
    burst: float  # how many of these may come at once
    capacity: int  # the limit, or 0 while nobody may enter
    gives_numbers: bool  # whether anybody may join


@dataclass(slots=True)
class Line:
    """A room's whole state, as one step of a store sees and changes it."""

    numbers: Numbers
    bits: Bits
    sessions: Sessions
    door: Door
    ended: Ended
    journal: Journal
    moved: Moved
    codes: Codes
    identities: Identities
    subscriptions: Subscriptions
    run: int = 0  # the store's present run, see store_came_back.py; 0: it cannot tell
    moment: Moment = field(init=False)  # of the present step: see capacity.look_around

    def new_generation(self, generation: int, *, is_drawn: bool = False) -> None:
        """Begin a generation, and forget the last one; if it was drawn, not what people left."""
        self.bits.store.erase_all()
        self.door.clear()
        numbers = self.numbers
        if not is_drawn:
            self.moved.clear()
            self.codes.clear()
            self.identities.begin(generation)
            self.subscriptions.clear()
            numbers.subscribers = 0
        numbers.generation = generation
        numbers.forget_draw()
        numbers.queue = numbers.serving = numbers.horizon = numbers.skipped_to = 0
        numbers.credit = numbers.spent_called = numbers.seen_called = numbers.judged = 0
        numbers.goes, numbers.turn_log = [], []
        numbers.cohorts, numbers.queue_log, numbers.serving_log = [], [], []
        numbers.horizon_log, numbers.flow_log, numbers.wait_log = [], [], []
        numbers.first_claim = numbers.listens_until = numbers.unheard_until = 0.0
        numbers.told_ranges, numbers.starved = {}, 0
        begin_lanes(numbers)
