"""Wrong passwords, counted by network for all workers: each makes the next one wait longer.

Whoever guesses from many networks slows those who guess down everywhere (stores/board.py), but the
first attempt of a network is always heard: nobody can lock the operators out.
"""

from contextlib import suppress
from math import ceil

from vwr_middleware.errors import StoreUnavailable
from vwr_middleware.stores import board
from vwr_middleware.stores.memory.board import MemoryBoard
from vwr_middleware.web.proxies import network_of, networks_of
from vwr_middleware.worker.store_access import Desk
from vwr_middleware.worker.wrong_passwords import Guesses


class Attempts:
    """Counts in the store; while that is away, in this worker alone."""

    def __init__(self, desk: Desk, guesses: Guesses) -> None:
        self._desk, self._own, self._guesses = desk, MemoryBoard(), guesses

    async def wait(self, address: str) -> int:
        """Seconds until this address may try; 0: now. The try counts as wrong until `succeeded`."""
        networks, desk = networks_of(address), self._desk
        try:
            wait = await desk.breaker.ask(lambda: desk.store.attempt(*networks))
        except StoreUnavailable:
            wait = board.attempt(self._own, networks, desk.monotonic())
        if wait > 0:
            self._guesses.early()
        return ceil(wait)

    def failed(self, address: str) -> None:
        """A wrong password came."""
        self._guesses.wrong(network_of(address))

    async def succeeded(self, address: str, *, opens_everything: bool) -> None:
        """A right password came, so those before were mistyped. If it does not open everything, its
        owner may be guessing at the one that does, and only this attempt is forgiven."""
        self._guesses.right()
        networks, desk, only_this = networks_of(address), self._desk, not opens_everything
        board.forgive(self._own, networks, one=only_this)
        with suppress(StoreUnavailable):
            await desk.breaker.ask(lambda: desk.store.forgive(*networks, one=only_this))
