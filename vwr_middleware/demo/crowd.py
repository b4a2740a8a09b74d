"""The crowd: many people who come, wait as the page does, shop, go, and come again after a
while.
"""

import asyncio
import random
import re
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal

import httpx

# One simulated visitor: asks, waits as the page does, shops for a while and goes.


#: How a visit may end.
Outcome = Literal["bought", "left", "gave up", "vanished", "turned away"]

#: What a browser says of itself when somebody follows a link.
NAVIGATION = {"Accept": "text/html", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
FETCH = {"Accept": "application/json", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"}
ROOM = "/vwr/main"
#: Words of `you` for which there is nothing to wait for any more.
OVER = ("none", "ended", "missed", "left", "reset")
#: What a browser would send with a form as it stands there.
CHOSEN = re.compile(r'name="(\w+)" value="(\w+)" checked')
#: What the receipt of an app that has no middleware of ours asks, to end the session.
END_OF_SESSION = re.compile(ROOM + "/complete")


@dataclass(frozen=True, slots=True)
class Nature:
    """What a visitor is like."""

    patience: float = 600.0  # seconds in line before it gives up
    stay: float = 8.0  # seconds in the shop
    buys: bool = True
    vanishes_in_line: bool = False  # closes the tab, without a word
    vanishes_in_shop: bool = False

    @classmethod
    def at_random(cls, dice: random.Random) -> "Nature":
        """Somebody or other."""
        return cls(
            patience=dice.expovariate(1 / 400),
            stay=dice.uniform(4, 10),
            buys=dice.random() < 0.75,
            vanishes_in_line=dice.random() < 0.06,
            vanishes_in_shop=dice.random() < 0.02,
        )


class Visitor:
    """A browser with its own cookies. `pause` waits for some seconds."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        nature: Nature,
        dice: random.Random,
        pause: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._client, self._nature, self._dice, self._pause = client, nature, dice, pause
        self.is_inside = False

    async def visit(self) -> Outcome:
        """From the first click to the end."""
        answer = await self._open("/tickets")
        if "vwr-state" in answer.headers:
            outcome = await self._wait()
            if outcome is not None:
                return outcome
            answer = await self._open("/tickets")
        if "vwr-state" in answer.headers:
            return "turned away"
        self.is_inside = True
        try:
            return await self._shop(answer.text)
        finally:
            self.is_inside = False

    async def _wait(self) -> Outcome | None:
        """Poll until it is this visitor's turn; None: it is inside."""
        told, waited = 2.0, 0.0
        if self._nature.vanishes_in_line:
            return "vanished"
        at_door = False
        while waited < self._nature.patience:
            pause = told * self._dice.uniform(0.8, 1.2)  # so that nobody polls in step
            await self._pause(pause)
            waited += pause
            standing = await self._ask("/position?door=1" if at_door else "/position")
            if standing.get("may_enter"):
                claimed = await self._client.post(f"{ROOM}/token?go=1", headers=FETCH)
                if claimed.status_code == 200:
                    return None
            elif standing.get("you") in OVER:
                return "turned away"
            at_door = standing.get("you") in ("next", "may_enter")
            told = float(standing.get("retry_after", 5.0))
        await self._client.post(f"{ROOM}/leave", headers=FETCH)
        return "gave up"

    async def _shop(self, page: str) -> Outcome:
        await self._pause(self._nature.stay / 2)
        await self._client.get("/tickets/time-left", headers=FETCH)
        if self._nature.vanishes_in_shop:
            return "vanished"
        await self._pause(self._nature.stay / 2)
        if not self._nature.buys:
            await self._client.post(f"{ROOM}/leave", headers=FETCH)
            return "left"
        # Django's forms bring this along; elsewhere nobody looks at it.
        form = {"X-CSRFToken": self._client.cookies.get("csrftoken") or ""}
        bought = await self._client.post(
            "/tickets/purchase", data=dict(CHOSEN.findall(page)), headers={**NAVIGATION, **form}
        )
        receipt = await self._open(bought.headers.get("location", "/tickets"))
        if END_OF_SESSION.search(receipt.text):
            await self._client.post(f"{ROOM}/complete", headers=FETCH)
        return "bought"

    async def _open(self, path: str) -> httpx.Response:
        return await self._client.get(path, headers=NAVIGATION)

    async def _ask(self, path: str) -> dict[str, Any]:
        answer = await self._client.get(ROOM + path, headers=FETCH)
        told: dict[str, Any] = answer.json()
        return told


# The crowd: many people who come, wait, shop, go, and come again after a while.


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
