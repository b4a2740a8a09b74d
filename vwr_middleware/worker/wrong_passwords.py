"""Passwords that were tried at the panel, as one worker counts them: for the log, for metrics, for
events, and for operators. The counts of all workers that make guessers wait are in stores/board.py.
"""

import logging
from collections import Counter, OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from vwr_middleware.worker.store_access import StoreAccess

log = logging.getLogger("vwr_middleware.operators")

LATELY = 3600.0  # seconds for which a wrong password is shown to operators
_MINUTE = 60.0
_LINES = 10  # of wrong passwords in the log a minute; the others are one line together
_NETWORKS_MOST, _POSTED_MOST = 5_000, 50

WRONG = "somebody entered a wrong password in the panel, from %s"
MANY = (
    "%d more wrong passwords in the panel within %d s, from %d networks, most of them (%d) from %s"
)


class WrongPasswords:
    """Counts outcomes, and wrong passwords by network."""

    def __init__(self, store_access: StoreAccess) -> None:
        self._store_access = store_access
        self._outcomes = Counter(right=0, wrong=0, early=0)
        #: How many came from a network, and when the last.
        self._networks: OrderedDict[str, tuple[int, float]] = OrderedDict()
        self._lines, self._minute = 0, float("-inf")
        self._untold: Counter[str] = Counter()

    def right(self) -> None:
        """Somebody signed in."""
        self._outcomes["right"] += 1

    def early(self) -> None:
        """Somebody tried before the time: the password was not looked at."""
        self._outcomes["early"] += 1

    def wrong(self, network: str) -> None:
        """A wrong password came."""
        self._outcomes["wrong"] += 1
        now = store_time(self._store_access)
        count, last = self._networks.pop(network, (0, now))
        self._networks[network] = (count + 1 if now - last <= LATELY else 1, now)
        if len(self._networks) > _NETWORKS_MOST:
            self._networks.popitem(last=False)
        self._log(network)
        self._store_access.hooks.tell("sign_in_failed", "", network, now)

    def _log(self, network: str) -> None:
        self.tell_rest()
        if self._lines < _LINES:
            self._lines += 1
            log.warning(WRONG, network, extra={"event": "sign_in_failed", "network": network})
        else:
            self._untold[network] += 1

    def tell_rest(self) -> None:
        """Log, once a minute, those that had no line of their own."""
        seconds = self._store_access.monotonic() - self._minute
        if seconds < _MINUTE:
            return
        if self._untold:
            (network, most), count = self._untold.most_common(1)[0], self._untold.total()
            told = (count, seconds, len(self._untold), most, network)
            fields = {"event": "sign_ins_failed", "network": network, "count": count}
            log.warning(MANY, *told, extra=fields)
            self._untold.clear()
        self._lines, self._minute = 0, self._store_access.monotonic()

    def post(self) -> dict[str, Any]:
        """What other workers are told."""
        self.tell_rest()
        now = store_time(self._store_access)
        lately = [(name, *row) for name, row in self._networks.items() if now - row[1] <= LATELY]
        most = sorted(lately, key=itemgetter(1), reverse=True)
        kept, rest = most[:_POSTED_MOST], most[_POSTED_MOST:]
        return {
            **self._outcomes,
            "networks": kept,
            "others": [len(rest), sum(count for _, count, _ in rest)],
        }


def store_time(store_access: StoreAccess) -> float:
    """The store's time where no room is meant."""
    view = next(iter(store_access.views.values()), None)
    return store_access.now(view) if view is not None else 0.0


@dataclass(frozen=True, slots=True)
class Wrong:
    """Wrong passwords of the last hour at all workers."""

    count: int = 0
    networks: int = 0
    most: int = 0  # from the network of which most came
    network: str = ""


def wrong_lately(posts: Iterable[Mapping[str, Any]], now: float) -> Wrong:
    """The wrong passwords that workers have posted."""
    counts: Counter[str] = Counter()
    networks = others = 0
    for post in posts:
        for network, count, at in post.get("networks", ()):
            counts[network] += count if now - at <= LATELY else 0
        more = post.get("others", (0, 0))
        networks, others = networks + more[0], others + more[1]
    if not counts.total():
        return Wrong()
    [(network, most)] = counts.most_common(1)
    return Wrong(counts.total() + others, len(+counts) + networks, most, network)
