"""What a worker brings to a store's steps, and what it gets back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, Protocol

# A place in line, as the steps of a visitor name it.


@dataclass(slots=True)  # not frozen: making a frozen one takes three times as long
class Place:
    """A queue position of a generation of a room, and who comes for it."""

    generation: int
    position: int
    device: int = 0  # how often the place had moved when this device got it
    room_id: str = ""  # of the room that it is in; "": of whichever the store holds
    #: Where sessions are bound to their network: the marks of the network from which the ticket
    #: comes, one for each secret (see papers/digests.py).
    marks: tuple[str, ...] = ()
    number: int = 0  # with which it was registered, if it was drawn: see draw.py

    @property
    def mark(self) -> str:
        """The mark by the newest secret; "" where nothing is bound."""
        return self.marks[0] if self.marks else ""


# What a worker brings to a store's steps, and what it gets back.


#: What somebody who joins gets.
JoinKind = Literal[
    "place",  # a session if the room has space, else a place in line
    "enter",  # a session if the room has space, else nothing
    "ticket",  # a place in line, to be claimed later
]

Ending = Literal["completed", "abandoned", "revoked"]

#: The totals that say how a session ended which had been confirmed.
ENDS = ("completed", "abandoned", "revoked", "expired")


def ended_sessions(totals: Mapping[str, int]) -> int:
    """How many confirmed sessions have ended, however."""
    return sum(totals.get(name, 0) for name in ENDS)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a worker remembers of a room. It goes with every write, and the store takes the maximum.

    So a store that fell back (a failover to a lagging replica, a restored backup) is lifted to
    what was already promised, and a store that lost the room can rebuild it.
    """

    room_id: str
    generation: int
    queue: int
    serving: int
    active: int = 0
    claimed: int = 0  # sessions that ever began: where a store knows of fewer, some are lost
    overrides: Mapping[str, Any] = field(default_factory=dict)  # the operators' settings
    changes: int = 0  # the number of the latest change that is in `overrides`
    read_at: float = 0.0  # the store's time of the worker's latest reading; 0: it tells no time
    now: float = 0.0  # that time, carried on by the worker's monotonic clock: see clock.py
    draw: int = 0  # these five: see draw.py
    drawn: int = 0
    draw_told: str = ""
    drawn_at: float = 0.0
    draw_lanes: str = ""
    lanes: str = ""  # what it has seen of the lanes, see `remembered` in lanes.py


@dataclass(frozen=True, slots=True)
class Inlet:
    """What an inlet strategy asks for. None means "no opinion"; of several the smallest wins."""

    limit: int | None = None  # sessions at once
    per_second: float | None = None  # new admissions
    burst: float | None = None  # admissions that may come at once after a pause
    serving: int | None = None  # the serving counter may go up to here and no further
    calls: bool = True  # False: the rule calls nobody, only the operator does
    holds: bool = False  # True: only `calls` counts, and otherwise the earlier answer stays


@dataclass(frozen=True, slots=True)
class Knock:
    """A called visitor's poll that a worker answered from its snapshot, handed in later."""

    position: int
    returns_in: float  # seconds after which the visitor was told to ask again
    hidden: bool = False  # whether its page is in a tab in the background


class Load(NamedTuple):
    """What one worker saw of the wrapped app since its last refresh, as sums.

    Logs, snapshots and scripts have them in this order.
    """

    arrivals: int = 0
    finished: int = 0
    latency: float = 0.0  # seconds, summed over the finished
    errors: int = 0  # answers of 500 and above
    in_flight: float = 0.0  # the seconds that requests were in flight, of all together


@dataclass(frozen=True, slots=True)
class ToldRange:
    """A range to be settled: `position`, about `level` from the front, was told that it goes in
    between these moments."""

    level: int
    position: int
    soonest: float
    latest: float


@dataclass(frozen=True, slots=True)
class ForOperators:
    """What one worker saw since its last refresh that only operators want to know."""

    oldest: float = 0.0  # the earliest time of joining of those in line who polled; 0: nobody did
    waited: float = 0.0  # the longest wait, in seconds, of those who entered
    #: Sessions used from several addresses, each with the mark of one of them.
    sharers: Sequence[tuple[str, str]] = ()
    #: Of those who entered, how many had waited how long: by the classes of minutes.py.
    waits: Sequence[int] = ()
    bypassed: int = 0  # requests that passed without the line
    turned_away: int = 0  # requests of newcomers that got no place
    told: tuple[int, int] = (0, 0)  # the wait that the last in line was told, in seconds; or none
    lane_waits: Mapping[str, Sequence[int]] = field(default_factory=dict)  # `waits`, by lane


