"""Looks at the crowd, the server and the store while a run goes on."""

import argparse
import os
import sys
import time

from benchmarks.hold.crowd import Crowd
from benchmarks.hold.figures import Run, Sample, Spread
from benchmarks.hold.stores import Tried
from benchmarks.processes import Server, memory

#: Seconds between two looks, and looks between two lines for who runs this.
EVERY, TOLD_EACH = 2.0, 15


class Watch:
    """The figures of one run."""

    def __init__(self, crowd: Crowd, server: Server, store: Tried) -> None:
        self._crowd, self._server, self._store = crowd, server, store
        self.began = self._at = time.monotonic()
        self._samples: list[Sample] = []
        self._mark()
        self._window = self._at
        self._polls_spread, self._pages, self._inside, self._late = (
            Spread(), Spread(), Spread(), Spread(),
        )  # fmt: skip

    def say(self, text: str) -> None:
        """Tell who runs this where it stands."""
        minutes = (time.monotonic() - self.began) / 60
        print(f"{minutes:5.1f} min  {self._crowd.held:,} held: {text}", file=sys.stderr, flush=True)

    def look(self, now: float) -> None:
        """Note how things stand, if it is time for that."""
        if now < self._at + EVERY:
            return
        passed, crowd = now - self._at, self._crowd
        polls, server, load, store = self._polls, self._cpu, self._load, self._done.cpu_seconds
        spread = Spread()
        spread.take_in(crowd.of_polls)
        self._mark()
        used = self._done.cpu_seconds
        self._samples.append(
            Sample(
                at=round(now - self.began, 1),
                held=crowd.held,
                inside=crowd.door.inside,
                polls=round((self._polls - polls) / passed, 1),
                server=round((self._cpu - server) / passed, 3),
                store=None if used is None or store is None else round((used - store) / passed, 3),
                load=round((self._load - load) / passed, 3),
                p99=round(spread.below(0.99), 1),
            )
        )
        self._polls_spread.take_in(spread)
        for mine, its in self._spreads():
            mine.take_in(its)
        if len(self._samples) % TOLD_EACH == 0:
            self._tell(self._samples[-1])

    def _tell(self, sample: Sample) -> None:
        errors = sum(self._crowd.visits.errors.values())
        self.say(
            f"{sample.polls:,.0f} polls/s, p99 {sample.p99:.1f} ms, server {sample.server:.0%} of"
            f" a core, crowd {sample.load:.0%}, {sample.inside} inside, {errors} errors"
        )

    def begin(self) -> None:
        """The measured minutes begin."""
        for mine, its in ((self._polls_spread, self._crowd.of_polls), *self._spreads()):
            mine.clear()
            its.clear()
        self._mark()
        self._window, self._first = self._at, len(self._samples)
        self._then = self._polls, self._cpu, self._load, self._done, self._core, self._answers

    def end(self, options: argparse.Namespace, people: int) -> Run:
        """They are over."""
        crowd, (polls, cpu, load, done, core, answers) = self._crowd, self._then
        self._mark()
        passed, samples = self._at - self._window, self._samples[self._first :]
        for mine, its in ((self._polls_spread, crowd.of_polls), *self._spreads()):
            mine.take_in(its)
        crowd.door.judge(float("inf"))
        visits = crowd.visits
        return Run(
            store=self._store.name,
            server=options.server,
            workers=options.workers,
            connections=options.connections,
            people=people,
            slots=options.slots,
            minutes=round(passed / 60, 2),
            date=time.strftime("%Y-%m-%d"),
            stay=options.stay,
            beforehand=options.beforehand,
            held=_mean([sample.held for sample in samples]),
            came=visits.came,
            entered=visits.entered,
            completed=visits.completed,
            gave_up=visits.gave_up,
            polls_per_second=(self._polls - polls) / passed,
            answers_per_second=(self._answers - answers) / passed,
            server_cores=(self._cpu - cpu) / passed,
            store_cores=_rate(self._done.cpu_seconds, done.cpu_seconds, passed),
            load_cores=(self._load - load) / passed,
            # With two workers, a part of theirs is on the other core.
            other_work=max(0.0, self._core - core - (self._cpu - cpu)) / passed
            if options.workers == 1
            else None,
            trips_per_second=_rate(self._done.trips, done.trips, passed),
            commands_per_second=_rate(self._done.commands, done.commands, passed),
            server_bytes=memory(self._server.pids()),
            store_bytes=self._store.bytes(),
            load_bytes=memory([os.getpid()]),
            polls_ms=_three(self._polls_spread),
            pages_ms=_three(self._pages),
            inside_ms=_three(self._inside),
            late_ms=_three(self._late),
            errors=dict(visits.errors),
            without_place=visits.without_place,
            refused_at_door=crowd.door.refusals,
            out_of_order=crowd.door.out_of_order,
            overtaken=crowd.door.overtaken,
            over_limit=crowd.door.over_limit,
            slots_used=_mean([sample.inside for sample in samples]) / options.slots,
            samples=self._samples,
        )

    def _spreads(self) -> tuple[tuple[Spread, Spread], ...]:
        crowd = self._crowd
        return (
            (self._pages, crowd.of_pages),
            (self._inside, crowd.of_inside),
            (self._late, crowd.late),
        )

    def _mark(self) -> None:
        self._polls, self._cpu = self._crowd.polls, self._server.cpu_seconds()
        self._load, self._done = time.process_time(), self._store.done()
        self._core, self._answers = self._server.core_seconds(), self._crowd.answers
        self._at = time.monotonic()


def _rate(now: float | None, then: float | None, passed: float) -> float | None:
    return None if now is None or then is None else (now - then) / passed


def _mean(values: list[int]) -> float:
    return sum(values) / len(values) if values else 0.0


def _three(spread: Spread) -> list[float]:
    """The middle, all but a hundredth, and the worst, in milliseconds."""
    return [spread.below(0.5), spread.below(0.99), spread.worst]
