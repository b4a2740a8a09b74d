"""Thousands of real visitors over plain sockets, each doing what the waiting page does."""

import asyncio
import json
import re
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any

_SET_COOKIE = re.compile(rb"set-cookie: ([^=\r]+)=([^;\r]*)", re.IGNORECASE)
_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
_CONNECTIONS = 24


class Client:
    """A few kept-alive connections to one server, shared by all visitors."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._free: asyncio.LifoQueue[tuple[asyncio.StreamReader, asyncio.StreamWriter] | None]
        self._free = asyncio.LifoQueue()
        for _ in range(_CONNECTIONS):
            self._free.put_nowait(None)
        self.requests = 0

    async def ask(
        self, path: str, cookies: dict[str, str], method: str = "GET", accept: str = "*/*"
    ) -> tuple[int, bytes]:
        """One request; cookies are sent and taken. Returns status and body."""
        connection = await self._free.get()
        try:
            if connection is None:
                connection = await asyncio.open_connection(self._host, self._port)
            reader, writer = connection
            text = "; ".join(f"{name}={value}" for name, value in cookies.items())
            head = f"{method} {path} HTTP/1.1\r\nHost: {self._host}:{self._port}\r\n"
            head += f"Accept: {accept}\r\nContent-Length: 0\r\nCookie: {text}\r\n\r\n"
            writer.write(head.encode())
            self.requests += 1
            answer = await reader.readuntil(b"\r\n\r\n")
            length = _LENGTH.search(answer)
            body = await self._body(reader, int(length[1]) if length else None)
        except BaseException:  # cancelled, perhaps: the answer would be taken for another's
            if connection is not None:
                connection[1].close()
            connection = None
            raise
        finally:
            self._free.put_nowait(connection)
        for name, value in _SET_COOKIE.findall(answer):
            cookies[name.decode()] = value.decode()
            if not value:
                del cookies[name.decode()]
        return int(answer.split(b" ", 2)[1]), body

    async def _body(self, reader: asyncio.StreamReader, length: int | None) -> bytes:
        if length is not None:
            return await reader.readexactly(length)
        parts = []  # in chunks
        while size := int(await reader.readline(), 16):
            parts.append(await reader.readexactly(size))
            await reader.readexactly(2)
        await reader.readexactly(2)
        return b"".join(parts)

    async def close(self) -> None:
        """Hang up."""
        while not self._free.empty():
            connection = self._free.get_nowait()
            if connection is not None:
                connection[1].close()
                await connection[1].wait_closed()


@dataclass
class RealCrowd:
    """So many come within `within` seconds; who has not come in by `lasts` gives up."""

    client: Client
    count: int
    within: float
    visit: float
    absent: float
    lasts: float
    seed: int = 1
    inside: int = 0
    most_inside: int = 0
    entered: list[int] = field(default_factory=list)  # positions, in the order of entering
    positions: list[int] = field(default_factory=list)
    waiting: int = 0
    samples: list[tuple[float, int, int]] = field(default_factory=list)  # when, inside, waiting
    statuses: Counter[int] = field(default_factory=Counter)

    async def run(self) -> None:
        """Everybody comes; returns when all are gone."""
        loop, random = asyncio.get_running_loop(), Random(self.seed)
        self.began = loop.time()
        moments = sorted(random.uniform(0, self.within) for _ in range(self.count))
        visitors = [asyncio.create_task(self._come(at, Random(i))) for i, at in enumerate(moments)]
        while self._passed() < self.lasts:
            await asyncio.sleep(0.2)
            self.samples.append((self._passed(), self.inside, self.waiting))
        for visitor in visitors:
            visitor.cancel()
        for result in await asyncio.gather(*visitors, return_exceptions=True):
            if isinstance(result, Exception):
                raise result
        await self.client.close()

    def _passed(self) -> float:
        return asyncio.get_running_loop().time() - self.began

    async def _ask(self, path: str, cookies: dict[str, str], **how: str) -> tuple[int, bytes]:
        status, body = await self.client.ask(path, cookies, **how)
        self.statuses[status] += 1
        return status, body

    async def _come(self, at: float, random: Random) -> None:
        await asyncio.sleep(at)
        cookies: dict[str, str] = {}
        status, _ = await self._ask("/shop", cookies, accept="text/html")
        if status == 200:
            await self._stay(cookies, random)
        elif random.random() >= self.absent:
            self.waiting += 1
            try:
                await self._wait(cookies, random)
            finally:
                self.waiting -= 1
            await self._stay(cookies, random)

    async def _wait(self, cookies: dict[str, str], random: Random) -> None:
        """Poll as told until the token is there."""
        pause, door, watch, place = random.uniform(1.0, 3.3), "", "position", 0
        while True:
            await asyncio.sleep(pause * random.uniform(0.8, 1.2))
            answer: dict[str, Any] = json.loads(
                (await self._ask(f"/vwr/main/{watch}{door}", cookies))[1]
            )
            if watch == "status":
                pause = answer["poll"]["far"]
                watch = "status" if place > answer["horizon"] else "position"
                continue
            if answer["position"] is None:  # a busy store gave no place: the page asks again
                await self._ask("/shop", cookies, accept="text/html")
                continue
            if not place:
                self.positions.append(answer["position"])
            place, pause, watch = answer["position"], answer["retry_after"], answer["watch"]
            door = "?door=1" if answer["you"] in ("next", "may_enter") else ""
            if answer["may_enter"]:
                status, _ = await self._ask("/vwr/main/token?go=1", cookies, method="POST")
                if status == 200:
                    self.entered.append(place)
                    return

    async def _stay(self, cookies: dict[str, str], random: Random) -> None:
        self.inside += 1
        self.most_inside = max(self.most_inside, self.inside)
        try:
            status, _ = await self._ask("/shop", cookies, accept="text/html")
            assert status == 200, "a token is honoured"
            await asyncio.sleep(self.visit * random.uniform(0.5, 1.5))
        finally:
            self.inside -= 1
        await self._ask("/shop/done", cookies)

    def used(self, limit: int, since: float) -> float:
        """The part of the slots in use while people waited."""
        some = [inside / limit for at, inside, waiting in self.samples if at > since and waiting]
        return sum(some) / len(some) if some else 0.0
