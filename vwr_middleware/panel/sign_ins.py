"""Sign-ins that were ended before their time, for all workers."""

import logging
from collections import OrderedDict

from vwr_middleware.errors import StoreUnavailable
from vwr_middleware.panel.seals import LIFE, Seal
from vwr_middleware.stores.board import ALL_SIGN_INS, SIGN_OUTS_MOST
from vwr_middleware.worker.store_access import Desk

log = logging.getLogger("vwr_middleware.operators")

_NOT_TOLD = (
    "the store does not answer, so only this worker knows that %s ended. Others may take a copy of"
    " such a cookie: sign out everywhere when the store is back"
)


class SignIns:
    """Kept in the store. What this worker was told of holds also while that is away."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._own: OrderedDict[str, float] = OrderedDict()  # when each was ended, in this worker

    async def end(self, seal: Seal, now: float) -> None:
        """Sign somebody out."""
        await self._end(seal.seed, now, f"the sign-in of {seal.name}")

    async def end_all(self, now: float) -> None:
        """Sign everybody out who has signed in with a password."""
        await self._end(ALL_SIGN_INS, now, "all sign-ins")

    async def _end(self, seed: str, now: float, what: str) -> None:
        self._own[seed] = now
        while len(self._own) > SIGN_OUTS_MOST:
            self._own.popitem(last=False)
        try:
            await self._desk.breaker.ask(lambda: self._desk.store.sign_out(seed))
        except StoreUnavailable:
            log.warning(_NOT_TOLD, what)

    async def is_over(self, seal: Seal) -> bool:
        """Whether this sign-in was ended."""
        began = seal.until - LIFE
        if seal.seed in self._own or began <= self._own.get(ALL_SIGN_INS, 0.0):
            return True
        try:
            return await self._desk.breaker.ask(
                lambda: self._desk.store.is_signed_out(seal.seed, began)
            )
        except StoreUnavailable:
            return False
