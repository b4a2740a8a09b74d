"""Shadow mode beside a real crowd: everybody comes in at once, whatever happens, and what it tells
of those who would have waited is what the same crowd meets in a real room.
"""

import asyncio
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from random import Random
from statistics import mean
from typing import Any

import httpx
import pytest

from tests.support.failing_valkey import FailingValkey, failing_valkey
from tests.support.panel import API_KEY, GIVEN
from tests.support.servers import running_uvicorn
from tests.support.visitor import PAGE, SCRIPT

pytestmark = [pytest.mark.crowd, pytest.mark.timeout(900)]

OPTIONS = ("--factory", "--no-access-log", "--log-level", "warning", "--timeout-keep-alive", "90")
PEOPLE, WITHIN, SLOTS, STAY = 600, 50.0, 80, 12.0
#: What is told of shadow mode may be off by so much of what the real room did. To go in takes a
#: second of each visit there, of which the imagined room knows nothing.
HOW_MANY, HOW_LONG = 0.15, 0.3
#: Seconds within which an answer comes, whatever the store does; a loaded machine may need some.
AT_ONCE = 5.0


@dataclass
class Person:
    """Somebody of the crowd: when they come, how long they stay, and what they met."""

    comes: float
    stays: float
    cookies: dict[str, str] = field(default_factory=dict)
    answers: list[int] = field(default_factory=list)  # to pages
    waited: float = 0.0  # seconds until they were in
    slowest: float = 0.0  # answer


def a_crowd(seed: int = 7) -> list[Person]:
    """The same people each time."""
    random = Random(seed)
    comes = sorted(random.uniform(0, WITHIN) for _ in range(PEOPLE))
    return [Person(at, min(5 * STAY, random.expovariate(1 / STAY))) for at in comes]


class Browsers:
    """Asks for all of them, over some connections."""

    def __init__(self, url: str) -> None:
        limits = httpx.Limits(max_connections=60)
        self.client = httpx.AsyncClient(base_url=url, timeout=20, limits=limits)

    async def asks(
        self, person: Person, path: str, kind: Mapping[str, str] = PAGE
    ) -> httpx.Response:
        cookies = "; ".join(f"{name}={value}" for name, value in person.cookies.items())
        began = time.monotonic()
        answer = await self.client.get(path, headers={**kind, "Cookie": cookies})
        person.slowest = max(person.slowest, time.monotonic() - began)
        for cookie in answer.cookies.jar:
            person.cookies[cookie.name] = str(cookie.value)
        self.client.cookies.clear()
        if kind is PAGE:
            person.answers.append(answer.status_code)
        return answer

    async def visits(self, person: Person, began: float) -> None:
        """Comes, waits if need be, looks around, and buys."""
        await asyncio.sleep(max(0.0, began + person.comes - time.monotonic()))
        came = time.monotonic()
        answer = await self.asks(person, "/tickets")
        while answer.status_code != 200:
            told = (await self.asks(person, "/vwr/main/position", SCRIPT)).json()
            if told.get("may_enter"):
                answer = await self.asks(person, "/tickets")
            else:
                await asyncio.sleep(float(told.get("retry_after") or 1.0))
        person.waited = time.monotonic() - came if len(person.answers) > 1 else 0.0
        await asyncio.sleep(person.stays / 2)
        await self.asks(person, "/tickets")
        await asyncio.sleep(person.stays / 2)
        await self.asks(person, "/tickets/done")

    async def all_visit(self, people: list[Person]) -> None:
        began = time.monotonic()
        await asyncio.gather(*(self.visits(person, began) for person in people))


@contextmanager
def a_site(store: str, mode: str) -> Iterator[str]:
    """A real app on two workers, behind the room."""
    settings = {
        "secret_key": "for the tests of a real crowd, and nothing else",
        "store": store,
        "paths": ["/tickets"],
        "max_active": SLOTS,
        "mode": mode,
        **GIVEN,
    }
    env = {"BENCHMARK_SETTINGS": json.dumps(settings)}
    with running_uvicorn("benchmarks.apps.asgi:ours", 2, env, OPTIONS) as url:
        yield url


def report(url: str) -> dict[str, Any]:
    """What the room tells of its last hour."""
    headers = {"Authorization": f"Bearer {API_KEY}"}
    answer = httpx.get(f"{url}/vwr-admin/api/rooms/main/report?since=1h", headers=headers)
    told: dict[str, Any] = answer.raise_for_status().json()
    return told


@dataclass(frozen=True)
class Line:
    """How many waited, how many at once, and how long."""

    waited: int
    at_once: int
    average: float
    longest: float

    @classmethod
    def of(cls, people: list[Person]) -> "Line":
        """Seen from outside."""
        waited = [person for person in people if person.waited]
        steps = [(p.comes, 1) for p in waited] + [(p.comes + p.waited, -1) for p in waited]
        at_once = max(accumulate(step for _, step in sorted(steps)), default=0)
        waits = [person.waited for person in waited]
        return cls(len(waited), at_once, mean(waits) if waits else 0.0, max(waits, default=0.0))

    @classmethod
    def told(cls, shadow: Mapping[str, float]) -> "Line":
        """As the report of shadow mode tells it."""
        return cls(
            int(shadow["would_wait"]),
            round(shadow["most_in_line"]),
            shadow["mean_wait"],
            shadow["longest_wait"],
        )


def test_what_shadow_mode_tells_is_what_the_same_crowd_meets_in_a_real_room(
    valkey_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with a_site(f"{valkey_url}?socket_timeout=5", "auto") as url:
        people = a_crowd()
        asyncio.run(Browsers(url).all_visit(people))
        real, found = Line.of(people), report(url)
    assert found["shadow"] is None and found["people"]["went_in"] == PEOPLE
    with failing_valkey(tmp_path) as valkey, a_site(valkey.url, "shadow") as url:
        shadowed = a_crowd()
        asyncio.run(Browsers(url).all_visit(shadowed))
        told = Line.told(report(url)["shadow"])
        with capsys.disabled():
            print(f"\nreal room:   {real}\nshadow mode: {told}")
        assert_all_came_in(shadowed, 3)
        assert_nobody_minds(url, valkey)
    assert told.waited == pytest.approx(real.waited, rel=HOW_MANY)
    assert told.at_once == pytest.approx(real.at_once, rel=HOW_LONG)
    assert told.average == pytest.approx(real.average, rel=HOW_LONG)
    assert abs(told.longest - real.longest) <= 60 + HOW_LONG * real.longest, "in whole minutes"


def assert_all_came_in(people: list[Person], pages: int) -> None:
    """All pages of all of them were the app's own, and came in time."""
    assert [person.answers for person in people] == [[200] * pages] * len(people)
    assert max(person.slowest for person in people) < AT_ONCE


def assert_nobody_minds(url: str, valkey: FailingValkey) -> None:
    """The store hangs, then dies, and comes back empty, and everybody comes in at once."""

    def fifty_come() -> None:
        people = [Person(number / 25, 0.5) for number in range(50)]
        asyncio.run(Browsers(url).all_visit(people))
        assert_all_came_in(people, 3)

    valkey.hang()
    fifty_come()
    valkey.kill()
    fifty_come()
    valkey.start()
    fifty_come()
    fifty_come()
