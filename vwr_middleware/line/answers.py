"""What goes into a store's steps and what comes out of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

#: What became of a visitor's request to join, to knock or to claim.
Verdict = Literal[
    "entered",  # a session runs, from now or already
    "go",  # knock only: a slot is held, claim now
    "next",  # called, but no slot is free for it yet
    "waiting",  # in line, not called
    "refused",  # join only: was to enter at once or not at all, and cannot enter at once
    "full",  # join only: `max_waiting` are in line
    "closed",  # join only: the room takes nobody
    "spent",  # the session of this ticket has ended, or its place was given up
    "missed",  # with `late="lost"`: the turn has passed
    "reset",  # another generation
    "unknown",  # a position that was never handed out
    "ended",  # renew only: this session does not run
    "moved",  # the place is another device's by now
    "left",  # the place was given up
]

#: How a joiner may be treated: `p` gets a place or enters, `e` enters at once or not at all,
#: `t` gets a ticket and claims later.
JoinKind = Literal["p", "e", "t"]

Ending = Literal["completed", "abandoned", "revoked"]


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
    overrides: Mapping[str, Any] = field(default_factory=dict)
    changes: int = 0  # the latest by an operator: `overrides` are what came of all


@dataclass(frozen=True, slots=True)
class Inlet:
    """What an inlet strategy asks for. None means "no opinion"; of several the smallest wins."""

    limit: int | None = None  # sessions at once
    per_second: float | None = None  # new admissions
    burst: float | None = None  # admissions that may come at once after a pause
    serving: int | None = None  # the serving counter may go up to here and no further
    calls: bool = True  # False: nobody is called by the rule, only by the operator
    holds: bool = False  # True: only `calls` counts, and the other earlier answers go on to hold


@dataclass(frozen=True, slots=True)
class Knock:
    """A called visitor's poll that a worker answered from its snapshot, handed in later."""

    position: int
    told: float  # the interval that the visitor was given, seconds
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Load:
    """What one worker saw of the wrapped app since its last refresh, as sums."""

    arrivals: int = 0
    finished: int = 0
    latency: float = 0.0  # seconds, summed over the finished
    errors: int = 0  # answers of 500 and above
    in_flight: float = 0.0  # request-seconds


@dataclass(frozen=True, slots=True)
class Mark:
    """A prediction, scored later: `position`, now `level` from the front, is called at `due`."""

    level: int
    position: int
    due: float


@dataclass(frozen=True, slots=True)
class Watch:
    """What one worker saw since its last refresh that only operators want to know."""

    oldest: float = 0.0  # the earliest time of joining of those in line who polled; 0: nobody did
    waited: float = 0.0  # the longest wait, in seconds, of those who entered
    #: Sessions used from several addresses, each with the mark of one of them.
    sharers: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Ask:
    """One room's part of a refresh: what the worker brings along and what it wants to know."""

    room: str
    config: Mapping[str, Any]  # RoomSettings.store_config()
    starting: bool = False  # the worker's first: its config replaces the one in the store
    seen: Seen | None = None
    inlet: Inlet | None = Inlet()  # None: who asks only looks, and has no say
    present: Sequence[int] = ()  # positions that polled since the last refresh
    generation: int = 0  # of those positions
    knocks: Sequence[Knock] = ()
    ended_after: int = 0  # number of the last entry of the ended list that the worker has
    load: Load | None = None
    marks: Sequence[Mark] = ()
    watch: Watch = Watch()
    fell_back: int | None = None  # as in its snapshot; where it differs, it may know more endings
    #: Sessions that ended, the oldest first, to rebuild a room that the store has lost, or one that
    #: fell back to before `ended_after`. None: do not rebuild it yet, but raise RoomLost.
    ended: Sequence[str] | None = ()
    #: A new state of the adaptive strategy, taken if `adaptive_version` is the one in the store.
    adaptive: Mapping[str, Any] | None = None
    adaptive_version: int = 0
    moved_after: int = 0  # number of the last entry of the list of the moved that the worker has


