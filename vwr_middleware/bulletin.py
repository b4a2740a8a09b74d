"""What each worker counts, posted in the store, so that any of them can tell it all."""

import json
import os
import socket
from collections.abc import Mapping
from itertools import count
from typing import TYPE_CHECKING, Any

from vwr_middleware.errors import StoreUnavailable
from vwr_middleware.tally import Histogram

if TYPE_CHECKING:
    from vwr_middleware.site import Site

EVERY = 5.0  # seconds between two posts of a worker that is busy


#: Several sites of one process, as tests have them, are several workers.
_sites = count()


class Bulletin:
    """Posts now and then, behind a refresh of the rooms; and gathers what all have posted."""

    def __init__(self, site: "Site") -> None:
        self._site, self._desk = site, site.desk
        self._number = next(_sites)
        self._posted_at = float("-inf")

    @property
    def worker(self) -> str:
        """This worker, among those of all machines."""
        number = f"-{self._number}" if self._number else ""
        return f"{socket.gethostname()}:{os.getpid()}{number}"

    async def post_if_due(self) -> None:
        """One short trip to the store each few seconds; a failed one is the breaker's to tell."""
        if self._desk.monotonic() - self._posted_at < EVERY:
            return
        try:
            await self._post()
        except StoreUnavailable:
            return

    async def gather(self) -> dict[str, Any]:
        """What all workers count, by their names; while the store is away, this one's alone."""
        try:
            return {name: json.loads(text) for name, text in (await self._post()).items()}
        except StoreUnavailable:
            return {self.worker: self.own()}

    async def _post(self) -> dict[str, str]:
        self._posted_at = self._desk.monotonic()
        name, text = self.worker, json.dumps(self.own(), separators=(",", ":"))
        posts = await self._desk.breaker.ask(lambda: self._desk.store.post(name, text))
        self._desk.herald.two_stores = met_two_stores(posts)
        return posts

    def own(self) -> Mapping[str, Any]:
        """What this worker counts."""
        rooms = {}
        for room, gate in self._site.gates.items():
            tally, kinds = gate.tally, dict(gate.tally.decisions)
            kinds["admitted"] = kinds.get("admitted", 0) + tally.glanced + gate.view.guests.greeted
            rooms[room] = {
                "decisions": kinds,
                "costs": _counted(tally.costs),
                "waits": _counted(tally.waits),
            }
        return {
            "errors": self._desk.breaker.errors,
            "foreign": self._desk.herald.foreign,
            "rooms": rooms,
        }


def met_two_stores(posts: Mapping[str, str]) -> bool:
    """Whether any worker met tickets of another store within the last hour."""
    return any(json.loads(text)["foreign"] for text in posts.values())


def _counted(histogram: Histogram) -> list[Any]:
    return [list(histogram.bounds), list(histogram.counts), histogram.total]