@dataclass(frozen=True, slots=True)
class StockTold:
    """What the app answered when it was asked what is left, at this time by the store."""

    left: int | None  # None: no answer that can be used
    at: float
    problem: int = 0  # why not: see PROBLEMS in worker/stock_asking.py


@dataclass(frozen=True, slots=True)
class Ask:
    """One room's part of a refresh: what the worker brings along and what it wants to know."""

    room_name: str
    config: Mapping[str, Any]  # RoomSettings.store_config()
    starting: bool = False  # the worker's first: its config replaces the one in the store
    seen: Seen | None = None
    inlet: Inlet | None = Inlet()  # None: whoever asks (a shell) evaluates no strategy
    tells: bool = True  # whether whoever asks has somebody to tell events to

    # What it has noticed since its last refresh:
    generation: int = 0  # of the positions here
    present: Sequence[int] = ()  # those who polled
    knocks: Sequence[Knock] = ()
    marks: Sequence[ToldRange] = ()
    load: Load | None = None
    for_operators: ForOperators = ForOperators()
    #: A new state of the adaptive strategy, taken unless the store has a later version than this.
    adaptive: Mapping[str, Any] | None = None
    adaptive_version: int = 0
    stock: StockTold | None = None  # what the app says is left
    asks_stock: bool = False  # whether the worker can ask the app
    draw_told: str = ""  # of the seed by which `generation` will be drawn, without spaces

    # How far it has read the two numbered lists, as the number of the last entry that it has:
    ended_after: int = 0
    moved_after: int = 0
    fell_back: int | None = None  # as in its snapshot; if the store's differs, see `forgot_endings`

    # What helps if the store has lost data:
    totals: Mapping[str, int] = field(default_factory=dict)  # as last read
    #: The ended sessions that the worker knows, the oldest first, to rebuild a room that the store
    #: has lost, or one that fell back to before `ended_after`. None: raise RoomLost instead.
    ended: Sequence[str] | None = ()
    #: Seconds for which the worker cannot say that the store was there, if it has found it away
    #: since its last reading; else 0.
    away: float = 0.0
    #: When the latest quiet hours began and end, by the clock on the wall; None: it does not know.
    quiet: tuple[float, float] | None = None
    silent: float = 0.0  # seconds since it has found it away; else 0
    #: Positions to skip if the room is rebuilt: as many as other workers may have handed out
    #: without this one knowing.
    spare: int = 0


# What a store's steps answer.


#: What became of a visitor's request to join, to knock or to claim.
Verdict = Literal[
    "entered",  # a session runs, from now or already
    "go",  # knock only: a slot is held, claim now
    "next",  # called, but no slot is free for it yet
    "waiting",  # in line, not called
    "refused",  # join only: asked to enter at once or not at all, and cannot enter at once
    "full",  # join only: `max_waiting` are in line
    "closed",  # join only: the room takes nobody
    "spent",  # the session of this ticket has ended, or its place was given up; join: see ONCE
    "missed",  # with `late="lost"`: the turn has passed
    "reset",  # another generation
    "unknown",  # a position that was never handed out
    "ended",  # renew only: this session does not run
    "moved",  # the place is another device's by now
    "left",  # the place was given up
    "locked",  # the session runs, and is bound to another network
    "known",  # join only: this identity has a place already, which the turn names
    "settling",  # join only: for a moment nobody is given a number, see store_came_back.py
    "early",  # join only: nobody can register yet, see draw.py
    "drawn",  # the place was drawn: ask again with the position that its number has got
]


@dataclass(slots=True)  # not frozen: making a frozen one takes three times as long
class Turn:
    """The answer to a join, a knock, a claim or a renewal."""

    verdict: Verdict
    now: float  # store time, seconds since the epoch
    room_id: str = ""
    generation: int = 0
    position: int = 0
    expires_at: float = 0.0  # of the session, when `entered`
    unconfirmed: bool = False  # the session's first token has not come back yet
    ahead: int = 0  # at the door, when `next`
    serving: int = 0
    queue: int = 0
    #: Things that this step found out or did, for hooks: ("expired", "3-17") and so on.
    events: tuple[tuple[str, str], ...] = ()
    active: int = 0  # sessions that run
    claimed: int = 0  # sessions that ever began
    device: int = 0  # that holds the place, when `known`: see places.py

    @property
    def has_begun(self) -> bool:
        """Whether this very step began the session. False if the step repeats an earlier claim."""
        return any(name == "claimed" for name, _ in self.events)


