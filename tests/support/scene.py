"""Two real workers over one store that may fail: somebody is inside, and some wait."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx

from tests.support.failing_valkey import FailingValkey
from tests.support.live import Server

GONE, BACK = "the store is unavailable", "the store is back"

#: Seconds that a request takes at most while the store is away: 50 ms for the store, and a lot for
#: a machine that is busy with other tests. Such a machine may stop one of them for longer, once.
#: Where requests wait for the store, each worker has one that does.
PROMPT, SLOW_MOST = 2.0, 1


@dataclass
class Scene:
    """Two workers over one store; somebody is inside and some wait."""

    valkey: FailingValkey
    workers: list[Server]
    inside: httpx.Client
    line: list[httpx.Client] = field(default_factory=list)
    kept: list[int] = field(default_factory=list)  # the positions of those in line
    busy: int = 0  # times that the store was late while all came in
    admits: bool = False  # whether newcomers are let in while the store is late
    slow: int = 0  # requests so far that were not answered promptly

    @property
    def all_logs(self) -> str:
        """What the workers wrote."""
        return "".join(worker.log for worker in self.workers)

    def ask(
        self, client: httpx.Client, worker: int, path: str = "/tickets", method: str = "GET"
    ) -> httpx.Response:
        """A request, which must be answered promptly."""
        began = time.monotonic()
        answer = client.request(method, f"{self.workers[worker].url}{path}")
        self.slow += time.monotonic() - began > PROMPT
        assert self.slow <= SLOW_MOST
        assert answer.status_code < 500 or answer.status_code == 503
        return answer

    def places(self, worker: int) -> list[int]:
        """The positions of all in line, as this worker tells them."""
        path = "/vwr/main/position"
        return [self.ask(client, worker, path).json()["position"] for client in self.line]

    def until(self, happens: Callable[[], bool], seconds: float = 15.0) -> bool:
        """Whether it happens in time, while everybody polls on."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if happens():
                return True
            for worker in range(len(self.workers)):
                self.places(worker)
            time.sleep(0.05)
        return False

    def is_back(self) -> bool:
        """Whether every worker says that the store is back."""
        return all(worker.log.count(BACK) == worker.log.count(GONE) for worker in self.workers)
