"""A real store that is killed and comes back at once as it was before: no number is given twice."""

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path

import httpx
import pytest

from tests.support.cases import rare
from tests.support.failing_valkey import FailingValkey
from tests.support.faults import fault
from tests.support.live import Server, served_by_two, settings

pytestmark = pytest.mark.long

JOINERS = 12


@pytest.fixture
def workers(valkey: FailingValkey, tmp_path: Path) -> Iterator[list[Server]]:
    env = settings(valkey.url, mode="queue", max_active=20)
    with served_by_two(tmp_path, env) as both:
        yield both


class Burst:
    """People who join by two workers as fast as they can, while the store falls back."""

    def __init__(self, valkey: FailingValkey, workers: Sequence[Server]) -> None:
        self._valkey, self._workers = valkey, workers
        self.given: list[int] = []
        self._by = [0, 0]  # how many numbers each worker has given
        self._joins = [True, True]  # at which worker people join just now
        self._is_over = False

    async def run(self, seconds: float, loses_all: bool) -> None:
        """The store loses all, or what comes in so many seconds. The worker that asks it first
        afterwards does not know the latest numbers."""
        joiners = [asyncio.create_task(self._join(number)) for number in range(JOINERS)]
        await self._until_each_gives(20)
        if not loses_all:
            await asyncio.to_thread(self._valkey.save)
        await asyncio.sleep(seconds)
        self._joins = [False, True]
        await asyncio.sleep(0.1)
        await asyncio.to_thread(self._valkey.kill)
        self._joins = [True, False]
        await asyncio.to_thread(self._valkey.start)
        await asyncio.sleep(0.8)
        self._joins = [True, True]
        await self._until_each_gives(30)
        self._is_over = True
        await asyncio.gather(*joiners)

    async def _until_each_gives(self, count: int) -> None:
        """Wait until each worker has given so many numbers more, however busy the machine is."""
        enough = [given + count for given in self._by]
        async with asyncio.timeout(60):
            while any(given < wanted for given, wanted in zip(self._by, enough, strict=True)):
                await asyncio.sleep(0.01)

    async def _join(self, number: int) -> None:
        at = number % 2
        async with httpx.AsyncClient(timeout=20, verify=False) as client:
            while not self._is_over:
                await asyncio.sleep(
                    0 if self._joins[at] and await self._joined(client, at) else 0.02
                )

    async def _joined(self, client: httpx.AsyncClient, at: int) -> bool:
        client.cookies.clear()  # somebody else each time
        answer = await client.post(f"{self._workers[at].url}/vwr/main/tickets")
        if answer.status_code == 201:
            self.given.append(answer.json()["position"])
            self._by[at] += 1
        else:
            assert answer.status_code == 503
        return answer.status_code == 201


@fault(
    "A replica takes over that had not heard the last",
    line="Keep their numbers: none that a worker has given is given again.",
    figure="0 of 100 numbers and more, in a burst over the change.",
)
@pytest.mark.parametrize("loses_all", [False, rare(True)])
@pytest.mark.parametrize(
    "seconds", [0.2, *(pytest.param(s, marks=pytest.mark.thorough) for s in (0.05, 0.4, 0.6, 0.8))]
)
def test_no_number_that_a_worker_has_given_is_given_again(
    valkey: FailingValkey, workers: list[Server], seconds: float, loses_all: bool
) -> None:
    burst = Burst(valkey, workers)
    asyncio.run(burst.run(seconds, loses_all))
    assert len(burst.given) >= 100
    repeated = sorted({number for number in burst.given if burst.given.count(number) > 1})
    assert not repeated
