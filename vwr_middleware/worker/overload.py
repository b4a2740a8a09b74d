"""Overload: more newcomers than this worker can give places to. How it notices that, how many may
join then, and when the others are to come again.

Those inside go first, then those in line, then newcomers. The first two are answered from memory,
and never turned away. So all that is left to do is to let no more newcomers join in a second than
leave the worker time for the others, and to tell each of the rest when to come again, as cheaply as
possible: by an appointment (appointment_book.py). How many may join follows from what a join costs
(join_cost.py), as long as it is the worker's time that they need; a brake sees to all else.

What tells that a worker has too much to do: the part of the time that it works (its thread's, or
process's, CPU time), how late its event loop is, and how long joins wait for the store. The last is
what a slow store looks like; one that is away is the circuit breaker's. It is looked at only while
newcomers come.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from vwr_middleware.worker.appointment_book import AppointmentBook
from vwr_middleware.worker.join_cost import JoinCost, in_joins

log = logging.getLogger("vwr_middleware")

#: Seconds between two looks, and after which the one before says nothing any more.
LOOK_EVERY, TOO_OLD = 0.1, 2.0
#: Looks in a row that find it calm, ten seconds, after which nobody is told to come again, though
#: those who were told a moment ago are still to come.
_CALM_LOOKS = 100
#: What is too much: the part of the time that a worker works; seconds that its event loop is late;
#: and seconds that a join waits (of a store that is far away, half of the patience with it).
BUSY_MOST, LATE_MOST, JOIN_MOST = 0.85, 0.05, 0.5
#: How many joins wait at a time if a crowd comes. Where fewer do, only the store is slow.
CROWD = 8
#: The weight of the latest look: so bursts of a tenth of a second are no overload.
_WEIGHT = 0.4
#: How many may join in a second at least, whatever else a worker has to do. Where other programs
#: take its core, to let nobody join would help nobody: there it is a part of the most that it has
#: managed in the last minutes.
FLOOR, FLOOR_PART, FORGOTTEN = 100.0, 0.25, 0.9995
#: The part of the time from which on it is a worker's own work that fills its core.
_BY_ITSELF = 0.6
#: From which load on joins are slowed down, whatever they cost; by what, at each look; and by what
#: they may go faster again.
_BRAKES_AT, _DOWN, _UP = 1.05, 0.93, 1.05
#: The least that the brake lets through where it is joins and pages that fill the core: to refuse
#: somebody who was told to come now gains too little for more.
_BRAKED_LEAST = 0.5
#: Appointments follow from the mean of many looks, not from what goes up and down by the tenth of a
#: second.
_BOOK_WEIGHT = 0.1
#: The part of the time for joins in which appointments are given while most of it is spent on
#: telling people to come again: that will be over by then, but those who have joined will ask, too.
_BOOK_PART = 0.4
#: So many times as many as have appointments may join: those who bring one are let in, unless a
#: script brings the same one again and again. Where the core stays full all the same, fewer may.
_ALLOWED = 2.0
#: In how many seconds the first is told to come, for each time that as many come as can join.
_FIRST_IN = 6.0
#: Seconds' worth of joins that may come at one moment.
_BURST = 0.3
#: Joins a second that a worker is trusted with before any were measured.
UNMEASURED = 1000.0
#: Seconds between two lines in the log that begin an overload.
_QUIET = 60.0

UNLIMITED = float("inf")
#: Seconds for which what another worker has posted counts: it may be gone.
POSTED_LATELY = 30.0

BEGINS = (
    "more newcomers come than this worker can give places to beside all else (%.0f join a second):"
    " the others are told when to come again"
)
ENDS = "newcomers join at once again: %d were told to come again within %.0f s"


class Overload:
    """How many newcomers may join at one worker, as it finds by looking at itself.

    `work` is the CPU time that it has used so far, in seconds; None: not known. Threads share it
    without a lock: what one of them overwrites, the next look finds anew.
    """

    def __init__(
        self,
        monotonic: Callable[[], float],
        work: Callable[[], float] | None = None,
        patience: float = 0.0,
        *,
        in_loop: bool = False,
    ) -> None:
        self._monotonic, self._work, self._in_loop = monotonic, work, in_loop
        self._join_most = max(JOIN_MOST, patience / 2)
        self.book = AppointmentBook()
        #: Whether newcomers may be turned away now. If not, nobody need ask.
        self.is_on = False
        self.per_second = UNLIMITED  # joins that may be made
        self.joined_per_second = 0.0  # that were made, lately
        self.told = 0  # newcomers who were turned away, ever
        #: What all other workers can take on together, and how many of them turn newcomers away, as
        #: far as they have posted it.
        self.elsewhere, self.overloaded_elsewhere = 0.0, 0
        self._known, self._best = UNMEASURED, 0.0
        self._cost, self._brake = JoinCost(), 1.0
        self._booked = UNLIMITED  # appointments given for a second
        self._credit, self._credited_at = 0.0, 0.0
        self._joins = self._under_way = 0  # since the last look, and now
        self._told_then, self._told_per_second = 0, 0.0  # at the last look, and lately
        self._answered_at = self._took = 0.0
        self._looked_at, self._worked = float("-inf"), 0.0
        self._calm = 0  # looks in a row that found little to do, and nobody who waits for long
        self._busy = self._late = 0.0
        self._pulse: asyncio.AbstractEventLoop | None = None
        self._since, self._told_at, self._told_before = 0.0, float("-inf"), 0

    # What a newcomer meets.

    def lets_in(self, appointment: float | None) -> bool:
        """Whether a newcomer may join now, who brings this appointment or None."""
        now = self._monotonic()
        self._look_if_due(now)
        if not self.is_on:
            return True
        if not self.book.has_come(appointment):
            return False
        passed = max(0.0, now - self._credited_at)
        self._credit = min(self._credit_most, self._credit + passed * self._allowed)
        self._credited_at = now
        if self._credit < 1:
            return False
        self._credit -= 1
        return True

    def came_for_nothing(self) -> None:
        """Whoever was just let in did not go on to join, so the next one may."""
        if self.is_on:
            self._credit = min(self._credit_most, self._credit + 1)

    def appoint(self, appointment: float | None) -> tuple[float, float]:
        """An appointment for a newcomer who cannot join now, or again the one that is brought; and
        in how many seconds to come."""
        now = self._monotonic()
        if self.told == self._told_before and now - self._told_at >= _QUIET:
            self._told_at = now
            log.warning(BEGINS, self.joined_per_second)
        self.told += 1
        if appointment is None:
            comes = self.joined_per_second + self._told_per_second
            appointment = self.book.appoint(self._booked, _FIRST_IN * comes / self._booked)
        return appointment, self.book.comes_in(appointment, now, self._booked)

    @property
    def _credit_most(self) -> float:
        return max(1.0, self._allowed * _BURST)

    @property
    def _allowed(self) -> float:
        """Joins a second of those whose appointment has come, or of all if nobody has one."""
        brake = self._brake * self._brake
        return _ALLOWED * brake * self._expected if self.book.expects else self.per_second

    @property
    def _expected(self) -> float:
        """Joins a second, by the appointments that were given, or that could be now."""
        return max(self.per_second, self._booked)

    @property
    def capacity(self) -> float:
        """Joins a second that this worker can take on, as far as is known."""
        return self.per_second if self.is_on else max(self._known, self.joined_per_second)

    # What operators and other workers are told.

    @property
    def turns_away(self) -> bool:
        """Whether newcomers have been told to come again, and it is not over yet."""
        return self.is_on and self.told > self._told_before

    @property
    def overloaded_workers(self) -> int:
        """How many workers turn newcomers away."""
        return self.turns_away + self.overloaded_elsewhere

    def arrivals_take(self, people: float) -> float:
        """The seconds in which so many people can join at all workers, or those who are expected
        already if these take longer."""
        together = self.capacity + self.elsewhere
        return max(people / together, self.book.latest - self.book.reached if self.is_on else 0.0)

    def post(self, now: float) -> dict[str, float]:
        """What other workers are told. `now` is the store's time, here and below."""
        capacity = round(self.capacity)
        return {"at": now, "on": self.turns_away, "capacity": capacity, "told": self.told}

    def take_posts(self, posts: Iterable[Mapping[str, Any]], now: float) -> None:
        """What other workers have told lately. Those of other releases may have told nothing."""
        found = (post.get("overload") for post in posts)
        told = [post for post in found if post and now - post["at"] < POSTED_LATELY]
        self.elsewhere = float(sum(post["capacity"] for post in told))
        self.overloaded_elsewhere = sum(bool(post["on"]) for post in told)

    # What joins tell.

    def begin_join(self) -> float:
        """A join goes to the store. Returns what `end_join` must be given."""
        now = self._monotonic()
        self._look_if_due(now)
        self._joins += 1
        if not self._under_way:
            self._answered_at = now
        self._under_way += 1
        return now

    def end_join(self, began: float) -> None:
        """The store has answered it, or has not."""
        self._answered_at = now = self._monotonic()
        if self.is_crowded:
            self._took = max(self._took, now - began)
        self._under_way -= 1

    @property
    def is_crowded(self) -> bool:
        """Whether so many joins wait for the store that a crowd must have come."""
        return self._under_way >= CROWD

    def _look_if_due(self, now: float) -> None:
        if now - self._looked_at < LOOK_EVERY or (self._in_loop and self._keep_pulse()):
            return
        self.look(now)

    def _keep_pulse(self) -> bool:
        """Whether the event loop looks by itself; it begins to now, if it does not yet."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # a synchronous view, in a thread of its own
            return self._pulse is not None
        if self._pulse is not loop:
            self._pulse = loop
            self.look(self._monotonic())
            loop.call_later(LOOK_EVERY, self._beat, loop, loop.time() + LOOK_EVERY)
        return True

    def _beat(self, loop: asyncio.AbstractEventLoop, due: float) -> None:
        if self._pulse is not loop:  # another one has begun
            return
        late, came = loop.time() - due, self._joins
        self.look(self._monotonic(), late)
        if came or self.is_on or self._under_way:
            loop.call_later(LOOK_EVERY, self._beat, loop, loop.time() + LOOK_EVERY)
        else:
            self._pulse = None

    # Looking.

    def look(self, now: float, late: float = 0.0) -> None:
        """See how much there is to do, and let more or fewer join."""
        passed = now - self._looked_at
        self._looked_at = now
        work = self._work() if self._work else 0.0
        worked, self._worked = work - self._worked, work
        joins, self._joins = self._joins, 0
        if passed > TOO_OLD:  # nobody came for a while
            self._busy = self._late = self._took = 0.0
            self.joined_per_second = self._told_per_second = 0.0
            self.book.go_on(now, passed, joined=0.0)
            self._calm_down(now)
            return
        if passed <= 0:
            return
        self._busy += _WEIGHT * (worked / passed - self._busy)
        self._late += _WEIGHT * (late - self._late)
        self.joined_per_second += _WEIGHT * (joins / passed - self.joined_per_second)
        told, self._told_then = self.told - self._told_then, self.told
        self._told_per_second += _WEIGHT * (told / passed - self._told_per_second)
        self._cost.note(self._busy, self.joined_per_second, self._told_per_second)
        self._best = max(self._best * FORGOTTEN, self.joined_per_second)
        load = max(
            self._busy / BUSY_MOST, self._late / LATE_MOST, self._join_waits(now) / self._join_most
        )
        self._steer(load, now)
        self.book.go_on(now, passed, self.joined_per_second / self._expected)

    def _join_waits(self, now: float) -> float:
        """How long joins have to wait for the store."""
        took, self._took = self._took, self._took * (1 - _WEIGHT)
        return max(took, now - self._answered_at if self.is_crowded else 0.0)

    def _steer(self, load: float, now: float) -> None:
        if not self.is_on:
            if load <= 1:
                return
            self._begin(now)
        possible, least = self._possible, self._least
        if load <= _BRAKES_AT:
            self._brake = min(1.0, self._brake * _UP)
        elif 2 * self.joined_per_second >= self.per_second:  # else it is not those who join
            lowest = _BRAKED_LEAST if self._busy > BUSY_MOST else least / possible
            self._brake = max(self._brake * _DOWN, lowest)
        self.per_second = max(least, possible * self._brake)
        if self._booked == UNLIMITED:
            self._booked = self.per_second
        self._booked += _BOOK_WEIGHT * (self.per_second - self._booked)
        is_calm = load < 0.9 and 2 * self.joined_per_second < self.per_second
        self._calm = self._calm + 1 if is_calm and not self.book.is_behind else 0
        if is_calm:
            self._calm_down(now)

    @property
    def _possible(self) -> float:
        """How many could join in a second, by what a join costs."""
        joined, told, least = self.joined_per_second, self._told_per_second, self._least
        cost = self._cost.of_each(self._busy, joined, told)
        if cost <= 0:  # the work is not known
            return max(least, joined)
        time_for_all = BUSY_MOST - (self._busy - cost * in_joins(joined, told))
        beside_telling = time_for_all - cost * in_joins(0.0, told)
        most = max(least, 2 * self._best + FLOOR)
        return max(least, min(max(beside_telling, _BOOK_PART * time_for_all) / cost, most))

    @property
    def _least(self) -> float:
        """How many may join at least. What a worker has managed in its best moment says nothing
        where its own work fills its core: each who joins then takes an answer from those in line.
        """
        is_full_by_itself = self._busy > _BY_ITSELF
        return FLOOR if is_full_by_itself else max(FLOOR, self._best * FLOOR_PART)

    def _begin(self, now: float) -> None:
        self.is_on, self._since, self._told_before = True, now, self.told
        self.book.open(now)
        self.per_second = max(1.0, self.joined_per_second)
        self._booked, self._brake, self._calm = UNLIMITED, 1.0, 0
        self._credit, self._credited_at = UNLIMITED, now

    def _calm_down(self, now: float) -> None:
        """Let all newcomers join, if none is expected any more, or for long none for more than the
        next seconds: there will always be somebody of these while a few come all the time."""
        if not self.is_on or (self.book.expects and self._calm < _CALM_LOOKS):
            return
        self._known = max(self.joined_per_second, self.per_second / 2)
        self.is_on, self.per_second = False, UNLIMITED
        told = self.told - self._told_before
        if told:
            log.warning(ENDS, told, now - self._since)
