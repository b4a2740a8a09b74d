"""A crowd that registers for a draw and comes in by its places, as pages in browsers do, and what
those see of it who stand outside.

Whom the pages ask and when is the benchmark's (benchmarks/hold): everybody keeps to the interval
that was told. Here is what a draw adds: some register and do not come back, each has a number
before the draw and a place after it, and the order in which people come in is judged by places.
"""

import os
import signal
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks.hold.connections import Question
from benchmarks.hold.crowd import FOREVER, Crowd, Plan
from benchmarks.hold.page import OPEN, Requests, Visits
from benchmarks.hold.stores import NAMESPACE
from benchmarks.processes import family
from vwr_middleware.loadtest.door import Door

#: Of those who register, the part that does not come back, and within how many seconds it is gone.
ABSENT, ABSENT_WITHIN = 0.3, 6.0

Told = dict[str, Any]


class Order(Door):
    """In what order people are told to come in, by their places."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self._first_told: dict[int, float] = {}

    @property
    def came_in(self) -> list[tuple[float, int]]:
        """When each was first told to come in, and the place, in this order."""
        return [(at, place) for place, at in self._first_told.items()]

    def come_in(self, position: int, now: float) -> None:
        self._first_told.setdefault(position, now)
        super().come_in(position, now)

    def forget_who_stands_there(self) -> None:
        """The store has lost them. Whoever asks again stands there again."""
        self._stands.clear()

    def most_overtaken(self, after: float = 0.0, until: float = FOREVER) -> int:
        """Of those told in this time, by how many behind them one was overtaken at most."""
        told = [(at, place) for at, place in self.came_in if after <= at < until]
        return max(
            (
                sum(other > place for _, other in told[:number])
                for number, (_, place) in enumerate(told)
            ),
            default=0,
        )


class DrawVisits(Visits):
    """What each answer leads to, and what it says of numbers and places. A person is known by the
    ticket, which stays as it was before the draw."""

    registered = 0

    def __init__(self, crowd: "DrawnCrowd", requests: Requests) -> None:
        super().__init__(crowd.people, requests, crowd.order, crowd.plan.stay, crowd.random)
        self.numbers: dict[bytes, int] = {}
        self.places: defaultdict[bytes, set[int]] = defaultdict(set)
        #: The same order, of all who wait near the front and not only of those at the door.
        self.in_line = Order(crowd.plan.slots)

    def _take_ticket(self, person: int, ticket: bytes) -> None:
        self.registered += 1
        super()._take_ticket(person, ticket)

    def _heard(self, question: Question, told: Told, now: float) -> float | None:
        if told["position"] is not None:
            ticket = self._people.ticket(question.person)
            if told.get("draw") == "registering":
                self.numbers[ticket] = told["position"]
            elif told.get("draw") == "drawn":
                self.places[ticket].add(told["position"])
                self._judge(question, told, now)
        return super()._heard(question, told, now)

    def _judge(self, question: Question, told: Told, now: float) -> None:
        if told["may_enter"]:
            self.in_line.come_in(told["position"], now)
        elif told["you"] in ("waiting", "next"):
            self.in_line.wait_on(told["position"], question.asked_at, now, told["retry_after"])

    @property
    def there(self) -> set[int]:
        """The places of all who were heard since the draw."""
        return {place for places in self.places.values() for place in places}


class DrawnCrowd(Crowd):
    """Everybody who registers for one draw."""

    def __init__(self, plan: Plan, url: str) -> None:
        address = urlsplit(url)
        host, port = address.hostname or "", address.port or 0
        super().__init__(plan, (host, port), NAMESPACE)
        self.plan, self.random = plan, self._random
        self.stay = 0  # how many of those who have come do not give up
        self.door = self.order = Order(plan.slots)
        self.draw_visits = DrawVisits(self, Requests(f"{host}:{port}", NAMESPACE))
        self.visits = self.draw_visits

    def _comes(self, now: float) -> None:
        is_absent = self.random.random() < ABSENT
        self.stay += not is_absent
        gives_up = now + 2 + self.random.random() * (ABSENT_WITHIN - 2) if is_absent else FOREVER
        self._act(self.people.come(OPEN, gives_up), now)

    def registers(self) -> None:
        """So many come as are planned, and then some of them are gone."""
        self._runs(lambda now: self.draw_visits.registered >= self.plan.people)
        self.comes_more = False
        until = time.monotonic() + ABSENT_WITHIN + 2
        self._runs(lambda now: now >= until and not self.draw_visits.expected)

    def goes_on(self, is_over: Callable[[], bool], seconds: float) -> None:
        """Until it is over, which is asked again and again, or for so long at most."""
        until = time.monotonic() + seconds
        self._runs(lambda now: is_over() or now >= until)
        self.order.judge(FOREVER)
        self.draw_visits.in_line.judge(FOREVER)

    def _runs(self, is_over: Callable[[float], bool]) -> None:
        def look(now: float) -> None:
            self.draw_visits.in_line.judge(now)

        self.run(is_over, look)

    def store_was_lost(self) -> None:
        """Who stood at the door, and who had asked, was lost with it."""
        for order in (self.order, self.draw_visits.in_line):
            order.forget_who_stands_there()


def kill_a_worker(server: int) -> int:
    """The machine takes one worker of this server away. Returns which."""
    for pid in family(server)[1:]:
        if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes():
            os.kill(pid, signal.SIGKILL)
            return pid
    raise AssertionError("this server has no workers")
