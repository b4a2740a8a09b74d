"""What is simulated: a room, a crowd, and what goes wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from vwr_middleware.settings import RoomSettings

#: What an operator changes: settings by name.
Changes = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Crowd:
    """Who comes when, and how people behave. All shares are from 0 to 1, all times in seconds."""

    arrivals: Sequence[float]  # from the start of the simulation, ascending
    visit: float = 120.0  # mean length of a visit
    visit_spread: float = 1.0  # sigma of its lognormal distribution; 0: all alike
    absent: float = 0.0  # those who close the tab at once
    gives_up: float = 0.0  # of all others, those who close it at some time in their wait
    sleepers: float = 0.0  # those whose device sleeps once, for a minute and five more on average
    no_script: float = 0.0  # those whose browser runs no script
    hidden: float = 0.0  # those whose tab is in the background, without a worker of its own
    silent: float = 0.0  # those who leave the app without a word
    bots: int = 0  # so many at the beginning never poll and never come back
    patience: float | None = None  # mean of an exponential; None: without end
    #: Moments from which visits that begin last so many times as long, in order.
    visits_change: tuple[tuple[float, float], ...] = ()
    #: Which part of all belongs to each of the room's lanes; who is left has none.
    in_lanes: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Faults:
    """What goes wrong, and how often."""

    crash_every: float | None = None  # mean seconds between two crashes of one worker
    down_for: float = 2.0
    lost: float = 0.0  # share of polls that are lost, half of them on the way back
    doubled: float = 0.0  # share of polls that come twice, at two workers
    lost_batches: float = 0.0  # share of refreshes that hand nothing in
    doubled_batches: float = 0.0  # share of refreshes that are handed in twice
    stale_by: int = 0  # a worker gets the snapshot of so many refreshes before
    outages: tuple[tuple[float, float], ...] = ()  # when the store cannot be reached


@dataclass(frozen=True, kw_only=True)
class AppModel:
    """The app behind the room: a visit is so many pages, each served by one of the servers."""

    servers: int = 10
    service: float = 0.05  # mean seconds that a server works for a page
    pages: int = 28
    think: float = 4.0  # mean seconds between a page and the next click
    changes: tuple[tuple[float, int], ...] = ()  # when so many servers are left


@dataclass(frozen=True, kw_only=True)
class StockModel:
    """What the app behind the room sells: how many units at first, and how people buy."""

    left: int = 1000
    buys: float = 0.6  # of those inside, who buy if something is left
    units: tuple[int, ...] = (1,)  # a buyer takes one of these numbers, each as likely
    #: What is delivered (or, below 0, sold elsewhere), and when.
    changes: tuple[tuple[float, int], ...] = ()
    #: How long people stay who do not buy, as a part of how long they would stay if they did.
    looks: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """One simulation. The same scenario and seed give the same result."""

    room: RoomSettings
    crowd: Crowd
    faults: Faults = field(default_factory=Faults)
    stock: StockModel | None = None  # None: the app sells nothing that could run out
    app: AppModel | None = None  # None: visits last as long as the crowd says
    workers: int = 4
    seed: int = 1
    starts_at: float = 1_800_000_000.0  # the store's time at the start
    #: What an operator changes, and when.
    changes: tuple[tuple[float, Changes], ...] = ()
    until: float | None = None  # stop here; None: when everybody has gone
