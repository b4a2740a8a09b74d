"""Limits tries per minute: so one address can neither fill the line nor guess without end."""

from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from threading import Lock

from vwr_middleware.web.proxies import network_of

_ADDRESSES_MOST = 50_000


class Throttle:
    """A token bucket for each address. Every worker has its own."""

    def __init__(self, per_minute: int | None, monotonic: Callable[[], float]) -> None:
        self._per_minute, self._monotonic = per_minute, monotonic
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = Lock()  # without it, two tries at once would count as one

    def allows(self, address: str) -> bool:
        """Whether one more try is allowed from this address now. Counts it if so."""
        if self._per_minute is None:
            return True
        network, now = network_of(address), self._monotonic()
        with self._lock:
            tokens = self._tokens(network, now)
            allowed = tokens >= 1
            self._buckets[network] = (tokens - allowed, now)
            self._buckets.move_to_end(network)
            if len(self._buckets) > _ADDRESSES_MOST:
                self._buckets.popitem(last=False)
        return allowed

    def give_back(self, address: str) -> None:
        """Uncount a try, since nothing came of it."""
        network, now = network_of(address), self._monotonic()
        with self._lock:
            if network in self._buckets:
                self._buckets[network] = (self._tokens(network, now) + 1, now)

    def _tokens(self, network: str, now: float) -> float:
        if self._per_minute is None:
            return float("inf")
        tokens, at = self._buckets.get(network, (float(self._per_minute), now))
        return min(self._per_minute, tokens + (now - at) * self._per_minute / 60)


class ThrottleWithReserve:
    """Tries per minute for each address, and beyond that some for all addresses together: so nobody
    shuts out others who share an address."""

    def __init__(self, per_minute: int, reserve: int, monotonic: Callable[[], float]) -> None:
        self._own, self._reserve = Throttle(per_minute, monotonic), Throttle(reserve, monotonic)

    def count(self, address: str) -> Callable[[], None] | None:
        """Count a try of this address. Returns what uncounts it; None if it is one too many."""
        for throttle, whose in ((self._own, address), (self._reserve, "all")):
            if throttle.allows(whose):
                return partial(throttle.give_back, whose)
        return None
