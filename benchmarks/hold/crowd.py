"""The crowd: who comes when, and who asks what when; everything else follows from the answers.

So many are held as are wanted: people come, at a steady rate and at random moments, until so many
are in line (slower if the server does not keep up), and from then on as many as enter or give up.
Of all who come, each second one gives up within a minute, so that half of the places in line are
nobody's any more.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from benchmarks.hold.beforehand import begin_to_ask, stand_in_line
from benchmarks.hold.connections import Answer, Connections, Question
from benchmarks.hold.figures import Spread
from benchmarks.hold.page import IN_LINE, INSIDE, OPEN, POLLS, Requests, Visits
from benchmarks.hold.people import Agenda, People
from vwr_middleware.loadtest.door import Door

#: Of all who come, the part that gives up.
GIVE_UP = 0.5
#: Seconds of patience of those who give up, at most; less if all come within a short time.
PATIENCE = 60.0
#: Seconds that the loop sleeps at most, and between two looks at what is overdue.
NAP, LOOK_ROUND = 0.001, 1.0
FOREVER = float("inf")
#: Nobody new comes while so many wait for an answer, or have been told to come again: until all are
#: there, the crowd comes as fast as it is taken up. (What happens if it comes faster is another
#: question than how many are held.)
UNANSWERED_MOST = 100


@dataclass(frozen=True)
class Plan:
    """Who comes, and what the room is like."""

    people: int  # in line
    per_second: float  # who come, at most
    slots: int
    stay: float  # seconds inside, on average
    patience: float = PATIENCE
    kept: bool = True  # connections
    seed: int = 1


class Crowd:
    """Everybody who comes to one server."""

    def __init__(self, plan: Plan, address: tuple[str, int], namespace: str) -> None:
        self._plan, self._random = plan, Random(plan.seed)
        self._clock = time.monotonic
        now = self._clock()
        self.people, self._agenda = People(), Agenda(now)
        self.door = Door(plan.slots)
        requests = Requests(f"{address[0]}:{address[1]}", namespace)
        self.visits = Visits(self.people, requests, self.door, plan.stay, self._random)
        self.connections = Connections(address, self._heard, kept=plan.kept)
        self._comes_at, self._looks_at = now, now + LOOK_ROUND
        self.comes_more = self.is_gathering = True
        self._rush_at, self._rush_until, self._rush_per_second = FOREVER, 0.0, 0.0
        self.polls = self.answers = 0
        #: Seconds from a question to its answer: of polls, first pages, and pages inside.
        self.of_polls, self.of_pages, self.of_inside = Spread(), Spread(), Spread()
        self.late = Spread()  # how long after its moment a question was asked, by our own fault

    def stands_in_line(self, given: Mapping[str, Any]) -> None:
        """So many as are to be held have come before, to a server with these settings."""
        stand_in_line(self.people, given, self._plan.people, self._random)
        begin_to_ask(self.people, self._agenda, self._clock(), self._random)

    @property
    def held(self) -> int:
        """How many are in line, or on their way into it."""
        return len(self.people) - max(0, self.door.inside)

    @property
    def has_all(self) -> bool:
        """Whether as many have a place as are to be held."""
        return self.held - self.visits.expected >= self._plan.people

    def run(self, is_over: Callable[[float], bool], look: Callable[[float], None]) -> None:
        """Go on until it is over, which is asked again and again with the time, and look around
        once a second.
        """
        while not is_over(now := self._clock()):
            self._come(now)
            for moment, due in self._agenda.take(now):
                self.late.add(now - moment, len(due))
                for person in due:
                    self._act(person, now)
            if now >= self._looks_at:
                self._looks_at = now + LOOK_ROUND
                self.connections.give_up_late(now)
                self.door.judge(now)
                look(now)
            self.connections.turn(NAP)

    def begin_rush(self, per_second: float, seconds: float) -> None:
        """From now on so many more come in a second, however many are in line."""
        self._rush_at, self._rush_per_second = self._clock(), per_second
        self._rush_until = self._rush_at + seconds

    def _come(self, now: float) -> None:
        while self._rush_at <= min(now, self._rush_until):
            self._rush_at += self._random.expovariate(self._rush_per_second)
            self._comes(now)
        while self._comes_at <= now:
            self._comes_at += self._random.expovariate(self._plan.per_second)
            if self.comes_more and self.held < self._plan.people and not self._holds_back():
                self._comes(now)

    def _comes(self, now: float) -> None:
        gives_up = FOREVER
        if self._random.random() < GIVE_UP:
            gives_up = now + self._random.random() * self._plan.patience
        self._act(self.people.come(OPEN, gives_up), now)

    def _holds_back(self) -> bool:
        busy = max(self.connections.unanswered, self.visits.expected)
        return self.is_gathering and busy >= UNANSWERED_MOST

    def _act(self, person: int, now: float) -> None:
        people = self.people
        if (
            now >= people.gives_up[person]
            and people.doing[person] in IN_LINE
            and not self.visits.gives_up(person)
        ):
            return
        self.connections.ask(self.visits.question(person, now))

    def _heard(self, question: Question, answer: Answer) -> None:
        now, kind, person = self._clock(), question.kind, question.person
        took = now - question.asked_at
        self.answers += 1
        if kind in POLLS:
            self.polls += 1
            self.of_polls.add(took)
        elif kind == OPEN:
            self.of_pages.add(took)
        elif kind in INSIDE:
            self.of_inside.add(took)
        seconds = self.visits.hear[kind](question, answer, now)
        if seconds is not None:
            self._agenda.put(person, self._next(person, now, now + seconds))

    def _next(self, person: int, now: float, at: float) -> float:
        """When somebody acts next: at this time, unless the patience ends before."""
        gives_up = self.people.gives_up[person]
        if gives_up < at and self.people.doing[person] in IN_LINE:
            return max(now, gives_up)
        return at
