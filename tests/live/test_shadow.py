"""Shadow mode beside a real crowd: everybody comes in at once, whatever happens, and what it tells
of those who would have waited is what the same crowd meets in a real room, by its counters as by
the log of the day.
"""

import asyncio
import csv
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
from click.testing import CliRunner

from tests.support.failing_valkey import FailingValkey, failing_valkey
from tests.support.panel import API_KEY, GIVEN
from tests.support.servers import running_uvicorn
from tests.support.shell import said
from tests.support.visitor import PAGE, SCRIPT
from vwr_middleware.cli.commands import vwr

OPTIONS = ("--factory", "--no-access-log", "--log-level", "warning", "--timeout-keep-alive", "90")
#: What is told of shadow mode may be off by so much of what the real room did. To go in takes a
#: second of each visit there, of which the imagined room knows nothing.
HOW_MANY, HOW_LONG = 0.15, 0.3
#: Seconds within which an answer comes, whatever the store does; a loaded machine may need some.
AT_ONCE = 5.0
#: Whoever came in sooner than this has not waited: the log tells tenths of a second.
A_MOMENT = 0.25


@dataclass(frozen=True)
class Size:
    """Of a crowd and its room: so many come within seconds, for slots and a mean stay."""

    people: int
    within: float
    slots: int
    stay: float


SMALL = Size(150, 8.0, 20, 1.5)
HUNDREDS, THOUSANDS = Size(600, 50.0, 80, 12.0), Size(1200, 60.0, 200, 20.0)


@dataclass
class Person:
    """Somebody of the crowd: when they come, how long they stay, and what they met."""

    comes: float
    stays: float
    cookies: dict[str, str] = field(default_factory=dict)
    answers: list[int] = field(default_factory=list)  # to pages
    waited: float = 0.0  # seconds until they were in
    slowest: float = 0.0  # answer


def a_crowd(size: Size, seed: int = 7) -> list[Person]:
    """The same people each time."""
    random = Random(seed)
    comes = sorted(random.uniform(0, size.within) for _ in range(size.people))
    return [Person(at, min(5 * size.stay, random.expovariate(1 / size.stay))) for at in comes]


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
        async with self.client:
            await asyncio.gather(*(self.visits(person, began) for person in people))


@contextmanager
def a_site(store: str, mode: str, size: Size) -> Iterator[str]:
    """A real app on two workers, behind the room, which keeps the log of its visitors."""
    settings = {
        "secret_key": "for the tests of a real crowd, and nothing else",
        "store": store,
        "paths": ["/tickets"],
        "max_active": size.slots,
        "mode": mode,
        "day_log": 10_000,
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


def played(url: str, folder: Path, *options: str) -> list[Person]:
    """The visitors of the day, as `vwr replay` has them with these settings."""
    times = folder / "visitors.csv"
    asked = ["--url", f"{url}/vwr-admin", "replay", "main", "--visitors", str(times), *options]
    assert "visitor by visitor" in said(CliRunner(env={"VWR_KEY": API_KEY}).invoke(vwr, asked))
    found = list[Person]()
    for row in csv.DictReader(times.read_text().splitlines()):
        came, went_in = float(row["joined"]), float(row["entered_replayed"])
        waited = went_in - came
        found.append(Person(came, 0.0, waited=waited if waited > A_MOMENT else 0.0))
    return found


@pytest.mark.long
def test_everybody_comes_in_and_the_log_of_the_day_says_who_would_have_waited(
    valkey_url: str, tmp_path: Path
) -> None:
    with a_site(f"{valkey_url}?socket_timeout=5", "shadow", SMALL) as url:
        people = a_crowd(SMALL)
        asyncio.run(Browsers(url).all_visit(people))
        found = report(url)
        as_it_was = played(url, tmp_path)
        replayed = Line.of(played(url, tmp_path, "--max-active", str(SMALL.slots)))
    assert_all_came_in(people, 3)
    assert found["people"]["went_in"] == len(as_it_was) == SMALL.people
    assert Line.of(as_it_was).waited == 0, "so says the log, too"
    told = Line.told(found["shadow"])
    assert told.waited > SMALL.people / 4, "there would have been a line"
    assert_much_alike(told, replayed)


@pytest.mark.crowd
@pytest.mark.timeout(900)
@pytest.mark.parametrize("size", [HUNDREDS, THOUSANDS], ids=["hundreds", "thousands"])
def test_what_shadow_mode_tells_is_what_the_same_crowd_meets_in_a_real_room(
    valkey_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], size: Size
) -> None:
    with a_site(f"{valkey_url}?socket_timeout=5", "auto", size) as url:
        people = a_crowd(size)
        asyncio.run(Browsers(url).all_visit(people))
        real, found, logged = Line.of(people), report(url), Line.of(played(url, tmp_path))
    assert found["shadow"] is None and found["people"]["went_in"] == size.people
    with failing_valkey(tmp_path) as valkey, a_site(valkey.url, "shadow", size) as url:
        shadowed = a_crowd(size)
        asyncio.run(Browsers(url).all_visit(shadowed))
        told = Line.told(report(url)["shadow"])
        replayed = Line.of(played(url, tmp_path, "--max-active", str(size.slots)))
        with capsys.disabled():
            print(f"\nreal room, seen from outside: {real}\nreal room, by its log: {logged}")
            print(f"shadow mode, by its counters: {told}\nshadow mode, replayed: {replayed}")
        assert_all_came_in(shadowed, 3)
        assert_nobody_minds(url, valkey)
    for other in (logged, told, replayed):
        assert_much_alike(other, real)


def assert_much_alike(told: Line, other: Line) -> None:
    """How many waited, how many at once, and how long."""
    assert told.waited == pytest.approx(other.waited, rel=HOW_MANY)
    assert told.at_once == pytest.approx(other.at_once, rel=HOW_LONG)
    assert told.average == pytest.approx(other.average, rel=HOW_LONG)
    assert abs(told.longest - other.longest) <= 60 + HOW_LONG * other.longest, "in whole minutes"


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
