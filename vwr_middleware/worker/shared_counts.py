"""What each worker counts of its decisions, and posts to the store, so that any worker can report
the counts of all.
"""

import json
import os
import secrets
import socket
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from vwr_middleware.errors import StoreUnavailable
from vwr_middleware.web.http import Pass, Reply
from vwr_middleware.worker.other_rooms import OtherRooms, together
from vwr_middleware.worker.store_access import StoreAccess
from vwr_middleware.worker.wrong_passwords import Wrong, WrongPasswords, store_time, wrong_lately

# What one worker counts of its decisions, for metrics: plain numbers, without a library.


WAIT_BOUNDS = (1, 5, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400)  # seconds
COST_BOUNDS = (0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1)  # s


#: The decision for somebody whom `bypass` never lets wait.
BYPASSED = Pass()


class Histogram:
    """How many values lay up to each bound."""

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)  # the last: beyond all bounds
        self.total = 0.0

    def observe(self, value: float) -> None:
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value


class DecisionCounts:
    """The decisions of one room's gate, by kind, and what those cost for which no glance was enough
    (see `Gate.glance`). Visitors inside who are recognised are counted in
    worker/known_sessions.py.
    """

    __slots__ = ("costs", "decisions", "failed", "waits")

    def __init__(self, failed: Counter[str] | None = None) -> None:
        self.failed = Counter[str]() if failed is None else failed  # functions of the app, by name
        self.decisions: Counter[str] = Counter()
        self.costs = Histogram(COST_BOUNDS)  # seconds
        self.waits = Histogram(WAIT_BOUNDS)  # from joining to entering

    def add(self, kind: str, seconds: float) -> None:
        """One decision, and how long it took."""
        self.decisions[kind] += 1
        self.costs.observe(seconds)


def kind_of(verdict: Pass | Reply) -> str:
    """A decision in one word: the visitor's state, or how a request passed."""
    if isinstance(verdict, Pass):
        if verdict.session is None:
            return "bypassed" if verdict is BYPASSED else "passed"
        return "entered" if verdict.session.is_new else "admitted"
    return next((value for name, value in verdict.headers if name == "VWR-State"), "other")


# Each worker posts its counts to the store, so that any worker can report those of all.


EVERY = 5.0  # seconds between two posts of a worker that is busy


class SharedCounts:
    """Posts now and then, after a refresh of the rooms, and gathers what all workers have posted.

    If no panel reads it (not `is_read`), it posts only when that may help to restore a lost room.
    """

    def __init__(
        self, store_access: StoreAccess, tallies: Mapping[str, DecisionCounts], *, is_read: bool
    ) -> None:
        self._store_access, self._tallies, self._is_read = store_access, tallies, is_read
        self.guesses = WrongPasswords(store_access)
        self._known: dict[str, Any] = {}  # what workers had posted last
        self._mark = secrets.token_hex(3)
        self._posted_at = float("-inf")

    @property
    def worker(self) -> str:
        """The name of this worker, unique among those of all machines.

        Containers may share a host name, and each begins to count processes at 1.
        """
        return f"{socket.gethostname()}:{os.getpid()}-{self._mark}"

    async def post_if_due(self) -> None:
        """One short trip to the store every few seconds. The breaker logs one that fails."""
        if self._store_access.monotonic() - self._posted_at < EVERY:
            return
        if not self._is_read and not any(
            view.other_rooms for view in self._store_access.views.values()
        ):
            return
        try:
            await self._post()
        except StoreUnavailable:
            return

    async def gather(self) -> dict[str, Any]:
        """The counts of all workers, by their names; while the store is away, only this one's."""
        try:
            await self._post()
            return self._known
        except StoreUnavailable:
            return {self.worker: self.own()}

    def wrong_passwords(self) -> Wrong:
        """The wrong passwords for the panel of the last hour, as far as this worker knows of."""
        posts = self._known | {self.worker: self.own()}
        return wrong_lately(
            (post.get("sign_ins", {}) for post in posts.values()), store_time(self._store_access)
        )

    async def _post(self) -> None:
        self._posted_at = self._store_access.monotonic()
        name, text = self.worker, json.dumps(self.own(), separators=(",", ":"))
        posts = await self._store_access.breaker.ask(
            lambda: self._store_access.store.post(name, text)
        )
        self._known = {key: json.loads(post) for key, post in posts.items()}
        others = {key: other for key, other in posts.items() if key != name}
        take_posts(self._store_access, others)

    def own(self) -> Mapping[str, Any]:
        """This worker's counts, as they are posted. metrics.py reads them by these names."""
        rooms = {}
        for room, decision_counts in self._tallies.items():
            view, kinds = self._store_access.views[room], dict(decision_counts.decisions)
            kinds["admitted"] = kinds.get("admitted", 0) + view.known_sessions.recognised
            rooms[room] = {
                "decisions": kinds,
                "failed": dict(decision_counts.failed),
                "costs": _counted(decision_counts.costs),
                "waits": _counted(decision_counts.waits),
                "strangers": view.other_rooms.post(),
            }
        return {
            "errors": self._store_access.breaker.errors,
            "foreign": self._store_access.events_and_log.foreign,
            "sign_ins": self.guesses.post(),
            "overload": self._store_access.overload.post(store_time(self._store_access)),
            "rooms": rooms,
        }


def take_posts(store_access: StoreAccess, posts: Mapping[str, str]) -> None:
    """Learn of the other rooms (see other_rooms.py) that other workers have met, and how many
    newcomers they can take on.
    """
    read = [json.loads(text) for text in posts.values()]
    store_access.overload.take_posts(read, store_time(store_access))
    for name, view in store_access.views.items():
        view.other_rooms_elsewhere = other_rooms_of(name, read)


def other_rooms_of(room_name: str, posts: Iterable[Mapping[str, Any]]) -> OtherRooms:
    """The other rooms of one room in the posts of several workers."""
    # A worker with other settings may post no room of this name.
    return together(
        post["rooms"][room_name]["strangers"] for post in posts if room_name in post["rooms"]
    )


def _counted(histogram: Histogram) -> list[Any]:
    return [list(histogram.bounds), list(histogram.counts), histogram.total]