@dataclass(slots=True)  # not frozen: making a frozen one takes three times as long
class Turn:
    """The answer to a join, a knock, a claim or a renewal."""

    verdict: Verdict
    now: float  # store time, seconds since the epoch
    room_id: str = ""
    generation: int = 0
    position: int = 0
    expires_at: float = 0.0  # of the session, when `entered`
    first: bool = False  # the session is not confirmed yet
    ahead: int = 0  # at the door, when `next`
    serving: int = 0
    queue: int = 0
    #: Things that this step found out or did, for hooks: ("expired", "3-17") and so on.
    events: tuple[tuple[str, str], ...] = ()
    active: int = 0  # sessions that run
    claimed: int = 0  # sessions that ever began

    @property
    def has_begun(self) -> bool:
        """Whether this very step began the session. False if the step repeats an earlier claim."""
        return any(name == "claimed" for name, _ in self.events)


@dataclass(frozen=True, slots=True)
class Move:
    """The answer to a resume code: where its place stands, and as which device's from now on.

    The place was moved if the verdict is `waiting` or `next`.
    """

    turn: Turn
    device: int = 0


@dataclass(slots=True)
class Snapshot:
    """A room as a worker last read it. `now` is the store's time of that reading."""

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
    first: int  # unconfirmed among them
    per_second: float | None
    tokens: float  # admissions that the pace allows right now
    credit: int
    ceiling: int | None
    called: int  # called and not entered
    expected: float  # how many of these are expected to come now
    waiting: int
    free: int  # slots that the next at the door may take
    door: list[int]  # the lowest positions at the door, at most 50 marks
    door_size: int
    admit_up_to: int  # no position above this has a slot free for it
    first_counting: int  # the first present position after the serving counter; 0 if none
    hazard: float  # leavings per active session and second
    flow: float  # claims per second, averaged over a minute
    latency: float
    share: float  # of those who were ever seen in line, the part that is present
    present_ahead: int  # present in line up to the horizon
    seen_ahead: int  # ever seen, between the horizon and the end
    first_claim: float  # when the generation's first session began; 0 if none has
    expiring: list[int]  # sessions that expire within 5, 15, 30 and 60 seconds
    serving_log: list[list[float]]  # [time, serving counter], a second apart
    flow_log: list[list[float]]  # [time, serving counter, claims, seen among the called]
    scores: dict[str, list[float]]  # |ln(actual/predicted)| of the last marks, by level
    marks_at: float  # when predictions were last noted
    limit_changed: float  # when the limit was last changed by an operator
    totals: dict[str, int]  # claimed, completed, abandoned, revoked, expired, lapsed, left, missed
    load: list[float]  # seconds, arrivals, finished, latency, errors, in flight: the last 5 s
    adaptive: dict[str, Any]
    adaptive_version: int
    ended: list[str]  # session ids, the next entries of the ended list
    ended_last: int  # the number of the last of them
    rebuilt_until: float
    oldest: float  # the earliest time of joining of those in line who polled lately; 0: not known
    waited: float  # the longest wait, in seconds, of those who entered in the last ten minutes
    events: list[list[str]]
    #: [position, device] of places that moved (or were given up) since `Ask.moved_after`.
    moved: list[list[int]]
    moved_last: int
    ahead: float = 0.0  # how far `now` is ahead of the store's wall clock, which was set back
    changes: int = 0  # the number of the latest change of settings by an operator
    fell_back: int = 0  # when it changes, both lists must be read again from their beginning
    #: Positions whose knocks were handed in, and which are not at the door: their session runs and
    #: they have not heard of it, or their turn is over. Another worker got that answer.
    elsewhere: list[int] = field(default_factory=list)
    #: How the sessions in `ended` ended, as far as the store was told.
    how_ended: dict[str, Ending] = field(default_factory=dict)
    replaced: list[str] = field(default_factory=list)  # rooms in whose place this was restored
    #: A session with less than this left may be renewed, in seconds; 0: sessions are fixed.
    renew_below: float = field(init=False)
    #: A cache for what is worked out from this snapshot, by a name for each thing.
    derived: dict[str, Any] = field(init=False, default_factory=dict, compare=False, repr=False)

    @property
    def wall(self) -> float:
        """The time of this reading as people tell it, by which rooms open and close."""
        return self.now - self.ahead

    def __post_init__(self) -> None:
        half = self.rules["session_seconds"] / 2
        self.renew_below = half if self.rules["renew"] else 0.0


@dataclass(frozen=True, slots=True)
class OperatorsView:
    """What only operators read of a room."""

    history: list[list[float]]  # [time, waiting, active, claimed so far], ten seconds apart
    audit: list[list[Any]]  # [time, who, what, from, to], the oldest first
    sessions: list[tuple[str, float, bool]]  # session id, slot taken until, unconfirmed
    sharers: list[tuple[str, str]]  # session id, the mark of an address that it was used from
