"""A live crowd goes through a draw on two workers: no place is lost, and none is given twice."""

import asyncio
import json
import random
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from tests.support.lost import lose_all
from tests.support.servers import running_uvicorn
from tests.support.visitor import PAGE, SCRIPT
from vwr_middleware.stores.opening import open_store

OPTIONS = ("--factory", "--no-access-log", "--log-level", "warning", "--timeout-keep-alive", "90")
SLOTS, ABSENT = 20, 0.3
#: Seconds from when all have registered until the opening.
BEFORE = 15.0


@dataclass
class Person:
    """Somebody who registers, and maybe comes back."""

    cookies: dict[str, str] = field(default_factory=dict)
    number: int = 0
    place: int = 0
    places: set[int] = field(default_factory=set)  # as told since the draw


class Crowd:
    """Asks for all of them, over a few connections."""

    def __init__(self, url: str) -> None:
        self.client = httpx.AsyncClient(
            base_url=url, timeout=20, limits=httpx.Limits(max_connections=40)
        )
        self.entered: list[Person] = []

    async def asks(self, person: Person, path: str, page: bool = False, method: str = "GET") -> Any:
        headers = dict(PAGE if page else SCRIPT)
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in person.cookies.items())
        self.client.cookies.clear()
        answer = await self.client.request(method, path, headers=headers)
        for cookie in answer.cookies.jar:
            person.cookies[cookie.name] = str(cookie.value)
        return answer

    async def registers(self, person: Person) -> None:
        answer = await self.asks(person, "/tickets", page=True)
        assert answer.status_code == 202, answer.status_code
        assert "vwr_main" in person.cookies

    async def reads_number(self, person: Person) -> None:
        told = (await self.asks(person, "/vwr/main/position")).json()
        assert told["draw"] == "registering", told
        person.number = told["position"]

    async def looks(self, person: Person) -> None:
        """A poll; whoever may come in does, and is done at once."""
        told = (await self.asks(person, "/vwr/main/position")).json()
        if told.get("draw") != "drawn" or told.get("position") is None:
            return
        person.places.add(told["position"])
        if told["may_enter"]:
            answer = await self.asks(person, "/tickets", page=True)
            if answer.status_code == 200:
                person.place = told["position"]
                self.entered.append(person)
                await self.asks(person, "/tickets")  # its first token is confirmed
                await self.asks(person, "/vwr/main/leave", method="POST")

    async def each(self, people: Iterable[Person], do: Callable[[Person], Awaitable[None]]) -> None:
        """Do it for each, some at a time."""
        waiting = list(people)
        while waiting:
            now, waiting = waiting[:80], waiting[80:]
            await asyncio.gather(*map(do, now))


@pytest.mark.crowd
@pytest.mark.timeout(900)
@pytest.mark.parametrize("people", [800])
def test_a_live_crowd_is_drawn_on_two_workers(
    shared_url: str, people: int, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = {
        "secret_key": "for the tests of a real crowd, and nothing else",
        "store": shared_url,
        "paths": ["/tickets"],
        "max_active": SLOTS,
        "draw": True,
        "opens_at": time.time() + 3600,
    }
    env = {"BENCHMARK_SETTINGS": json.dumps(settings)}
    with running_uvicorn("benchmarks.apps.asgi:ours", 2, env, OPTIONS) as url:
        told = asyncio.run(_day(Crowd(url), people, shared_url))
    with capsys.disabled():
        print(f"\n{told}")


async def _opens_soon(store: str) -> float:
    """An operator moves the opening. Returns when it is."""
    opened, opens_at = open_store(store), time.time() + BEFORE
    await opened.change("main", {"opens_at": opens_at}, who="an operator")
    await opened.close()
    return opens_at


async def _day(crowd: Crowd, people: int, store: str) -> str:
    everybody = [Person() for _ in range(people)]
    await crowd.each(everybody, crowd.registers)
    there = [person for person in everybody if random.random() > ABSENT]
    await crowd.each(there, crowd.reads_number)
    numbers = [person.number for person in there]
    assert len(set(numbers)) == len(numbers) and max(numbers) <= people
    opens_at = await _opens_soon(store)
    await asyncio.sleep(max(0.0, opens_at - time.time()))
    began = time.monotonic()
    first, is_lost = 0.0, False
    while len(crowd.entered) < len(there) // 2 and time.monotonic() - began < 400:
        waiting = [person for person in there if not person.place]
        await crowd.each(waiting, crowd.looks)
        first = first or (time.monotonic() - began if crowd.entered else 0.0)
        if len(crowd.entered) > len(there) // 5 and not is_lost and "postgres" not in store:
            lose_all(store)
            is_lost = True
        await asyncio.sleep(0.5)
    await crowd.client.aclose()
    assert len(crowd.entered) >= len(there) // 2
    _judge(there, crowd.entered, people, len(there) // 5)
    return (
        f"{store.partition(':')[0]}: {people:,} drawn, {len(there):,} of them there; the first came"
        f" in {first:.1f} s after the opening, {len(crowd.entered):,} by"
        f" {time.monotonic() - began:.0f} s"
    )


def _judge(there: list[Person], entered: list[Person], people: int, before: int) -> None:
    """One place each, the same all the time, no two alike; and they came in by their places."""
    assert all(len(person.places) <= 1 for person in there), "somebody's place has changed"
    places = [place for person in there for place in person.places]
    assert len(set(places)) == len(places) and max(places) <= people
    # After a loss nobody knows for a moment who is there, so until then only.
    ranks = {place: rank for rank, place in enumerate(sorted(places))}
    first = sorted(ranks[person.place] for person in entered[:before])
    assert first[before * 95 // 100] <= before + 4 * SLOTS, "by lot, not by who asks first"
    numbers = [person.number for person in entered]
    assert sum(number <= people // 2 for number in numbers) < 0.7 * len(numbers)
