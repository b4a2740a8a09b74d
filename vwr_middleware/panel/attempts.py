"""Wrong passwords, counted by address: each makes the next one wait longer.

Never for all together, which would lock the operators out while somebody guesses.
"""

from collections import OrderedDict
from collections.abc import Callable
from math import ceil

from vwr_middleware.proxies import network_of

FREE = 3  # wrong passwords that cost nothing: people mistype
LONGEST = 900.0  # seconds
FORGOTTEN = 3600.0  # seconds after which an address begins anew
_ADDRESSES_MOST = 20_000


class Attempts:
    """What one worker remembers of the addresses that sent wrong passwords."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._failed: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def wait(self, address: str) -> int:
        """Seconds until this address may try again; 0: now."""
        count, last = self._failed.get(network_of(address), (0, 0.0))
        return max(0, ceil(last + _delay(count) - self._monotonic()))

    def failed(self, address: str) -> None:
        """A wrong password came from this address."""
        network, now = network_of(address), self._monotonic()
        count, last = self._failed.get(network, (0, now))
        self._failed[network] = (1 if now - last > FORGOTTEN else count + 1, now)
        self._failed.move_to_end(network)
        if len(self._failed) > _ADDRESSES_MOST:
            self._failed.popitem(last=False)

    def succeeded(self, address: str) -> None:
        """The right one came."""
        self._failed.pop(network_of(address), None)


def _delay(count: int) -> float:
    return 0.0 if count < FREE else min(LONGEST, 2.0 ** min(20, count - FREE))
