"""The crowd: many people who come, wait, shop, go, and come again after a while."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable

import httpx

from vwr_middleware.demo.visitor import Nature, Visitor

#: Seconds between two visits of one person, on average.
PAUSE = 15.0
#: Seconds within which all have come for the first time.
RUSH = 4.0
#: One pool of connections for all, since a few hundred clients of their own cost seconds. An idle
#: one is given up before a server closes it (gunicorn after two seconds), maybe as we ask by it.
LIMITS = httpx.Limits(max_connections=64, max_keepalive_connections=64, keepalive_expiry=1)


class Crowd:
    """So many people. Everybody who goes comes back later, so the line keeps its length."""

    def __init__(
        self,
        url: str,
        size: int,
        *,
        seed: int | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        pause: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._url, self._size, self._pause = url, size, pause
        self._dice = random.Random(seed)
        self._transport = transport or httpx.AsyncHTTPTransport(limits=LIMITS)
        self._visitors: set[Visitor] = set()
        self.outcomes: Counter[str] = Counter()

    @property
    def inside(self) -> int:
        """How many are in the shop right now."""
        return sum(visitor.is_inside for visitor in self._visitors)

    async def run(self) -> None:
        """Until cancelled."""
        try:
            async with asyncio.TaskGroup() as people:
                for _ in range(self._size):
                    people.create_task(self._person())
        finally:
            await self._transport.aclose()

    async def _person(self) -> None:
        await self._pause(self._dice.uniform(0, RUSH))
        while True:
            await self.one_visit(Nature.at_random(self._dice))
            await self._pause(self._dice.expovariate(1 / PAUSE))

    async def one_visit(self, nature: Nature) -> None:
        """Somebody new comes and goes; what goes wrong is counted and stops nobody."""
        # No `async with`: closing a client would close the pool that it shares.
        client = httpx.AsyncClient(
            transport=self._transport, base_url=self._url, timeout=10, trust_env=False
        )
        visitor = Visitor(client, nature, self._dice, self._pause)
        self._visitors.add(visitor)
        try:
            self.outcomes[await visitor.visit()] += 1
        except (httpx.HTTPError, ValueError):
            self.outcomes["failed"] += 1
        finally:
            self._visitors.discard(visitor)
