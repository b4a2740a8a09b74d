"""Wrong passwords, counted by address for all workers: each makes the next one wait longer.

They are never counted for all addresses together: that would lock the operators out while somebody
guesses.
"""

from contextlib import suppress
from math import ceil

from vwr_middleware.errors import StoreUnavailable
from vwr_middleware.stores import board
from vwr_middleware.stores.memory.board import MemoryBoard
from vwr_middleware.web.proxies import network_of
from vwr_middleware.worker.desk import Desk


class Attempts:
    """Counts in the store; while that is away, in this worker alone."""

    def __init__(self, desk: Desk) -> None:
        self._desk, self._own = desk, MemoryBoard()

    async def wait(self, address: str) -> int:
        """Seconds until this address may try; 0: now. The try counts as wrong until `succeeded`."""
        network, desk = network_of(address), self._desk
        try:
            wait = await desk.breaker.ask(lambda: desk.store.attempt(network))
        except StoreUnavailable:
            wait = board.attempt(self._own, network, desk.monotonic())
        return ceil(wait)

    async def succeeded(self, address: str, *, opens_everything: bool) -> None:
        """A right password came, so those before were mistyped. If it does not open everything, its
        owner may be guessing at the one that does, and only this attempt is forgiven."""
        network, desk, only_this = network_of(address), self._desk, not opens_everything
        board.forgive(self._own, network, one=only_this)
        with suppress(StoreUnavailable):
            await desk.breaker.ask(lambda: desk.store.forgive(network, one=only_this))