@dataclass(frozen=True, slots=True)
class Move:
    """The answer to a resume code: where its place stands, and the device that holds it now.

    The place was moved if the verdict is `waiting` or `next`.
    """

    turn: Turn
    device: int = 0


@dataclass(frozen=True, slots=True)
class Notice:
    """Word for somebody who is away: the turn has come."""

    position: int
    text: str  # what the visitor's subscription says
    tries: int = 1  # how often it was handed to a worker, this time included


@dataclass(frozen=True, slots=True)
class Notices:
    """The notices that a worker is to send now, see notices.py."""

    now: float
    generation: int
    subscribers: int  # subscriptions that are still kept, with those of `due`
    due: tuple[Notice, ...] = ()
    #: Numbers whose subscriptions were left before the draw: say at which positions they stand.
    unplaced: tuple[int, ...] = ()


#: Where a ticket or an access token belongs, seen from a room as a worker has read it.
Belonging = Literal[
    "here",  # the present line
    "earlier",  # the same room before a reset
    "later",  # the same room after a reset that this reading has missed
    "replaced",  # a room in whose place an operator has restored this one
    "foreign",  # a room that the store does not hold: see worker/other_rooms.py
]


class Paper(Protocol):
    """A ticket or an access token: it names the room and the generation that it is of."""

    @property
    def room_id(self) -> str: ...

    @property
    def generation(self) -> int: ...


