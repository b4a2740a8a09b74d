"""What is measured, against which app, what nobody can beat, and what may not get worse."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from benchmarks.visitors import FETCH, NAVIGATION

APP = "Two seats are left"
POSITION, STATUS = "/vwr/main/position", "/vwr/main/status"


@dataclass(frozen=True)
class Budget:
    """What a case has reached, less what runs differ by: no target, but a change that falls under
    it says why. None where nothing was promised.
    """

    ratio: float | None = None  # at least, of the bare app's requests per second
    added: float | None = None  # at most, microseconds of CPU over the floor
    trips: float | None = None  # at most, store round trips per request
    trips_per_second: float | None = None  # at most, per worker

    def __str__(self) -> str:
        parts = [
            f">= {self.ratio:g}x" if self.ratio is not None else "",
            f"<= +{self.added:g} us" if self.added is not None else "",
            f"<= {self.trips:g} trips" if self.trips is not None else "",
            f"<= {self.trips_per_second:g} trips/s" if self.trips_per_second is not None else "",
        ]
        return ", ".join(part for part in parts if part)


@dataclass(frozen=True)
class Case:
    """One kind of request to one site; the floor is asked with the very same headers.

    `limit` is the case that answers with the same kind of bytes, ready-made: nobody is faster.
    """

    name: str
    site: str
    path: str
    expect: int
    text: str  # stands in the answer, so that the right thing is measured
    cookies: str = ""  # the site's list that the visitors' cookies come from
    headers: Mapping[str, str] = field(default_factory=lambda: NAVIGATION)
    floor: str = "bare"
    floor_path: str = "/tickets"
    budget: Budget = Budget()
    limit: str = ""
    saturates: bool = True  # False if the server sleeps while it waits for the store


# The snapshot of a room may be refreshed twice a second; a refresh is at most two round trips.
QUIET = 5
READY_POSITION, READY_PAGE = "position poll: ready-made", "waiting page: ready-made"
READY_FLASK = "Flask poll: ready-made"

CASES = [
    Case("no-op middleware", "no-op", "/tickets", 200, APP),
    Case("unprotected path: by hand, BaseHTTPMiddleware", "hand-base", "/about", 200, APP,
         floor="no-op", floor_path="/about"),
    Case("unprotected path: ours", "open", "/about", 200, APP, floor="no-op",
         floor_path="/about", budget=Budget(added=2)),
    Case("admitted: by hand, pure ASGI", "hand", "/tickets", 200, APP, "inside"),
    Case("admitted: by hand, BaseHTTPMiddleware", "hand-base", "/tickets", 200, APP, "inside"),
    Case("admitted: ours", "open", "/tickets", 200, APP, "inside",
         budget=Budget(0.8, 7, trips_per_second=QUIET)),
    Case("poll: by hand", "hand", "/queue/status", 200, "serving", "waiting", FETCH),
    Case("status poll: ours", "full", STATUS, 200, "serving", "", FETCH,
         budget=Budget(1.05, trips_per_second=QUIET), limit=READY_POSITION),
    Case("position poll: ours", "full", POSITION, 200, '"waiting"', "waiting", FETCH,
         budget=Budget(0.95, trips_per_second=QUIET), limit=READY_POSITION),
    Case("waiting page: by hand", "hand", "/tickets", 202, "", "waiting"),
    Case("waiting page: ours", "full", "/tickets", 202, "", "waiting",
         budget=Budget(0.75, trips_per_second=QUIET), limit=READY_PAGE),
    Case("position poll: ours, wait known", "moving", POSITION, 200, '"low"', "waiting", FETCH,
         budget=Budget(0.9, trips_per_second=QUIET), limit=READY_POSITION),
    Case("waiting page: ours, wait known", "moving", "/tickets", 202, "", "waiting",
         budget=Budget(0.7, trips_per_second=QUIET), limit=READY_PAGE),
    Case("position poll: ours, around the app", "around", POSITION, 200, '"waiting"', "waiting",
         FETCH, limit=READY_POSITION),
    Case("waiting page: ours, around the app", "around", "/tickets", 202, "", "waiting",
         limit=READY_PAGE),
    # Nobody can be faster: these decide nothing, and only send what ours sends.
    Case(READY_POSITION, "ready-made", POSITION, 200, '"waiting"', "waiting", FETCH),
    Case(READY_PAGE, "ready-made", "/tickets", 202, "", "waiting"),
    Case("join: by hand", "hand", "/tickets", 202, ""),
    # When all 32 requests are there, all wait for the store's answer.
    Case("join: ours, Valkey", "full", "/tickets", 202, "", budget=Budget(0.35, trips=0.1),
         saturates=False, limit=READY_PAGE),
    Case("join: ours, SQLite", "full-sqlite", "/tickets", 202, "", limit=READY_PAGE),
    Case("join: ours, PostgreSQL", "full-postgres", "/tickets", 202, "", saturates=False,
         limit=READY_PAGE),
    Case("Flask admitted: by hand", "flask-hand", "/tickets", 200, APP, "inside", floor="flask",
         saturates=False),
    Case("Flask admitted: ours", "flask-open", "/tickets", 200, APP, "inside", floor="flask",
         budget=Budget(0.88, trips_per_second=QUIET)),
    Case("Flask poll: by hand", "flask-hand", "/queue/status", 200, "serving", "waiting", FETCH,
         floor="flask", saturates=False),
    Case("Flask poll: ours", "flask-full", POSITION, 200, '"waiting"', "waiting", FETCH,
         floor="flask", budget=Budget(1.3, trips_per_second=QUIET), limit=READY_FLASK),
    Case(READY_FLASK, "flask-ready-made", POSITION, 200, '"waiting"', "waiting", FETCH,
         floor="flask"),
]  # fmt: skip
