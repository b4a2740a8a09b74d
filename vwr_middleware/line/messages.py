"""What a worker brings to a store's steps. What it gets back is in answers.py."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

#: What somebody who joins gets.
JoinKind = Literal[
    "place",  # a session if the room has space, else a place in line
    "enter",  # a session if the room has space, else nothing
    "ticket",  # a place in line, to be claimed later
]

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
    overrides: Mapping[str, Any] = field(default_factory=dict)  # the operators' settings
    changes: int = 0  # the number of the latest change that is in `overrides`
    read_at: float = 0.0  # the store's time of the worker's latest reading; 0: it tells no time
    now: float = 0.0  # that time, carried on by the worker's monotonic clock: see clock.py


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
class Mark:
    """A prediction to be scored: `position`, now `level` from the front, is called at `due`."""

    level: int
    position: int
    due: float


@dataclass(frozen=True, slots=True)
class Sightings:
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
    inlet: Inlet | None = Inlet()  # None: whoever asks (a shell) evaluates no strategy
    tells: bool = True  # whether whoever asks has somebody to tell events to

    # What it has noticed since its last refresh:
    generation: int = 0  # of the positions here
    present: Sequence[int] = ()  # those who polled
    knocks: Sequence[Knock] = ()
    marks: Sequence[Mark] = ()
    load: Load | None = None
    sightings: Sightings = Sightings()
    #: A new state of the adaptive strategy, taken unless the store has a later version than this.
    adaptive: Mapping[str, Any] | None = None
    adaptive_version: int = 0

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
    #: Positions to skip if the room is rebuilt: as many as other workers may have handed out
    #: without this one knowing.
    spare: int = 0
