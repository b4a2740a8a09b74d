"""A model of an app: some servers, each with one request at a time, first come first served."""

from collections import deque
from collections.abc import Callable
from random import Random
from typing import Any

from vwr_middleware.simulate.agenda import Agenda

#: Told when a request has been answered.
Answered = Callable[[Any], None]


class App:
    """Requests wait in one line for a free server; `servers` may change while it runs."""

    def __init__(self, agenda: Agenda, random: Random, servers: int, service: float) -> None:
        self._agenda, self._random = agenda, random
        self.servers, self.service = servers, service  # mean seconds of work per request
        self._busy = 0
        self._line: deque[tuple[float, Answered, Any]] = deque()
        self.latencies: list[tuple[float, float]] = []  # when it was answered, after how long

    def set_servers(self, servers: int) -> None:
        """Some servers fail, or come back. Requests that they serve already are finished."""
        self.servers = servers
        self._serve()

    def request(self, answered: Answered, what: Any) -> None:
        """One more request."""
        self._line.append((self._agenda.now, answered, what))
        self._serve()

    def _serve(self) -> None:
        while self._line and self._busy < self.servers:
            self._busy += 1
            asked = self._line.popleft()
            self._agenda.after(self._random.expovariate(1 / self.service), self._done, asked)

    def _done(self, asked: tuple[float, Answered, Any]) -> None:
        began, answered, what = asked
        self._busy -= 1
        self.latencies.append((self._agenda.passed, self._agenda.now - began))
        answered(what)
        self._serve()