#: The columns of `Snapshot.flow_log`: when, and what had been counted by then.
AT, SERVING, CLAIMED, SEEN_CALLED = range(4)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A room as a worker last read it: what the store said. `now` is the store's time of that
    reading. What a worker hears afterwards is in worker/current_room.py.

    Inlet strategies may rely on what docs/rules.md names; the rest may change with a release.
    """

    now: float
    room_id: str
    generation: int
    queue: int
    serving: int
    horizon: int
    mode: str  # as set
    state: str  # open, queueing, paused, scheduled, closed, off
    rules: dict[str, Any]  # the settings in force
    config: dict[str, Any]  # the settings as configured
    overrides: dict[str, Any]  # the operator's changes, which win
    limit: int  # sessions at once, in force
    active: int
    unconfirmed: int  # of the active
    per_second: float | None  # new admissions; None: as fast as slots free
    tokens: float  # admissions that the pace allows right now
    credit: int  # unused manual calls
    ceiling: int | None  # the strategy's: the serving counter goes no further
    called: int  # called and not entered
    expected: float  # how many of these are expected to come now
    free: int  # slots that the next at the door may take
    door: list[int]  # of the positions at the door at most 50, evenly spaced
    door_size: int
    admit_up_to: int  # no position above this has a slot free for it
    first_counting: int  # the first present position after the serving counter; 0 if none
    hazard: float  # how many leave, per active session and second
    flow: float  # claims per second, averaged over a minute
    latency: float  # seconds from being called to the claim
    share: float  # of those who were ever seen in line, the part that is present
    present_ahead: int  # present in line up to the horizon
    seen_ahead: int  # ever seen, between the horizon and the end
    first_claim: float  # when the generation's first session began; 0 if none has
    expiring: list[int]  # how many sessions expire within each of EXPIRING_WITHIN
    serving_log: list[list[float]]  # [time, serving counter], a second apart
    flow_log: list[list[float]]  # [AT, SERVING, CLAIMED, SEEN_CALLED], 20 seconds apart
    margins: dict[str, list[float]]  # by level, below and above: see told_ranges.py
    marks_at: float  # when ranges were last noted
    #: Ranges that people were told, of the last day and of lately: how many were settled, how many
    #: held. See told_ranges.py.
    record: list[float]
    limit_changed: float  # when the limit was last changed by an operator
    totals: dict[str, int]  # see TOTALS in state.py
    load: list[float]  # seconds, arrivals, finished, latency, errors, in flight: the last 5 s
    adaptive: dict[str, Any]  # the adaptive strategy's state
    adaptive_version: int
    ended: list[str]  # session ids, the next entries of the ended list
    ended_last: int  # the number of the last of them
    rebuilt_until: float  # until then, sessions that the store has lost may come back
    #: Sessions that ran out between these two moments could not be renewed, as the store was away.
    away_from: float
    away_until: float
    outage_until: float  # `rebuilt_until`, if they are why it was moved last
    oldest: float  # the earliest time of joining of those in line who polled lately; 0: not known
    waited: float  # the longest wait, in seconds, of those who entered in the last ten minutes
    events: list[list[str]]
    #: [position, device] of places that moved (or were given up) since `Ask.moved_after`.
    moved: list[list[int]]
    moved_last: int
    skipped: int = 0  # positions in line that are nobody's: see `skipped` in snapshot.py
    ahead: float = 0.0  # how far `now` is ahead of the store's wall clock, which was set back
    clocks_apart: float = 0.0  # how far clocks differ that tell the store's time in turns
    doubted_at: float = 0.0  # when a clock began to be doubted; 0: none is, see clock_in_doubt.py
    changes: int = 0  # the number of the latest change by an operator
    estimates_off: float = 0.0  # since when too few of these ranges hold; 0: enough do
    fell_back: int = 0  # when it changes, both lists must be read again from their beginning
    #: Positions whose knocks were handed in but which are not at the door: their session runs, or
    #: their turn is over, by an answer that another worker gave.
    elsewhere: list[int] = field(default_factory=list)
    #: How the sessions in `ended` ended, as far as the store was told.
    how_ended: dict[str, Ending] = field(default_factory=dict)
    replaced: list[str] = field(default_factory=list)  # rooms in whose place this was restored
    layout: str = ""  # whose each position is, and what is known of each lane: see lanes.py
    lanes: dict[str, list[int]] = field(default_factory=dict)
    # What is left to sell: see stock.py and worker/stock_odds.py.
    stock_left: int | None = None  # as it was told last, however long ago; None: never
    stock_at: float = 0.0  # when; 0: not known
    stock_counted: int = 0  # sessions that had been completed by then
    stock_fell: float = 0.0  # units that have gone while so many people bought:
    stock_bought: float = 0.0
    stock_problem: int = 0  # what is wrong with the app's answer, and since when
    stock_failed: float = 0.0
    stock_turn: int = 0  # 1: this worker is to ask the app now
    completed_before: int = 0  # sessions that had ended so before this generation
    ended_before: int = 0  # the same, whatever became of them
    draw: int = 0  # what this generation is: see draw.py
    drawn: int = 0  # how many had places by lot as it began
    drawn_at: float = 0.0  # when, by the wall clock
    gathers_until: float = 0.0  # until then nobody is called: these people look where they stand
    draw_told: str = ""  # what a worker said of the seed before
    draw_lanes: str = ""  # of a draw in lanes: see drawn_lanes.py
    #: A session with less than this left may be renewed, in seconds; 0: sessions are fixed.
    renew_below: float = field(init=False)

    @property
    def waiting(self) -> int:
        """The waiting room size: how many are in line and not called."""
        return max(0, self.queue - self.serving - self.skipped)

    @property
    def wall(self) -> float:
        """The wall-clock time of this reading, by which rooms open and close."""
        return self.now - self.ahead

    def cut_off(self, ran_out: float, now: float) -> bool:
        """Whether a session that ran out then may come back, since the store was away."""
        return self.away_from <= ran_out <= self.away_until and now < self.rebuilt_until

    def __post_init__(self) -> None:
        half = self.rules["session_seconds"] / 2
        object.__setattr__(self, "renew_below", half if self.rules["renew"] else 0.0)


@dataclass(frozen=True, slots=True)
class Record:
    """What only operators read of a room."""

    #: [time, waiting, active, claimed so far, limit], ten seconds apart.
    history: list[list[float]]
    audit: list[list[Any]]  # [time, who, what, from, to], the oldest first
    sessions: list[tuple[str, float, bool]]  # session id, slot taken until, unconfirmed
    sharers: list[tuple[str, str]]  # session id, the mark of an address that it was used from
    #: Of sessions that ended, the oldest first: when, which, and how (see line/outcomes.py).
    outcomes: list[tuple[float, str, str]] = field(default_factory=list)
